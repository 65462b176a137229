"""Who sees which rows of a PostgreSQL database, kept by the server itself: row-level security.

Each person has a login of their own. A table says whose it is; policies compare rows with that. The
login that made the tables sees and does everything, as the owner of a database file does. Here
stands who may see what; the application asks no other question than before.
"""

import re
from typing import Final, Literal, get_args

from sqlalchemy import Connection, text

from taste.server_answers import ANSWERS, LOGINS
from transcripts.errors import UserError
from transcripts.tables import Table

Part = Literal["annotator", "adjudicator", "researcher"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_LOCK: Final = "SELECT pg_advisory_xact_lock(7261735466)"

_ME = "(SELECT taste_me())"
_MINE = f"annotator_id = {_ME}"
_OF_MY_WORK = f"assignment_id IN (SELECT id FROM assignment WHERE {_MINE})"
_OF_MY_LABELS = f"annotation_id IN (SELECT id FROM annotation WHERE {_MINE})"
_NO_PAIR = "mode <> 'judge'"
"""A pair to judge is shown in a work package only: its row says which verdict is known to be
right, and its comparison which move is the human's."""
_HANDED_IN = (
    "decision_point_id IN (SELECT p.id FROM decision_point p JOIN assignment a "
    f"ON a.session_id = p.session_id WHERE a.{_MINE} AND a.mode = 'hindsight' "
    "AND (a.condition = 'assisted' "
    "OR EXISTS (SELECT 1 FROM submission s WHERE s.assignment_id = a.id)))"
)
"""Candidates: after the annotator's own first pass, or in the assisted condition."""
_ALL = "true"

_OPEN: Final = (
    "session", "source", "thread", "place_name", "tombstone", "entry", "event", "decision_point",
)  # fmt: skip
"""What happened: everybody who annotates reads it."""
SEEN: Final[dict[str, str]] = {
    **dict.fromkeys(_OPEN, _ALL),
    "annotator": f"id = {_ME}",
    "assignment": f"{_MINE} AND {_NO_PAIR}",
    "draft": _OF_MY_WORK,
    "draft_event": _OF_MY_WORK,
    "reading_state": _OF_MY_WORK,
    "activity": _OF_MY_WORK,
    "submission": _OF_MY_WORK,
    "reveal": _OF_MY_WORK,
    "annotation": _MINE,
    "evidence": _OF_MY_LABELS,
    "label_record": _OF_MY_LABELS,
    "screening": _MINE,
    "draw": _HANDED_IN,
    "proposal": _MINE,
    "person_proposal": _OF_MY_WORK,
    "comparison": f"id IN (SELECT comparison_id FROM verdict WHERE {_MINE})",
    "verdict": _MINE,
    "person_verdict": _OF_MY_WORK,
    "adjudication": _MINE,
}
"""What an annotator's login sees of each table; of the others, nothing."""
_COLUMNS: Final = {"comparison": "id, decision_point_id"}
"""What is seen of a row where not the whole is: what was judged bars its lineage to its judge."""
_COMPARED: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("annotator", "annotation", "evidence", "label_record", "submission", "adjudication",
         "adjudicated_label", "activity", "screening"), _ALL,
    ),
    "assignment": _NO_PAIR,
}  # fmt: skip
"""What an adjudicator sees besides, of everybody; never a draft, a proposal or a verdict."""
ADDED: Final = (
    "decision_point", "assignment", "draft", "draft_event", "reading_state", "activity",
    "submission", "reveal", "annotation", "evidence", "label_record", "screening", "proposal",
    "person_proposal",
)  # fmt: skip
"""Where an annotator's login adds rows, and only rows that are its own to see."""
_CHANGED: Final = {
    "assignment": "UPDATE (state, reason, holder, held_until)",
    "draft": "UPDATE, DELETE",
    "reading_state": "UPDATE, DELETE",
}
"""What is no evidence and may be changed."""
_DECIDED: Final = ("adjudication", "adjudicated_label")
_ADDED_BY_ME: Final = {
    "proposal": _MINE,
    "adjudicated_label": _ALL,
    # More than what anybody may take for themselves would show what only the lead may.
    "assignment": (
        f"{_MINE} AND batch = 'own' AND mode = 'hindsight' AND condition = 'blind' "
        "AND comparison_id IS NULL AND decision_point_id IS NULL"
    ),
}


def set_up_roles(connection: Connection) -> None:
    """Make the roles and the policies of every table, or bring them up to date."""
    _run(connection, _LOCK)
    for part in PARTS:
        made = "SELECT 1 FROM pg_roles WHERE rolname = :name"
        if connection.execute(text(made), {"name": _role(part)}).first() is None:
            _run(connection, f"CREATE ROLE {_role(part)} NOLOGIN")
    _run(
        connection,
        f"CREATE TABLE IF NOT EXISTS {LOGINS} (login name PRIMARY KEY, part text NOT NULL, "
        "annotator_id bigint NOT NULL REFERENCES annotator (id))",
        f"REVOKE ALL ON {LOGINS} FROM PUBLIC",
        *ANSWERS,
        *_statements(),
    )


def grant(connection: Connection, part: Part, login: str, annotator_id: int) -> bool:
    """Give a login a part as one annotator; whether the login was made by this.

    Raises:
        UserError: if the name cannot be a login's, or is another annotator's.
    """
    if not _NAME.fullmatch(login) or login.startswith(("pg_", "taste_")):
        raise UserError(f"{login!r} cannot be a login: small letters, digits and _ make one.")
    set_up_roles(connection)
    query = text(f"SELECT annotator_id FROM {LOGINS} WHERE login = :login")
    other = connection.execute(query, {"login": login}).scalar()
    if other not in {None, annotator_id}:
        raise UserError(f"the login {login!r} is another annotator's; name another with --login.")
    there = text("SELECT 1 FROM pg_roles WHERE rolname = :login")
    is_new = connection.execute(there, {"login": login}).first() is None
    if is_new:
        _run(connection, f'CREATE ROLE "{login}" LOGIN')
    _strip(connection, login)
    _run(connection, f'GRANT {_role(part)} TO "{login}"')
    values = {"login": login, "part": part, "me": annotator_id}
    connection.execute(text(f"INSERT INTO {LOGINS} VALUES (:login, :part, :me)"), values)
    return is_new


def take_back(connection: Connection, login: str) -> None:
    """Take every part from a login; the login stays, and sees nothing here.

    Raises:
        UserError: if it has none.
    """
    set_up_roles(connection)
    query = text(f"SELECT 1 FROM {LOGINS} WHERE login = :login")
    if connection.execute(query, {"login": login}).first() is None:
        raise UserError(f"there is no login {login!r} here; `taste db grant` gives one.")
    _strip(connection, login)


def _strip(connection: Connection, login: str) -> None:
    connection.execute(text(f"DELETE FROM {LOGINS} WHERE login = :login"), {"login": login})
    for part in PARTS:
        _run(connection, f'REVOKE {_role(part)} FROM "{login}"')


def _statements() -> list[str]:
    """What makes grants and policies of every table; the same again changes nothing."""
    names = [table.name for table in Table.metadata.sorted_tables]
    found = [f"GRANT USAGE ON SCHEMA public TO {_role(part)}" for part in PARTS]
    for part in PARTS:
        found.append(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {_role(part)}")
        found.append(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {_role(part)}")
    found.append(f"REVOKE ALL ON {LOGINS} FROM {_role('annotator')}, {_role('adjudicator')}")
    for name in names:
        found.append(f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY')
        found += _policy(name, "researcher", "ALL", _ALL, _ALL)
        found.append(f'GRANT INSERT, UPDATE, DELETE ON "{name}" TO {_role("researcher")}')
        for part in ("annotator", "adjudicator"):
            found += _of_a_person(name, part)
    return found


def _of_a_person(name: str, part: Part) -> list[str]:
    """One table's policies for somebody who reads and labels."""
    decides = part == "adjudicator"
    seen = _COMPARED.get(name, SEEN.get(name)) if decides else SEEN.get(name)
    found = _policy(name, part, "SELECT", seen, None)
    if name in _COLUMNS:
        found.append(f'REVOKE SELECT ON "{name}" FROM {_role(part)}')
        found.append(f'GRANT SELECT ({_COLUMNS[name]}) ON "{name}" TO {_role(part)}')
    mine = SEEN.get(name)
    if name in ADDED or (decides and name in _DECIDED):
        found += _policy(name, part, "INSERT", None, _ADDED_BY_ME.get(name, mine))
        found.append(f'GRANT INSERT ON "{name}" TO {_role(part)}')
    if name in _CHANGED:
        found += _policy(name, part, "UPDATE", mine, mine)
        found += _policy(name, part, "DELETE", mine, None)
        found.append(f'GRANT {_CHANGED[name]} ON "{name}" TO {_role(part)}')
    return found


def _policy(name: str, part: str, what: str, using: str | None, check: str | None) -> list[str]:
    """A policy made anew; without a condition only the former one is dropped."""
    policy = f"{part}_{what.lower()}"
    found = [f'DROP POLICY IF EXISTS {policy} ON "{name}"']
    if using is not None or check is not None:
        conditions = f" USING ({using})" if using is not None else ""
        conditions += f" WITH CHECK ({check})" if check is not None else ""
        found.append(f'CREATE POLICY {policy} ON "{name}" FOR {what} TO {_role(part)}{conditions}')
    return found


def _role(part: str) -> str:
    return f"taste_{part}"


def _run(connection: Connection, *statements: str) -> None:
    for statement in statements:
        connection.exec_driver_sql(statement)
