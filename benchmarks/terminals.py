"""A program in a pseudo-terminal: keys in, bytes out, and how long the one takes to the other."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

SILENCE = 0.06
"""Seconds without output after which a paint is taken to be over."""

LONG = 0.8
"""Seconds of silence where more than one paint may follow each other."""

LONGEST = 60.0
"""Seconds after which a paint that does not end is taken as it is."""

ENTER = b"\r"
CONTROLS = re.compile(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[()][0-9A-Z]|\x1b[=>78]")


class Terminal:
    """A program in a pseudo-terminal."""

    def __init__(
        self, command: Sequence[str], width: int, height: int, also: Mapping[str, str] | None = None
    ) -> None:
        self.master, slave = pty.openpty()
        self.bytes = 0
        self.seen = bytearray()
        self.keeps = True
        self.resize(width, height)
        environment = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        # An installed program is compiled once, not at every start.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.begun = time.perf_counter()
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment | dict(also or {}),
            start_new_session=True,
            preexec_fn=self._control,  # noqa: PLW1509  # no threads here
        )
        os.close(slave)

    @staticmethod
    def _control() -> None:
        """Make the pseudo-terminal the program's own, as a shell would."""
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size; the kernel tells the program."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def wait(self, begun: float, limit: float = 60.0, silence: float = SILENCE) -> float:
        """Milliseconds from `begun` to the last byte before a silence."""
        last = begun
        while last - begun < LONGEST:
            room = silence if last > begun else limit
            if not self._read(room):
                break
            last = time.perf_counter()
        return (last - begun) * 1_000

    def wait_for(self, needle: bytes, begun: float, limit: float = 60.0) -> float:
        """Milliseconds from `begun` until these bytes are painted.

        Raises:
            TimeoutError: if they are not, within the limit.
        """
        while needle not in self.text():
            if time.perf_counter() - begun > limit or not self._read(limit):
                tail = self.text()[-2_000:].decode(errors="replace")
                raise TimeoutError(f"{needle!r} was not painted; last was {tail}")
        return (time.perf_counter() - begun) * 1_000

    def press(self, keys: bytes, silence: float = SILENCE, limit: float = 1.0) -> float:
        """Milliseconds from writing keys to the last byte painted for them."""
        self.seen.clear()
        begun = time.perf_counter()
        os.write(self.master, keys)
        return self.wait(begun, limit=limit, silence=silence)

    def first(self, keys: bytes, needle: bytes, limit: float = 60.0) -> float:
        """Milliseconds from writing keys until something is painted."""
        self.seen.clear()
        begun = time.perf_counter()
        os.write(self.master, keys)
        return self.wait_for(needle, begun, limit)

    def text(self) -> bytes:
        """What was painted since the last key, without what controls the terminal."""
        return CONTROLS.sub(b"", bytes(self.seen))

    def rss(self) -> float:
        """Megabytes resident, now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    def cpu(self) -> float:
        """Milliseconds of processor time so far; a loaded machine changes it little."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        parts = told.rpartition(")")[2].split()
        return (int(parts[11]) + int(parts[12])) * 1_000 / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End the program as a power cut would end it."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        os.close(self.master)

    def close(self) -> None:
        """End the program."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        os.close(self.master)

    def _read(self, room: float) -> bool:
        if not select.select([self.master], [], [], room)[0]:
            return False
        try:
            got = os.read(self.master, 1 << 16)
        except OSError:  # the program is gone
            return False
        self.bytes += len(got)
        if self.keeps:
            self.seen += got
        return bool(got)
