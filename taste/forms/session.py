"""The text of a form of hindsight: how to fill it in, its answers so far, and the session."""

from collections.abc import Iterator

from sqlmodel import func, select

from taste.assignment_tables import Assignment
from taste.forms.hindsight import read_parts, version_of
from taste.forms.text import render_comment, render_text, render_value
from transcripts.codebook import CHOICES, Codebook
from transcripts.db import Db
from transcripts.queries import read_events
from transcripts.tables import Event

_HELP = """\
Read the session below the line --- and mark its decision points here, above it.
Give the form back with: taste form import FILE   (--draft keeps it without handing it in)

nothing: true attests that there is no detour and no strong move; the reason says why you can
say so, since nobody saw you read. Otherwise list the points under marks, each like this:

marks:
  - before: EVENT             the first event of the human act
    kind: detour              {kinds}
    type: TYPE                see below
    recognised: EVENT         the first event, at or after the start, that shows it
    recovered: EVENT          the first event of work that is kept
    evidence_knowable:        passages before the start; waived: [evidence_knowable] says: none
      - event: EVENT
        quote: the very words (or start and end, counted in characters)
    evidence_harm:            passages after it, in the same way
    rationale: why

A strong move has no recognised, recovered, recovery, attribution, knowable and harm.
Values of the other keys:
"""


def render_answers(db: Db, work: Assignment, annotator: str, codebook: Codebook) -> Iterator[str]:
    """The upper part of the form: what is drafted or handed in already stands in it."""
    parts = read_parts(db, work, annotator)
    yield from render_comment(_HELP.format(kinds=", ".join(codebook.types)))
    yield from render_comment("\n".join(_values(codebook)))
    yield render_value("form", "hindsight")
    yield render_value("assignment", work.identity)
    yield render_value("annotator", annotator)
    yield render_value("version", version_of(parts))
    yield render_value("codebook", codebook.version)
    nothing = parts.nothing
    yield render_value("nothing", nothing is not None)
    yield render_value("reason", (nothing or {}).get("reason"))
    yield render_value("marks", list(parts.marks.values()))


def _values(codebook: Codebook) -> Iterator[str]:
    for name in CHOICES:
        yield f"  {name}: {', '.join(getattr(codebook, name))}"
    for name in ("harm", "confidence"):
        scale = getattr(codebook, name)
        yield f"  {name}: {'; '.join(f'{value} {words}' for value, words in scale.items())}"
    for kind, types in codebook.types.items():
        if types:
            yield f"  type of {kind}:"
            yield from (f"    {name}: {words}" for name, words in types.items())


def render_reading(db: Db, work: Assignment) -> Iterator[str]:
    """The session, event by event, and then each subagent's thread."""
    yield "# The session. Human acts begin with an event that says `act: begins`."
    for thread in (work.thread, *_other_threads(db, work)):
        yield from _render_thread(db, work, thread)


def _other_threads(db: Db, work: Assignment) -> list[str]:
    query = (
        select(Event.thread)
        .where(Event.session_id == work.session_id, Event.thread != work.thread)
        .group_by(Event.thread)
        .order_by(func.min(Event.position))
    )
    return list(db.exec(query).all())


def _render_thread(db: Db, work: Assignment, thread: str) -> Iterator[str]:
    for event in read_events(db, work.session_id, thread):
        yield f"- {render_value('event', event.event_id)}"
        if thread != work.thread:
            yield f"  {render_value('thread', thread)}"
        yield f"  kind: {event.kind}"
        if event.tool:
            yield f"  {render_value('tool', event.tool)}"
        if event.is_error:
            yield "  error: true"
        if event.act == event.position:
            yield "  act: begins"
        yield from render_text("text", event.text)
