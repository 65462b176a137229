"""A server of canned answers in the Messages API's form, fast enough to stand in nobody's way.

Answers what it is asked for by the last bytes of the body, so long after it came. Needs nothing
but Python, for it is shared by tools that live in different environments. `GET /` tells how many
requests came, of how many bytes, and how long the processor was busy with them.

    python benchmarks/call_server.py 0.05
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from itertools import count
from typing import Any

ENDING = 3_000
"""Bytes of a body that tell what is asked for: settings and schema stand behind the prompt."""
_number = count(1)
_seen = {"requests": 0, "bytes": 0}


def say(ending: bytes) -> str:
    """Return an answer of the form that is asked for; no two are the same."""
    number = next(_number)
    move = f"Plot the loss of step {number} by split before anything else is tuned."
    if b'"wrong_if"' in ending:
        return json.dumps({"move": move, "why": "the splits differ", "wrong_if": "they agree"})
    if b'"initiator"' in ending:
        told = {"initiator": "human", "compound": False, "reason": ""}
        return json.dumps({"status": "restated", "move": move, **told})
    if b'"confidence"' in ending:
        reasoning = f"The first move of pair {number} looks at the data first."
        return json.dumps({"reasoning": reasoning, "verdict": "first", "confidence": "high"})
    return f"{move}\n\nGRADE: C"


def message(model: str, ending: bytes, size: int) -> bytes:
    """Return the JSON of a reply."""
    usage = {
        "input_tokens": size // 4,
        "output_tokens": 60,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
    }
    reply = {
        "id": f"msg_canned_{next(_number):08d}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [{"type": "text", "text": say(ending)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    return json.dumps(reply).encode()


def model_of(body: bytearray) -> str:
    """Return the model that a body names: before the prompt or behind it."""
    for part in (body[-ENDING:], body[:ENDING]):
        for mark in (b'"model":"', b'"model": "'):
            _, found, rest = part.rpartition(mark)
            if found:
                return rest.split(b'"', 1)[0].decode()
    return "canned"


class Connection(asyncio.Protocol):
    """One connection: reads requests one after the other, and answers each late."""

    def __init__(self, latency: float) -> None:
        """Note how late."""
        self.latency = latency
        self.buffer = bytearray()
        self.needed = 0
        self.head = b""

    def connection_made(self, transport: Any) -> None:
        """Keep the transport."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Gather a request; schedule its answer when it is whole."""
        self.buffer += data
        while True:
            if not self.head:
                end = self.buffer.find(b"\r\n\r\n")
                if end < 0:
                    return
                self.head = bytes(self.buffer[:end])
                del self.buffer[: end + 4]
                self.needed = length_of(self.head)
            if len(self.buffer) < self.needed:
                return
            body = self.buffer[: self.needed]
            del self.buffer[: self.needed]
            self._received(self.head, body)
            self.head = b""

    def _received(self, head: bytes, body: bytearray) -> None:
        if head.startswith(b"POST"):
            _seen["requests"] += 1
            _seen["bytes"] += len(body)
            reply, late = message(model_of(body), bytes(body[-ENDING:]), len(body)), self.latency
        else:
            told = {**_seen, "processor": time.process_time(), "data": [], "has_more": False}
            reply, late = json.dumps(told).encode(), 0.0
        asyncio.get_running_loop().call_later(late, self._answer, reply)

    def _answer(self, reply: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntaste-simulated: 1\r\n"
                b"request-id: req_canned\r\ncontent-length: %d\r\n\r\n%s" % (len(reply), reply)
            )


def length_of(head: bytes) -> int:
    """Return the stated length of a body."""
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


async def serve(latency: float) -> None:
    """Serve on a free port of this machine, and say which."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(latency), "127.0.0.1", 0, backlog=512)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(float(sys.argv[1])))
