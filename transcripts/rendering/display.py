"""What of a prefix is shown beyond its bare text: settings that can only take away, and masks.

Nothing outside the whitelist can be switched on here, whatever the settings are.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from transcripts.cut import Name

LEAST_CHARS = 1_000
"""The smallest limit that one event with its header and a marker always fits into."""
_MASKS = {"branch": "<branch>", "directory": "<directory>"}
_PLAIN_DIRECTORIES = frozenset({
    "/", "/app", "/home", "/mnt", "/opt", "/private/tmp", "/root", "/src", "/tmp", "/usr", "/var",
    "/workspace", "/workspaces",
})  # fmt: skip
"""Directories that every machine may have, which tell nothing."""
_HOME = re.compile(r"(?:/home/[^/]+|/Users/[^/]+|/root)(?=/)")
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")
_DISTINCTIVE = re.compile(r"(?=.{8})\w+[-_.]\w")


class Display(BaseModel):
    """How a prefix becomes the shown text; one choice for all arms of a study."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thinking: bool = False
    """Show the agent's thinking, where it was recorded."""
    names: bool = False
    """Show names of branches and directories; else they are masked."""
    times: Literal["none", "relative"] = "none"
    """Say with each event how many minutes after the first one it was recorded."""
    chars: int = Field(default=200_000, ge=LEAST_CHARS)
    """Most characters of the shown text."""


DEFAULT_DISPLAY = Display()
_WORD = 8
"""A branch called `test` or `data` tells nothing, and masking it would spoil all prose."""


class Masks:
    """Replaces the names of branches and directories in texts; longer names first."""

    def __init__(self, names: Iterable[Name]) -> None:
        """Prepare for these names."""
        found: dict[str, str] = {}
        for name in sorted(names):
            for alias in _aliases(name):
                found.setdefault(alias, _MASKS[name.kind])
        self.aliases = found

    def concern(self, text: str) -> bool:
        """Whether a text holds any of the names, be it as a part of another word."""
        return any(alias in text for alias in self.aliases)

    def apply(self, text: str) -> str:
        """The text with every whole-word occurrence of a name masked."""
        found = sorted(self._find(text))
        return "".join(_replaced(text, found)) if found else text

    def _find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Begin, minus the end, and mask of every whole-word occurrence of each name."""
        for alias, mask in self.aliases.items():
            begin = text.find(alias)
            while begin >= 0:
                end = begin + len(alias)
                if not (_runs_on(text, begin) or _runs_on(text, end)):
                    yield begin, -end, mask
                begin = text.find(alias, begin + 1)


def _replaced(text: str, found: Iterable[tuple[int, int, str]]) -> Iterator[str]:
    """The parts of a text with masks in place of what was found; the longest of each place."""
    done = 0
    for begin, minus_end, mask in found:
        if begin >= done:
            yield text[done:begin]
            yield mask
            done = -minus_end
    yield text[done:]


def _runs_on(text: str, place: int) -> bool:
    """Whether a word goes on across a place."""
    return 0 < place < len(text) and _is_word(text[place - 1]) and _is_word(text[place])


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _aliases(name: Name) -> Iterator[str]:
    """The ways in which a name is written in a transcript."""
    yield from _branch(name.name) if name.kind == "branch" else _directory(name.name)


def _branch(name: str) -> Iterator[str]:
    if not (name.isalpha() and len(name) < _WORD):
        yield name
    if "/" in name:
        # Worktrees and files are named after a branch without its slashes.
        yield name.replace("/", "-")
        last = name.rpartition("/")[2]
        if _DISTINCTIVE.match(last):
            yield last


def _directory(name: str) -> Iterator[str]:
    path = name.rstrip("/\\")
    if not path[1:] or path in _PLAIN_DIRECTORIES:
        return
    yield path
    if "\\" in path:
        yield path.replace("\\", "\\\\")
    if home := _HOME.match(path):
        yield f"~{path[home.end() :]}"
    if path.count("/") + path.count("\\") > 1:
        # Claude Code keeps a folder of this name for each directory that it is used in.
        yield _NOT_ALPHANUMERIC.sub("-", path)
    yield from _worktree(path)


def _worktree(path: str) -> Iterator[str]:
    """The part of a path that names a worktree: it is often the name of the task."""
    parts = (PureWindowsPath if "\\" in path else PurePosixPath)(path).parts
    for above, part in pairwise(parts):
        if "worktree" in above.lower() and _DISTINCTIVE.match(part):
            yield part
