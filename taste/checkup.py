"""What would stop a run or an annotator on this machine: the database, its disk, who may read it.

Looks only: nothing is migrated, made or mended.
"""

import os
import shutil
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from sqlalchemy import make_url
from sqlmodel import col, select

from taste.database import HEAD, read_revision
from taste.endpoints import refusal
from taste.seats import Endpoint
from taste.study import Study
from taste.tables import Item, ItemSet
from transcripts.db import Db, database_url
from transcripts.errors import UserError
from transcripts.postgres import is_postgres
from transcripts.tables import DecisionPoint, Session

Verdict = Literal["ok", "warning", "fault"]
LITTLE, NOTHING = 2 << 30, 200 << 20
"""Bytes of free disk that are few, and too few."""
OPTIONAL: Mapping[str, str] = MappingProxyType(
    {
        "inspect_ai": "reads logs of Inspect: pip install 'taste[inspect]'",
        "pyarrow": "reads and writes Parquet: pip install 'taste[parquet]'",
        "psycopg": "works on a PostgreSQL server: pip install 'taste[postgres]'",
        "kingfisher_sdk": "finds more kinds of secrets: pip install 'taste[secrets]'",
    }
)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    said: str
    advice: str | None = None
    """What to do; None where nothing needs to be done."""


def check_database(target: str) -> Iterator[Check]:
    """Whether the database is there, whole, of this version, writable, and private."""
    if is_postgres(target):
        yield _check_server(target)
        return
    url = make_url(database_url(target))
    if url.get_backend_name() != "sqlite" or not url.database:
        yield Check("database", "warning", "is no SQLite file and was not looked at")
        return
    path = Path(url.database)
    if not path.is_file():
        yield from _check_new(path)
        return
    size = path.stat().st_size
    yield from _check_content(path, size)
    if not os.access(path, os.W_OK) or not os.access(path.absolute().parent, os.W_OK):
        advice = "make the file and its folder writable, or name another with --db"
        yield Check("writable", "fault", f"{str(path)!r} cannot be written to", advice)
    yield _check_mode(path)
    yield check_disk(path.absolute().parent, size)


def _check_server(target: str) -> Check:
    """Whether a server answers; what it holds is not looked through, and nothing is written."""
    try:
        revision = read_revision(target)
    except UserError as error:
        return Check("database", "fault", str(error))
    if revision == HEAD:
        return Check("database", "ok", f"on a server, revision {revision}")
    said = f"on a server, at revision {revision} of {HEAD}"
    return Check("database", "warning", said, "the next command brings it up to date")


def _check_new(path: Path) -> Iterator[Check]:
    folder = path.absolute().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        yield Check(
            "database", "fault", f"{str(path)!r} cannot be made there", "name another place"
        )
        return
    yield Check("database", "ok", f"{str(path)!r} is not there yet; the first import makes it")
    yield check_disk(folder, 0)


def _check_content(path: Path, size: int) -> Iterator[Check]:
    """Revision and integrity, read without a change to the file."""
    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=5)) as connection:
            found = connection.execute("select version_num from alembic_version").fetchone()
            broken = connection.execute("pragma quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        advice = "name a taste database with --db; a copy of the file may still be whole"
        why = (
            "holds nothing of taste"
            if "alembic_version" in str(error)
            else f"cannot be read: {error}"
        )
        yield Check("database", "fault", f"{str(path)!r} {why}", advice)
        return
    revision = found[0] if found else None
    megabytes = f"{size / 1e6:,.1f} MB"
    if revision == HEAD:
        yield Check("database", "ok", f"{str(path)!r}, {megabytes}, revision {revision}")
    elif revision is not None and revision < HEAD:
        said = f"{str(path)!r}, {megabytes}, is at revision {revision} of {HEAD}"
        yield Check("database", "warning", said, "the next command brings it up to date")
    else:
        said = f"{str(path)!r} is at revision {revision}, unknown to this version"
        yield Check("database", "fault", said, "use the version of taste that made it")
    if broken == "ok":
        yield Check("integrity", "ok", "every page of the database can be read")
    else:
        yield Check("integrity", "fault", f"damaged: {broken}", "go back to a copy")


def _check_mode(path: Path) -> Check:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        said = f"others on this machine may reach {str(path)!r} (mode {mode:o})"
        return Check("private", "warning", said, f"chmod 600 {path}")
    return Check("private", "ok", f"only you may reach the file (mode {mode:o})")


def check_disk(folder: Path, size: int) -> Check:
    """Whether there is room beside the database, and for a second copy of it."""
    free = shutil.disk_usage(folder).free
    said = f"{free / 1e9:,.1f} GB free"
    if free < NOTHING:
        return Check("disk", "fault", said, "make room: a full disk stops a run")
    if free < max(LITTLE, size):
        return Check("disk", "warning", said, "make room: transcripts and answers take some")
    return Check("disk", "ok", said)


def check_key(endpoint: Endpoint, *, needed: bool) -> Check:
    """Whether an endpoint's key and headers are set; none is ever shown."""
    name = f"key of {endpoint.name}"
    wanted = [*([endpoint.api_key_env] if needed else []), *endpoint.headers.values()]
    missing = [variable for variable in wanted if not _is_set(variable)]
    if missing:
        advice = "; ".join(f"export {variable}=…" for variable in missing)
        return Check(name, "fault", f"not set: {', '.join(missing)}", advice)
    if _is_set(endpoint.api_key_env):
        return Check(name, "ok", f"{endpoint.api_key_env} is set")
    return Check(name, "ok", f"{endpoint.api_key_env} is not set, nor needed")


def _is_set(variable: str) -> bool:
    return bool(os.environ.get(variable, "").strip())


def check_sets(db: Db, study: Study, today: date) -> Iterator[Check]:
    """Whether a study's sets are frozen, and their sessions' text may go to its endpoints."""
    names = dict(db.exec(select(ItemSet.name, ItemSet.id)).all())
    for name in study.sets:
        if name not in names:
            yield Check("sets", "fault", f"there is no set {name!r}", f"taste sets freeze {name}")
    frozen = [names[name] for name in study.sets if name in names]
    if not frozen:
        return
    used = (
        select(DecisionPoint.session_id)
        .join(Item, col(Item.decision_point_id) == col(DecisionPoint.id))
        .where(col(Item.set_id).in_(frozen))
    )
    query = (
        select(Session)
        .where(col(Session.id).in_(used))
        .order_by(col(Session.external_id), col(Session.part))
    )
    sessions = list(db.exec(query))
    yield Check("sets", "ok", f"{len(frozen)} frozen, with items of {len(sessions)} sessions")
    for endpoint in study.used_endpoints:
        faults = [f for one in sessions if (f := refusal(one, endpoint, today)) is not None]
        if faults:
            said = (
                f"{len(faults)} of {len(sessions)} sessions may not be sent; the first: {faults[0]}"
            )
            yield Check(f"leave for {endpoint.name}", "fault", said)


def check_packages() -> Iterator[Check]:
    """Which optional packages are there; none is needed for a run."""
    for package, use in OPTIONAL.items():
        there = find_spec(package) is not None
        yield Check(f"package {package}", "ok", "installed" if there else f"not installed; {use}")
