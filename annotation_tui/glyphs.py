"""The one table of signs that are not ASCII, and the filter that draws with ASCII alone.

It works on what is painted, so no widget has to know of it. Every sign keeps its cells.
"""

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

ASCII = {
    **dict.fromkeys("●◆", "*"),
    **dict.fromkeys("○◐◦", "o"),
    **dict.fromkeys("■█▓▒░▇▆▅▄▃▂▁▉▊▋▌▍▎▏▐▀", "#"),
    **dict.fromkeys("│┃║╎┆┊", "|"),
    **dict.fromkeys("─━═╌┄┈▔", "-"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝╠╣╦╩╬┏┓┗┛", "+"),
    **dict.fromkeys("▶►▸→", ">"),
    **dict.fromkeys("◀◂←", "<"),
    "▼": "v",
    "▾": "v",
    "▲": "^",
    "▴": "^",
    "↑": "^",
    "↓": "v",
    "×": "x",
    "✗": "x",
    "✓": "+",
    "≡": "=",
    "≥": ">",
    "≤": "<",
    "±": "~",
    "…": "~",
    "⋯": "~",
    "·": ".",
    "•": "*",
    "–": "-",
    "—": "-",
    "\u2011": "-",
    "“": '"',
    "”": '"',
    "\u2018": "'",
    "’": "'",
    "🔎": "> ",
    "␛": "^",
    "␀": "^",
}
"""Sign → the ASCII that stands for it, in as many cells."""

_TABLE = str.maketrans(ASCII)


def to_ascii(text: str) -> str:
    """A text with every sign of the table replaced."""
    return text if text.isascii() else text.translate(_TABLE)


class AsciiFilter(LineFilter):
    """Draws the signs of the table as ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Replace in each segment; styles and cells stay."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
