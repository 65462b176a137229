"""Builders of rollouts, trajectories and messages, and the laws of the wall for any format."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from transcripts.cut import is_visible, prefix_hash
from transcripts.formats.registry import read_session, replay
from transcripts.prefixes import Cuttable, find_candidates, list_prefixes
from transcripts.records import SessionRecord

Build = Callable[[Sequence[Any]], SessionRecord]
CANARY = "CANARY"


@dataclass
class Rollout:
    """Writes a Codex rollout line by line, with fields that must never be shown."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0

    @property
    def data(self) -> bytes:
        return to_bytes(self.lines)

    @property
    def record(self) -> SessionRecord:
        return read_rollout(self.lines)

    def line(self, kind: str, **payload: Any) -> "Rollout":
        stamp = f"2026-02-01T10:00:{len(self.lines) % 60:02}.000Z"
        self.lines.append({"timestamp": stamp, "type": kind, "payload": payload})
        return self

    def meta(self, **more: Any) -> "Rollout":
        fields = {"id": "thread-1", "cwd": "/work", "cli_version": "0.140.0", "source": "cli"}
        return self.line("session_meta", **(fields | more))

    def event(self, kind: str, **more: Any) -> "Rollout":
        return self.line("event_msg", type=kind, **more)

    def item(self, kind: str, **more: Any) -> "Rollout":
        return self.line("response_item", type=kind, **more)

    def message(self, role: str, text: str) -> "Rollout":
        return self.item("message", role=role, content=[{"type": "input_text", "text": text}])

    def human(self, text: str) -> "Rollout":
        return self.message("user", text).event("user_message", message=text, images=[])

    def agent(self, text: str) -> "Rollout":
        self.item("reasoning", summary=[], encrypted_content="secret")
        return self.event("agent_message", message=text).message("assistant", text)

    def call(
        self, name: str = "exec", arguments: str = "{}", output: str | None = "ok"
    ) -> "Rollout":
        self.calls += 1
        call_id = f"call-{self.calls}"
        self.item("function_call", name=name, arguments=arguments, call_id=call_id)
        if output is not None:
            self.item("function_call_output", call_id=call_id, output=output)
        return self

    def count(self) -> "Rollout":
        return self.event("token_count", info={"note": "secret"})

    def turn(self, text: str) -> "Rollout":
        return self.event("task_started", turn_id="t").human(text)

    def done(self) -> "Rollout":
        return self.event("task_complete", last_agent_message="secret")

    def interrupt(self) -> "Rollout":
        self.message("user", "<turn_aborted>\nThe user interrupted.\n</turn_aborted>")
        return self.event("turn_aborted", reason="interrupted")

    def roll_back(self, turns: int) -> "Rollout":
        return self.event("thread_rolled_back", num_turns=turns)

    def compact(self, summary: str = "") -> "Rollout":
        history = [{"type": "message", "role": "user", "content": "secret"}]
        self.line("compacted", message=summary, replacement_history=history)
        return self.event("context_compacted")


STEPS: tuple[Callable[[Rollout, int], Rollout], ...] = (
    lambda r, n: r.turn(f"do {n}"),
    lambda r, n: r.human(f"steer {n}"),
    lambda r, n: r.event("user_message", message=f"only an event {n}"),
    lambda r, n: r.agent(f"found {n}"),
    lambda r, n: r.agent(f"run {n}").call(output=f"result {n}").count(),
    lambda r, _: r.call(output="exec command rejected by user"),
    lambda r, n: r.call(output=f"aborted by user after {n}.0s").interrupt(),
    lambda r, _: r.call(output=None).interrupt(),
    lambda r, _: r.count(),
    lambda r, _: r.done(),
    lambda r, n: r.roll_back(n % 3),
    lambda r, _: r.compact(),
    lambda r, n: r.line("turn_context", model=f"model-{n}", cwd=f"/work/{n}"),
    lambda r, n: r.message("user", f"<subagent_notification>{n}</subagent_notification>"),
    lambda r, n: r.line("something_new", text=f"secret {n}"),
)


@pytest.fixture(scope="session")
def rollouts() -> st.SearchStrategy[Rollout]:
    """Random rollouts."""

    def written(steps: list[int]) -> Rollout:
        rollout = Rollout().meta()
        for number, step in enumerate(steps):
            STEPS[step](rollout, number)
        return rollout

    return st.lists(st.integers(0, len(STEPS) - 1), min_size=1, max_size=25).map(written)


@pytest.fixture
def rollout() -> Rollout:
    """A rollout that has begun."""
    return Rollout().meta()


def to_bytes(values: Sequence[Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def read_rollout(values: Sequence[Any]) -> SessionRecord:
    return replay("codex", BytesIO(to_bytes(values)))


@pytest.fixture(scope="session")
def build_rollout() -> Build:
    """Reads lines as a rollout."""
    return read_rollout


@pytest.fixture
def read_json(tmp_path: Path) -> Callable[..., SessionRecord]:
    """Writes a value as a JSON file and reads the session in it."""

    def read(value: Any, name: str = "file.json") -> SessionRecord:
        path = tmp_path / name
        path.write_text(json.dumps(value, indent=2))
        return read_session(path)

    return read


def content(record: SessionRecord, cut: int) -> tuple[str, str]:
    """Hash and text of what is knowable at a cut."""
    gone = record.abandoned_from()
    events = [Cuttable.of(event, gone.get(event.position)) for event in record.events]
    seen = [event.content for event in events if is_visible(event, cut, record.thread)]
    return prefix_hash(seen), "\n".join(f"{event.tool} {event.text}" for event in seen)


def poison(value: Any) -> Any:
    """Replace every string by a canary."""
    if isinstance(value, dict):
        return {key: poison(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [poison(inner) for inner in value]
    return CANARY if isinstance(value, str) else value


@pytest.fixture(scope="session")
def check_truncation() -> Callable[..., int]:
    """The law of truncation: items from a point on are cut off, and the point is the same."""

    def check(items: Sequence[Any], build: Build, every: int = 1) -> int:
        record = build(items)
        points = find_candidates(record)
        lines = list(list_prefixes(record, "file"))
        delivered = {event.id: event.position for event in record.events}
        pairs = list(zip(points, lines, strict=False))[::every]
        for point, line in pairs:
            found = list(list_prefixes(build(items[: (line.line or 1) - 1]), "file"))
            earlier = [e for e in lines[:-1] if delivered[str(e.before)] < point.cut]
            assert (found[-1].prefix_hash, found[-1].shown_hash) == (
                line.prefix_hash,
                line.shown_hash,
            )
            assert found[:-1] == earlier
        return len(pairs)

    return check


@pytest.fixture(scope="session")
def check_poison() -> Callable[..., int]:
    """The law of poison: what stands at or after a point, or beside the work, changes nothing."""

    def check(
        items: Sequence[Any], build: Build, beside: Callable[[Any], Any], every: int = 1
    ) -> int:
        record = build(items)
        points = find_candidates(record)
        lines = list(list_prefixes(record, "file"))
        pairs = list(zip(points, lines, strict=False))[::every]
        for point, line in pairs:
            kept = (line.line or 1) - 1
            poisoned = [*map(beside, items[:kept]), *map(poison, items[kept:])]
            expected = content(record, point.cut)
            assert content(build(poisoned), point.cut) == expected
            assert CANARY not in expected[1]
        return len(pairs)

    return check
