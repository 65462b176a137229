"""The laws of the wall that change a recording: what must not matter is replaced, and does not.

For tests, and for whoever wants to see them hold on sessions of their own. Nothing is stored.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from transcripts.cut import prefix_hash
from transcripts.laws.cutting import (
    Checked,
    Played,
    Value,
    content,
    count_failures,
    differs,
    feed,
    make_line,
)
from transcripts.prefixes import END, PrefixLine, list_prefixes, record_prefix
from transcripts.rendering.text import render_shown

CANARY = "canary-5d0f"
_CLAUDE_CODE = frozenset(
    {"user", "assistant", "system", "progress", "attachment", "queue-operation"}
)
"""Types of Claude Code entries that may be shown or say what is; no other may matter."""
_CODEX_COPIES = frozenset({
    "agent_message", "agent_reasoning", "context_compacted", "error", "exec_command_end",
    "mcp_tool_call_end", "patch_apply_end", "task_complete", "token_count", "warning",
    "web_search_end",
})  # fmt: skip
"""Events of Codex that repeat what an item says, or sum up."""
_ROUTING = frozenset({"type", "uuid", "parentUuid", "operation", "retractedMessageUuids"})
_WHITELIST = {"message": frozenset({"id", "model", "content"}), "attachment": None, "content": None}
"""Fields of a Claude Code entry that are read, and what of them; none for all."""
_WORDS = frozenset({"text", "thinking", "input", "arguments"})
_PLACES = {"sessionId": "copy", "cwd": "/copied", "gitBranch": "copied", "version": "9.9.9"}


def poison(value: Any) -> Any:
    """Replace every string by a canary."""
    if isinstance(value, dict):
        return {key: poison(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [poison(inner) for inner in value]
    return CANARY if isinstance(value, str) else value


def poison_bookkeeping(format_name: str, value: Value) -> Value:
    """An entry with the canary in all that neither is shown nor says what is."""
    if format_name == "claude-code":
        return value if value.get("type") in _CLAUDE_CODE else poison(value)
    payload = value.get("payload")
    if format_name != "codex" or not isinstance(payload, dict):
        return value
    if value.get("type") == "event_msg" and payload.get("type") in _CODEX_COPIES:
        return value | {"payload": poison(payload) | {"type": payload["type"]}}
    if value.get("type") == "compacted" and "replacement_history" in payload:
        history = poison(payload["replacement_history"])
        return value | {"payload": payload | {"replacement_history": history}}
    return value


def check_poison(played: Played, every: int) -> Checked:
    """Poison every string from each n-th cut on, and all bookkeeping: the prefix is the same."""
    return count_failures("poison", _poisoned(played, every))


def _poisoned(played: Played, every: int) -> Iterator[str | None]:
    record = played.record
    pairs = list(zip(record.entries, played.values, strict=True))
    after = [make_line(entry, poison(value)) for entry, value in pairs]
    before = [make_line(entry, poison_bookkeeping(record.format, v)) for entry, v in pairs]
    for point, line in played.choose(every):
        number = sum(entry.position < point.cut for entry in record.entries)
        prefix = record_prefix(feed(record.format, [*before[:number], *after[number:]]), point.cut)
        text = render_shown(prefix)
        same = (prefix_hash(prefix), text.shown_hash) == (line.prefix_hash, line.shown_hash)
        yield differs(line.before, same and CANARY not in text.text)


def check_fields(played: Played) -> Checked:
    """Poison what the whitelist does not name in any entry: every prefix is the same."""
    if played.record.format != "claude-code":
        return Checked("fields", 0, ())
    names = {"cwd", "gitBranch"}  # Names of places are no text: they say what is masked.
    values = [
        {key: _beside(key, inner) if key not in names else inner for key, inner in value.items()}
        for value in played.values
    ]
    return _compare("fields", played, values)


def _beside(key: str, value: Any) -> Any:
    if key in _ROUTING or _WHITELIST.get(key, "") is None:
        return value
    if key in _WHITELIST and isinstance(value, dict):
        read = _WHITELIST[key] or ()
        return {name: inner if name in read else poison(inner) for name, inner in value.items()}
    return poison(value)


def check_abandoned(played: Played) -> Checked:
    """Poison the agent's work that each rewind left behind: later prefixes are the same."""
    gone = played.record.abandoned_from()
    found = [_abandoned(played, gone, since) for since in sorted(set(gone.values()))]
    failures = tuple(failure for each in found for failure in each.failures)
    return Checked("abandoned", sum(each.checks for each in found), failures)


def _abandoned(played: Played, gone: Mapping[int, int], since: int) -> Checked:
    record = played.record
    left = {e.ordinal for e in record.events if e.response and gone.get(e.position, END) <= since}
    pairs = zip(record.entries, played.values, strict=True)
    values = [_poison_words(value) if e.ordinal in left else value for e, value in pairs]
    points = zip(played.points, played.lines, strict=False)
    later = [line for point, line in points if point.cut > since]
    return _compare("abandoned", played, values, later)


def _poison_words(value: Any) -> Any:
    """Replace what was said and done, and leave what ties lines together."""
    if isinstance(value, dict):
        return {k: poison(v) if k in _WORDS else _poison_words(v) for k, v in value.items()}
    return [_poison_words(inner) for inner in value] if isinstance(value, list) else value


def check_timestamps(played: Played, seed: int = 1) -> Checked:
    """Shuffle the timestamps among the entries: every prefix is the same."""
    stamps = [value["timestamp"] for value in played.values if "timestamp" in value]
    random.Random(seed).shuffle(stamps)
    values = [
        value | {"timestamp": stamps.pop()} if "timestamp" in value else value
        for value in played.values
    ]
    return _compare("timestamps", played, values)


def check_copy(played: Played) -> Checked:
    """Rewrite what a resumed or forked copy rewrites: every prefix hash is the same.

    The shown text may differ, since other names of places are masked in it.
    """
    if played.record.format != "claude-code":
        return Checked("copy", 0, ())
    values = [_copied(value) for value in played.values]
    return _compare("copy", played, values, of=lambda line: line.prefix_hash)


def _copied(value: Value) -> Value:
    changed = {key: new for key, new in _PLACES.items() if key in value}
    origin = {"sessionId": value.get("sessionId"), "messageUuid": value.get("uuid")}
    return value | changed | ({"forkedFrom": origin} if "uuid" in value else {})


def _compare(
    law: str,
    played: Played,
    values: Iterable[Value],
    lines: Iterable[PrefixLine] | None = None,
    of: Callable[[PrefixLine], object] = content,
) -> Checked:
    """Compare the prefixes of points (of all, if none are named) with those of other values."""
    wanted = list(played.lines if lines is None else lines)
    if not wanted:
        return Checked(law, 0, ())
    changed = list_prefixes(played.replayed(values), "file")
    found = {(line.before, line.actor): of(line) for line in changed}
    return count_failures(
        law,
        (differs(x.before, found.get((x.before, x.actor)) == of(x)) for x in wanted),
    )
