"""Lines of `taste prefixes`: where a file can be cut, and where it cannot."""

import json
from pathlib import Path

import pytest

from transcripts.formats.registry import read_session
from transcripts.prefixes import PrefixLine, list_prefixes
from transcripts.redaction.pseudonyms import Pseudonyms
from transcripts.redaction.redactor import make_redactor
from transcripts.shipped import list_examples

SAID = [{"role": role, "content": role} for role in ("user", "assistant", "user", "assistant")]


def offsets(path: Path) -> list[int | None]:
    return [line.offset for line in list_prefixes(read_session(path), "file")]


def test_a_file_of_lines_can_be_cut_at_every_point() -> None:
    for example in list_examples():
        found = offsets(example.path)
        assert None not in found
        assert found[-1] == len(example.path.read_bytes().rstrip())


@pytest.mark.parametrize("document", [SAID, {"messages": SAID}])
def test_a_document_can_be_cut_at_no_point(tmp_path: Path, document: object) -> None:
    path = tmp_path / "said.json"
    path.write_text(json.dumps(document))
    assert offsets(path) == [None] * 5


def test_lines_of_messages_can_be_cut_at_every_point(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    lines = [json.dumps(said) + "\n" for said in SAID]
    path.write_text("".join(lines))
    assert offsets(path)[:4] == [sum(map(len, lines[:number])) for number in range(4)]


@pytest.mark.parametrize("name", ["atif/openhands_hello-world.trajectory.json"])
def test_a_recorded_document_can_be_cut_at_no_point(corpus: Path, name: str) -> None:
    assert set(offsets(corpus / name)) == {None}


TOLD = ["my key is {key}", "I see", "/home/alice/x, alice@corp.com", "good", "{key} again, bob"]
KEY = "ghp_" + "a1B2c3D4e5F6" * 3


def redacted(path: Path, *, people: bool) -> list[PrefixLine]:
    pseudonyms = Pseudonyms(b"k" * 32) if people else None
    record = read_session(path, lambda: make_redactor(pseudonyms=pseudonyms))
    return list(list_prefixes(record, "file"))


@pytest.mark.parametrize("people", [False, True])
def test_a_redacted_file_cut_at_a_point_has_the_points_hash(tmp_path: Path, people: bool) -> None:
    path = tmp_path / "said.jsonl"
    roles = ("user", "assistant")
    said = [{"role": roles[n % 2], "content": c.format(key=KEY)} for n, c in enumerate(TOLD)]
    path.write_text("".join(json.dumps(one) + "\n" for one in said))
    whole, data = redacted(path, people=people), path.read_bytes()
    assert whole != list(list_prefixes(read_session(path), "file"))
    for number, line in enumerate(whole[1:-1], start=1):
        path.write_bytes(data[: line.offset])
        *earlier, end = redacted(path, people=people)
        assert (end.prefix_hash, end.shown_hash) == (line.prefix_hash, line.shown_hash)
        assert earlier == whole[:number]
