"""Tables for what happened: sessions, their stored lines, events, decision points, annotations.

Rows are evidence. Nothing here is edited but `Event.abandoned_from`, which a longer copy of
the same file may add, and the sums of a session that has grown.
"""

from datetime import date, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of every table: one metadata with one naming convention."""

    metadata = MetaData(naming_convention=NAMING)


class Session(Table, table=True):
    """One recorded piece of work."""

    __tablename__ = "session"
    __table_args__ = (UniqueConstraint("external_id", "part"),)

    id: int | None = Field(default=None, primary_key=True)
    external_id: str = Field(index=True)
    """The recorder's own id; `<session>/<agent>` for a subagent's file."""
    part: int = 1
    """Number among files of one session that share no entry."""
    lineage: str = Field(index=True)
    """Sessions that share recorded work: a session, its subagents, its resumed or forked copies."""
    origins: list[str] = Field(default_factory=list, sa_type=JSON)
    """External ids of sessions that it says it goes on from or copies, imported or not."""
    format: str
    thread: str
    """The thread that cuts are made on."""
    researcher: str | None = None
    project: str | None = None
    version: str | None = None
    """Version of the recording tool, as first written."""
    agent_models: list[str] = Field(default_factory=list, sa_type=JSON)
    """Models of the recorded agent."""
    started: str | None = None
    """Timestamp of the first entry, as recorded; never shown to a proposer."""
    warnings: list[str] = Field(default_factory=list, sa_type=JSON)
    cuts_reliable: bool = True
    """False where the order of the file broke an invariant; studies refuse its points."""
    may_send: str = "none"
    """`none`, or a comma-separated list of places that the text may go to: a provider's name, else
    `ENDPOINT@HOST`, since a study gives its endpoints any names it likes."""
    usable_until: date | None = None
    """Last day on which the consent of its people lets it be used; none: no end."""
    withdrawn_at: datetime | None = None
    """When its text was removed on request; what remains is a tombstone."""
    redactor: str = "none"
    """What replaced secrets in the stored text; `none` if nothing did."""
    redactions: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    """Placeholders in the stored text, by kind."""
    entry_count: int = 0
    event_count: int = 0
    imported_at: datetime


class Source(Table, table=True):
    """A file as it was imported; the same file again is recognised by its sha256."""

    __tablename__ = "source"

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id", index=True)
    name: str
    """File name without its folder."""
    sha256: str = Field(index=True)
    """Of the original file, before redaction."""
    size: int
    """Bytes of the file."""
    place: str | None = Field(default=None, index=True)
    """sha256 of the absolute path: tells the file again without naming it."""
    mtime_ns: int | None = Field(default=None, sa_type=BigInteger)
    """Modification time of the file when it was read."""
    imported_at: datetime


class Thread(Table, table=True):
    """A thread that a session holds or spawns; a subagent's events may stand in its own session."""

    __tablename__ = "thread"
    __table_args__ = (UniqueConstraint("session_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    name: str
    role: str
    """A value of `ThreadRole`."""
    call: str | None = None
    """Id of the event of the call that spawned it, where that stands in this session."""
    call_id: str | None = None
    """The recorder's id of the spawning call."""
    agent_type: str | None = None


class PlaceName(Table, table=True):
    """A branch or directory name of a session, to be masked where a prefix is shown."""

    __tablename__ = "place_name"
    __table_args__ = (UniqueConstraint("session_id", "kind", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    position: int
    """Position at which it was first recorded."""
    kind: str
    """branch or directory."""
    name: str


class Tombstone(Table, table=True):
    """What is left of a session whose text was removed: that it was there, and its hash."""

    __tablename__ = "tombstone"

    id: int | None = Field(default=None, primary_key=True)
    external_id: str
    part: int
    sha256: str = Field(index=True)
    """Of the file that was imported; the same file is not imported again."""
    what: str
    """withdrawn or deleted."""
    entries: int
    events: int
    reason: str | None = None
    at: datetime


class Screening(Table, table=True):
    """What somebody found a session to be before it was annotated; a correction is a new row."""

    __tablename__ = "screening"

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id", index=True)
    annotator_id: int = Field(foreign_key="annotator.id")
    open_ended: str
    """Whether it is an open-ended investigation: yes, partly, no."""
    outcome_visible: bool
    """Whether the session shows how it came out."""
    reason: str
    created_at: datetime


class Draw(Table, table=True):
    """A decision point drawn by chance or proposed by a signal, with how likely that was."""

    __tablename__ = "draw"
    __table_args__ = (UniqueConstraint("name", "decision_point_id"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    """The sample that it belongs to."""
    number: int
    """Order in the sample, in which random points and candidates are mixed."""
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    source: str
    """random or candidate; hidden from annotators."""
    stratum: str
    """Screening stratum of the session, such as `yes/visible`; `unscreened` without one."""
    probability: float | None = None
    """Inclusion probability of a random point; none for a candidate."""
    score: float | None = None
    """A candidate's score."""
    reason: str | None = None
    """A candidate's signals."""
    seed: int
    created_at: datetime


class Entry(Table, table=True):
    """One stored line (JSON object) of a session, after redaction."""

    __tablename__ = "entry"
    __table_args__ = (UniqueConstraint("session_id", "ordinal"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    ordinal: int
    position: int
    """Position of its first event."""
    line: int
    offset: int
    """Byte offset in the original file."""
    uuid: str | None = None
    """The recorder's own id, if it is unique in the world: sessions that share one share work."""
    type: str
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The object's bytes; compressed with zlib where they begin with 0x78."""
    digest: str
    """sha256 of the uncompressed bytes."""


Index("ix_entry_uuid_session_id", Entry.uuid, Entry.session_id)  # type: ignore[arg-type]


class Event(Table, table=True):
    """The smallest ordered thing that happened in a session."""

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("session_id", "position"),
        UniqueConstraint("session_id", "event_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    position: int
    event_id: str
    """The entry's uuid (`#1` … for further events) or `L<ordinal>`."""
    ordinal: int
    """Ordinal of its entry."""
    kind: str
    """A value of `EventKind`."""
    thread: str
    response: str | None = None
    tool: str = ""
    is_error: bool = False
    shown: bool
    """Whether the whitelist lets it into a prefix."""
    visible_from: int
    abandoned_from: int | None = None
    act: int | None = None
    """Cut of the human act that it belongs to."""
    act_kind: str | None = None
    """How that act begins; only on events of an act."""
    timestamp: str | None = None
    text: str = Field(sa_column=Column(Text, nullable=False))
    """Whitelisted content, in full."""
    n_lines: int
    n_chars: int


class Annotator(Table, table=True):
    """A person who marks decision points."""

    __tablename__ = "annotator"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)


class DecisionPoint(Table, table=True):
    """The place before a human act, or before a response, where what to do next was open."""

    __tablename__ = "decision_point"
    __table_args__ = (UniqueConstraint("session_id", "thread", "cut", "actor"),)

    id: int | None = Field(default=None, primary_key=True)
    session_id: int = Field(foreign_key="session.id")
    thread: str
    cut: int
    """Events with visible_from < cut <= abandoned_from are the prefix."""
    before: str
    """Id of the first event of the act or response."""
    actor: str
    """`human` or `agent`; a human's unrecorded move may stand before a response."""
    prefix_hash: str


class Annotation(Table, table=True):
    """What one annotator decided about one decision point; a correction is a new row."""

    __tablename__ = "annotation"

    id: int | None = Field(default=None, primary_key=True)
    decision_point_id: int = Field(foreign_key="decision_point.id", index=True)
    annotator_id: int = Field(foreign_key="annotator.id", index=True)
    replaces_id: int | None = Field(default=None, foreign_key="annotation.id")
    """The earlier row that this one corrects or withdraws."""
    withdrawn: bool = False
    """A tombstone: the earlier row was taken back."""
    digest: str
    """sha256 of the fields, so that the same line twice is one row."""
    kind: str
    """detour, strong, neither, unresolved."""
    type: str | None = None
    attribution: str | None = None
    """human, agent, both, environment."""
    knowable: str | None = None
    """yes, partly, no: from what stands before the cut."""
    recognised: str | None = None
    """Id of the first event that shows the line is wrong."""
    recognised_by: str | None = None
    recovered: str | None = None
    """Id of the first event of work that the session then keeps."""
    recovery: str | None = None
    """full, partial, abandoned, never, other_session."""
    better_move: str | None = None
    """One sentence; never shown to a judge."""
    initiator: str | None = None
    """human, agent_offer, pasted, unclear."""
    span: str | None = None
    """The part of the act's text that is the move, where the act holds several."""
    basis: str | None = None
    """this_session, later_session, expertise."""
    human_move_source: str = "recorded"
    """recorded, quoted, inferred."""
    quoted: str | None = None
    """Id of the later event that quotes a human move which was not recorded."""
    harm: int | None = None
    """0 none, 1 time, 2 rework, 3 wrong result recorded, 4 irreversible."""
    confidence: int | None = None
    """Of ten careful colleagues how many would agree: 5 = nine or more … 1 = fewer than five."""
    hidden_context: bool = False
    rationale: str | None = None
    codebook: str
    """Version of the codebook that the label was made by."""
    created_at: datetime


class Evidence(Table, table=True):
    """A span of an event that an annotation rests on."""

    __tablename__ = "evidence"

    id: int | None = Field(default=None, primary_key=True)
    annotation_id: int = Field(foreign_key="annotation.id", index=True)
    role: str
    """`knowable` (before the cut) or `harm` (after it)."""
    event_id: str
    start: int | None = None
    """First character of the span in the event's text; none for the whole event."""
    end: int | None = None
