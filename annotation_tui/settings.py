"""An annotator's settings: how the tool looks and what it keeps of their time.

One private JSON file, replaced as a whole. A file that cannot be read is told, never guessed at.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from annotation_tui.themes import THEMES
from transcripts.errors import UserError

FILE = "annotate.json"

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "theme": tuple(THEMES),
    "ascii": (False, True),
    "timing": ("coarse", "full", "off"),
    "pause_after": (50, 25, 90, 0),
    "outline": (38, 30, 20, 40, 50),
    "guidelines": (44, 36, 60),
}
"""Setting → the values that it can have; the first is the default."""

MEANINGS: Mapping[str, str] = {
    "theme": "colours; high-contrast and colour-blind are made for it, ansi takes the terminal's",
    "ascii": "draw with ASCII only",
    "timing": "time kept: coarse to the hour, full to the second, off none",
    "pause_after": "active minutes after which a pause is suggested; 0 never",
    "outline": "columns of the outline",
    "guidelines": "columns of the guidelines beside the text",
}
"""Setting → what it is."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What an annotator has chosen."""

    theme: str = "dark"
    ascii: bool = False
    timing: str = "coarse"
    pause_after: int = 50
    outline: int = 38
    guidelines: int = 44

    def turned(self, name: str, by: int = 1) -> "Settings":
        """The same with the next value of one setting."""
        choices = CHOICES[name]
        at = choices.index(getattr(self, name))
        return replace(self, **{name: choices[(at + by) % len(choices)]})


def read_settings(folder: Path | None) -> Settings:
    """The settings kept in a folder; the defaults where there are none.

    Raises:
        UserError: if the file is there and is not ours.
    """
    if folder is None or not (folder / FILE).exists():
        return Settings()
    path = folder / FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"cannot read the settings in {str(path)!r}: {error}.") from error
    if not isinstance(told, dict):
        raise UserError(f"{str(path)!r} holds no settings; remove it to begin anew.")
    for name, value in told.items():
        known = CHOICES.get(name, ())
        if not any(value is choice or value == choice for choice in known):
            allowed = ", ".join(map(str, known)) or "nothing: there is no such setting"
            raise UserError(f"{name!r} in {str(path)!r} is {value!r}; it can be {allowed}.")
    return Settings(**told)


def write_settings(folder: Path, settings: Settings) -> None:
    """Keep the settings; whoever reads meanwhile sees the former ones or these, never half."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # mkstemp makes it readable by its owner alone.
    handle, name = tempfile.mkstemp(dir=folder, prefix=FILE)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(settings), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(folder / FILE)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


NAMES = tuple(field.name for field in fields(Settings))
"""Every setting, in the order in which they are shown."""
