"""From a figure down to what it rests on: each item with its moves, verdicts and raw replies.

Reads evidence and changes nothing of it; what a page shows shortened says so on the spot.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from analysis.report.evidence import Evidence, ItemRow, read_evidence
from analysis.report.instruments import Instruments
from analysis.trials.columns import TrialRow
from taste.points import act_text
from taste.tables import ItemSet, Proposal, Restatement
from transcripts.cut import Prefix, cut_prefix
from transcripts.db import Db
from transcripts.queries import EventRow, read_events, read_places
from transcripts.rendering.display import Display
from transcripts.rendering.text import render_shown
from transcripts.tables import Annotation

SHOWN_CHARS = 6_000_000
"""Characters of shown text that a whole page may hold."""
SHOWN_CHARS_MOST = 60_000
SHOWN_CHARS_LEAST = 4_000
"""Bounds for one shown text on a page."""
LABEL_FIELDS = (
    "kind", "type", "attribution", "knowable", "recognised_by", "recovery", "initiator", "basis",
    "harm", "confidence", "hidden_context", "better_move", "rationale", "codebook",
)  # fmt: skip


@dataclass(frozen=True)
class ShownOnPage:
    """A shown text as the page carries it, once for all items that share it."""

    shown_hash: str
    """sha256 of the text as the arms were shown it, in full."""
    text: str
    chars: int
    """Characters of the full text; more than `text` has where that is shortened."""


@dataclass(frozen=True)
class Move:
    """A move as it was made and as the judge read it."""

    verbatim: str | None
    restated: str | None
    note: str = ""
    """Why one of them is missing."""


@dataclass(frozen=True)
class JudgedOnce:
    """One verdict with its grounds."""

    row: TrialRow
    reasoning: str | None
    raw_reply: str | None
    call: str | None
    """Number and request id of the call that brought it."""


@dataclass(frozen=True)
class TrialInDetail:
    """One trial: the proposal, and what was said of it."""

    arm: str
    repeat: int
    exclusion: str | None
    move: Move
    aside: Mapping[str, str] = field(hash=False)
    """What was stored of the proposal and never reached a judge: why, wrong if, source, call."""
    verdicts: tuple[JudgedOnce, ...]


@dataclass(frozen=True)
class ItemInDetail:
    """One item with everything that was said about it."""

    set: str
    number: int
    session: str
    researcher: str | None
    """A pseudonym, as the rows have it."""
    project: str | None
    before: str
    """Id of the first event of the act."""
    actor: str
    """Whose decision it was: human or agent."""
    line: int | None
    """Line of the session's file in which it stands."""
    shown_hash: str
    hash_agrees: bool
    """Whether the text rebuilt from the events is the one that the proposals were made from."""
    human: Move
    label: Mapping[str, str] = field(hash=False)
    """What the annotator decided, field by field."""
    trials: tuple[TrialInDetail, ...]
    instruments: Instruments


@dataclass(frozen=True)
class Drilldown:
    """All items of a run and the shown texts that they refer to."""

    items: tuple[ItemInDetail, ...]
    shown: Mapping[str, ShownOnPage] = field(hash=False)


@dataclass(frozen=True)
class _PointText:
    shown_hash: str
    act: str


def read_drilldown(
    db: Db, run_id: int, rows: Sequence[TrialRow], sets: Sequence[ItemSet], display: Display
) -> Drilldown:
    """Reads what the report shows of every item, in the order of sets and numbers."""
    found = read_evidence(db, run_id, [row.id for row in sets if row.id is not None])
    points, shown = _read_texts(db, found.items, display)
    trials: dict[int, list[TrialRow]] = {}
    for row in rows:
        trials.setdefault(row.item_id, []).append(row)
    items = tuple(
        _item(found, item, points[item.decision_point_id], trials.get(item.id, []))
        for item in found.items
    )
    return Drilldown(items, shown)


def _read_texts(
    db: Db, items: Iterable[ItemRow], display: Display
) -> tuple[dict[int, _PointText], dict[str, ShownOnPage]]:
    """Cuts every session once for all of its points; returns texts by point and by hash."""
    by_id = {item.decision_point_id: item for item in items}
    limit = SHOWN_CHARS // max(1, len(by_id))
    on_page = max(SHOWN_CHARS_LEAST, min(SHOWN_CHARS_MOST, limit))
    points: dict[int, _PointText] = {}
    shown: dict[str, ShownOnPage] = {}
    ordered = sorted(by_id.values(), key=lambda item: (item.session_id, item.thread, item.cut))
    for (session, thread), group in groupby(ordered, lambda item: (item.session_id, item.thread)):
        events, places = read_events(db, session, thread), read_places(db, session)
        for item in group:
            prefix = cut_prefix(events, item.cut, item.thread, places)
            text = _show(prefix, display, on_page)
            shown.setdefault(text.shown_hash, text)
            points[item.decision_point_id] = _PointText(text.shown_hash, _act(events, item))
    return points, shown


def _show(prefix: Prefix, display: Display, chars: int) -> ShownOnPage:
    full = render_shown(prefix, display)
    if len(full.text) <= chars:
        return ShownOnPage(full.shown_hash, full.text, len(full.text))
    shorter = render_shown(prefix, display.model_copy(update={"chars": chars}))
    return ShownOnPage(full.shown_hash, shorter.text, len(full.text))


def _act(events: list[EventRow], item: ItemRow) -> str:
    span = item.annotation.span if item.annotation else None
    return span or act_text(events, item.point)


def _item(
    found: Evidence, item: ItemRow, text: _PointText, rows: Sequence[TrialRow]
) -> ItemInDetail:
    trials = tuple(_trials(found, rows))
    made = [found.proposals[row.proposal_id] for row in rows if row.proposal_id is not None]
    # What a hindsight arm was shown is more than the prefix, by design.
    proposals = [row for row in made if not row.hindsight]
    return ItemInDetail(
        set=item.set,
        number=item.number,
        session=item.session,
        researcher=rows[0].researcher if rows else None,
        project=rows[0].project if rows else None,
        before=item.point.before,
        actor=item.point.actor,
        line=item.line,
        shown_hash=text.shown_hash,
        hash_agrees=all(row.shown_hash == text.shown_hash for row in proposals),
        human=_human_move(found, item, text, rows),
        label=_label(item.annotation),
        trials=trials,
        instruments=found.instruments.get(item.id, Instruments()),
    )


def _label(annotation: Annotation | None) -> dict[str, str]:
    values = {name: getattr(annotation, name, None) for name in LABEL_FIELDS}
    return {name: str(value) for name, value in values.items() if value not in (None, False)}


def _human_move(found: Evidence, item: ItemRow, text: _PointText, rows: Iterable[TrialRow]) -> Move:
    used = [found.comparisons[row.comparison_id][0] for row in rows if row.comparison_id]
    known = used or found.human_restatements.get(item.decision_point_id, [])
    if not known:
        return Move(text.act, None, "not restated")
    return _restated(found.restatements[known[0]])


def _trials(found: Evidence, rows: Iterable[TrialRow]) -> Iterator[TrialInDetail]:
    """Yields the trials in the order of their rows, which are by arm and repeat."""
    for _, group in groupby(rows, lambda row: row.trial_id):
        verdicts = list(group)
        first = verdicts[0]
        proposal = found.proposals[first.proposal_id] if first.proposal_id else None
        yield TrialInDetail(
            arm=first.arm,
            repeat=first.repeat,
            exclusion=first.exclusion,
            move=_proposed_move(found, proposal, first.comparison_id),
            aside=_aside(proposal),
            verdicts=tuple(_judged(found, row) for row in verdicts if row.verdict),
        )


def _proposed_move(found: Evidence, proposal: Proposal | None, comparison: int | None) -> Move:
    if proposal is None:
        return Move(None, None, "no proposal stored")
    if comparison is not None:
        return _restated(found.restatements[found.comparisons[comparison][1]])
    assert proposal.id is not None
    known = found.proposed_restatements.get(proposal.id, [])
    if known:
        return _restated(found.restatements[known[0]])
    why = f"{proposal.outcome}: {proposal.reason}" if proposal.reason else proposal.outcome
    return Move(proposal.move, None, why)


def _restated(row: Restatement) -> Move:
    note = f"{row.outcome}: {row.reason}" if row.reason else ""
    return Move(row.verbatim, row.move, note)


def _aside(proposal: Proposal | None) -> dict[str, str]:
    if proposal is None:
        return {}
    call = f"call {proposal.call_id}" if proposal.call_id is not None else None
    source = "; ".join(part for part in (proposal.source, call) if part)
    told = {"why": proposal.why, "wrong if": proposal.wrong_if, "source": source}
    return {name: value for name, value in told.items() if value}


def _judged(found: Evidence, row: TrialRow) -> JudgedOnce:
    assert row.verdict_id is not None
    grounds = found.verdicts[row.verdict_id]
    return JudgedOnce(row, grounds.reasoning, grounds.raw_reply, grounds.call)
