"""The columns of the trials table, each with a sentence: one row a verdict, and one a gap.

The same columns hold for a run that is read from the database and for a table that somebody
brings as a file. The key is set, item, arm, repeat, judge, judge_prompt, view, form,
provenance, order, sample.
"""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

WIN, LOSS, TIE = "win", "loss", "tie"
UNSCORED = "unscored"
RESTATED = "restated"
BLIND = "blind"
STANDARD = "standard"
NOT_JUDGED = "no verdict stored"
ORDERS = ("human", "proposal")
"""Whose move the judge read first."""
SET_KINDS = ("suboptimal", "strong", "random", "pilot")
JUDGE_KINDS = ("model", "person")
VIEWS = ("full", "digest", "digest_open", "prefix", "wording")
FORMS = (RESTATED, "verbatim")
PROVENANCES = (BLIND, "labelled", "swapped")
PROMPTS = (STANDARD, "reworded")
CONFIDENCES = ("low", "medium", "high")
SURFACE = ("words", "hedges", "lists", "code", "actions")
"""Features of a move's text, each a column for either side: `human_words`, `proposal_words`."""


@dataclass(frozen=True, slots=True, config=ConfigDict(use_attribute_docstrings=True))
class TrialRow:
    """One verdict on one comparison of one trial, or a trial that has none."""

    set: str
    """Name of the set."""
    item: int
    """Number of the item within its set, from 1."""
    arm: str
    """Who wrote the proposal: a proposer's name, or a control."""
    repeat: int
    """Which proposal of this arm."""
    judge: str | None
    """Who compared; none where the trial has no verdict, as for all columns of a verdict."""
    judge_prompt: str | None
    """sha256 of the judge's prompt; none for a person."""
    view: str | None
    """What the judge was shown besides the two moves."""
    form: str
    """How both moves were worded: restated or verbatim."""
    provenance: str
    """What the judge was told of who wrote which move: blind (nothing), labelled (the truth) or
    swapped (the labels the wrong way round)."""
    order: str | None
    """Whose move came first: human or proposal."""
    sample: int | None
    """Which verdict of this judge on this comparison."""
    verdict: str | None
    """first, second, tie or unscored, as stored."""
    outcome: str | None
    """The verdict seen from the proposal: win, loss, tie or unscored; computed, never stored."""
    reason: str | None
    """Why the verdict is unscored."""
    exclusion: str | None
    """Why the trial has no score, if it cannot have one."""
    set_kind: str
    """suboptimal, strong, random or pilot."""
    lineage: str
    """Sessions that share recorded work; the cluster of every interval."""
    session: str
    """External id of the session."""
    researcher: str | None
    """Who worked in the session; a pseudonym in reports."""
    project: str | None
    """What the session belongs to; a pseudonym in reports."""
    judge_kind: str | None
    """model or person."""
    proposer_family: str | None
    """Family of the arm's model, as the study states it."""
    judge_family: str | None
    """Family of the judge's model, as the study states it."""
    agent_models: str
    """Models of the recorded agent, as recorded."""
    released: date | None
    """Release date of the arm's model, as the study states it."""
    simulated: bool
    """Whether the run, the proposal or the verdict is simulated."""
    item_id: int
    """Row id of the item."""
    trial_id: int
    """Row id of the trial."""
    proposal_id: int | None
    """Row id of the proposal."""
    comparison_id: int | None
    """Row id of the comparison."""
    verdict_id: int | None
    """Row id of the verdict."""
    score: float | None = None
    """Points of the proposal in [0, 1]: win 1, tie ½, loss 0; given or from the outcome."""
    judge_model: str | None = None
    """Model behind the judge; judges with one model share one weight in the panel."""
    label_rule: str | None = None
    """Whose labels chose the item: adjudicated, unanimous, one."""
    label_kind: str | None = None
    """What annotators found the point to be: detour, strong, neither, unresolved; of a random
    set what they agree on."""
    label_type: str | None = None
    """What sort of detour or strong move it is, in the codebook's words."""
    confidence: int | None = None
    """The annotator's confidence in the label, 1 to 5."""
    annotators: int | None = None
    """How many annotators labelled the point."""
    label_agreement: float | None = None
    """Share of them that gave the point the kind that it has here."""
    attribution: str | None = None
    """Who brought the loss about: human, agent, both, environment."""
    knowable: str | None = None
    """Whether it could be known at the cut: yes, partly, no."""
    recovery: str | None = None
    """How the session got back on track: full, partial, abandoned, never, other_session."""
    initiator: str | None = None
    """Whose idea the move was: human, agent_offer, pasted, unclear."""
    recognised_by: str | None = None
    """Who saw that the line was wrong: human, agent, environment."""
    human_move_source: str | None = None
    """Where the human move was read: recorded, quoted, inferred."""
    hidden_context: bool | None = None
    """Whether the human knew something that the transcript does not hold."""
    harm: int | None = None
    """0 none, 1 time, 2 rework, 3 wrong result recorded, 4 irreversible."""
    act_kind: str | None = None
    """How the human act begins: typed, steering, rejection, answer and so on."""
    position: int | None = None
    """Position of the cut in its session, in events."""
    prefix_events: int | None = None
    """Events that were knowable at the cut."""
    prefix_chars: int | None = None
    """Characters of these events."""
    human_chars: int | None = None
    """Length of the human move as the judge read it, in characters."""
    proposal_chars: int | None = None
    """Length of the proposed move as the judge read it, in characters."""
    probability: float | None = None
    """Known chance that the item was drawn into its set; its weight is one over it."""
    label_probability: float | None = None
    """Known chance that a person was asked about this item."""
    minutes: float | None = None
    """Minutes that finding and marking the item took."""
    prompt: str = STANDARD
    """Which wording of the judge's question: standard or reworded."""
    hindsight: bool = False
    """Whether whoever wrote the proposal had seen the aftermath: recovery and oracle, no other."""
    agent_family: str | None = None
    """Family of the recorded agent's models, as the study states it; several where they differ."""
    session_date: date | None = None
    """Day on which the session began, as recorded."""
    cutoff: date | None = None
    """Last day of the training data of the arm's model, as the study states it."""
    in_share: bool | None = None
    """Whether the item is in the random share on which further arms and conditions are run."""
    judge_confidence: str | None = None
    """How sure the judge said that it was: low, medium or high."""
    judge_probability: float | None = None
    """Known chance that this judge was asked about this trial; none where it was certain to be."""
    evidence_turns: int | None = None
    """Human acts after the item's own, up to the marked event that first shows the line wrong."""
    human_words: int | None = None
    """Words of the human move as the judge read it."""
    human_hedges: int | None = None
    """Hedging words of the human move as the judge read it."""
    human_lists: int | None = None
    """Lines of the human move that are points of a list."""
    human_code: int | None = None
    """Pieces of code in the human move as the judge read it."""
    human_actions: int | None = None
    """Actions that the human move names, as the judge read it."""
    proposal_words: int | None = None
    """Words of the proposed move as the judge read it."""
    proposal_hedges: int | None = None
    """Hedging words of the proposed move as the judge read it."""
    proposal_lists: int | None = None
    """Lines of the proposed move that are points of a list."""
    proposal_code: int | None = None
    """Pieces of code in the proposed move as the judge read it."""
    proposal_actions: int | None = None
    """Actions that the proposed move names, as the judge read it."""

    @property
    def item_key(self) -> str:
        """The item's name across sets."""
        return name_item(self.set, self.item)

    @property
    def is_scored(self) -> bool:
        """Whether the verdict is a win, a loss or a tie."""
        return self.outcome not in (None, UNSCORED)

    @property
    def gap(self) -> str | None:
        """Why this row gives no score, or None if it does."""
        if self.is_scored:
            return None
        if self.exclusion:
            return self.exclusion
        return f"unscored: {self.reason}" if self.verdict else NOT_JUDGED


KEY = (
    "set", "item", "arm", "repeat", "judge", "judge_prompt", "view", "form", "provenance",
    "order", "sample",
)  # fmt: skip
"""What tells one row from every other."""

CLUSTER_COLUMNS = ("lineage", "session", "researcher", "project")
"""What items may share, from the default cluster of every interval to the coarsest."""

OUTCOMES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("first", "proposal"): WIN,
        ("second", "proposal"): LOSS,
        ("first", "human"): LOSS,
        ("second", "human"): WIN,
        **{(verdict, order): verdict for verdict in (TIE, UNSCORED) for order in ORDERS},
    }
)
"""(verdict, order) -> outcome: the verdict as seen from the proposal."""

POINTS: Mapping[str, float] = MappingProxyType({WIN: 1.0, TIE: 0.5, LOSS: 0.0})
"""What an outcome scores."""


def name_item(set_name: str, number: int) -> str:
    """Returns an item's name across sets; sorts by number within a set."""
    return f"{set_name}/{number:05d}"


def describe_columns() -> dict[str, str]:
    """Returns every column of the trials table with its sentence, for the report."""
    fields: Mapping[str, Any] = TrialRow.__pydantic_fields__  # type: ignore[attr-defined]
    return {name: field.description for name, field in fields.items()}
