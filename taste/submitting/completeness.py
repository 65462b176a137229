"""What a mark lacks before it can be handed in, in the words of the codebook. Pure.

A draft may be incomplete, a submission may not. A value that is there but wrong is lacking too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from taste.submitting.marks import DETOUR, HARM, KNOWABLE, STRONG, DraftMark
from transcripts.codebook import Codebook

LEAST_RATIONALE = 20
"""Characters that a rationale has at least."""
ENOUGH_SEEN = 0.9
"""Share of the human acts that somebody has seen who says that there is nothing in them."""
_RECOVERED = ("full", "partial")

Position = Callable[[str], int | None]
"""Event id -> its position in the session; none where there is no such event."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that is to be decided still, and what the codebook asks there."""

    field: str
    words: str


def find_missing(mark: DraftMark, codebook: Codebook, position: Position) -> tuple[Missing, ...]:
    """What a mark lacks, in the order in which the codebook asks."""
    fault = codebook.fault(mark.values)
    found = [Missing("kind", fault)] if fault else []
    checks = {DETOUR: _missing_of_detour, STRONG: _missing_of_strong}
    check = checks.get(mark.kind, _missing_of_others)
    return (*found, *check(mark, position))


def _missing_of_detour(mark: DraftMark, position: Position) -> Iterator[Missing]:
    yield from _where(mark, position)
    yield from _unless(mark, "type", "the first type of the list that fits")
    yield from _unless(mark, "attribution", "would a better human move have avoided the loss?")
    yield from _unless(mark, "knowable", "could it be known from what stands before the start?")
    if mark.get("knowable") != "no":
        words = "a passage before the start that shows it, or a waiver"
        yield from _evidence(mark, KNOWABLE, position, words)
    yield from _unless(mark, "harm", "how much harm it did")
    if mark.get("harm") != 0:
        yield from _evidence(mark, HARM, position, "a passage after it that shows the harm")
    yield from _said(mark, position)


def _missing_of_strong(mark: DraftMark, position: Position) -> Iterator[Missing]:
    yield from _unless(mark, "type", "the first type of the list that fits")
    yield from _sides(mark, KNOWABLE, position)
    yield from _sides(mark, HARM, position)
    yield from _said(mark, position)


def _missing_of_others(mark: DraftMark, _position: Position) -> Iterator[Missing]:
    if mark.kind == "unresolved":
        yield from _rationale(mark)


def _where(mark: DraftMark, position: Position) -> Iterator[Missing]:
    """Recognised at or after the start; recovered not before that; how far it recovered."""
    recognised = _place(mark, "recognised", position)
    if recognised is None or recognised < mark.cut:
        yield Missing("recognised", "the first event, at or after the start, that shows it")
    yield from _unless(mark, "recognised_by", "who recognised it")
    recovered, wanted = _place(mark, "recovered", position), mark.get("recovery") in _RECOVERED
    if (recovered is None and wanted) or (
        recovered is not None and recovered < max(mark.cut, recognised or 0)
    ):
        yield Missing("recovered", "the first event, once recognised, of work that is kept")
    yield from _unless(mark, "recovery", "how far it recovered, if at all")


def _said(mark: DraftMark, position: Position) -> Iterator[Missing]:
    """What every label of a detour or a strong move says besides."""
    if mark.get("human_move_source") == "quoted":
        quoted = _place(mark, "quoted", position)
        if quoted is None or quoted < mark.cut:
            yield Missing("quoted", "the later event that quotes the human's move")
        yield from _unless(mark, "span", "the very words of that event that are the move")
    yield from _unless(mark, "confidence", "of ten careful colleagues, how many would agree")
    yield from _rationale(mark)


def _rationale(mark: DraftMark) -> Iterator[Missing]:
    if len((mark.get("rationale") or "").strip()) < LEAST_RATIONALE:
        yield Missing("rationale", f"why, in {LEAST_RATIONALE} characters or more")


def _unless(mark: DraftMark, field: str, words: str) -> Iterator[Missing]:
    if mark.get(field) is None:
        yield Missing(field, words)


def _evidence(mark: DraftMark, field: str, position: Position, words: str) -> Iterator[Missing]:
    if not mark.evidence(field) and not mark.waives(field):
        yield Missing(field, words)
    yield from _sides(mark, field, position)


def _sides(mark: DraftMark, field: str, position: Position) -> Iterator[Missing]:
    """Evidence of what could be known stands before the cut, evidence of harm after it."""
    for span in mark.evidence(field):
        place = position(span["event"])
        if place is None or (place < mark.cut) != (field == KNOWABLE):
            side = "before the start" if field == KNOWABLE else "at or after the start"
            yield Missing(field, f"its passages stand {side}")
            return


def _place(mark: DraftMark, field: str, position: Position) -> int | None:
    event_id = mark.get(field)
    return None if event_id is None else position(event_id)
