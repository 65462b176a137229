"""Settings are kept privately and whole; themes can be read; ASCII is ASCII."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.color import Color
from textual.theme import Theme

from annotation_tui.glyphs import ASCII, to_ascii
from annotation_tui.settings import CHOICES, FILE, NAMES, Settings, read_settings, write_settings
from annotation_tui.themes import COLOUR_BLIND, HIGH_CONTRAST
from transcripts.errors import UserError

TEXTS = ("foreground", "primary", "secondary", "success", "warning", "error", "accent")
MUTED = ("foreground-muted", "text-muted")
GROUNDS = ("background", "surface", "panel", "surface-lighten-2")


def test_settings_come_back_as_they_were_kept_and_nobody_else_reads_them(tmp_path: Path) -> None:
    folder = tmp_path / "taste"
    assert read_settings(folder) == Settings()
    kept = Settings(theme="light", timing="off", outline=40)
    write_settings(folder, kept)
    assert read_settings(folder) == kept
    assert (folder / FILE).stat().st_mode & 0o077 == 0
    assert [path.name for path in folder.iterdir()] == [FILE]


@pytest.mark.parametrize("text", ["", "[]", '{"theme": "pink"}', '{"colour": 1}', '{"ascii": 5}'])
def test_settings_that_are_not_ours_are_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=FILE):
        read_settings(tmp_path)


def test_every_setting_has_choices_of_which_the_first_is_the_default() -> None:
    for name in NAMES:
        assert CHOICES[name][0] == getattr(Settings(), name)
        turned = Settings()
        for _ in CHOICES[name]:
            turned = turned.turned(name)
        assert turned == Settings()


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2 has it."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(theme: Theme, text: str, ground: str) -> float:
    colours = theme.to_color_system().generate()
    below = Color.parse(colours[ground])
    two = (luminance(below), luminance(below + Color.parse(colours[text])))
    return (max(two) + 0.05) / (min(two) + 0.05)


@pytest.mark.parametrize(("theme", "least"), [(HIGH_CONTRAST, 7.0), (COLOUR_BLIND, 4.5)])
def test_every_text_stands_out_from_every_ground(theme: Theme, least: float) -> None:
    for ground in GROUNDS:
        for text in (*TEXTS, *MUTED):
            assert contrast(theme, text, ground) >= least, (text, ground)


@given(st.text(alphabet=st.sampled_from([*ASCII, "a", " ", "é", "漢"])))
def test_ascii_signs_keep_every_cell_and_leave_words_alone(text: str) -> None:
    drawn = to_ascii(text)
    assert cell_len(drawn) == cell_len(text)
    assert not set(drawn) & set(ASCII)
    assert [sign for sign in drawn if sign in "é漢"] == [sign for sign in text if sign in "é漢"]
