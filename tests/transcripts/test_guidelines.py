"""What annotators read, and the version of it that labels carry."""

from pathlib import Path

import pytest

from transcripts.codebook import read_codebook
from transcripts.errors import UserError
from transcripts.guidelines import Guidelines, guidelines_version, read_guidelines


def test_guidelines_change_their_version_with_any_word() -> None:
    book = read_codebook()
    one, other = Guidelines(book), Guidelines(book, "## ours\nand this")
    assert one.version.startswith("1.0 sha256:")
    assert one.version != other.version
    names = [section.name for section in one.sections]
    assert {"wrong_cause", "shrink", "harm", "confidence"} <= set(names)
    assert other.sections[-1].title == "ours"


def test_a_teams_own_text_is_read_or_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "ours.md"
    path.write_text("## ours\nand this", encoding="utf-8")
    book = read_codebook()
    assert read_guidelines(book, path).version == guidelines_version(book, "## ours\nand this")
    path.write_bytes(b"\xff")
    for fault in (path, tmp_path / "none.md"):
        with pytest.raises(UserError, match=fault.name):
            read_guidelines(book, fault)
