"""The themes: two by default, high contrast, one for colour-blind eyes, the terminal's own colours.

Colour is never the only sign; a theme makes no sign of its own.
"""

from collections.abc import Mapping

from textual.app import App
from textual.theme import Theme

THEMES: Mapping[str, str] = {
    "dark": "textual-dark",
    "light": "textual-light",
    "high-contrast": "taste-high-contrast",
    "colour-blind": "taste-colour-blind",
    "ansi-dark": "ansi-dark",
    "ansi-light": "ansi-light",
}
"""Name of a theme in the settings → its name in Textual."""

_MUTED = "foreground-muted"

HIGH_CONTRAST = Theme(
    name="taste-high-contrast",
    primary="#7fd4ff",
    secondary="#ffffff",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    success="#00ff66",
    warning="#ffdd00",
    error="#ff9c9c",
    dark=True,
    variables={
        _MUTED: "#dcdcdc",
        "text-muted": "#dcdcdc",
        "surface-lighten-2": "#262626",
        "block-cursor-foreground": "#000000",
        "block-cursor-background": "#ffff00",
    },
)
"""Every pair of text and background that the screens use is at 7 to 1 or above."""

COLOUR_BLIND = Theme(
    name="taste-colour-blind",
    primary="#56b4e9",
    secondary="#d68ab4",
    accent="#f0e442",
    foreground="#f2f2f2",
    background="#101010",
    surface="#181818",
    panel="#202020",
    success="#00b584",
    warning="#e69f00",
    error="#ff8a52",
    dark=True,
    variables={_MUTED: "#c0c0c0", "text-muted": "#c0c0c0", "surface-lighten-2": "#282828"},
)
"""Okabe and Ito's colours, the darker three lightened, since they are to be read as text."""


def register_themes(app: App[None]) -> None:
    """Make our themes known to an app."""
    for theme in (HIGH_CONTRAST, COLOUR_BLIND):
        app.register_theme(theme)


def is_ansi(name: str) -> bool:
    """Whether a theme takes the terminal's own colours."""
    return name.startswith("ansi")
