"""Keys by id: what a file of them may say, and that help and key line follow it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from annotation_tui.app import AnnotationApp
from annotation_tui.key_table import find_bindings
from annotation_tui.keymap import check_keymap, read_keymap, show_keys
from annotation_tui.shell import Setup
from transcripts.errors import UserError

if TYPE_CHECKING:
    from tests.annotation_tui.conftest import Driver, Stage

SCREENS = find_bindings(AnnotationApp)


def written(folder: Path, text: str) -> Path:
    path = folder / "keys.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_quoted_and_dotted_ids_and_lists_of_keys_are_read(tmp_path: Path) -> None:
    path = written(
        tmp_path, 'reader.fold = "f5"\n"reader.fold_all" = ["f6", "?"]\n"tool.help"="f7"'
    )
    with pytest.raises(UserError, match=r"'\?' would mean both"):
        read_keymap(path, SCREENS)
    path = written(tmp_path, 'reader.fold = "f5"\n"reader.fold_all" = ["f6", "%"]')
    assert read_keymap(path, SCREENS) == {"reader.fold": "f5", "reader.fold_all": "f6,%"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('reader.nothing = "x"', "no key with the id 'reader.nothing'"),
        ('reader.fold = "ctrl+i"', "terminals send it as 'tab'"),
        ('reader.fold = "ctrl+m"', "terminals send it as 'enter'"),
        ('reader.fold = "ctrl+h"', "terminals send it as 'backspace'"),
        ('reader.fold = "ctrl+j"', "terminals send it as 'enter'"),
        ('reader.fold = "ctrl+shift+x"', "most terminals do not send it"),
        ('reader.fold = "ctrl+enter"', "most terminals do not send it"),
        ('reader.fold = "bogus"', "which is no key"),
        ('reader.fold = "p"', "would mean both"),
        ('reader.fold = "j"', "would mean both"),
        ("reader.fold = []", "has no key"),
        ("reader.fold = 3", "must be a key or a list of keys"),
        ("reader.fold = ", "not valid TOML"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence) as told:
        read_keymap(written(tmp_path, text), SCREENS)
    assert "\n" not in str(told.value).split("TOML:")[0]


def test_a_file_of_keys_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read the keys"):
        read_keymap(tmp_path / "none.toml", SCREENS)


def test_two_keys_can_change_places() -> None:
    told = {"reader.fold": ["h"], "reader.human": ["z"]}
    assert check_keymap(told, SCREENS) == {"reader.fold": "h", "reader.human": "z"}


def test_every_binding_has_an_id_a_tooltip_and_a_key_that_arrives() -> None:
    for bindings in SCREENS.values():
        for binding in bindings:
            assert binding.tooltip, binding.id
            assert check_keymap({}, SCREENS) == {}
            for key in binding.key.split(","):
                assert key not in {"ctrl+a", "ctrl+b", "ctrl+h", "ctrl+i", "ctrl+j", "ctrl+m"}
                assert not key.startswith("alt+")


def test_no_screen_gives_one_key_to_two_ids() -> None:
    for name, bindings in SCREENS.items():
        keys = [key for binding in bindings for key in binding.key.split(",")]
        assert len(keys) == len(set(keys)), name


def test_keys_are_shown_as_people_write_them() -> None:
    assert show_keys("question_mark,slash,left_parenthesis,f1,space") == "? / ( f1 space"


@pytest.mark.usefixtures("session")
def test_a_remapped_key_acts_and_help_and_key_line_tell_it(stage: Stage) -> None:
    stage.setup = Setup(keymap={"reader.fold": "f5"})

    async def script(drive: Driver) -> None:
        assert "f5:fold" in drive.screen_text()
        before = drive.cursor
        await drive.press("f1")
        line = next(row for row in drive.screen_text().splitlines() if "reader.fold " in row)
        assert "f5 " in line
        await drive.press("escape", "z")
        assert drive.cursor == before

    asyncio.run(stage.read(script, size=(120, 90)))
