"""Whose work an event of a sample is: the main line's, another agent's, or a scorer's.

Decides from the spans and steps that have begun, never from what comes later.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from transcripts.records import MAIN

_SCORERS = frozenset({"scorer", "scorers"})
_GRADER = "grader"
_OWN = frozenset({"agent", "tool", "subtask", "task", "branch", "sentinel"})
"""Spans whose model calls have a context of their own."""


@dataclass(slots=True)
class Line:
    """A line of work with a context of its own."""

    name: str
    agent: str | None = None
    call_id: str | None = None
    begun: bool = False
    """Whether a model call of it was seen."""


@dataclass(slots=True)
class _Span:
    """An open or closed span: who works in it."""

    id: str
    kind: str
    name: str
    scored: bool
    owner: "_Span | None"
    """The innermost span with a context of its own, possibly this one."""
    tool: str
    """Id of the innermost tool span that it lies in, or is."""
    line: Line | None = None
    may_join: bool = False
    """An agent at the top that no other one runs beside: it may go on with the main line."""


class Spans:
    """The spans of one sample, fed with its events in order."""

    def __init__(self) -> None:
        """Start before the first event, with a main line."""
        self.main = Line(MAIN)
        self._spans: dict[str, _Span] = {}
        self._steps: list[_Span] = []
        self._calls: dict[str, str] = {}
        """Ids of calls, by the span of the tool or of the agent that they began."""
        self._untied: dict[str, deque[str]] = {}
        """Spans of tools, by name, whose call is not known yet."""
        self._top: str | None = None
        self._counts = 0

    def feed(self, event: Any) -> None:
        """Take note of a span, step or tool call that begins or ends."""
        match event.event:
            case "span_begin":
                parent = self._spans.get(event.parent_id or "")
                self._spans[event.id] = self._begin(event.id, event.type, event.name, parent)
            case "span_end":
                self._top = None if self._top == event.id else self._top
            case "step" if event.action == "begin":
                self._steps.append(self._begin("", event.type, event.name, self._step()))
            case "step" if self._steps:
                self._steps.pop()
            case "tool":
                self._tie(event)

    def _begin(self, id_: str, kind: str | None, name: str, parent: _Span | None) -> _Span:
        scored = kind in _SCORERS or (parent is not None and parent.scored)
        owner, tool = (parent.owner, parent.tool) if parent else (None, "")
        span = _Span(id_, kind or "", name, scored, owner, id_ if kind == "tool" else tool)
        if kind == "tool":
            self._untied.setdefault(name, deque()).append(id_)
        if kind in _OWN:
            span.owner = span
            if kind == "agent" and owner is None and self._top is None:
                self._top, span.may_join = id_, True
        return span

    def _tie(self, event: Any) -> None:
        """Tie a call to the span of its tool, which began last, and to the agent it spawned."""
        untied = self._untied.get(event.function)
        if untied:
            self._calls[untied.popleft()] = event.id
        spawned = getattr(event, "agent_span_id", None)
        if spawned:
            self._calls.setdefault(spawned, event.id)

    def _step(self) -> _Span | None:
        return self._steps[-1] if self._steps else None

    def _span(self, event: Any) -> _Span | None:
        return self._step() or self._spans.get(event.span_id or "")

    def line_of(self, event: Any, goes_on: Callable[[], bool]) -> Line | None:
        """The line that a model call belongs to; None for a scorer's, which knows the target.

        Args:
            event: a model call, or what a person did.
            goes_on: tells whether its input goes on from the main line's context.
        """
        span = self._span(event)
        if (span is not None and span.scored) or getattr(event, "role", None) == _GRADER:
            return None
        owner = span.owner if span else None
        if owner is None:
            return self.main
        if owner.line is None:
            joins = owner.may_join and (not self.main.begun or goes_on())
            owner.line = self.main if joins else self._new(owner)
        return owner.line

    def _new(self, owner: _Span) -> Line:
        self._counts += 1
        call_id = self._calls.get(owner.id) or self._calls.get(owner.tool)
        return Line(f"{owner.name}-{self._counts}", owner.name, call_id)
