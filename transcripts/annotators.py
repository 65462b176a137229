"""Finds an annotator by name: whoever writes it, in whatever case, means the same person."""

from sqlalchemy import select
from sqlmodel import col

from transcripts.db import Db
from transcripts.tables import Annotator


def fold_name(name: str) -> str:
    """A name without what does not tell people apart: case and white space."""
    return " ".join(name.casefold().split())


def same_name(name: str, other: str) -> bool:
    """Whether two names are one but for case and white space."""
    return fold_name(name) == fold_name(other)


def find_annotator(db: Db, name: str) -> Annotator | None:
    """The annotator of a name; none if nobody has it.

    Where a database from before holds two spellings of it, each finds its own.
    """
    exact = " ".join(name.split())
    people = db.execute(select(Annotator).order_by(col(Annotator.id))).scalars().all()
    alike = [one for one in people if same_name(one.name, name)]
    return next((one for one in alike if one.name == exact), alike[0] if alike else None)
