"""A numbers-only bundle gives the same figures elsewhere and carries no text."""

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import sqlalchemy
from sqlmodel import select
from typer.testing import CliRunner

from analysis.pooling.hiding import hash_id, hide_name, hide_texts
from analysis.pooling.numbers import FIGURES, TRIALS, export_numbers, read_numbers
from analysis.report.material import read_rows
from analysis.report.statistics import figures_as_json
from analysis.trials.export import COLUMNS
from taste.bundles.archive import HEAD_NAME, read_archive, write_archive
from taste.cli.main import app
from taste.database import open_database
from taste.jobs import get_run
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.tables import Session

CANARY = "Canary, Mary"
PLANTED = {
    "session": ("external_id", "lineage", "researcher", "project", "version"),
    "source": ("name",),
    "item_set": ("name",),
    "annotator": ("name",),
    "annotation": ("type", "rationale", "better_move", "attribution", "recovery"),
    "proposal": ("reason", "why", "source"),
    "restatement": ("reason",),
    "verdict": ("reasoning", "reason"),
    "run": ("study",),
}
"""Columns whose every value begins with the canary in the database that is exported."""


@pytest.fixture(scope="module")
def planted(done_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Db]:
    file = tmp_path_factory.mktemp("planted") / "planted.db"
    engine = open_database(str(shutil.copy(done_file, file)))
    with Db(engine) as db:
        for table, column in [(t, c) for t, columns in PLANTED.items() for c in columns]:
            changed = f"UPDATE {table} SET {column} = :canary || id || coalesce({column}, '')"
            db.connection().execute(sqlalchemy.text(changed), {"canary": CANARY})
        for session in db.exec(select(Session)):
            session.origins = [f"{CANARY} elsewhere/subagent"]
        db.commit()
        yield db
    engine.dispose()


@pytest.fixture(scope="module")
def bundle(planted: Db, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("numbers") / "numbers.zip"
    export_numbers(planted, get_run(planted, None), file)
    return file


def unpacked(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_no_canary_of_the_database_is_in_the_bundle(bundle: Path, planted: Db) -> None:
    rows = read_rows(planted, get_run(planted, None))
    assert any(CANARY in row.set for row in rows)
    held = b"\n".join([bundle.read_bytes(), *unpacked(bundle).values()])
    assert b"canary" not in held.lower()
    assert b"mary" not in held.lower().replace(b"primary", b"")


def test_no_event_and_no_move_is_in_the_bundle(bundle: Path, planted: Db) -> None:
    held = b"\n".join(unpacked(bundle).values())
    query = "SELECT move FROM restatement WHERE move IS NOT NULL"
    moves = planted.connection().execute(sqlalchemy.text(query)).scalars().all()
    assert moves
    assert not any(move[:20].encode() in held for move in moves)


def test_why_a_trial_has_no_score_is_withheld(planted: Db) -> None:
    row = read_rows(planted, get_run(planted, None))[0]
    texts = dict.fromkeys(
        ("exclusion", "reason", "judge_model", "arm", "judge", "act_kind", "view"), CANARY
    )
    assert CANARY not in str(hide_texts([replace(row, **texts)]))  # type: ignore[arg-type]


def test_every_column_of_the_trials_has_a_rule(planted: Db) -> None:
    rows = read_rows(planted, get_run(planted, None))
    assert set(hide_texts(rows)[0]) == set(COLUMNS)


def test_the_bundle_gives_the_figures_that_it_was_written_with(bundle: Path) -> None:
    found = figures_as_json(read_numbers(bundle).figures)
    told = orjson.dumps(found, default=str, option=orjson.OPT_SORT_KEYS)
    assert told + b"\n" == unpacked(bundle)[FIGURES]


def test_the_rates_are_those_of_the_full_table(done: Db, tmp_path: Path) -> None:
    from analysis.figures.everything import estimate_everything
    from analysis.figures.outline import outline_table
    from analysis.trials.table import tabulate
    from taste.study import parse_study

    run = get_run(done, None)
    table = tabulate(read_rows(done, run))
    full = estimate_everything(
        table, outline_table(table, parse_study(run.study_text, "").analysis)
    )
    ours = export_numbers(done, run, tmp_path / "n.zip").figures
    assert [one.value for one in ours.of("rates")] == [one.value for one in full.of("rates")]
    assert [one.value for one in ours.of("nulls")] == [one.value for one in full.of("nulls")]


def test_the_same_session_has_the_same_hash_in_every_laboratory() -> None:
    assert hash_id("session", "a") == hash_id("session", "a") != hash_id("lineage", "a")


def test_what_a_session_goes_on_from_is_known_by_its_hash(bundle: Path) -> None:
    assert hash_id("session", f"{CANARY} elsewhere") in read_numbers(bundle).kin


@pytest.mark.parametrize("name", ["gpt-4.1", "maker/model-3.5-turbo", "llama3.2:1b"])
def test_the_name_of_a_model_travels(name: str) -> None:
    assert hide_name(name) == name


@pytest.mark.parametrize("name", ["models/mary-smith.gguf", "mary@clinic.org", "a/b/c", "a b"])
def test_the_name_of_a_file_or_a_person_becomes_a_hash(name: str) -> None:
    assert re.fullmatch("[0-9a-f]{16}", hide_name(name) or "")


def change_trials(bundle: Path, out: Path) -> Path:
    """The bundle without its first trials and every hash made to fit again."""
    archive = read_archive(bundle)
    members = {name: list(archive.lines(name)) for name in archive.head["members"]}
    write_archive(out, archive.head, {**members, TRIALS: members[TRIALS][20:]})
    return out


def test_figures_that_are_not_those_of_the_trials_are_refused(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not those of its trials"):
        read_numbers(change_trials(bundle, tmp_path / "forged.zip"))


def _twice(out: zipfile.ZipFile) -> None:
    out.writestr(HEAD_NAME, b"{}")
    with pytest.warns(UserWarning, match="Duplicate"):
        out.writestr(HEAD_NAME, b"{}")


def _bomb(out: zipfile.ZipFile) -> None:
    out.writestr(HEAD_NAME, b" " * (1 << 21))


def _outside(out: zipfile.ZipFile) -> None:
    out.writestr(HEAD_NAME, b'{"format": 1, "members": {}}')
    out.writestr("../outside", b"x")


@pytest.mark.parametrize(
    ("fill", "why"), [(_twice, "twice"), (_bomb, "too large"), (_outside, "one too many")]
)
def test_a_hostile_zip_is_one_sentence(
    fill: Callable[[zipfile.ZipFile], None], why: str, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as out:
        fill(out)
    with pytest.raises(UserError, match=why):
        read_numbers(tmp_path / "x.zip")
    assert not (tmp_path.parent / "outside").exists()


def test_the_command_line_writes_verifies_and_shows_one(done_file: Path, tmp_path: Path) -> None:
    db, file = str(shutil.copy(done_file, tmp_path / "a.db")), str(tmp_path / "n.zip")
    runner = CliRunner()
    export = ["bundle", "export", file, "--numbers-only", "--db", db]
    for command in (export, ["bundle", "import", file], ["stats", file]):
        found = runner.invoke(app, command, catch_exceptions=False)
        assert found.exit_code == 0
        assert "simulated" in found.output.lower()
