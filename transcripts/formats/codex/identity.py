"""Who recorded a rollout and where: the session's ids, models and places."""

from dataclasses import dataclass, field
from typing import Any

from transcripts.formats.entries import optional_text, tells_of_the_work
from transcripts.records import MAIN, Place, PlaceKind, ThreadRecord, ThreadRole

_SUMMARISERS = frozenset({"compact", "memory_consolidation"})


@dataclass(slots=True)
class Identity:
    """What the first `session_meta` says of the session, and what later lines add."""

    first: dict[str, Any] | None = None
    thread: str = MAIN
    models: dict[str, None] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    _others: dict[str, None] = field(default_factory=dict)
    _role: ThreadRole = ThreadRole.MAIN
    _agent_type: str | None = None
    _named: set[tuple[PlaceKind, str]] = field(default_factory=set)

    def meta(self, payload: dict[str, Any], position: int) -> None:
        """Read a `session_meta`; those after the first are of sessions that this one copies."""
        own = optional_text(payload.get("id")) or optional_text(payload.get("session_id"))
        if self.first is None:
            self.first = payload
            self._source(payload.get("source"), own)
        elif own is not None:
            self._others.setdefault(own, None)
        origin = optional_text(payload.get("forked_from_id"))
        if origin is not None:
            self._others.setdefault(origin, None)
        git = payload.get("git")
        branch = optional_text(git.get("branch")) if isinstance(git, dict) else None
        if branch is not None and tells_of_the_work(branch):
            self._place(PlaceKind.BRANCH, branch, position)
        self._place(PlaceKind.DIRECTORY, payload.get("cwd"), position)

    def context(self, payload: dict[str, Any], position: int) -> None:
        """Read a `turn_context`: the model from here on, and the directory."""
        model = optional_text(payload.get("model"))
        if model is not None:
            self.models.setdefault(model, None)
        self._place(PlaceKind.DIRECTORY, payload.get("cwd"), position)

    def external_id(self, stem: str) -> str:
        """Id of the session; a subagent's begins with that of the session it works for."""
        first = self.first or {}
        own = optional_text(first.get("id")) or optional_text(first.get("session_id")) or stem
        if self.thread == MAIN:
            return own
        root = optional_text(first.get("session_id"))
        root = root if root not in {None, own} else self._parent()
        return f"{root}/{own}" if root else own

    def origins(self) -> tuple[str, ...]:
        """Ids of the sessions that this one copies or works for."""
        parent = self._parent()
        found = [*self._others, *([parent] if parent else [])]
        own = optional_text((self.first or {}).get("id"))
        return tuple(dict.fromkeys(name for name in found if name != own))

    def threads(self) -> tuple[ThreadRecord, ...]:
        """The subagent thread that this file is, if it is one."""
        if self.thread == MAIN:
            return ()
        return (ThreadRecord(self.thread, self._role, agent_type=self._agent_type),)

    def _source(self, source: Any, own: str | None) -> None:
        """A subagent's rollout names what spawned it; anything else is the main thread."""
        spawned = _spawned(source)
        if spawned is None:
            return
        self.thread = own or "subagent"
        self._role = ThreadRole.SUBAGENT
        if isinstance(spawned, str):
            self._agent_type = optional_text(spawned)
            if spawned in _SUMMARISERS:
                self._role = ThreadRole.SUMMARISER
            return
        inner = spawned.get("thread_spawn")
        if isinstance(inner, dict):
            self._agent_type = optional_text(inner.get("agent_role"))

    def _parent(self) -> str | None:
        first = self.first or {}
        spawned = _spawned(first.get("source"))
        inner = spawned.get("thread_spawn") if isinstance(spawned, dict) else None
        named = inner.get("parent_thread_id") if isinstance(inner, dict) else None
        return optional_text(named) or optional_text(first.get("parent_thread_id"))

    def _place(self, kind: PlaceKind, name: Any, position: int) -> None:
        text = optional_text(name)
        if text is not None and (kind, text) not in self._named:
            self._named.add((kind, text))
            self.places.append(Place(position, kind, text))


def _spawned(source: Any) -> str | dict[str, Any] | None:
    """What `source` says of a subagent, as a word or an object."""
    if not isinstance(source, dict):
        return None
    found = source.get("subagent", source.get("sub_agent"))
    return found if isinstance(found, str | dict) else None
