"""Seconds, processor and memory of this process, as one line of JSON; needs nothing but Python."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def metered(told: dict[str, Any]) -> Iterator[None]:
    """Measure what is done inside, and print it with what was told of it."""
    wall, processor = time.perf_counter(), time.process_time()
    yield
    told["seconds"] = time.perf_counter() - wall
    told["processor"] = time.process_time() - processor
    told["peak_mb"] = peak_mb()
    sys.stdout.write(f"\n{json.dumps(told)}\n")


def peak_mb() -> float:
    """The most memory that this process has held; what `getrusage` says may be its parent's."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")
