"""A bundle gives another database the same report, and no byte of it can be changed unseen."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, select

from analysis.report.writing import write_report
from taste.bundles.archive import read_archive
from taste.bundles.exporting import export_bundle
from taste.bundles.importing import import_bundle
from taste.database import open_database
from taste.jobs import get_run
from taste.tables import Call, Run
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Event, Session


@pytest.fixture(scope="module")
def bundle(done_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "run.zip"
    engine = open_database(str(done_file))
    with Db(engine) as db:
        export_bundle(db, get_run(db, None), file)
    engine.dispose()
    return file


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Db]:
    engine = open_database(str(tmp_path / "other.db"))
    with Db(engine) as db:
        yield db
    engine.dispose()


def change_member(bundle: Path, out: Path, name: str) -> Path:
    """The bundle with the last byte before the line's end of one member changed."""
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, data[:-2] + b" \n" if info.filename == name else data)
    return out


def test_the_report_from_a_bundle_is_the_report_of_the_database(
    bundle: Path, empty: Db, done: Db, tmp_path: Path
) -> None:
    ours = write_report(done, get_run(done, None), tmp_path / "ours.html").read_bytes()
    run = import_bundle(empty, bundle)
    assert write_report(empty, run, tmp_path / "theirs.html").read_bytes() == ours


def test_a_bundle_holds_every_call_of_its_run(bundle: Path, empty: Db, done: Db) -> None:
    run = import_bundle(empty, bundle)
    calls = select(Call).where(Call.run_id == run.id).order_by(col(Call.id))
    assert [c.model_dump() for c in empty.exec(calls)] == [c.model_dump() for c in done.exec(calls)]


def test_of_other_sessions_a_bundle_tells_only_that_they_are_there(
    done: Db, tmp_path: Path, empty: Db
) -> None:
    stranger = Session(
        external_id="secret", lineage="secret", format="claude-code", thread="main",
        imported_at=get_run(done, None).started_at, project="private",
    )  # fmt: skip
    done.add(stranger)
    done.commit()
    export_bundle(done, get_run(done, None), tmp_path / "run.zip")
    assert b"secret" not in b"".join(read_archive(tmp_path / "run.zip").lines("session.jsonl"))
    import_bundle(empty, tmp_path / "run.zip")
    assert len(empty.exec(select(Session)).all()) == len(done.exec(select(Session)).all())
    assert not empty.exec(select(Event).where(Event.session_id == stranger.id)).all()


def test_the_same_rows_give_the_same_bundle(bundle: Path, done: Db, tmp_path: Path) -> None:
    export_bundle(done, get_run(done, None), tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == bundle.read_bytes()


def test_a_bundle_is_private_to_its_owner(bundle: Path) -> None:
    assert bundle.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["verdict.jsonl", "event.jsonl", "run.jsonl"])
def test_a_changed_byte_is_found(bundle: Path, empty: Db, tmp_path: Path, name: str) -> None:
    changed = change_member(bundle, tmp_path / "changed.zip", name)
    with pytest.raises(UserError, match=f"changed or damaged: '{name}'"):
        import_bundle(empty, changed)
    assert not empty.exec(select(Run)).all()


def test_a_bundle_is_read_into_an_empty_database_only(bundle: Path, done: Db) -> None:
    before = len(done.exec(select(Run)).all())
    with pytest.raises(UserError, match="holds rows already"):
        import_bundle(done, bundle)
    assert len(done.exec(select(Run)).all()) == before


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 torn"])
def test_what_is_no_bundle_is_refused(content: bytes, empty: Db, tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(UserError, match="no bundle"):
        import_bundle(empty, tmp_path / "x.zip")
