"""Plain messages of the Messages API or of chat completions: a JSON list, an object, or lines.

Every message is an entry; one of the assistant is a response. Prompts of the system are not shown.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from transcripts.decoding import clean
from transcripts.errors import BrokenFile
from transcripts.formats.documents import WITHHELD, read_document, to_lines, without
from transcripts.formats.entries import Draft, EntryCounter, line_warnings, optional_text
from transcripts.formats.heads import first_object, is_list
from transcripts.formats.lines import Line, Torn, read_file_lines
from transcripts.formats.parts import call_text, content_text, part_text, parts_of
from transcripts.formats.reading import Format, Head, Recording
from transcripts.records import MAIN, ActKind, EntryRecord, EventKind, EventRecord, Header

NAME = "messages"
_HEAD = "messages"
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_THINKING = frozenset({"thinking", "redacted_thinking"})
_STABLE = ("id", "session_id", "conversation_id", "model")


def _recognise(head: Head) -> bool:
    """Messages with a role, by themselves or in an object's list of messages."""
    if b'"role"' not in head.start and b'"messages"' not in head.start:
        return False
    first = first_object(head.start)
    if first.get("role") in _ROLES:
        return True
    return first.get("messages") == "[" and not first.keys() & {"samples", "steps"}


@contextmanager
def _open(path: Path) -> Iterator[list[Recording]]:
    with path.open("rb") as stream:
        start = stream.read(1 << 16)
        if not is_list(start) and first_object(start).get("role") in _ROLES:
            stream.seek(0)
            yield [Recording(path.name, path.stem, read_file_lines(stream, path.name))]
            return
    document = read_document(path)
    about = document if isinstance(document, dict) else {}
    messages = about.get("messages") if about else document
    if not isinstance(messages, list):
        raise BrokenFile(path.name, 1, "expected a list of messages")
    head = {"type": _HEAD, **{key: about[key] for key in _STABLE if key in about}}
    rest = without(about, (*_STABLE, "messages"))
    yield [Recording(path.name, path.stem, to_lines(path.name, head, messages, rest))]


@dataclass(slots=True)
class SessionReader:
    """Reads one list of messages, one after the other."""

    stem: str
    facts: Mapping[str, str]
    counter: EntryCounter = field(default_factory=EntryCounter)
    _head: dict[str, Any] = field(default_factory=dict)
    _unknown: Counter[str] = field(default_factory=Counter)
    _models: dict[str, None] = field(default_factory=dict)
    _tools: dict[str, str] = field(default_factory=dict)
    _first_timestamp: str | None = None
    _first_said: str | None = None
    _recognised: bool = False

    def feed(self, line: Line) -> tuple[EntryRecord, Sequence[EventRecord]]:
        """Read one line: the head, a message, or what is withheld."""
        value = line.value
        role = value.get("role")
        kind = role if isinstance(role, str) else str(value.get("type"))
        entry = self.counter.begin(line, kind)
        when = value.get("timestamp", value.get("created_at"))
        self._first_timestamp = self._first_timestamp or optional_text(when)
        draft = Draft(entry, MAIN, when)
        if isinstance(role, str) and role in _ROLES:
            self._recognised = True
            self._message(role, value, draft)
        elif role is None and kind == _HEAD and entry.ordinal == 1:
            self._head = value
            self._use(value.get("model"))
        elif role is not None or kind != WITHHELD:
            self._unknown[clean(kind)] += 1
        self.counter.end(len(draft.events))
        return entry, draft.events

    def _use(self, model: Any) -> None:
        name = optional_text(model)
        if name is not None:
            self._models.setdefault(name, None)

    def _message(self, role: str, value: dict[str, Any], draft: Draft) -> None:
        if role == "assistant":
            self._assistant(value, draft)
        elif role == "user":
            self._user(value, draft)
        elif role in {"tool", "function"}:
            call_id = optional_text(value.get("tool_call_id"))
            tool = self._tools.get(call_id or "", optional_text(value.get("name")) or "")
            text = content_text(value.get("content"), self._unknown)
            draft.add(EventKind.RESULT, text, shown=True, tool=tool, call_id=call_id)
        else:
            text = content_text(value.get("content"), self._unknown)
            draft.add(EventKind.NOTICE, text, shown=False)

    def _assistant(self, value: dict[str, Any], draft: Draft) -> None:
        """One response, in the order of its parts; calls beside the content come after it."""
        self._use(value.get("model"))
        response = f"L{draft.entry.ordinal}"
        for key in ("reasoning_content", "reasoning"):
            if isinstance(value.get(key), str) and value[key]:
                draft.add(EventKind.THINKING, clean(value[key]), response=response)
        for part in parts_of(value.get("content")):
            self._agent_part(part, draft, response)
        given = value.get("tool_calls")
        for call in given if isinstance(given, list) else [value.get("function_call")]:
            if isinstance(call, dict):
                self._chat_call(call, draft, response)
        if not draft.events:
            draft.add(EventKind.AGENT, "", response=response)

    def _agent_part(self, part: dict[str, Any], draft: Draft, response: str) -> None:
        kind = str(part.get("type"))
        if kind in _THINKING:
            text = clean(str(part.get("thinking") or ""))
            draft.add(EventKind.THINKING, text, response=response)
        elif kind in _CALLS:
            self._call(part, part.get("name"), part.get("input"), draft, response)
        elif kind.endswith("tool_result"):
            self._result(part, draft)
        else:
            draft.add(EventKind.AGENT, part_text(part, self._unknown), response=response)

    def _chat_call(self, call: dict[str, Any], draft: Draft, response: str) -> None:
        given = call.get("function", call.get("custom", call))
        inner = given if isinstance(given, dict) else {}
        asked = inner.get("arguments", inner.get("input"))
        self._call(call, inner.get("name"), asked, draft, response)

    def _call(
        self, call: dict[str, Any], name: Any, asked: Any, draft: Draft, response: str
    ) -> None:
        tool = optional_text(name) or ""
        call_id = optional_text(call.get("id"))
        if call_id is not None:
            self._tools[call_id] = tool
        draft.add(
            EventKind.CALL,
            call_text(asked),
            shown=True,
            tool=tool,
            call_id=call_id,
            response=response,
        )

    def _result(self, part: dict[str, Any], draft: Draft) -> None:
        call_id = optional_text(part.get("tool_use_id"))
        draft.add(
            EventKind.RESULT,
            content_text(part.get("content"), self._unknown),
            shown=True,
            tool=self._tools.get(call_id or "", ""),
            call_id=call_id,
            is_error=bool(part.get("is_error")),
        )

    def _user(self, value: dict[str, Any], draft: Draft) -> None:
        """Results first, as the calls' answers; then what the person says."""
        said: list[dict[str, Any]] = []
        for part in parts_of(value.get("content")):
            if str(part.get("type")).endswith("tool_result"):
                self._result(part, draft)
            else:
                said.append(part)
        text = "\n".join(part_text(part, self._unknown) for part in said)
        if said or not draft.events:
            act = ActKind.TYPED if text.strip() else None
            draft.add(EventKind.HUMAN, text, act_kind=act)
            self._first_said = self._first_said or text

    def finish(self, torn: Torn | None) -> Header:
        """What the session is."""
        return Header(
            external_id=self._external_id(),
            format=NAME,
            thread=MAIN,
            first_timestamp=self._first_timestamp,
            warnings=tuple(line_warnings(torn, self.counter.glued, self._unknown)),
            models=tuple(self._models),
            recognised=self._recognised,
        )

    def _external_id(self) -> str:
        """The id that is given, or the file's name with a hash of the first words.

        The words are there so that files of one name in several folders stay apart; both stay
        the same while the session grows.
        """
        for key in ("id", "session_id", "conversation_id"):
            own = optional_text(self._head.get(key))
            if own is not None:
                return own
        if self._first_said is None:
            return self.stem
        return f"{self.stem}-{sha256(self._first_said.encode()).hexdigest()[:8]}"


FORMAT = Format(NAME, _recognise, _open, SessionReader)
