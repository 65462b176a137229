"""What a workpack says of itself: whose it is, when it was written, how things stood then.

A table beside the migrated ones, which no other command looks at.
"""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError

from transcripts.db import Db
from transcripts.errors import UserError


@dataclass(frozen=True, slots=True)
class Note:
    """What a workpack says of itself."""

    annotator: str
    written: datetime
    states: dict[str, str]
    """Identity of each assignment -> its state in the database that the pack is from."""


def write_note(db: Db, note: Note) -> None:
    """Write it into the pack."""
    db.connection().execute(text("CREATE TABLE workpack (note TEXT NOT NULL)"))
    value = {"annotator": note.annotator, "written": note.written, "states": note.states}
    line = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    db.connection().execute(text("INSERT INTO workpack VALUES (:note)"), {"note": line})


def read_note(db: Db, name: str) -> Note:
    """Read it from a pack.

    Raises:
        UserError: if the database is no workpack.
    """
    fault = f"{name!r} is no workpack; `taste workpack export` writes one."
    if not inspect(db.connection()).has_table("workpack"):
        raise UserError(f"{fault} Whole databases come in with `taste db merge`.")
    try:
        found = orjson.loads(
            db.connection().execute(text("SELECT note FROM workpack")).scalar_one()
        )
        written = datetime.fromisoformat(found["written"])
        return Note(str(found["annotator"]), written, dict(found["states"]))
    except (SQLAlchemyError, ValueError, KeyError, TypeError) as error:
        raise UserError(fault) from error
