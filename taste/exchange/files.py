"""The lines that are carried between machines: requests out, answers back.

Reads and writes files; knows no database.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from taste.bodies import body_of
from taste.exchange.asking import Wanted
from transcripts.decoding import parse_object
from transcripts.errors import UserError
from transcripts.points import Refusal, read_lines

_HASH = r"^[0-9a-f]{64}$"


class Answer(BaseModel):
    """One line of a file of answers; what it says beside these keys is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    custom_id: str = Field(pattern=_HASH)
    prompt_hash: str = Field(pattern=_HASH)
    shown_hash: str = Field(pattern=_HASH)
    request_hash: str | None = Field(default=None, pattern=_HASH)
    model: str | None = None
    """The model that answered, as it names itself; a message says so itself."""
    reply: str | None = None
    """The answer's text alone."""
    message: dict[str, Any] | None = None
    """The reply of the Messages API as it came."""
    stop_reason: str = "end_turn"
    usage: dict[str, Any] = {}

    @model_validator(mode="after")
    def _answers(self) -> "Answer":
        if (self.reply is None) == (self.message is None):
            raise ValueError("give either reply (a text) or message (the API's reply)")
        if self.reply is not None and not self.model:
            raise ValueError("a reply without its message needs the model that gave it")
        return self

    @property
    def raw(self) -> str:
        """The reply as the Messages API would have given it."""
        message = self.message or {
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [{"type": "text", "text": self.reply}],
            "stop_reason": self.stop_reason,
            "usage": self.usage,
        }
        return json.dumps(message, ensure_ascii=False)


def render_wanted(wanted: Wanted) -> dict[str, Any]:
    """A request as a line, with all that its answer must be held against."""
    order = wanted.order
    return {
        "custom_id": wanted.key,
        "purpose": order.request.purpose,
        "seat": order.seat.name,
        "endpoint": order.seat.endpoint,
        "model": order.seat.model,
        "session": order.session.external_id,
        **wanted.hashes,
        "body": body_of(order.request, order.seat, wanted.how),
    }


def read_answers(path: Path) -> Iterator[tuple[int, Answer] | Refusal]:
    """Read a file of answers; a line that is none comes as a `Refusal`."""
    return read_lines(path, _parse)


def _parse(line: bytes, number: int) -> tuple[int, Answer]:
    value = parse_object(line)
    if not isinstance(value, dict):
        raise UserError("expected a JSON object.")
    return number, Answer.model_validate(value)


def write_lines(path: Path, lines: Iterable[Mapping[str, Any]]) -> int:
    """Write lines to a file that its owner alone may read; it is there as a whole or not at all.

    Raises:
        UserError: if it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    number = 0
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            for line in lines:
                number += 1
                file.write(orjson.dumps(line) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise UserError(f"cannot write {str(path)!r}: {error.strerror}") from error
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()
    return number
