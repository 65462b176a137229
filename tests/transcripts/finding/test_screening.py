"""Screening: what stands of a session, and who said it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.finding.screening import Finding, list_screened, read_strata, screen
from transcripts.queries import get_session
from transcripts.storing.store import ImportOptions, import_file
from transcripts.tables import Screening, Session

if TYPE_CHECKING:
    from tests.transcripts.conftest import Script


@pytest.fixture
def session(new_script: "type[Script]", db: Db, tmp_path: Path, now: datetime) -> Session:
    script = new_script("s-1")
    script.human("start")
    import_file(db, script.write(tmp_path / "s-1.jsonl"), ImportOptions(), now)
    return get_session(db, "s-1")


@pytest.mark.parametrize(
    ("finding", "stratum"),
    [
        (Finding("yes", True, "r"), "yes/visible"),
        (Finding("partly", False, "r"), "partly/hidden"),
        (Finding("no", True, "r"), "no/visible"),
    ],
)
def test_a_finding_is_a_stratum(
    db: Db, session: Session, now: datetime, finding: Finding, stratum: str
) -> None:
    screen(db, session, finding, "ada", now)
    assert read_strata(db) == {"s-1": stratum}


def test_the_latest_finding_stands_and_none_is_lost(
    db: Db, session: Session, now: datetime
) -> None:
    screen(db, session, Finding("yes", True, "at first"), "ada", now)
    screen(db, session, Finding("no", True, "after all"), "bob", now + timedelta(hours=1))
    (standing,) = list_screened(db)
    assert (standing.stratum, standing.annotator, standing.reason) == (
        "no/visible", "bob", "after all",
    )  # fmt: skip
    assert len(db.exec(select(Screening)).all()) == 2


@pytest.mark.parametrize(("reason", "annotator"), [(" ", "ada"), ("so", " ")])
def test_a_finding_needs_a_reason_and_a_name(
    db: Db, session: Session, now: datetime, reason: str, annotator: str
) -> None:
    with pytest.raises(UserError, match="is blank"):
        screen(db, session, Finding("yes", True, reason), annotator, now)
    db.rollback()
    assert list_screened(db) == []
