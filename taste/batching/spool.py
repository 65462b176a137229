"""Where requests wait until there are enough for a batch: two files that nobody else can open.

They have no name in their folder, so that a process that is killed leaves no text behind.
"""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from taste.batch_client import Body
from taste.batching.notes import Note
from taste.bodies import bytes_of

MOST_REQUESTS = 100_000
MOST_BYTES = 100_000_000
_HEAD, _TAIL = b'{"requests":[', b"]}"
_PIECE = 1 << 20


@dataclass(slots=True)
class Spool:
    """Requests for one endpoint, on disk."""

    folder: Path | None = None
    most_requests: int = MOST_REQUESTS
    most_bytes: int = MOST_BYTES
    requests: int = 0
    size: int = len(_HEAD) + len(_TAIL)
    """Of the body, in bytes."""
    _bodies: IO[bytes] = field(init=False)
    _notes: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Open the files."""
        self._bodies = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115 - `close` does
        self._notes = tempfile.TemporaryFile(dir=self.folder)  # noqa: SIM115

    def add(self, note: Note, body: dict[str, Any]) -> bool:
        """Keep a request; False if a batch with it would be too large."""
        line = b'{"custom_id":"%s","params":%s}' % (note.custom_id.encode(), bytes_of(body))
        size = len(line) + (1 if self.requests else 0)
        if self.requests and (
            self.requests >= self.most_requests or self.size + size > self.most_bytes
        ):
            return False
        self._bodies.write(b"," + line if self.requests else line)
        self._notes.write(json.dumps(note.as_dict()).encode() + b"\n")
        self.requests += 1
        self.size += size
        return True

    def notes(self) -> Iterator[Note]:
        """What was kept of each request, in order."""
        self._notes.seek(0)
        for line in self._notes:
            yield Note.from_dict(json.loads(line))

    def body(self) -> Body:
        """The body that hands all of it over; it can be read again."""
        self._bodies.flush()
        return Body(self.size, self._pieces)

    def close(self) -> None:
        """Let go of the texts."""
        self._bodies.close()
        self._notes.close()

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield _HEAD
        self._bodies.seek(0)
        while piece := await asyncio.to_thread(self._bodies.read, _PIECE):
            yield piece
        yield _TAIL
