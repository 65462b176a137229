"""Which items fall out under each flag, as sensitivity: none of them is ever left out in silence.

A flag that hangs on the verdicts of a share of the items is known there only, and says so; the
others stay in.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.figures.board import Mask, SetBoard
from analysis.figures.outline import Outline
from analysis.intervals import EVEN

WITHOUT = {
    "recovery": ("partial", "abandoned", "never", "other_session"),
    "attribution": ("agent", "environment", "both"),
    "knowable": ("partly", "no"),
    "human_move_source": ("quoted", "inferred"),
    "initiator": ("agent_offer", "pasted", "unclear"),
    "recognised_by": ("agent", "environment"),
    "hidden_context": (1.0,),
}  # fmt: skip
"""Fact -> values without which the figures are told again."""
LEAST_CONFIDENCE = 4
LEAST_AGREEMENT = 1.0
BY_WORDING = "without items decided by wording alone"
BY_DISAGREEMENT = "without items on which judges disagree"
NO_DATE = "no day of the session, or no cutoff of the model, is known"
BY_VERDICTS = "chosen by the verdicts themselves: what is left is pulled away from one half"
FEWEST_JUDGES = 2


@dataclass(frozen=True)
class Flag:
    """A choice of items."""

    name: str
    kept: Mask
    """Which items stay."""
    notes: tuple[str, ...] = ()
    is_open: bool = False
    """Whether it is told even where nothing falls out: for want of knowledge, that says little."""


def item_flags(found: SetBoard, outline: Outline) -> Iterator[Flag]:
    """Yields the flags that are facts of the items, the same for every model.

    Args:
        found: the set.
        outline: for the horizon.
    """
    facts = found.facts
    for fact, values in WITHOUT.items():
        for value in values:
            told = "yes" if fact == "hidden_context" else value
            yield _told(f"without {fact} = {told}", facts[fact], ~_mask(facts[fact] == value))
    sure = facts["confidence"]
    yield _told(f"confidence {LEAST_CONFIDENCE} or more", sure, _mask(sure >= LEAST_CONFIDENCE))
    agreed = _mask(facts["label_agreement"] >= LEAST_AGREEMENT) & _mask(facts["annotators"] > 1)
    yield _told("annotators all agree", facts["label_agreement"], agreed)
    rules = facts["label_rule"]
    for rule in sorted({str(rule) for rule in rules.dropna()}):
        yield _told(f"label rule {rule}", rules, _mask(rules == rule))
    turns = facts["evidence_turns"]
    if turns.notna().any():
        name = f"without evidence later than {outline.horizon} turns"
        yield _told(name, turns, ~_mask(turns > outline.horizon), open_=True)


def _told(name: str, fact: pd.Series, kept: Mask, *, open_: bool = False) -> Flag:
    """Returns a flag that says what became of the items for which its fact is unknown.

    Args:
        name: of the flag.
        fact: a value an item.
        kept: which items stay.
        open_: whether it is told even where nothing falls out.
    """
    unknown = _mask(fact.isna())
    if not unknown.any():
        return Flag(name, kept)
    stay = "which stay in" if kept[unknown].any() else "which fall out"
    return Flag(name, kept, (f"unknown for {unknown.sum()} items, {stay}",), open_)


def model_flags(
    found: SetBoard, outline: Outline, wording: SetBoard | None, model: str
) -> Iterator[Flag]:
    """Yields the flags that hang on what judges said of a model's moves, and on its training.

    Args:
        found: the set, under the headline's condition.
        outline: for judges and cutoffs.
        wording: the same set under the view wording, where there is any verdict.
        model: which model; it has scores on the set.
    """
    if wording is not None and model in wording.scores:
        yield _by_wording(found, wording, model)
    if len(outline.judges) >= FEWEST_JUDGES:
        yield _by_disagreement(found, outline, model)
    yield from _by_cutoff(found, outline, model)


def _by_wording(found: SetBoard, wording: SetBoard, model: str) -> Flag:
    """The moves alone have one winner in both orders, and the full record names the same."""
    alone = dict(zip(wording.items.tolist(), wording.scores[model].tolist(), strict=True))
    sound = np.array([alone.get(item, np.nan) for item in found.items.tolist()])
    full = found.scores[model]
    won, lost = (sound == 1) & (full > EVEN), (sound == 0) & (full < EVEN)
    known = int(np.sum(~np.isnan(sound)))
    notes = (f"known for {known} of {len(sound)} items; the rest stay in", BY_VERDICTS)
    return Flag(BY_WORDING, ~(won | lost), notes, is_open=True)


def _by_disagreement(found: SetBoard, outline: Outline, model: str) -> Flag:
    """Two judges name different winners, or only one of them a tie."""
    winners = [
        np.sign(found.by_judge[judge][model] - EVEN)
        for judge in outline.judges
        if model in found.by_judge.get(judge, {})
    ]
    known = [np.where(np.isnan(one), 0, one) for one in winners]
    gaps = np.any(np.isnan(np.array(winners)), axis=0)
    differ = np.ptp(np.array(known), axis=0) > 0
    return Flag(BY_DISAGREEMENT, ~differ | gaps, (BY_VERDICTS,) if differ.any() else ())


def _by_cutoff(found: SetBoard, outline: Outline, model: str) -> Iterator[Flag]:
    days = found.facts["session_date"]
    cutoff = outline.cutoffs.get(model)
    known = ~_mask(days.isna()) & (cutoff is not None)
    later = np.array([k and day > cutoff for k, day in zip(known, days, strict=True)], dtype=bool)
    unknown = int(np.sum(~known))
    notes = (f"unknown for {unknown} items: {NO_DATE}",) if unknown else ()
    yield Flag("sessions after the model's training cutoff", later, notes, is_open=bool(unknown))
    if known.any():
        name = "sessions up to the model's training cutoff"
        yield Flag(name, known & ~later, notes, is_open=bool(unknown))


def _mask(values: object) -> Mask:
    return np.asarray(values, dtype=bool)
