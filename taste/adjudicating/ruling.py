"""A decision on a case as it is drafted, what it still lacks, and the label that it makes. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from taste.adjudicating.cases import Case, Side
from transcripts.annotations import Label
from transcripts.codebook import Codebook
from transcripts.errors import UserError

Decision = Literal["take", "merge", "new", "both_valid", "not_a_point"]
DECISIONS: Final[tuple[Decision, ...]] = ("take", "merge", "new", "both_valid", "not_a_point")
CAUSES: Final = ("ambiguous_text", "guideline_gap", "slip", "scope", "subjective")
AGREED: Final = "agreed"
START: Final = "start"
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "kind": ("kind",),
    START: (),
    "type": ("type",),
    "attribution": ("attribution",),
    "knowable": ("knowable", "evidence_knowable"),
    "recognised": ("recognised",),
    "recognised_by": ("recognised_by",),
    "recovered": ("recovered",),
    "recovery": ("recovery",),
    "harm": ("harm", "evidence_harm"),
    "confidence": ("confidence",),
    "initiator": ("initiator",),
    "span": ("span",),
    "basis": ("basis",),
    "source": ("human_move_source", "quoted"),
    "hidden": ("hidden_context",),
    "better_move": ("better_move",),
    "rationale": ("rationale",),
}
"""What a label is compared and put together by, and which fields of it go together."""


class Ruling(BaseModel):
    """What an adjudicator says of one case; a draft may lack anything but `about`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str
    """The case's labels, as `Case.about` names them."""
    decision: Decision | None = None
    of: str | None = None
    """The letter of the label that is taken."""
    picks: Mapping[str, str] = {}
    """Name in `FIELDS` → the letter whose value stands; else that of the latest start."""
    values: Mapping[str, str | int | None] = {}
    """For a new label: name in `FIELDS` → a value that no side has."""
    before: str | None = None
    """For a new label: the event that it stands before, where it is none of the sides'."""
    cause: str | None = None
    confidence: int | None = None
    reason: str | None = None


def parse_ruling(value: Any, case: Case) -> Ruling:
    """A drafted decision; an empty one where there is none on these very labels.

    Raises:
        UserError: if the draft holds something else.
    """
    if value is None or (isinstance(value, dict) and value.get("about") != case.about):
        return Ruling(about=case.about)
    try:
        return Ruling.model_validate(value)
    except ValidationError as error:
        raise UserError(f"the draft of the case at {case.cut} cannot be read: {error}") from error


def differing(case: Case) -> list[str]:
    """The names in `FIELDS` on which the sides differ."""
    return [name for name in FIELDS if len({shown(side, name) for side in case.sides}) > 1]


def shown(side: Side, name: str) -> Any:
    """What a label says under a name of `FIELDS`."""
    if name == START:
        return side.before
    return getattr(side.label, FIELDS[name][0])


def find_lacking(case: Case, ruling: Ruling, codebook: Codebook) -> Iterator[str]:
    """Yield what has to be said before the decision can be handed in."""
    if ruling.decision is None:
        yield "a decision"
        return
    if ruling.decision == "take" and case.side(ruling.of or "") is None:
        yield "whose label is taken"
    if not confirms(case, ruling):
        if ruling.cause not in CAUSES:
            yield "the cause of the disagreement"
        if ruling.confidence not in codebook.confidence:
            yield "how sure you are"
    if ruling.decision == "new" and not ruling.reason:
        yield "the reason, in words"
    standing = compose(case, ruling)
    if standing is not None and (fault := codebook.fault(standing[1].model_dump())):
        yield f"a label that the codebook knows ({fault})"


def confirms(case: Case, ruling: Ruling) -> bool:
    """Whether the decision is to take what all agree on, which needs no cause."""
    return case.agreed and ruling.decision == "take"


def compose(case: Case, ruling: Ruling) -> tuple[str, Label] | None:
    """The event and the label that stand there; None where none does, or none is decided on."""
    if ruling.decision == "take":
        side = case.side(ruling.of or "")
        return (side.before, side.label) if side else None
    if ruling.decision not in {"merge", "new"}:
        return None
    base = case.latest
    chosen = {name: case.side(letter) or base for name, letter in ruling.picks.items()}
    before = chosen.get(START, base).before
    values: dict[str, Any] = base.label.model_dump()
    for name, side in chosen.items():
        values |= {field: getattr(side.label, field) for field in FIELDS.get(name, ())}
    if ruling.decision == "new":
        before = ruling.before or before
        values |= {FIELDS[name][0]: value for name, value in ruling.values.items()}
    return before, Label.model_validate(values)
