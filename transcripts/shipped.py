"""The example sessions that ship: invented research, in the real file format."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from transcripts.decoding import parse_object


@dataclass(frozen=True, slots=True)
class Example:
    """One example file, with who is said to have done the work."""

    path: Path
    researcher: str
    project: str


def examples_folder() -> Path:
    """Where the example files stand."""
    return Path(str(files("transcripts").joinpath("examples")))


def _session_of(path: Path) -> str:
    """The session that a subagent's file says it belongs to."""
    with path.open("rb") as stream:
        return str(parse_object(stream.readline())["sessionId"])


def list_examples() -> Iterator[Example]:
    """Every example file, subagents after their session."""
    folder = examples_folder()
    manifest = tomllib.loads((folder / "manifest.toml").read_text(encoding="utf-8"))
    people = {entry["id"]: entry for entry in manifest["sessions"]}
    for path in sorted(folder.glob("*/**/*.jsonl")):
        entry = people.get(path.stem) or people[_session_of(path)]
        yield Example(path, entry["researcher"], entry["project"])
