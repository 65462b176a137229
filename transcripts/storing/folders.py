"""Which files of a folder are tried as transcripts. Opens no file, and leaves no folder."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from transcripts.errors import UserError

SUFFIXES = (".jsonl", ".json", ".eval")
"""How the names of files end that are looked into; what they are is told by their content."""
_SIDE_FOLDERS = frozenset({"tool-results"})
"""Folders beside recordings that hold what an agent's tools put out, in whatever format."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file to be tried."""

    path: Path
    named: bool
    """Whether it was named itself, not found in a folder."""


@dataclass(frozen=True, slots=True)
class Passed:
    """What is not tried, and why."""

    path: Path
    reason: str


def find_files(roots: Iterable[Path]) -> Iterator[Found | Passed]:
    """Every file to try under the given files and folders, folder by folder in order.

    Raises:
        UserError: if one of the roots is not there.
    """
    for root in roots:
        if root.is_dir():
            yield from _walk(root)
        elif os.path.lexists(root):
            yield Found(root, named=True)
        else:
            raise UserError(f"there is no file or folder {str(root)!r}.")


def _walk(root: Path) -> Iterator[Found | Passed]:
    home = root.resolve()
    waiting, seen = [root], set[tuple[int, int]]()
    while waiting:
        folder = waiting.pop()
        try:
            facts = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Passed(folder, f"cannot be read ({error.strerror})")
            continue
        if (facts.st_dev, facts.st_ino) in seen:
            continue
        seen.add((facts.st_dev, facts.st_ino))
        folders: list[Path] = []
        for entry in entries:
            yield from _look(entry, home, folders)
        waiting.extend(reversed(folders))


def _look(entry: os.DirEntry[str], home: Path, folders: list[Path]) -> Iterator[Found | Passed]:
    """What one name in a folder stands for; a folder to be walked is put on the list."""
    path = Path(entry.path)
    tried = entry.name.endswith(SUFFIXES)
    try:
        mode = entry.stat().st_mode
    except OSError as error:
        if tried:
            yield Passed(path, f"cannot be read ({error.strerror})")
        return
    if not tried and not stat.S_ISDIR(mode):
        return
    if entry.is_symlink() and not path.resolve().is_relative_to(home):
        yield Passed(path, "is a link out of the folder; name its target to import it")
    elif stat.S_ISDIR(mode):
        if entry.name not in _SIDE_FOLDERS:
            folders.append(path)
    elif stat.S_ISREG(mode):
        yield Found(path, named=False)
    else:
        yield Passed(path, "is not a regular file; it was not opened")
