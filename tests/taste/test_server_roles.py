"""A server's own rules: a login sees its own work, and no other's by any statement."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, Table, create_engine, text
from sqlalchemy.exc import ProgrammingError

from taste.appending import table_of
from taste.assigning.queue import read_queue, take_own
from taste.assigning.states import note_change
from taste.assignment_tables import Assignment
from taste.database import HEAD, open_database
from taste.drafts.leases import take_lease
from taste.drafts.opening import open_drafts
from taste.drafts.store import Seen
from taste.server_roles import SEEN, grant, set_up_roles, take_back
from taste.submitting.hindsight import submit_hindsight
from taste.tables import Comparison, Verdict
from tests.on_postgres import Server, url_of
from transcripts.annotations import find_or_add_annotator
from transcripts.codebook import read_codebook
from transcripts.db import Db, open_engine
from transcripts.errors import UserError
from transcripts.shipped import list_examples
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Annotation, Session
from transcripts.tables import Table as Ours

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CANARY = "canary-sings"
OTHER = 99
"""Number of an annotator, a session, and so on, that are nobody's in these tests."""


def _planted(table: Table) -> dict[str, Any]:
    """Values of a row of somebody else's, with a canary in every text."""
    by_type = {
        "Integer": OTHER, "BigInteger": OTHER, "Boolean": False, "Float": 0.5, "Date": NOW.date(),
        "LargeBinary": CANARY.encode(), "UTCDateTime": NOW, "JSON": {"x": CANARY},
    }  # fmt: skip
    return {
        column.name: by_type.get(type(column.type).__name__, f"{CANARY} {table.name}.{column.name}")
        for column in table.columns
    }


def _plant(engine: Engine) -> None:
    with engine.begin() as connection:
        # No table need hold what a row of another refers to, and no check be met.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in Ours.metadata.sorted_tables:
            for check in [c for c in table.constraints if type(c).__name__ == "CheckConstraint"]:
                connection.execute(text(f'ALTER TABLE "{table.name}" DROP CONSTRAINT {check.name}'))
            connection.execute(table.insert().values(_planted(table)))


@pytest.fixture(scope="module")
def owner(private_server: Server) -> Iterator[Engine]:
    """A database with a session, an assignment of Ann's, and rows of somebody else's everywhere."""
    private_server.ensure_running()
    admin = create_engine(private_server.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE roles"))
    admin.dispose()
    engine = open_database(url_of("roles", str(private_server.folder)))
    with Db(engine) as db:
        (path,) = [one.path for one in list_examples() if one.path.name.startswith("ee0fcf12")]
        import_file(db, path, ImportOptions(), NOW)
        for name, part in (("Ann", "annotator"), ("Ada", "adjudicator"), ("Rex", "researcher")):
            person = find_or_add_annotator(db, name)
            grant(db.connection(), part, name.lower(), person.id or 0)  # type: ignore[arg-type]
        db.commit()
    _plant(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def login(owner: Engine) -> Iterator[Any]:
    """login("ann") is a connection of that login's."""
    opened: list[Engine] = []

    def opening(name: str) -> Engine:
        url = owner.url.set(username=name).render_as_string(hide_password=False)
        opened.append(open_engine(url))
        return opened[-1]

    yield opening
    for engine in opened:
        engine.dispose()


def _read_all(engine: Engine) -> dict[str, str]:
    found = {}
    with engine.connect() as connection:
        for table in Ours.metadata.sorted_tables:
            may = "SELECT has_column_privilege(:t, :c, 'SELECT')"
            asked = [{"t": f'"{table.name}"', "c": column.name} for column in table.columns]
            shown = ", ".join(
                f'"{one["c"]}"' for one in asked if connection.execute(text(may), one).scalar()
            )
            rows = connection.execute(text(f'SELECT {shown} FROM "{table.name}"')).all()
            found[table.name] = repr(rows)
    return found


def _work(owner: Engine, name: str) -> int:
    with Db(owner) as db:
        session = db.get_one(Session, 1)
        row = Assignment(
            identity=f"of {name}", batch="b", annotator_id=find_or_add_annotator(db, name).id or 0,
            mode="hindsight", session_id=1, thread=session.thread, number=1, seed=1,
            created_at=NOW,
        )  # fmt: skip
        db.add(row)
        db.commit()
        assert row.id is not None
        return row.id


def test_an_annotators_login_reads_no_canary_in_any_hidden_table(login: Any) -> None:
    found = _read_all(login("ann"))
    seen = {name for name, rows in found.items() if CANARY in rows}
    assert seen == {name for name, condition in SEEN.items() if condition == "true"}
    assert not {"annotation", "draft", "proposal", "verdict", "restatement", "draw"} & seen


def test_pairs_to_judge_are_told_to_a_login_and_not_shown(owner: Engine, login: Any) -> None:
    with Db(owner) as db:
        work = db.get_one(Assignment, _work(owner, "Jo"))
        work.mode, work.gold, work.comparison_id = "judge", "first", None
        grant(db.connection(), "adjudicator", "jo", work.annotator_id)
        db.add(work)
        db.commit()
    jo = login("jo")
    queue = read_queue(jo, "Jo", NOW.date())
    assert (queue.elsewhere, queue.own, queue.queued) == (1, False, ())
    found = _read_all(jo)
    assert "judge" not in found["assignment"]
    assert (found["comparison"], found["restatement"]) == ("[]", "[]")


def test_a_judge_reads_of_what_they_judged_only_where_it_was(owner: Engine, login: Any) -> None:
    compared, verdicts = table_of(Comparison), table_of(Verdict)
    with Db(owner) as db:
        ann = find_or_add_annotator(db, "Ann").id
    with owner.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(
            compared.insert().values({**_planted(compared), "id": 700, "order": "human"})
        )
        told = {"id": 700, "identity": "of ann", "comparison_id": 700, "annotator_id": ann}
        connection.execute(verdicts.insert().values({**_planted(verdicts), **told}))
    assert _read_all(login("ann"))["comparison"] == f"[(700, {OTHER})]"


def test_an_adjudicators_login_reads_labels_and_no_draft_proposal_or_verdict(login: Any) -> None:
    seen = {name for name, rows in _read_all(login("ada")).items() if CANARY in rows}
    assert {"annotation", "label_record", "adjudication"} <= seen
    assert not {"draft", "draft_event", "proposal", "verdict", "restatement", "call"} & seen


def test_a_researchers_login_reads_everything(login: Any) -> None:
    assert all(str(OTHER) in rows for rows in _read_all(login("rex")).values())


def test_an_annotator_works_and_hands_in_under_their_own_login(owner: Engine, login: Any) -> None:
    work, ann = _work(owner, "Ann"), login("ann")
    with Db(owner) as db:
        before = db.execute(
            text("SELECT event_id FROM event WHERE session_id = 1 AND act > 5 ORDER BY position")
        ).scalar()
        cut = db.execute(text(f"SELECT act FROM event WHERE event_id = '{before}'")).scalar()
    assert take_lease(ann, work, "one", NOW)
    drafts = open_drafts(ann, work, "one", lambda: NOW)
    value = {"before": before, "kind": "neither", "confidence": 3, "hidden_context": False}
    drafts.change(f"mark:{cut}", None, {**value, "rationale": "plain"}, Seen())
    drafts.flush()
    done = submit_hindsight(ann, work, "one", read_codebook(), "v1", NOW)
    drafts.close()
    assert (done.number, done.labels, done.written) == (1, 1, 1)
    assert "plain" in _read_all(ann)["annotation"]


def test_a_login_takes_a_session_of_its_own(owner: Engine, login: Any) -> None:
    with Db(owner) as db:
        grant(db.connection(), "annotator", "ned", find_or_add_annotator(db, "Ned").id or 0)
        db.commit()
    ned = login("ned")
    wanted = read_queue(ned, "Ned", NOW.date()).queued[0].assignment
    assert take_own(ned, "Ned", wanted, NOW).batch == "own"


def test_a_late_edit_under_a_login_is_returned(owner: Engine, login: Any) -> None:
    with Db(owner) as db:
        mine, other = (db.get_one(Assignment, _work(owner, name)) for name in ("Lea", "Lo"))
        mine.state, other.mode, other.state = "submitted", "adjudicate", "draft"
        grant(db.connection(), "annotator", "lea", mine.annotator_id)
        number = mine.id or 0
        db.commit()
    assert note_change(login("lea"), number) == "returned"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE annotation SET rationale = 'x'",
        "DELETE FROM annotation",
        "UPDATE assignment SET mode = 'adjudicate'",
        "INSERT INTO annotator (name) VALUES ('Eve')",
        "UPDATE taste_login SET part = 'researcher'",
        "SELECT * FROM taste_login",
        "ALTER TABLE draft DISABLE ROW LEVEL SECURITY",
        "SET ROLE taste_researcher",
        'SELECT "order" FROM comparison',
        *(
            "INSERT INTO assignment (identity, batch, annotator_id, mode, condition, session_id, "
            f"thread, comparison_id, repeat, number, seed, created_at, state) "
            f"SELECT 'x', '{batch}', taste_me(), '{mode}', '{arm}', 1, 'main', {pair}, 1, 1, 1, "
            "now(), 'todo'"
            for batch, mode, arm, pair in (
                ("b", "hindsight", "blind", "NULL"),
                ("own", "judge", "blind", "NULL"),
                ("own", "hindsight", "assisted", "NULL"),
                ("own", "hindsight", "blind", "99"),
            )
        ),
    ],
)
def test_an_annotators_login_changes_no_evidence_and_no_rule(login: Any, statement: str) -> None:
    with (
        login("ann").connect() as connection,
        pytest.raises(ProgrammingError, match=r"denied|must|row-level"),
    ):
        connection.execute(text(statement))


def test_a_login_that_may_not_migrate_is_told_who_does(owner: Engine, login: Any) -> None:
    with owner.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
    try:
        with pytest.raises(UserError, match="whoever made them brings them up to date"):
            open_database(login("ann").url.render_as_string(hide_password=False))
    finally:
        with owner.begin() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))


def test_a_temporary_table_makes_nobody_of_a_login(owner: Engine, login: Any) -> None:
    _work(owner, "Ada")
    with login("ann").connect() as connection:
        connection.execute(text("CREATE TEMP TABLE taste_login (login name, annotator_id bigint)"))
        of_ada = text("INSERT INTO pg_temp.taste_login SELECT session_user, :ada")
        with owner.connect() as mine:
            ada = mine.execute(text("SELECT id FROM annotator WHERE name = 'Ada'")).scalar()
            ann = mine.execute(text("SELECT id FROM annotator WHERE name = 'Ann'")).scalar()
        connection.execute(of_ada, {"ada": ada})
        seen = set(connection.execute(text("SELECT annotator_id FROM assignment")).scalars())
        assert (connection.execute(text("SELECT taste_me()")).scalar(), seen - {ann}) == (
            ann,
            set(),
        )


def test_nobody_writes_in_anothers_name(login: Any) -> None:
    values = {**_planted(table_of(Annotation)), "id": 500}
    with login("ann").connect() as connection, pytest.raises(ProgrammingError, match="row-level"):
        connection.execute(table_of(Annotation).insert().values(values))


def test_a_login_that_was_taken_back_sees_nothing(owner: Engine, login: Any) -> None:
    with Db(owner) as db:
        grant(db.connection(), "annotator", "bob", find_or_add_annotator(db, "Bob").id or 0)
        db.commit()
        take_back(db.connection(), "bob")
        set_up_roles(db.connection())
        db.commit()
    with login("bob").connect() as connection, pytest.raises(ProgrammingError, match="denied"):
        connection.execute(text("SELECT * FROM event"))


@pytest.mark.parametrize("name", ["pg_read_all_data", "taste_researcher", 'x"; DROP', "", "Ann"])
def test_a_name_that_is_no_login_is_refused(owner: Engine, name: str) -> None:
    with owner.connect() as connection, pytest.raises(UserError, match="cannot be a login"):
        grant(connection, "annotator", name, 1)
