"""What nobody has looked into: every file of it ends as rows or as one clear sentence."""

import io
import os
import socket
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlmodel import func, select

from transcripts.db import Db
from transcripts.errors import BrokenFile, NotATranscript, UserError
from transcripts.formats.lines import LINE_LIMIT, read_file_lines, read_lines
from transcripts.redaction.redactor import NoRedaction
from transcripts.storing.folders import Found, Passed, find_files
from transcripts.storing.store import CannotStore, ImportOptions, import_file
from transcripts.tables import Entry, Session, Source

if TYPE_CHECKING:
    from datetime import datetime

    from tests.transcripts.conftest import Script


class Meddler(NoRedaction):
    """Does something to the file at its third line, in place of whoever writes it meanwhile."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self.counts = Counter()
        self.seen = 0
        self.meddle = meddle

    def redact_line(self, raw: bytes) -> bytes:
        self.seen += 1
        if self.seen == 3:
            self.meddle()
        return raw


def talk(script: "Script", number: int) -> None:
    for n in range(number):
        script.human(f"ask {n}")
        script.says(f"reply {n}")


def sessions(db: Db) -> int:
    return db.exec(select(func.count()).select_from(Session)).one()


def walk(root: Path) -> dict[str, str | None]:
    """Name in the folder to why it is not tried; None for what is."""
    return {
        str(one.path.relative_to(root)): one.reason if isinstance(one, Passed) else None
        for one in find_files([root])
    }


def test_a_line_beyond_the_limit_is_refused_by_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":1}\n{"a":"' + b"x" * 200 + b'"}\n')
    with path.open("rb") as stream, pytest.raises(BrokenFile, match=r"line 2: longer than 100 byt"):
        list(read_lines(stream, "a.jsonl", limit=100))


def test_a_line_of_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"a":"' + b"x" * 91 + b'"}\n{"b":1}')
    with path.open("rb") as stream:
        assert len(list(read_lines(stream, "a.jsonl", limit=100))) == 2


def test_a_huge_hole_in_a_file_is_refused_by_its_line(
    script: "Script", db: Db, now: "datetime", tmp_path: Path
) -> None:
    talk(script, 1)
    path = script.write(tmp_path / "a.jsonl")
    os.truncate(path, LINE_LIMIT + (8 << 20))
    with pytest.raises(BrokenFile, match=r"'a\.jsonl', line 3: longer than 64 MB"):
        import_file(db, path, ImportOptions(), now)
    assert sessions(db) == 0


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"type":"user","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="depth"),
        pytest.param(b'{"type":"user","n":' + b"9" * 5000 + b"}", id="a huge number"),
        pytest.param(b'{"type":"us\x00er"}', id="NUL"),
        pytest.param(b"\x00" * 5000, id="zeros"),
        pytest.param(b"{}" * 20_000 + b"{", id="many glued and torn"),
    ],
)
def test_a_strange_line_is_read_or_refused_by_its_number(
    script: "Script", db: Db, now: "datetime", tmp_path: Path, line: bytes
) -> None:
    talk(script, 1)
    script.raw(line + b"\n")
    talk(script, 1)
    path = script.write(tmp_path / "a.jsonl")
    outcome = import_file_or_line(db, path, now)
    assert outcome in {"new", "unchanged", 3}
    assert sessions(db) == (outcome != 3)


def import_file_or_line(db: Db, path: Path, now: "datetime") -> str | int:
    """What became of a file, or the line at which it was refused."""
    try:
        return import_file(db, path, ImportOptions(), now)[0].outcome
    except BrokenFile as error:
        return error.line


def test_a_pipe_a_socket_and_a_device_are_never_opened(tmp_path: Path, script: "Script") -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.jsonl"))
        (tmp_path / "null.json").symlink_to("/dev/null")
        script.write(tmp_path / "a.jsonl")
        found = walk(tmp_path)
    assert found.pop("a.jsonl") is None
    assert "link out of the folder" in str(found.pop("null.json"))
    assert found == dict.fromkeys(
        ("pipe.jsonl", "s.jsonl"), "is not a regular file; it was not opened"
    )


def test_a_pipe_named_itself_is_refused_and_not_waited_for(
    db: Db, now: "datetime", tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(NotATranscript):
        import_file(db, tmp_path / "pipe.jsonl", ImportOptions(), now)


def test_links_are_followed_inside_the_folder_only(tmp_path: Path, script: "Script") -> None:
    root = tmp_path / "root"
    (root / "sub").mkdir(parents=True)
    script.write(tmp_path / "outside.jsonl")
    script.write(root / "sub" / "a.jsonl")
    (root / "in.jsonl").symlink_to("sub/a.jsonl")
    (root / "out.jsonl").symlink_to(tmp_path / "outside.jsonl")
    (root / "up").symlink_to(tmp_path)
    (root / "gone.jsonl").symlink_to("nowhere")
    found = walk(root)
    assert {name for name, reason in found.items() if reason is None} == {"in.jsonl", "sub/a.jsonl"}
    assert {name for name, reason in found.items() if "link out" in str(reason)} == {
        "out.jsonl", "up",
    }  # fmt: skip
    assert "No such file" in str(found["gone.jsonl"])


def test_links_in_a_circle_end(tmp_path: Path, script: "Script") -> None:
    script.write(tmp_path / "a.jsonl")
    (tmp_path / "again").symlink_to(tmp_path)
    (tmp_path / "self.jsonl").symlink_to("self.jsonl")
    found = walk(tmp_path)
    assert "symbolic links" in str(found.pop("self.jsonl"))
    assert found == {"a.jsonl": None}


def test_a_folder_that_cannot_be_read_is_named_and_the_rest_is_tried(
    tmp_path: Path, script: "Script", monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").mkdir()
    script.write(tmp_path / "a.jsonl")
    real = os.scandir

    def refuse(folder: Any) -> Any:
        if Path(folder).name == "b":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", refuse)
    assert walk(tmp_path) == {"a.jsonl": None, "b": "cannot be read (Permission denied)"}


def test_what_tools_put_out_is_never_a_session(tmp_path: Path, script: "Script") -> None:
    (tmp_path / "s" / "tool-results").mkdir(parents=True)
    script.write(tmp_path / "s" / "tool-results" / "x.jsonl")
    (tmp_path / "notes.md").write_text("# Notes", encoding="utf-8")
    assert walk(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(
            "history.jsonl", '{"display":"ask","timestamp":1,"project":"/p"}\n', id="typed"
        ),
        pytest.param("journal.jsonl", '{"type":"started","key":"k","agentId":"a"}\n', id="ledger"),
        pytest.param("sessions-index.json", '{\n "entries": []\n}', id="index"),
        pytest.param("package.json", '{\n "name": "x"\n}\n', id="another program's"),
        pytest.param("a.meta.json", '{"agentType":"x","toolUseId":"t"}', id="meta"),
    ],
)
def test_what_lies_beside_sessions_is_no_transcript(
    db: Db, now: "datetime", tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(NotATranscript):
        import_file(db, tmp_path / name, ImportOptions(), now)
    assert sessions(db) == 0


def test_names_that_are_not_utf8_are_imported_and_storable(
    script: "Script", db: Db, now: "datetime", tmp_path: Path
) -> None:
    talk(script, 1)
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/f\xff"))
    folder.mkdir()
    path = script.write(folder / os.fsdecode(b"a\xfe\x1b.jsonl"))
    (found,) = find_files([tmp_path])
    assert found == Found(path, named=False)
    assert import_file(db, path, ImportOptions(), now)[0].outcome == "new"
    assert import_file(db, path, ImportOptions(), now)[0].outcome == "unchanged"
    assert db.exec(select(Source.name)).one() == "a\ufffd\x1b.jsonl"


def test_a_file_that_grows_while_it_is_read_stands_as_it_was_read(
    script: "Script", db: Db, now: "datetime", tmp_path: Path
) -> None:
    talk(script, 3)
    path = script.write(tmp_path / "a.jsonl")
    talk(script, 1)
    more = ImportOptions(redactor=lambda: Meddler(lambda: _append(path, script.lines[6:])))
    import_file(db, path, more, now)
    stored = db.exec(select(func.count()).select_from(Entry)).one()
    assert stored in {6, 8}
    again = import_file(db, path, ImportOptions(), now)[0]
    assert (again.outcome, again.entries) in {("grown", 8 - stored), ("unchanged", 0)}


def _append(path: Path, lines: list[bytes]) -> None:
    with path.open("ab") as stream:
        stream.write(b"".join(lines))


def test_a_file_that_is_rewritten_while_it_is_read_is_not_stored(
    script: "Script", db: Db, now: "datetime", tmp_path: Path
) -> None:
    talk(script, 3)
    path = script.write(tmp_path / "a.jsonl")
    other = ImportOptions(redactor=lambda: Meddler(lambda: path.write_bytes(b"{}\n")))
    with pytest.raises(UserError, match=r"changed while it was read; nothing of it was stored"):
        import_file(db, path, other, now)
    assert sessions(db) == 0


def test_a_file_that_goes_away_while_it_is_read_is_said_so(
    script: "Script", db: Db, now: "datetime", tmp_path: Path
) -> None:
    talk(script, 3)
    path = script.write(tmp_path / "a.jsonl")
    with pytest.raises(UserError, match="No such file"):
        import_file(db, path, ImportOptions(redactor=lambda: Meddler(path.unlink)), now)
    assert sessions(db) == 0


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("pragma", "reason"),
    [("max_page_count=40", "full"), ("query_only=ON", "readonly")],
    ids=["a full disk", "read-only"],
)
def test_a_database_that_takes_nothing_is_one_sentence_and_stays_as_it_was(
    script: "Script", db: Db, now: "datetime", tmp_path: Path, pragma: str, reason: str
) -> None:
    talk(script, 1)
    import_file(db, script.write(tmp_path / "a.jsonl"), ImportOptions(), now)
    script.human("long " * 400_000)
    db.connection().exec_driver_sql(f"PRAGMA {pragma}")
    with pytest.raises(CannotStore, match=reason):
        import_file(db, script.write(tmp_path / "b.jsonl"), ImportOptions(), now)
    assert [session.entry_count for session in db.exec(select(Session))] == [2]


def test_a_file_that_grows_while_it_is_read_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    line = b'{"type":"user","uuid":"u%d","sessionId":"s","message":{"content":"hi"}}\n'
    path.write_bytes(line % 1 + line % 2)
    with path.open("rb") as stream, path.open("ab") as writer:
        read = 0
        for number, _ in enumerate(read_file_lines(stream, "a"), start=3):
            writer.write(line % number)
            writer.flush()
            read += 1
    assert read == 2


@pytest.mark.parametrize("end", [b"[" * 100_000, b"9" * 5_000])
def test_a_last_line_that_was_written_to_its_end_is_not_called_torn(end: bytes) -> None:
    data = b'{"type":"user"}\n{"a":' + end + b"\n"
    with pytest.raises(BrokenFile, match="line 2"):
        list(read_lines(io.BytesIO(data), "a"))
