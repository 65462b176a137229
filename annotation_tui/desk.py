"""What lies on an annotator's desk when a session is opened: its text, own marks, a place."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine
from sqlmodel import col, select

from annotation_tui.bodies import Bodies
from annotation_tui.document import Document
from annotation_tui.held import HeldDraft
from annotation_tui.index import Index
from annotation_tui.layout import Spot
from taste.agreement_results import AgreementResults
from taste.drafts.leases import holder_name
from transcripts.codebook import Codebook
from transcripts.db import Db
from transcripts.guidelines import guidelines_version
from transcripts.queries import read_index
from transcripts.rendering.text import visible_controls
from transcripts.tables import Session, Thread

BEGINNING = 80
"""Characters of an act's text that the outline gets."""


@dataclass(frozen=True, slots=True)
class Annotating:
    """Who annotates, where it is stored, by which codebook and clock."""

    engine: Engine
    annotator: str
    codebook: Codebook
    now: Callable[[], datetime]
    holder: str = field(default_factory=holder_name)
    """The name by which this process holds assignments for writing."""
    own_guidelines: str = ""
    """A team's own text behind the guidelines; it counts into the version that labels carry."""
    agreement: Callable[[Sequence[str]], AgreementResults] | None = None
    """Estimates how far annotators agree on the sessions of these ids; for adjudicators."""

    @property
    def guidelines(self) -> str:
        """Version of the guidelines that the annotator has, as labels carry it."""
        return guidelines_version(self.codebook, self.own_guidelines)


class Readable(Protocol):
    """What a screen needs of a desk in order to show a text and move through it."""

    @property
    def document(self) -> Document:
        """The text."""

    @property
    def words(self) -> Mapping[int, str]:
        """Number of an act's first event → its first words."""

    @property
    def start(self) -> Spot:
        """Where to begin reading."""

    @property
    def warnings(self) -> Sequence[str]:
        """What the import warned of."""

    def describe(self, event: int, mark: str, saved: str) -> str:
        """Where one stands."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One opened session."""

    session: Session
    document: Document
    words: Mapping[int, str]
    """Number of an act's first event → its first words."""
    start: Spot
    """Where to begin reading."""
    held: HeldDraft
    """The assignment's draft."""
    by: Annotating

    @property
    def warnings(self) -> Sequence[str]:
        """What the import warned of."""
        return self.session.warnings

    def describe(self, event: int, mark: str, saved: str) -> str:
        """Where one stands: session, event, act, the mark that is worked on, what was saved."""
        index = self.document.index
        parts = (
            self.session.external_id[:8],
            f"event {event + 1:,}/{len(index.rows):,}",
            f"act {index.act_number(event):,}/{len(index.acts):,}",
            mark,
            saved,
        )
        return visible_controls("  ".join(part for part in parts if part))


def open_desk(by: Annotating, session: Session, held: HeldDraft) -> Desk:
    """Read the index of a session; no texts yet. Reading begins where it was left."""
    assert session.id is not None
    with Db(by.engine) as db:
        index = Index.of(read_index(db, session.id, session.thread))
        subagents = read_subagents(db, session, index)
    bodies = Bodies(by.engine, session)
    positions = {index.rows[act].position: act for act in index.acts}
    texts = bodies.read_beginnings(list(positions), BEGINNING)
    state = held.state
    return Desk(
        session=session,
        document=Document(index, bodies, subagents),
        words={positions[position]: text for position, text in texts.items()},
        start=Spot(index.numbers.get(state.get("event", ""), 0), state.get("row", 0)),
        held=held,
        by=by,
    )


def read_subagents(db: Db, session: Session, index: Index) -> dict[int, str]:
    """Names of the subagents by the number of the call that started them."""
    query = (
        select(Thread)
        .where(Thread.session_id == session.id, col(Thread.call).is_not(None))
        .order_by(col(Thread.id))
    )
    found: dict[int, str] = {}
    for thread in db.exec(query):
        number = index.numbers.get(thread.call or "")
        if number is not None:
            kind = f" ({thread.agent_type})" if thread.agent_type else ""
            before = f"{found[number]}, " if number in found else ""
            found[number] = f"{before}{thread.role} {thread.name}{kind}"
    return found
