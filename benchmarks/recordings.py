"""Made-up Claude Code recordings of a given size: the same seed gives the same bytes.

The form is that of version 2.1.40, the text is invented, and no real session is read.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

START = datetime(2026, 2, 10, 9, tzinfo=UTC)
MODEL = "claude-opus-4-6"
VERSION = "2.1.40"
CWD = "/home/mira/work/tokeniser-loss"
TOOLS = ("Bash", "Read", "Edit")
TOOL_WEIGHTS = (6, 3, 2)
PARALLEL = 0.08
"""Share of responses with two calls, where the first result stands between their lines."""
SNAPSHOT = 0.2
"""Share of turns with a snapshot of files before the prompt."""
STEERING = 0.02
"""Share of turns that begin with a prompt which had waited in the queue."""

BEYOND_ASCII = 0.1
"""Share of sentences with a sign beyond ASCII."""
THOUGHT = 0.6
"""Share of working responses that begin with thinking."""
SPOKEN = 0.5
"""Share of working responses that say something before their call."""
CONSONANTS = "bcdfgklmnprstvwxz"
VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Written:
    """What a recording came to."""

    path: Path
    bytes: int
    lines: int
    turns: int


@dataclass(frozen=True, slots=True)
class Prose:
    """A stock of invented text, from which every recording takes pieces."""

    words: str
    """Sentences, as people and models write them."""
    output: str
    """Code, logs and listings, as tools print them."""


def make_prose(seed: int, chars: int = 400_000) -> Prose:
    """Invent text; `chars` characters of each sort."""
    rng = random.Random(f"prose {seed}")
    words = [_word(rng) for _ in range(4_000)]
    makers = (_code, _log, _listing, _sentence)
    return Prose(
        _gather((_sentence(rng, words) for _ in iter(int, 1)), " ", chars),
        _gather((rng.choice(makers)(rng, words) for _ in iter(int, 1)), "\n", chars),
    )


def _gather(pieces: Iterator[str], joint: str, chars: int) -> str:
    kept, size = [], 0
    while size < chars:
        kept.append(next(pieces))
        size += len(kept[-1]) + len(joint)
    return joint.join(kept)


def _word(rng: random.Random) -> str:
    syllables = rng.choice((1, 2, 2, 3))
    return "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(syllables))


def _sentence(rng: random.Random, words: list[str]) -> str:
    said = rng.choices(words, k=rng.randint(5, 22))
    if rng.random() < BEYOND_ASCII:
        said.insert(3, "—")
    return f"{' '.join(said).capitalize()}{rng.choice(('.', '.', '?', ':'))}"


def _code(rng: random.Random, words: list[str]) -> str:
    name, value, other = rng.sample(words, 3)
    return f'    {name}_{other} = self.{value}("{other}", count={rng.randint(0, 4096)})  # {name}'


def _log(rng: random.Random, words: list[str]) -> str:
    at = f"2026-02-10 {rng.randint(9, 18):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"
    return f"[{at}] step {rng.randint(0, 99_999)} loss {rng.random():.6f} {rng.choice(words)}"


def _listing(rng: random.Random, words: list[str]) -> str:
    commit = f"{rng.getrandbits(160):040x}"
    return f"{commit} {CWD}/{rng.choice(words)}/{rng.choice(words)}.py\t{rng.randint(1, 10**7)}"


@dataclass(slots=True)
class Recorder:
    """Writes the lines of one session in order, each linked to the one before."""

    rng: random.Random
    prose: Prose
    session: str
    at: datetime
    parent: str | None = None
    out: list[bytes] = field(default_factory=list)

    def turn(self, calls: int) -> None:
        """A prompt, so many responses with a call, and one that answers."""
        prompt = self._words(40, 500)
        if self.rng.random() < SNAPSHOT:
            self._snapshot()
        if self.rng.random() < STEERING:
            self._queue("enqueue", content=prompt)
            self._queue("dequeue")
        self._user(prompt)
        for _ in range(calls):
            self._work()
        self._respond({"type": "text", "text": self._words(500, 2_800)})

    def _work(self) -> None:
        """One response with a call, or with two whose results come as they are done."""
        thinking = {"type": "thinking", "thinking": self._words(300, 2_600), "signature": "Eo8C"}
        blocks = [thinking] if self.rng.random() < THOUGHT else []
        if self.rng.random() < SPOKEN:
            blocks.append({"type": "text", "text": self._words(60, 400)})
        count = 2 if self.rng.random() < PARALLEL else 1
        ids = self._ids()
        for block in blocks:
            self._assistant(block, ids)
        for left in reversed(range(count)):
            name = self.rng.choices(TOOLS, TOOL_WEIGHTS)[0]
            call = f"toolu_01{self.rng.getrandbits(110):028x}"
            self._assistant(self._call(name, call), ids)
            asked = self.parent
            self._result(name, call)
            if left:  # the call beside it hangs on this call, not on its result
                self.parent = asked

    def _call(self, name: str, call: str) -> dict[str, Any]:
        forms: dict[str, dict[str, Any]] = {
            "Bash": {"command": self._output(20, 300), "description": self._words(20, 60)},
            "Read": {"file_path": f"{CWD}/{self._path()}"},
            "Edit": {
                "file_path": f"{CWD}/{self._path()}",
                "old_string": self._output(40, 800),
                "new_string": self._output(40, 800),
            },
        }
        return {"type": "tool_use", "id": call, "name": name, "input": forms[name]}

    def _result(self, name: str, call: str) -> None:
        text = self._output(20, 2_800)
        forms: dict[str, dict[str, Any]] = {
            "Bash": {"stdout": text, "stderr": "", "interrupted": False, "isImage": False},
            "Read": {"type": "text", "file": {"filePath": f"{CWD}/a.py", "content": text}},
            "Edit": {"filePath": f"{CWD}/a.py", "newString": text, "userModified": False},
        }
        block = {"tool_use_id": call, "type": "tool_result", "content": text, "is_error": False}
        self._user([block], toolUseResult=forms[name])

    def _respond(self, block: dict[str, Any]) -> None:
        self._assistant(block, self._ids())

    def _ids(self) -> tuple[str, str]:
        return f"msg_01{self.rng.getrandbits(88):022x}", f"req_011{self.rng.getrandbits(88):022x}"

    def _assistant(self, block: dict[str, Any], ids: tuple[str, str]) -> None:
        message = {
            "model": MODEL,
            "id": ids[0],
            "type": "message",
            "role": "assistant",
            "content": [block],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": {
                "input_tokens": self.rng.randint(1, 9),
                "cache_creation_input_tokens": self.rng.randint(100, 9_000),
                "cache_read_input_tokens": self.rng.randint(10_000, 150_000),
                "output_tokens": self.rng.randint(1, 900),
                "service_tier": "standard",
            },
        }
        self._linked("assistant", message, {"requestId": ids[1]})

    def _user(self, content: Any, **also: Any) -> None:
        self._linked("user", {"role": "user", "content": content}, also)

    def _linked(self, kind: str, message: dict[str, Any], also: dict[str, Any]) -> None:
        own = self._uuid()
        self._line(
            {
                "parentUuid": self.parent,
                "isSidechain": False,
                "userType": "external",
                "cwd": CWD,
                "sessionId": self.session,
                "version": VERSION,
                "gitBranch": "main",
                "message": message,
                "type": kind,
                "uuid": own,
                "timestamp": self._now(),
                **also,
            }
        )
        self.parent = own

    def _snapshot(self) -> None:
        own = self._uuid()
        kept = {"messageId": own, "trackedFileBackups": {}, "timestamp": self._now()}
        line = {"type": "file-history-snapshot", "messageId": own, "snapshot": kept}
        self._line(line | {"isSnapshotUpdate": False})

    def _queue(self, operation: str, **also: str) -> None:
        line = {"type": "queue-operation", "operation": operation, "timestamp": self._now()}
        self._line(line | {"sessionId": self.session} | also)

    def _line(self, value: dict[str, Any]) -> None:
        self.out.append(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def _now(self) -> str:
        self.at += timedelta(milliseconds=self.rng.randint(3, 20_000))
        return f"{self.at:%Y-%m-%dT%H:%M:%S}.{self.at.microsecond // 1000:03}Z"

    def _words(self, least: int, most: int) -> str:
        return self._piece(self.prose.words, least, most)

    def _output(self, least: int, most: int) -> str:
        return self._piece(self.prose.output, least, most)

    def _path(self) -> str:
        return f"src/{self._uuid()[:8]}.py"

    def _piece(self, stock: str, least: int, most: int) -> str:
        size = self.rng.randint(least, most)
        start = self.rng.randrange(len(stock) - size)
        return stock[start : start + size]


def write_sized(path: Path, size: int, seed: int, prose: Prose) -> Written:
    """Write a session of about `size` bytes: whole turns until it is reached."""
    return _write(path, seed, prose, size, None)


def write_turns(path: Path, turns: int, seed: int, prose: Prose) -> Written:
    """Write a session of `turns` turns, about 17 kB each."""
    return _write(path, seed, prose, None, turns)


def write_folder(folder: Path, count: int, size: int, seed: int) -> list[Written]:
    """Write `count` sessions of about `size` bytes each, named by their ids as recorders do."""
    prose = make_prose(seed)
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_sized(folder / f"{session_id(seed + number)}.jsonl", size, seed + number, prose)
        for number in range(count)
    ]


def session_id(seed: int) -> str:
    """The id of the session that a seed gives."""
    return str(uuid.UUID(int=random.Random(f"session {seed}").getrandbits(128), version=4))


def _write(path: Path, seed: int, prose: Prose, size: int | None, turns: int | None) -> Written:
    rng = random.Random(f"recording {seed}")
    recorder = Recorder(rng, prose, session_id(seed), START + timedelta(minutes=seed))
    written = lines = done = 0
    with path.open("wb") as file:
        while (size is None or written < size) and (turns is None or done < turns):
            recorder.turn(rng.choice((1, 1, 2, 2, 3, 4)))
            lines += len(recorder.out)
            written += file.write(b"".join(recorder.out))
            recorder.out.clear()
            done += 1
    return Written(path, written, lines, done)
