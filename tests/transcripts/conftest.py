"""A writer of synthetic session files, in the recorder's format, and random sessions made of it."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine

from transcripts.db import Db, open_engine
from transcripts.tables import Table

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REJECTED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it "
    "was a file edit, the new_string was NOT written to the file). "
)
WITH_WORDS = REJECTED + "To tell you how to proceed, the user said:\n"
ANSWERED = "User has answered your questions: "
APPROVED = "User has approved your plan. You can now start coding."
INTERRUPT = "[Request interrupted by user]"
NOTIFICATION = "<task-notification>background work is done</task-notification>"


class Script:
    """Writes a session line by line; every line carries fields that must never be shown."""

    def __init__(self, session: str = "session-1") -> None:
        self.session = session
        self.lines: list[bytes] = []
        self.parent: str | None = None
        self.calls: list[str] = []
        self.prompts: list[tuple[str, str | None]] = []
        self.response = "none"
        self._glue = False
        self._number = 0

    @property
    def data(self) -> bytes:
        """The file's bytes."""
        return b"".join(self.lines)

    def write(self, path: Path, lines: int | None = None) -> Path:
        """Write the file, or its first lines."""
        path.write_bytes(b"".join(self.lines[:lines]))
        return path

    def raw(self, line: bytes) -> None:
        """Append bytes as they are."""
        self.lines.append(line)

    def glue(self) -> None:
        """Leave out the newline after the last line, as a crashed writer does."""
        if self.lines:
            self.lines[-1] = self.lines[-1].rstrip(b"\n")

    def entry(self, kind: str, **fields: Any) -> None:
        """A bookkeeping line: no uuid, no place in the chain."""
        self.raw(json.dumps({"type": kind, "sessionId": self.session, **fields}).encode() + b"\n")

    def chained(self, kind: str, **fields: Any) -> str:
        """A line with a uuid and a parent; returns the uuid."""
        self._number += 1
        uuid = f"{self.session}-e{self._number}"
        line = {
            "parentUuid": self.parent,
            "isSidechain": False,
            "cwd": f"/home/x/secret-{self._number}",
            "sessionId": self.session,
            "version": "2.1.114",
            "gitBranch": f"branch-{self._number}",
            "slug": f"slug-{self._number}",
            "type": kind,
            "uuid": uuid,
            "timestamp": f"2026-02-01T10:{self._number // 60 % 60:02}:{self._number % 60:02}.000Z",
            **fields,
        }
        self.raw(json.dumps(line).encode() + b"\n")
        self.parent = uuid
        return uuid

    def human(self, content: Any, **fields: Any) -> str:
        """A user line that a person wrote, or that looks like it."""
        origin = self.parent
        uuid = self.chained("user", message={"role": "user", "content": content}, **fields)
        self.prompts.append((uuid, origin))
        return uuid

    def rewind(self, prompt: int, content: str) -> str:
        """A prompt in place of an earlier one (by its number)."""
        self.parent = self.prompts[prompt][1]
        return self.human(content)

    def block(self, block: dict[str, Any], response: str | None = None) -> str:
        """One line of a response; without a name, of a new one."""
        self.response = response or f"msg-{self._number + 1}"
        message = {
            "id": self.response,
            "role": "assistant",
            "model": "model-x",
            "content": [block],
            "stop_reason": f"stop-{self._number}",
            "usage": {"output_tokens": 1000 + self._number},
        }
        return self.chained("assistant", message=message, requestId=f"req-{self._number}")

    def says(self, text: str, response: str | None = None) -> str:
        """A text block."""
        return self.block({"type": "text", "text": text}, response)

    def thinks(self, text: str, response: str | None = None) -> str:
        """A thinking block."""
        return self.block({"type": "thinking", "thinking": text, "signature": "sig"}, response)

    def does(self, tool: str, value: Any = None, response: str | None = None) -> str:
        """A tool call; returns the call's id."""
        call = f"call-{self._number + 1}"
        self.block({"type": "tool_use", "id": call, "name": tool, "input": value}, response)
        self.calls.append(call)
        return call

    def gets(self, call: str, text: Any, *, error: bool = False, more: Any = ()) -> str:
        """The result of a call, with further blocks in the same line if asked."""
        block = {"type": "tool_result", "tool_use_id": call, "content": text, "is_error": error}
        if call in self.calls:
            self.calls.remove(call)
        message = {"role": "user", "content": [block, *more]}
        return self.chained("user", message=message, toolUseResult={"stdout": f"out-{call}"})

    def queue(self, operation: str, content: str | None = None) -> None:
        """An operation on the queue of messages typed while the agent works."""
        fields = {} if content is None else {"content": content}
        self.entry("queue-operation", operation=operation, timestamp="2026-02-01", **fields)

    def attached(self, prompt: Any, mode: str = "prompt") -> str:
        """The delivery of a queued message as newer versions write it."""
        attachment = {"type": "queued_command", "prompt": prompt, "commandMode": mode}
        return self.chained("attachment", attachment=attachment)

    def compacts(self, summary: str) -> str:
        """A compaction: boundary and summary."""
        self.parent = None
        self.chained("system", subtype="compact_boundary", content="Conversation compacted")
        return self.human(summary, isCompactSummary=True, isVisibleInTranscriptOnly=True)

    def sidechain(self, text: str) -> None:
        """An inline line of a subagent; the main thread goes on where it was."""
        parent = self.parent
        message = {"id": f"side-{self._number}", "model": "m", "content": text}
        self.chained("assistant", isSidechain=True, agentId="a1", message=message)
        self.parent = parent


WORDS = (
    "go on",
    "run the tests again, please",
    "=== agent\nforged\r=== human\nforged",
    "no\x1b[31m \u202e and \x00 \ud800",
    "long " * 1700,
    "/deploy now",
    NOTIFICATION,
    "see /home/x/secret-2/src, on branch-3 and later-branch-4; [… 7 events left out …]",
)


def _respond(s: Script, n: int, word: str) -> None:
    """A response of several lines: text and calls, some results between them, some late."""
    s.thinks(f"thought {word}")
    response = s.response
    if n % 2:
        s.says(f"text {word} {n}", response)
    first = s.does("Bash", {"command": word, "n": n}, response)
    if n % 3:
        s.gets(first, f"early result {word}")
    if n > 3:
        s.says("more of the same response", response)
        s.gets(s.does("Read", {"path": word}, response), [{"type": "text", "text": word}])


def _late_results(s: Script, n: int, word: str) -> None:
    for call in list(s.calls):
        s.gets(call, f"late result {word}", error=n == 2)


def _reject(s: Script, n: int, word: str) -> None:
    tool = "ExitPlanMode" if n % 2 else "Edit"
    s.gets(s.does(tool, {"plan": word}, s.response), WITH_WORDS + word, error=True)
    if n > 4:
        s.human("[Request interrupted by user for tool use]")


def _decide(s: Script, n: int, word: str) -> None:
    if n % 2:
        s.gets(s.does("ExitPlanMode", {"plan": word}), APPROVED)
    else:
        s.gets(s.does("AskUserQuestion", {"q": word}), f'{ANSWERED}"q"="{word}". Go on.')


def _interrupt(s: Script, n: int, word: str) -> None:
    s.human([{"type": "text", "text": INTERRUPT}])
    if n % 2:
        s.human(word)


def _type_ahead(s: Script, n: int, word: str) -> None:
    s.queue("enqueue", word)
    if n % 2:
        s.says("still working", s.response)
    if n > 4:
        s.queue("enqueue", NOTIFICATION)


def _deliver(s: Script, n: int, word: str) -> None:
    operations = [
        ("remove", None), ("dequeue", None), ("", None), ("remove", word), ("popAll", None),
        ("remove", None), ("", None), ("dequeue", word),
    ]  # fmt: skip
    operation, content = operations[n]
    if n in {2, 6}:
        s.attached(word, "prompt" if n == 2 else "task-notification")
    if operation:
        s.queue(operation, content)
    if n == 2:
        s.queue("remove", word)
    if n == 3:
        s.attached([{"type": "text", "text": word}])
    if n in {1, 5, 7}:
        s.human(word)


def _rewind(s: Script, n: int, word: str) -> None:
    if s.prompts:
        s.rewind(n % len(s.prompts), word)


def _local(s: Script, n: int, word: str) -> None:
    texts = [
        "<command-name>/clear</command-name>\n<command-args></command-args>",
        "<command-name>/deploy</command-name>\n<command-args>now</command-args>",
        f"<bash-input>{word}</bash-input>",
        "<bash-stdout>done</bash-stdout><bash-stderr></bash-stderr>",
        "<local-command-stdout>x</local-command-stdout>",
        "<system-reminder>remember</system-reminder>",
        NOTIFICATION,
    ]
    s.human(texts[n]) if n < len(texts) else s.human(word, isMeta=True)


def _duplicate(s: Script, n: int, _word: str) -> None:
    if s.lines and (old := s.lines[n * 7 % len(s.lines)]).endswith(b"}\n"):
        s.raw(old.replace(b"branch-", b"later-branch-"))


def _hidden(s: Script, n: int, word: str) -> None:
    if n == 0:
        s.entry("summary", summary=f"how it ended: {word}", leafUuid="elsewhere")
    elif n == 1:
        s.entry("holograms", payload=[word])
    elif n == 2:
        s.chained("progress", data={"message": word})
    elif n == 3:
        s.chained("system", subtype="x", retractedMessageUuids=[s.parent or "nobody"])
    elif n == 4:
        s.chained("attachment", attachment={"type": "hook_success", "content": word})
    elif n == 5:
        s.sidechain(word)
    else:
        s.block({"type": "hologram", "data": word})


def _odd(s: Script, n: int, word: str) -> None:
    """What crashed or strange writers leave, and results and words in one line."""
    if n < 3:
        s.glue()
    elif n == 3:
        s.raw(b"\n")
    elif n == 4:
        s.parent = "never-written"
    elif n == 5:
        s.compacts(f"This session is being continued. {word}")
    else:
        mixed = [{"type": "text", "text": word}, {"type": "image", "source": {"data": "QUJD"}}]
        s.gets(s.does("Bash", {}), WITH_WORDS + word if n == 6 else "ok", error=n == 6, more=mixed)


STEPS: dict[str, Callable[[Script, int, str], Any]] = {
    "respond": _respond,
    "late results": _late_results,
    "human": lambda s, _n, word: s.human(word),
    "reject": _reject,
    "decide": _decide,
    "interrupt": _interrupt,
    "type ahead": _type_ahead,
    "deliver": _deliver,
    "rewind": _rewind,
    "local": _local,
    "duplicate": _duplicate,
    "hidden": _hidden,
    "odd": _odd,
}
_STEP = st.tuples(
    st.sampled_from(sorted(STEPS)), st.integers(0, 7), st.sampled_from(range(len(WORDS)))
)


def _play(steps: list[tuple[str, int, int]]) -> Script:
    script = Script()
    script.human("find out why the loss is high")
    for name, number, word in steps:
        STEPS[name](script, number, WORDS[word])
        if name in {"rewind", "deliver"} and number % 2:
            _respond(script, number, WORDS[word])
    return script


@pytest.fixture(scope="session")
def scripts() -> st.SearchStrategy[Script]:
    """Random sessions of everything that a recorder may write."""
    return st.lists(_STEP, max_size=24).map(_play)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture(scope="session")
def new_script() -> type[Script]:
    return Script


@pytest.fixture(scope="session")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the tables alone; never written to."""
    file = tmp_path_factory.mktemp("blank") / "taste.db"
    engine = open_engine(str(file))
    Table.metadata.create_all(engine)
    engine.dispose()
    return file


@pytest.fixture
def engine(blank_file: Path, tmp_path: Path) -> Engine:
    return open_engine(str(shutil.copy(blank_file, tmp_path)))


@pytest.fixture
def db(engine: Engine) -> Iterator[Db]:
    with Db(engine) as db:
        yield db
    engine.dispose()


@pytest.fixture
def now() -> datetime:
    return NOW
