"""The text of forms: what YAML is taken back, and that any session's text stays what it is."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from taste.forms.text import read_answers, render_text, render_value, write_form
from transcripts.errors import UserError

HOSTILE = (
    "\x1b]52;c;aGk=\x07", "a\r\nb", "---\n- x: 1", "...", "\u202eevil", "  lead", "tab\t",
    " \n x", "\x85", "\n\n a", "# not a comment", "a: b", "\u2028x", "\ufeff", "\t",
)  # fmt: skip


def check_one_value(text: str) -> None:
    form = "\n".join(["- event: e", *render_text("text", text), "- last: 1"])
    first, last = yaml.safe_load(form)
    assert (set(first), last) == ({"event", "text"}, {"last": 1})
    assert "\x1b" not in form
    if text.isprintable():
        assert first["text"].strip() == text.strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_one_value(text: str) -> None:
    check_one_value(text)


@given(st.text(max_size=40))
@settings(max_examples=40)
def test_a_text_is_one_value_whatever_stands_in_it(text: str) -> None:
    check_one_value(text)


def answers(tmp_path: Path, text: str) -> dict[str, Any]:
    file = tmp_path / "form.yaml"
    file.write_text(text, encoding="utf-8")
    return read_answers(file)


def test_words_that_yaml_takes_for_something_else_are_words(tmp_path: Path) -> None:
    text = "form: x\na: yes\nb: no\nc: 2026-01-02\nd: 1.5\ne: 3\nf: true\ng: null\nh: 1e5\ni:\n"
    assert answers(tmp_path, text) == {
        "form": "x", "a": "yes", "b": "no", "c": "2026-01-02", "d": "1.5", "e": 3, "f": True,
        "g": None, "h": "1e5", "i": None,
    }  # fmt: skip


@pytest.mark.parametrize("value", ["yes", "12", "null", "a: b", "x\ny", "", None, True, ["1"]])
def test_a_value_that_is_written_is_read_again(tmp_path: Path, value: Any) -> None:
    assert answers(tmp_path, f"form: x\n{render_value('v', value)}\n")["v"] == value


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("form: [", "line 1: this is not YAML"),
        ("form: &a [*a]", "nothing may refer"),
        ("form: x\nform: y", "line 2: .*'form' stands twice"),
        ("form: !!python/object:os.system x", "this is not YAML"),
        ("form: !!bool maybe", "line 1: .*no value says of what type"),
        ("form: x\n1: y", "line 2: .*a key is a word"),
        ("- form", "is no form"),
        ("", "is no form"),
    ],
)
def test_what_is_no_form_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(UserError, match=fault):
        answers(tmp_path, text)


def test_only_what_stands_above_the_line_is_read(tmp_path: Path) -> None:
    assert answers(tmp_path, "---\nform: x\n---\n: : [broken\n") == {"form": "x"}


def test_a_form_is_private_and_no_file_is_written_over(tmp_path: Path) -> None:
    file = tmp_path / "form.yaml"
    write_form(file, ["form: x"], ["- text: y"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == "form: x\n---\n- text: y\n"
    with pytest.raises(UserError, match="is there already"):
        write_form(file, [], [])
