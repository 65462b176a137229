"""What is kept of an unhandled error: where it happened, and nothing that anybody wrote.

No message, no value, no source line: each of them may hold text of a session or of an annotator.
"""

import os
import platform
import tempfile
import traceback
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

EXIT_CODE = 70
"""As sysexits.h has it: an internal error."""


def render_crash(error: BaseException, screen: str, now: datetime) -> str:
    """Types, frames, versions and the name of the screen."""
    lines = [
        "taste annotate ended by an error of its own. No text of a session is in this file.",
        f"at {now.isoformat(timespec='seconds')}",
        f"screen {screen}",
        f"taste {version('taste')}, textual {version('textual')}, "
        f"Python {platform.python_version()}, {platform.system()}",
    ]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        lines += ["", f"{type(error).__module__}.{type(error).__qualname__}"]
        lines += [
            f"  {_place(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        following = error.__cause__ or error.__context__
        if following is None:
            break
        error = following
    return "\n".join(lines) + "\n"


def write_crash(folder: Path, text: str, now: datetime) -> Path:
    """Write the report where its owner alone can read it; returns where."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, prefix=f"crash-{now:%Y%m%d-%H%M%S}-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


def _place(filename: str) -> str:
    """A file by its package, so that no name of a person's folder is told."""
    parts = Path(filename).parts
    for mark in ("site-packages", "lib"):
        if mark in parts:
            return "/".join(parts[parts.index(mark) + 1 :])
    return "/".join(parts[-2:])
