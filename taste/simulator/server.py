"""The sockets of the simulator: a loopback HTTP/1.1 server around `taste.simulator.api`.

It listens on 127.0.0.1 only and never opens a connection of its own.
"""

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self, cast

from taste.simulator.api import MAX_BODY, Api
from taste.simulator.batches import MAX_BATCH, ROUTE
from taste.simulator.faults import Fault, FaultPlan
from taste.simulator.journal import Logged, Tally
from taste.simulator.replies import Reply
from taste.simulator.script import Script
from taste.simulator.service import Service
from taste.simulator.world import World
from transcripts.errors import UserError

HOST: Final = "127.0.0.1"
_CHUNK: Final = 1 << 20
_PIECE: Final = 64
"""Bytes of a body that trickles."""
_POLL: Final = 0.05
_log = logging.getLogger(__name__)


class Simulator:
    """A running simulator: enter it, talk to `base_url`, leave it.

    Each instance serves once. `latency` is the time in seconds that every call takes.
    """

    def __init__(  # noqa: PLR0913 - each may be set by itself
        self,
        world: World,
        script: Script | None = None,
        faults: Sequence[Fault] | None = None,
        *,
        latency: float = 0.0,
        port: int = 0,
        batch_looks: int = 1,
        service: Service | None = None,
    ) -> None:
        """Prepare the answers; nothing listens yet. Port 0 takes any free port.

        A batch has ended at the look of the number `batch_looks`.
        """
        plan = FaultPlan(faults or ())
        self._api = Api(world, script or Script(()), plan, service or Service(), batch_looks)
        self._latency = latency
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def base_url(self) -> str:
        """Where it listens.

        Raises:
            RuntimeError: it does not.
        """
        if self._server is None:
            raise RuntimeError("the simulator is not running; use it as a context manager")
        return f"http://{HOST}:{self._server.server_address[1]}"

    @property
    def requests(self) -> tuple[Logged, ...]:
        """The latest requests, oldest first."""
        return self._api.journal.latest

    @property
    def count(self) -> int:
        """The number of all requests so far."""
        return self._api.journal.count

    @property
    def tallies(self) -> dict[str, Tally]:
        """How often each body was asked for and answered, by its sha256."""
        return self._api.journal.tallies

    def __enter__(self) -> Self:
        """Start to listen.

        Raises:
            UserError: the port is taken.
        """
        try:
            self._server = _Server((HOST, self._port), self._api, self._latency)
        except OSError as error:
            raise UserError(
                f"Port {self._port!r} of {HOST} cannot be used ({error.strerror}); "
                "choose another, or 0 for any free one."
            ) from error
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL,), name="simulator", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening and close what is open."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.close_connections()
            self._server.server_close()
            self._thread.join()
        self._server = self._thread = None


def serve(simulator: Simulator, announce: Callable[[str], None]) -> None:
    """Run the simulator until it is interrupted; `announce` is told its address once."""
    try:
        with simulator:
            announce(simulator.base_url)
            threading.Event().wait()
    except KeyboardInterrupt:
        _log.info("the simulator was interrupted")


class _Server(ThreadingHTTPServer):
    """Remembers its open connections, so that idle ones do not outlive it."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], api: Api, latency: float) -> None:
        self.api = api
        self.latency = latency
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def close_connections(self) -> None:
        """Wake every thread that waits for a next request; it then closes its own socket."""
        with self._guard:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    _log.debug("a connection was closed already")

    def handle_error(self, *_: Any) -> None:
        """Note a failure on one connection, most often a client that went away."""
        _log.debug("a connection ended early", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    """Reads one request after another from a connection and writes the api's replies."""

    protocol_version = "HTTP/1.1"
    server_version = "taste-simulator"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._read_body())

    def _serve(self, body: bytes) -> None:
        server = cast(_Server, self.server)
        headers = {name.lower(): value for name, value in self.headers.items()}
        pause = partial(time.sleep, server.latency)
        self._write(server.api.reply(self.command, self.path, headers, body, pause))

    def _read_body(self) -> bytes:
        """Return the body; of one that is too large just enough to tell that it is."""
        left = int(self.headers.get("content-length") or 0)
        most = MAX_BATCH if self.path.startswith(ROUTE) else MAX_BODY
        if left <= most:
            return self.rfile.read(left)
        kept = b""
        while left > 0:
            chunk = self.rfile.read(min(_CHUNK, left))
            if not chunk:
                break
            kept = kept or bytes(most + 1)
            left -= len(chunk)
        return kept

    def _write(self, reply: Reply) -> None:
        if reply.wait > 0:
            time.sleep(reply.wait)
        if reply.status == 0:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in (reply.headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-type", reply.content_type)
        self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        body = reply.body[: reply.sent]
        at_once = len(body) // 2 if reply.pause else len(body)
        with suppress(ConnectionError):  # who waits no longer has hung up
            self.wfile.write(body[:at_once])
            self.wfile.flush()
            for start in range(at_once, len(body), _PIECE):
                time.sleep(reply.pause)
                self.wfile.write(body[start : start + _PIECE])
                self.wfile.flush()
        self.close_connection = self.close_connection or reply.sent is not None

    def log_message(self, *args: Any, **_: Any) -> None:
        _log.debug("%s", args)
