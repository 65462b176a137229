"""Archives that anyone may have written: each is read, or refused in a sentence."""

import json
import struct
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transcripts.errors import UserError
from transcripts.formats.inspect_log.archive import Limits, check_archive
from transcripts.formats.reading import read_record
from transcripts.formats.registry import find_format, open_readings, read_sessions

needs_inspect = pytest.mark.needs_package("inspect_ai")
START = "_journal/start.json"
SAMPLE = "samples/1_epoch_1.json"
HEADER = {
    "version": 2, "status": "success",
    "eval": {
        "created": "2026-01-01T00:00:00+00:00", "task": "t", "model": "m", "eval_id": "e",
        "dataset": {"sample_ids": [1, 2]}, "config": {},
    },
}  # fmt: skip
MESSAGES = [{"role": "user", "content": "find out"}, {"role": "assistant", "content": "done"}]
GOOD = json.dumps({"id": 1, "epoch": 1, "input": "i", "target": "t", "messages": MESSAGES})
DEEP = GOOD[:-1] + ', "metadata": {"x": ' + "[" * 100_000 + "]" * 100_000 + "}}"


def pack(path: Path, members: dict[str | zipfile.ZipInfo, str | bytes], method: int = 8) -> Path:
    """An archive that begins as a log does."""
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(START, "{}")
        archive.writestr("header.json", json.dumps(HEADER))
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refused(path: Path, *words: str, limits: Limits | None = None) -> None:
    with pytest.raises(UserError) as error:
        check_archive(path, limits)
    assert all(word in str(error.value) for word in (path.name, *words))


def patch(path: Path, old: bytes, new: bytes) -> Path:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
    return path


@pytest.mark.parametrize(
    "name", ["../out.json", "/etc/out.json", "samples/../../x", "C:/x", "a\\..\\b"]
)
def test_a_name_that_leads_out_of_the_archive_is_refused(tmp_path: Path, name: str) -> None:
    refused(pack(tmp_path / "log.eval", {name: "{}"}), "leads out")


def test_a_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("samples/2_epoch_1.json")
    link.external_attr = 0o120777 << 16
    refused(pack(tmp_path / "log.eval", {link: "/etc/passwd"}), "is a link", link.filename)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "log.eval", {})
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    refused(path, "is encrypted", "header.json")


def test_a_member_that_is_an_archive_is_refused(tmp_path: Path) -> None:
    inner = pack(tmp_path / "inner.zip", {})
    refused(pack(tmp_path / "log.eval", {"samples/x.json": inner.read_bytes()}), "archive itself")


def test_a_member_that_unpacks_a_thousandfold_is_refused(tmp_path: Path) -> None:
    refused(pack(tmp_path / "log.eval", {SAMPLE: bytes(30 << 20)}), SAMPLE, "to one")


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(members=2), "3 members"),
        (Limits(member_bytes=100), "has"),
        (Limits(total_bytes=100), "brings the archive to"),
        (Limits(directory_bytes=100), "directory"),
    ],
)
def test_an_archive_beyond_a_limit_is_refused(tmp_path: Path, limits: Limits, words: str) -> None:
    refused(pack(tmp_path / "log.eval", {SAMPLE: GOOD}), words, limits=limits)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_that_is_larger_than_it_declares_is_refused(tmp_path: Path, method: int) -> None:
    content = b"[" + b"0," * 2_000 + b"0]"
    path = pack(tmp_path / "log.eval", {SAMPLE: content}, method)
    size = struct.pack("<L", len(content))
    data = path.read_bytes()
    at = data.rindex(SAMPLE.encode()) - 46
    assert data[at + 24 : at + 28] == size
    path.write_bytes(data[: at + 24] + struct.pack("<L", 10) + data[at + 28 :])
    refused(path, SAMPLE, "than the 10 bytes")


@needs_inspect
def test_a_zstandard_member_is_checked_and_a_bomb_in_it_refused(tmp_path: Path) -> None:
    import zstandard

    packed = zstandard.compress(bytes(50 << 20))
    path = pack(tmp_path / "log.eval", {SAMPLE: packed}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    for signature, method_at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = data.rindex(signature)
        data[at + method_at : at + method_at + 2] = struct.pack("<H", 93)
    path.write_bytes(data)
    refused(path, SAMPLE, "is larger than")


def test_another_kind_of_compression_is_refused(tmp_path: Path) -> None:
    refused(pack(tmp_path / "log.eval", {SAMPLE: GOOD}, zipfile.ZIP_BZIP2), "unknown way")


def test_a_directory_that_programs_would_find_in_two_places_is_refused(tmp_path: Path) -> None:
    path = pack(tmp_path / "log.eval", {SAMPLE: GOOD})
    path.write_bytes(b"PK\x03\x04" + path.read_bytes())
    refused(path, "damaged")


def test_a_truncated_archive_is_refused_at_every_length(tmp_path: Path) -> None:
    data = pack(tmp_path / "log.eval", {SAMPLE: GOOD}).read_bytes()
    for length in range(0, len(data), 7):
        (tmp_path / "cut.eval").write_bytes(data[:length])
        refused(tmp_path / "cut.eval", "damaged")


def test_the_name_of_a_file_does_not_make_it_a_log(tmp_path: Path) -> None:
    (tmp_path / "not.eval").write_text('{"type": "user"}\n')
    assert find_format(tmp_path / "not.eval").name != "inspect"
    log = pack(tmp_path / "log.jsonl", {SAMPLE: GOOD})
    assert find_format(log).name == "inspect"


@needs_inspect
def test_a_log_without_its_usual_name_is_read(tmp_path: Path) -> None:
    (record,) = read_sessions(pack(tmp_path / "log.jsonl", {SAMPLE: GOOD}))
    assert [event.text for event in record.events] == ["find out", "done"]


@needs_inspect
@pytest.mark.parametrize(
    "broken",
    [
        pytest.param("{", id="torn"),
        pytest.param("[" * 100_000, id="deep"),
        pytest.param(DEEP, id="deep-field"),
        pytest.param(GOOD.replace('"epoch": 1', '"epoch": "soon"'), id="wrong-type"),
        pytest.param(b"\xff\x00{}", id="no-text"),
    ],
)  # fmt: skip
def test_a_broken_sample_is_refused_and_the_others_are_read(
    tmp_path: Path, broken: str | bytes
) -> None:
    members: dict[str | zipfile.ZipInfo, str | bytes] = {
        "samples/2_epoch_1.json": broken, SAMPLE: GOOD,
    }  # fmt: skip
    with open_readings(pack(tmp_path / "log.eval", members)) as readings:
        with pytest.raises(UserError, match=r"log\.eval, sample '2', epoch 1"):
            read_record(next(readings))
        assert len(read_record(next(readings)).events) == 2


@needs_inspect
def test_damaged_bytes_in_one_member_leave_the_other_samples(tmp_path: Path) -> None:
    path = pack(tmp_path / "log.eval", {SAMPLE: "x" * 999, "samples/2_epoch_1.json": GOOD})
    data = path.read_bytes()
    at = data.index(SAMPLE.encode()) + len(SAMPLE)
    path.write_bytes(data[:at] + b"\xff\xff\xff" + data[at + 3 :])
    with open_readings(path) as readings:
        with pytest.raises(UserError, match="sample '1'"):
            read_record(next(readings))
        assert len(read_record(next(readings)).events) == 2


@needs_inspect
def test_nul_bytes_and_huge_numbers_in_a_sample_are_read(tmp_path: Path) -> None:
    odd = GOOD.replace("find out", "a\\u0000b")[:-1] + f', "metadata": {{"n": {"9" * 300}}}}}'
    (record,) = read_sessions(pack(tmp_path / "log.eval", {SAMPLE: odd}))
    assert record.events[0].text == "a\ufffdb"
    assert b"9" * 300 in record.entries[-1].raw


@needs_inspect
@pytest.mark.parametrize("rest", ["", "[" * 100_000, '{"task": 7}, "samples": [', "9" * 5_000])
def test_a_broken_document_is_refused(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "log.json"
    path.write_text('{"version": 2, "status": "success", "eval": ' + rest)
    with pytest.raises(UserError, match=r"log\.json"):
        list(read_sessions(path))


@needs_inspect
@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 4094), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_log_with_changed_bytes_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, corpus: Path, changes: list[tuple[int, int]]
) -> None:
    data = bytearray((corpus / "inspect" / "log_formats.eval").read_bytes())
    for place, value in changes:
        data[place] = value
    path = tmp_path_factory.mktemp("fuzz") / "log.eval"
    path.write_bytes(data)
    try:
        said = str([record.external_id for record in read_sessions(path)])
    except UserError as error:
        said = str(error)
    assert said


def test_without_the_extra_a_log_is_named_and_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(UserError, match=r"log\.eval.*install taste\[inspect\]"):
        next(read_sessions(pack(tmp_path / "log.eval", {})))
