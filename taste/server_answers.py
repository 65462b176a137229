"""What a PostgreSQL server answers a login about rows that it does not show: one word, no row.

The functions run as the owner of the tables, and answer only about the work of the login that asks.
"""

from typing import Any, Final

from sqlalchemy import Connection, text

LOGINS: Final = "taste_login"
"""The table of logins: whose each is, and which part it has."""
_DEFINED: Final = "LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS"
"""Unless it is named last, the caller's own temporary tables would be found before ours."""
_MINE: Final = "FROM public.assignment a WHERE a.annotator_id = public.taste_me()"
ANSWERS: Final = (
    # Who asks is the login of the connection, whatever role it has taken on since.
    f"CREATE OR REPLACE FUNCTION taste_me() RETURNS bigint {_DEFINED} "
    f"'SELECT annotator_id FROM public.{LOGINS} WHERE login = session_user'",
    f"CREATE OR REPLACE FUNCTION taste_pairs(bigint) RETURNS bigint {_DEFINED} "
    f"$$SELECT count(*) {_MINE} AND a.annotator_id = $1 AND a.mode = 'judge'$$",
    f"CREATE OR REPLACE FUNCTION taste_adjudicated(bigint) RETURNS boolean {_DEFINED} "
    f"$$SELECT EXISTS (SELECT 1 {_MINE} AND a.session_id = $1) AND (EXISTS (SELECT 1 FROM "
    "public.assignment b WHERE b.session_id = $1 AND b.mode = 'adjudicate' AND b.state IN "
    "('draft', 'submitted')) "
    "OR EXISTS (SELECT 1 FROM public.adjudication WHERE session_id = $1))$$",
)
"""What makes the functions, or brings them up to date."""


def is_adjudicated(connection: Connection, session_id: int) -> bool:
    """Whether somebody has begun to adjudicate a session that the login works on."""
    return bool(_ask(connection, "taste_adjudicated", session_id))


def count_pairs(connection: Connection, annotator_id: int) -> int:
    """How many pairs the login's annotator is to judge, which the server does not show it."""
    return int(_ask(connection, "taste_pairs", annotator_id) or 0)


def _ask(connection: Connection, function: str, number: int) -> Any:
    """The answer of a function; None in a database file, and where nobody was given a login."""
    if connection.dialect.name != "postgresql":
        return None
    there = text("SELECT to_regprocedure(:name) IS NOT NULL")
    if not connection.execute(there, {"name": f"public.{function}(bigint)"}).scalar():
        return None
    return connection.execute(text(f"SELECT public.{function}(:n)"), {"n": number}).scalar()
