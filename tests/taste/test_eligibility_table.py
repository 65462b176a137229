"""Every cell of the table: what somebody has done on a lineage, and what that forbids them.

Each deed is done on the session itself and on a copy of it, which begins with an event more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from taste.assignment_tables import (
    Activity,
    Adjudication,
    Assignment,
    Draft,
    DraftEvent,
    ReadingState,
    Reveal,
    Submission,
)
from taste.eligibility import ROLES, Eligibility, Role, refuse_ineligible, role_of
from taste.tables import Comparison, Proposal, Restatement, Verdict
from transcripts.annotations import Label, annotate, find_or_add_annotator, withdraw
from transcripts.db import Db, open_engine
from transcripts.decision_points import resolve_point, store_point
from transcripts.errors import UserError
from transcripts.tables import DecisionPoint, Draw, Event, Screening, Session, Table

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KINDS = ("human", "agent", "human", "agent", "human", "agent", "human", "agent")
EARLIER, HERE, LATER = 2, 4, 6


@dataclass
class Doer:
    """Somebody who does something on one session of the lineage."""

    db: Db
    session: Session
    shift: int
    name: str = "Ada"

    @property
    def person(self) -> int:
        return find_or_add_annotator(self.db, self.name).id or 0

    def add(self, row: Any) -> Any:
        self.db.add(row)
        self.db.flush()
        return row

    def point(self, cut: int) -> DecisionPoint:
        found = resolve_point(self.db, self.session, f"e{cut}")
        return store_point(self.db, self.session, found)

    def assign(self, mode: str, **values: Any) -> Assignment:
        values = {"condition": "blind", "state": "todo", **values}
        key = f"{mode} {self.session.id} {self.name} {values}"
        number: dict[str, Any] = {"annotator_id": self.person, "session_id": self.session.id}
        found: Assignment = self.add(
            Assignment(
                identity=key, batch="b", mode=mode, thread="main", number=1, seed=1,
                created_at=NOW, **number, **values,
            )
        )  # fmt: skip
        return found

    def open(self, mode: str, **values: Any) -> int:
        work = self.assign(mode, **values)
        assert work.id is not None
        self.add(ReadingState(assignment_id=work.id, changed_at=NOW))
        return work.id

    def label(self, cut: int) -> None:
        label = Label(kind="neither", codebook="1")
        annotate(self.db, self.session, f"e{cut}", self.name, label, NOW)

    def draft(self, mode: str, name: str, value: Any = None) -> None:
        draft = Draft(assignment_id=self.open(mode), name=name, value=value, changed_at=NOW)
        self.add(draft)

    def go_to(self, last: int) -> int:
        work = self.open("foresight")
        values: dict[str, Any] = {"assignment_id": work, "number": 1, "name": "x", "at": NOW}
        self.add(DraftEvent(identity=f"d{work}", furthest=last + self.shift, **values))
        return work

    def stand(self, cut: int, *, over: bool = False) -> None:
        value = {"cut": cut + self.shift, "over": over}
        self.draft("foresight", "frontier", value)

    def look_at(self, last: int) -> None:
        work = self.open("foresight")
        values: dict[str, Any] = {"assignment_id": work, "active_ms": 1, "first": 0, "at": NOW}
        self.add(Activity(identity=f"a{work}", last=last + self.shift, **values))

    def propose(self, cut: int) -> Proposal:
        values: dict[str, Any] = {"decision_point_id": self.point(cut).id, "arm": "person"}
        values |= {"repeat": 1, "outcome": "proposed", "shown_hash": "h", "simulated": False}
        key = f"p{cut}{self.session.id}{self.name}"
        row = Proposal(identity=key, annotator_id=self.person, created_at=NOW, **values)
        found: Proposal = self.add(row)
        return found

    def judge(self, cut: int, view: str = "full") -> None:
        theirs = Doer(self.db, self.session, self.shift, "Ben").propose(cut)
        common: dict[str, Any] = {"decision_point_id": theirs.decision_point_id}
        both = [
            self.add(
                Restatement(
                    identity=f"{word}{theirs.id}", verbatim="v", outcome="restated",
                    prompt_hash="p", simulated=False, created_at=NOW, **common,
                )
            ).id
            for word in ("human", "proposed")
        ]  # fmt: skip
        common |= {"proposal_id": theirs.id, "human_id": both[0], "proposed_id": both[1]}
        compared = self.add(Comparison(order="human", **common))
        values: dict[str, Any] = {"judge": "x", "judge_kind": "person", "view": view}
        values |= {"sample": 1, "verdict": "tie", "shown_hash": "h", "simulated": False}
        values |= {"comparison_id": compared.id, "annotator_id": self.person, "created_at": NOW}
        self.add(Verdict(identity=f"v{theirs.id}", **values))

    def adjudicate(self, cut: int) -> None:
        values: dict[str, Any] = {"session_id": self.session.id, "annotator_id": self.person}
        values |= {"cut": cut + self.shift, "decision": "not_a_point", "created_at": NOW}
        self.add(Adjudication(identity=f"j{self.session.id}", **values))

    def screen(self) -> None:
        values: dict[str, Any] = {"session_id": self.session.id, "annotator_id": self.person}
        values |= {"open_ended": "yes", "outcome_visible": True, "reason": "", "created_at": NOW}
        self.add(Screening(**values))

    def hand_in(self, work: int, at: datetime = NOW) -> None:
        values: dict[str, Any] = {"assignment_id": work, "number": 1, "guidelines": "g"}
        self.add(Submission(identity=f"s{work}", empty=True, created_at=at, **values))

    def reveal(self, work: int) -> None:
        values: dict[str, Any] = {"decision_point_id": self.point(LATER).id, "seed": 1}
        values |= {"source": "candidate", "stratum": "all", "created_at": NOW}
        drawn = self.add(Draw(name=f"d{self.session.id}", number=1, **values))
        self.add(
            Reveal(
                identity=f"r{work}", assignment_id=work, draw_id=drawn.id, action="shown", at=NOW
            )
        )

    def pass_and_reveal(self) -> None:
        work = self.open("hindsight")
        self.hand_in(work, NOW - timedelta(hours=1))
        self.reveal(work)

    def take_back(self, cut: int) -> None:
        label = Label(kind="neither", codebook="1")
        row = annotate(self.db, self.session, f"e{cut}", self.name, label, NOW)
        withdraw(self.db, row.id or 0, NOW)

    def direct(self) -> None:
        self.session.researcher = self.name.upper()


Deed = Callable[[Doer], Any]
DEEDS: dict[str, tuple[Deed, set[Role]]] = {
    "directed the work": (lambda one: one.direct(), {"propose", "judge"}),
    "labelled another point": (lambda one: one.label(EARLIER), {"propose", "adjudicate"}),
    "labelled the point": (lambda one: one.label(HERE), {"propose", "adjudicate", "judge"}),
    "took a label back": (lambda one: one.take_back(HERE), {"propose", "adjudicate", "judge"}),
    "drafted a label": (
        lambda one: one.draft("hindsight", f"mark:{EARLIER + one.shift}"),
        {"propose", "adjudicate"},
    ),
    "drafted one of the point": (
        lambda one: one.draft("hindsight", f"mark:{HERE + one.shift}"),
        {"propose", "adjudicate", "judge"},
    ),
    "wrote a note": (lambda one: one.draft("hindsight", "note:e0"), {"propose"}),
    "opened it in hindsight": (lambda one: one.open("hindsight"), {"propose"}),
    "skipped it": (lambda one: one.assign("hindsight", state="skipped"), {"propose"}),
    "is to read it": (lambda one: one.assign("hindsight"), set()),
    "handed in that there is nothing": (
        lambda one: one.hand_in(one.open("hindsight")), {"propose", "adjudicate"},
    ),
    "screened": (lambda one: one.screen(), {"propose"}),
    "judged": (lambda one: one.judge(EARLIER), {"propose", "annotate"}),
    "opened a pair": (lambda one: one.open("judge"), {"propose", "annotate"}),
    "is to judge": (lambda one: one.assign("judge"), set()),
    "adjudicated another point": (lambda one: one.adjudicate(EARLIER), {"propose", "annotate"}),
    "adjudicated the point": (
        lambda one: one.adjudicate(HERE), {"propose", "annotate", "judge"},
    ),
    "opened others' labels": (lambda one: one.open("adjudicate"), {"propose", "annotate"}),
    "proposed before": (lambda one: one.propose(EARLIER), {"judge"}),
    "proposed here": (lambda one: one.propose(HERE), {"judge"}),
    "proposed later": (lambda one: one.propose(LATER), {"propose", "judge"}),
    "drafted a move": (
        lambda one: one.draft("foresight", f"move:{EARLIER + one.shift}"), {"judge"},
    ),
    "drafted a later move": (
        lambda one: one.draft("foresight", f"move:{LATER + one.shift}"), {"propose", "judge"},
    ),
    "unrolled up to it": (lambda one: one.go_to(HERE - 1), set()),
    "unrolled beyond it": (lambda one: one.go_to(HERE), {"propose"}),
    "had the act in view": (lambda one: one.look_at(HERE), {"propose"}),
    "has come up to it": (lambda one: one.stand(HERE), set()),
    "has come beyond it": (lambda one: one.stand(HERE + 1), {"propose"}),
    "is at the end": (lambda one: one.stand(HERE, over=True), {"propose"}),
    "was shown the act": (
        lambda one: one.draft("foresight", f"asked:{HERE + one.shift}"), {"propose"},
    ),
    "saw candidates first": (
        lambda one: one.reveal(one.open("hindsight")), {"propose", "annotate"},
    ),
    "saw candidates in the assisted arm": (
        lambda one: one.reveal(one.open("hindsight", condition="assisted")),
        {"propose", "annotate"},
    ),
    "saw candidates after a first pass": (
        lambda one: one.pass_and_reveal(), {"propose", "adjudicate"},
    ),
    "somebody else did": (
        lambda one: Doer(one.db, one.session, one.shift, "Eve").label(HERE), set(),
    ),
}  # fmt: skip


def tell(db: Db, name: str, shift: int) -> Session:
    session = Session(
        external_id=name, lineage="one", format="told", thread="main", imported_at=NOW
    )
    db.add(session)
    db.flush()
    shown = [("notice", "x", False)] * shift + [
        (kind, f"{n}", True) for n, kind in enumerate(KINDS)
    ]
    rows = [
        {
            "session_id": session.id, "position": at, "event_id": f"e{at - shift}",
            "ordinal": at + 1, "kind": kind, "thread": "main", "visible_from": at,
            "response": f"r{at}" if kind == "agent" else None, "shown": seen,
            "act": at if kind == "human" else None, "text": text, "n_lines": 1, "n_chars": 1,
            "act_kind": "typed" if kind == "human" else None,
        }
        for at, (kind, text, seen) in enumerate(shown)
    ]  # fmt: skip
    db.connection().execute(insert(Event), rows)
    return session


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = open_engine(str(tmp_path_factory.mktemp("lineage") / "taste.db"))
    Table.metadata.create_all(engine)
    with Db(engine) as db:
        tell(db, "original", 0)
        tell(db, "copy", 1)
        db.commit()
    yield engine
    engine.dispose()


@pytest.fixture
def lineage(engine: Engine) -> Iterator[tuple[Db, Session, Session]]:
    """The two sessions in a transaction that is taken back."""
    with engine.connect() as connection:
        outer = connection.begin()
        connection.exec_driver_sql("BEGIN")  # its driver begins none before a savepoint
        with Db(bind=connection, join_transaction_mode="create_savepoint") as db:
            one, other = (db.get_one(Session, number) for number in (1, 2))
            yield db, one, other
        outer.rollback()


def refused(db: Db, session: Session, within: int | None = None) -> set[Role]:
    found: set[Role] = set()
    for role in ROLES:
        point = resolve_point(db, session, f"e{HERE}")
        try:
            refuse_ineligible(db, role, " ada ", session, point, within)
        except UserError:
            found.add(role)
    return found


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(False, id="here"),
        pytest.param(True, id="on a copy", marks=pytest.mark.no_cover),
    ],
)
@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_done_on_a_lineage_forbids_what_the_table_says(
    lineage: tuple[Db, Session, Session], deed: str, copy: bool
) -> None:
    db, session, other = lineage
    do, forbidden = DEEDS[deed]
    do(Doer(db, other, 1) if copy else Doer(db, session, 0))
    assert refused(db, session) == forbidden


def test_the_assisted_arm_is_excepted_in_its_own_assignment(
    lineage: tuple[Db, Session, Session],
) -> None:
    db, session, _ = lineage
    one = Doer(db, session, 0)
    work = one.open("hindsight", condition="assisted")
    one.reveal(work)
    assert "annotate" not in refused(db, session, within=work)


def test_foresight_that_is_still_to_do_comes_before_hindsight(
    lineage: tuple[Db, Session, Session],
) -> None:
    db, session, other = lineage
    work = Doer(db, session, 0).assign("hindsight").id
    assert refused(db, session, within=work) == set()
    ahead = Doer(db, other, 1).assign("foresight")
    assert refused(db, session, within=work) == {"annotate"}
    ahead.state = "submitted"
    assert "annotate" not in refused(db, session, within=work)


def test_what_foresight_has_shown_does_not_end_it(lineage: tuple[Db, Session, Session]) -> None:
    db, session, _ = lineage
    one = Doer(db, session, 0)
    work = one.go_to(LATER)
    assert "propose" in refused(db, session)
    assert "propose" not in refused(db, session, within=work)


def test_of_a_whole_session_any_look_at_it_counts(lineage: tuple[Db, Session, Session]) -> None:
    db, session, _ = lineage
    Doer(db, session, 0).go_to(0)
    with pytest.raises(UserError, match="may not propose on session 'original'"):
        refuse_ineligible(db, "propose", "Ada", session)
    refuse_ineligible(db, "annotate", "Ada", session)


def test_a_refusal_says_what_was_seen(lineage: tuple[Db, Session, Session]) -> None:
    db, session, _ = lineage
    Doer(db, session, 0).label(HERE)
    with pytest.raises(UserError, match=r"'ada' may not judge at 'e4' of .* annotated that point"):
        refuse_ineligible(db, "judge", "ada", session, resolve_point(db, session, "e4"))


@pytest.mark.parametrize(
    ("do", "forbidden"),
    [
        (lambda one: one.label(EARLIER), {"prefix"}),
        (lambda one: one.go_to(HERE), {"prefix"}),
        (lambda one: one.go_to(HERE - 1), set()),
        (lambda one: one.judge(EARLIER, "prefix"), set()),
        (lambda one: one.judge(LATER, "prefix"), {"prefix", "digest"}),
        (lambda one: one.judge(EARLIER, "full"), {"prefix", "digest"}),
    ],
)
def test_who_knows_how_it_went_on_does_not_judge_from_what_was_known(
    lineage: tuple[Db, Session, Session], do: Deed, forbidden: set[str]
) -> None:
    db, session, _ = lineage
    do(Doer(db, session, 0))
    here, rules = resolve_point(db, session, f"e{HERE}"), Eligibility(db)
    views = ("prefix", "digest", "digest_open", "full", "wording")
    assert forbidden == {v for v in views if rules.fault(role_of("judge", v), "ada", session, here)}
