"""An ATIF document to recordings: the trajectory itself, and those embedded in it.

Separates what identifies a trajectory from its steps, and both from what is only known at its
end (metrics, notes, references), which becomes the last line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transcripts.errors import BrokenFile
from transcripts.formats.documents import to_lines, without
from transcripts.formats.entries import optional_text
from transcripts.formats.heads import first_object
from transcripts.formats.reading import HEAD_BYTES, Recording

HEAD = "trajectory"
"""Type of the first line of a trajectory."""
CONTINUED_IN = "continued_in"
"""Fact: id of the session in the file that goes on from this one."""

_IDS = ("schema_version", "session_id", "trajectory_id")
_AGENT = ("name", "version", "model_name")
_EMBEDDED = "subagent_trajectories"
_CONTINUED = "continued_trajectory_ref"


@dataclass(frozen=True, slots=True)
class _Spawn:
    """What the trajectory above says of an embedded one."""

    path: str
    """Ids from the session down to it, joined by `/`."""
    call_id: str | None


def find_recordings(path: Path, document: dict[str, Any]) -> Iterator[Recording]:
    """Yield the trajectory of a document and then every embedded one.

    Raises:
        BrokenFile: if a trajectory has no list of steps, or while it is read, at a step that is
            not an object.
    """
    following = _following(path, document.get(_CONTINUED))
    facts = {CONTINUED_IN: following} if following else {}
    yield _recording(path, document, None, facts)
    root = optional_text(document.get("session_id")) or path.stem
    open_ = _embedded(document, root)
    while open_:
        inner, spawn = open_.pop()
        yield _recording(path, inner, spawn, {})
        open_.extend(_embedded(inner, spawn.path))


def _embedded(document: dict[str, Any], above: str) -> list[tuple[dict[str, Any], _Spawn]]:
    """The trajectories directly inside a document, last first, and what it says of them."""
    calls = _calls_of(document)
    found: list[tuple[dict[str, Any], _Spawn]] = []
    for number, inner in enumerate(_inner(document), start=1):
        name = _name(inner) or f"subagent-{number}"
        found.append((inner, _Spawn(f"{above}/{name}", calls.get(name))))
    return found[::-1]


def _inner(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Embedded trajectories; none where the field holds anything else, which then is withheld."""
    found = document.get(_EMBEDDED)
    whole = isinstance(found, list) and all(isinstance(one, dict) for one in found)
    return list(found) if whole and isinstance(found, list) else []


def _recording(
    path: Path, document: dict[str, Any], spawn: _Spawn | None, facts: dict[str, str]
) -> Recording:
    name = path.name if spawn is None else f"{path.name} ({spawn.path})"
    steps = document.get("steps")
    if not isinstance(steps, list):
        raise BrokenFile(name, 1, "expected a list of steps")
    lines = to_lines(name, _head(document, spawn), steps, _rest(document))
    return Recording(name, path.stem, lines, facts)


def _head(document: dict[str, Any], spawn: _Spawn | None) -> dict[str, Any]:
    head: dict[str, Any] = {"type": HEAD}
    head.update({key: document[key] for key in _IDS if key in document})
    agent = document.get("agent")
    if isinstance(agent, dict):
        head["agent"] = {key: agent[key] for key in _AGENT if key in agent}
    if spawn is not None:
        head["spawned"] = {"id": spawn.path, "call_id": spawn.call_id}
    return head


def _rest(document: dict[str, Any]) -> dict[str, Any]:
    """What is not in the head, the steps or a recording of its own."""
    elsewhere = (*_IDS, "agent", "steps")
    rest = without(document, (*elsewhere, _EMBEDDED) if _inner(document) else elsewhere)
    agent = document.get("agent")
    if isinstance(agent, dict):
        agent = without(agent, _AGENT)
    if agent:
        rest["agent"] = agent
    return rest


def _name(document: dict[str, Any]) -> str | None:
    return optional_text(document.get("trajectory_id")) or optional_text(document.get("session_id"))


def _calls_of(document: dict[str, Any]) -> dict[str, str]:
    """Which call spawned which trajectory, by the references in the observations."""
    found: dict[str, str] = {}
    for result in _results(document):
        call_id = optional_text(result.get("source_call_id"))
        for name in referenced(result):
            if call_id is not None:
                found.setdefault(name, call_id)
    return found


def _results(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    steps = document.get("steps")
    for step in steps if isinstance(steps, list) else []:
        if isinstance(step, dict):
            yield from results_of(step)


def results_of(step: dict[str, Any]) -> list[dict[str, Any]]:
    """The results that a step observed."""
    observation = step.get("observation")
    results = observation.get("results") if isinstance(observation, dict) else None
    return [one for one in results if isinstance(one, dict)] if isinstance(results, list) else []


def referenced(result: dict[str, Any]) -> list[str]:
    """Names of the trajectories that a result refers to."""
    given = result.get("subagent_trajectory_ref")
    refs = given if isinstance(given, list) else [given]
    names = [_name(ref) for ref in refs if isinstance(ref, dict)]
    return [name for name in names if name is not None]


def _following(path: Path, reference: Any) -> str | None:
    """Id of the session in the continuation file, if that stands beside this one."""
    if not isinstance(reference, str) or not reference or Path(reference).name != reference:
        return None
    beside = path.parent / reference
    # Never through a link: it may lead out of the folder that was given.
    if "\0" in reference or beside.is_symlink() or not beside.is_file():
        return None
    with beside.open("rb") as stream:
        return first_object(stream.read(HEAD_BYTES)).get("session_id") or None
