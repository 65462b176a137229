"""The trials as a table in columns, whether read from a database or from somebody's file.

Everything that is estimated starts from here. Rows stand in one order, whatever order they came
in, so that no figure depends on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from operator import attrgetter

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.clusters import FloatArray
from analysis.trials.columns import KEY, ORDERS, POINTS, SURFACE, TrialRow
from analysis.trials.filters import Filter

ObjectArray = npt.NDArray[np.object_]

FACTS = (
    "label_rule", "label_kind", "label_type", "confidence", "annotators", "label_agreement",
    "attribution",
    "knowable", "recovery", "initiator", "recognised_by", "human_move_source", "hidden_context",
    "harm", "act_kind", "position", "prefix_events", "prefix_chars", "human_chars", "probability",
    "label_probability", "minutes", "agent_family", "session_date", "in_share", "evidence_turns",
)  # fmt: skip
"""Columns that say something of the item, the same in all of its rows."""
TEXTS = (
    "set", "set_kind", "item", "arm", "judge", "judge_kind", "judge_model", "judge_prompt", "view",
    "form", "provenance", "order", "outcome", "lineage", "session", "researcher", "project",
    "proposer_family", "judge_family", "agent_models", "gap", "exclusion", "label_rule",
    "label_kind", "label_type", "attribution", "knowable", "recovery", "initiator", "recognised_by",
    "human_move_source", "act_kind", "prompt", "agent_family", "judge_confidence",
)  # fmt: skip
SURFACES = tuple(f"{side}_{feature}" for side in ORDERS for feature in SURFACE)
"""Features of the two moves as the judge read them: `human_words` to `proposal_actions`."""
FLAGS = ("hidden_context", "hindsight", "in_share")
"""Columns that are true or false; 1, 0 and NaN in the table."""
DATES = ("released", "cutoff", "session_date")
NUMBERS = (
    "repeat", "sample", "score", "confidence", "annotators", "label_agreement", "hidden_context",
    "harm", "position", "prefix_events", "prefix_chars", "human_chars", "proposal_chars",
    "probability", "label_probability", "minutes", "hindsight", "in_share", "judge_probability",
    "evidence_turns", *SURFACES,
)  # fmt: skip


@dataclass(frozen=True)
class TrialTable:
    """Trials in columns; the columns are those of `TrialRow`, with `item` unique over sets."""

    frame: pd.DataFrame = field(repr=False, compare=False)
    """Sorted by key. Texts are categories; `judged` says whether there is a verdict, `gap` why
    a row has no score, `DATES` hold dates or None."""
    simulated: bool = False
    """Whether any row is."""
    clusters_known: bool = True
    """Whether a lineage is given; otherwise each item is its own cluster."""
    orders_known: bool = True
    """Whether rows say which move came first; otherwise a score counts as averaged over both."""
    notes: tuple[str, ...] = ()
    """What was taken for granted where a column is not there."""

    def choose(self, wanted: Filter) -> "TrialTable":
        """Returns the rows that may enter; rows without a verdict stay, to be counted as gaps."""
        frame = self.frame
        kept = frame["prompt"] == wanted.prompt
        kept &= (frame["form"] == wanted.form) & (frame["provenance"] == wanted.provenance)
        given = (frame["view"] == wanted.view) & (frame["judge_kind"] == wanted.judge_kind)
        chosen = frame[kept & (given | ~frame["judged"])]
        return TrialTable(
            chosen, self.simulated, self.clusters_known, self.orders_known, self.notes
        )

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Every way in which verdicts of this table were come by, sorted."""
        names = [field.name for field in fields(Filter)]
        found = self.frame.loc[self.frame["judged"], names].astype(object).drop_duplicates()
        return tuple(sorted(Filter(*map(str, row)) for row in found.itertuples(index=False)))


def tabulate(rows: Sequence[TrialRow]) -> TrialTable:
    """Returns rows that were read from a database as a table."""
    columns = {name: list(map(attrgetter(name), rows)) for name in (*TEXTS, *NUMBERS)}
    columns["item"] = [row.item_key for row in rows]
    frame = pd.DataFrame({name: text_column(columns[name]) for name in TEXTS})
    for name in NUMBERS:
        frame[name] = number_column(columns[name])
    frame["judged"] = [row.verdict is not None for row in rows]
    for name in DATES:
        frame[name] = pd.Series([getattr(row, name) for row in rows], dtype=object)
    outcomes = frame["outcome"].astype(object).map(dict(POINTS)).to_numpy(dtype=np.float64)
    frame["score"] = np.where(np.isnan(outcomes), frame["score"], outcomes)
    return TrialTable(arrange(frame), simulated=any(row.simulated for row in rows))


def arrange(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows sorted by key, then by score."""
    keys = [_sort_codes(frame[name]) for name in (*KEY, "score")]
    return frame.iloc[np.lexsort(keys[::-1])].reset_index(drop=True)


def text_column(values: Sequence[str | None] | ObjectArray | pd.Series) -> pd.Categorical:
    """Returns texts as categories in alphabetical order; None is missing."""
    return pd.Categorical(pd.Series(values, dtype=object))


def number_column(values: Sequence[float | bool | None]) -> FloatArray:
    """Returns numbers with NaN where one is missing."""
    return np.array([np.nan if value is None else float(value) for value in values], dtype=float)


def _sort_codes(column: pd.Series) -> FloatArray:
    is_text = isinstance(column.dtype, pd.CategoricalDtype)
    return np.asarray(column.cat.codes if is_text else column, dtype=np.float64)
