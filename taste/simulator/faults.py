"""Faults that can be switched on, each class at most once, and when they strike.

What a struck reply looks like is decided in `taste.simulator.replies`.
"""

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from transcripts.errors import UserError

FaultKind = Literal[
    "retryable",
    "rate_limited",
    "fatal",
    "spend_limit",
    "dropped",
    "malformed",
    "off_schema",
    "refusal",
    "max_tokens",
    "wrong_model",
    "cut_stream",
    "stream_error",
]

KINDS: Final[tuple[str, ...]] = get_args(FaultKind)
_WRITTEN: Final = re.compile(
    r"(?P<kind>\w+?)(?::(?P<every>every)?(?P<nth>\d+)(?:x(?P<times>\d+))?)?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault and the calls to /v1/messages it strikes, counted from 1.

    Without `every` it strikes call `nth` and the `times - 1` calls after it. With `every` it
    strikes each `nth` call, `times` times in all. `times` 0 means without end.

    Kinds: `retryable` 529, `rate_limited` 429 with retry-after, `fatal` 401, `spend_limit` 429
    that no retry helps, `dropped` no answer, `malformed` cut JSON, `off_schema` JSON that
    lacks a key, `refusal`, `max_tokens` cut text, `wrong_model`; and for streamed calls
    `cut_stream` (ends without message_stop) and `stream_error` (an error event after HTTP 200).
    """

    kind: FaultKind
    nth: int = 1
    times: int = 1
    every: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never strike.

        Raises:
            ValueError: the kind is unknown, or `nth` is below 1, or `times` below 0.
        """
        if self.kind not in KINDS or self.nth < 1 or self.times < 0:
            raise ValueError(f"{self!r} is not a fault that can strike")

    def is_due(self, call: int) -> bool:
        """Tell whether this fault falls due with the call of this number."""
        if call < self.nth:
            return False
        if self.every:
            return call % self.nth == 0 and (not self.times or call // self.nth <= self.times)
        return not self.times or call < self.nth + self.times


class FaultPlan:
    """Counts calls and hands out faults; two that fall on one call strike one after the other."""

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        """Start counting at zero.

        Raises:
            UserError: a kind is switched on twice.
        """
        kinds = [fault.kind for fault in faults]
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise UserError(f"The fault {kind!r} is switched on twice; give it once.")
        self._waiting = dict.fromkeys(faults, 0)
        self._calls = 0
        self._lock = threading.Lock()

    def strike(self) -> FaultKind | None:
        """Count one call and return the kind of fault that strikes it, or None."""
        with self._lock:
            self._calls += 1
            for fault in self._waiting:
                self._waiting[fault] += fault.is_due(self._calls)
            for fault, waiting in self._waiting.items():
                if waiting:
                    self._waiting[fault] -= 1
                    return fault.kind
        return None


def parse_fault(text: str) -> Fault:
    """Return the fault written as `dropped`, `dropped:3`, `dropped:3x2` or `dropped:every5`.

    `dropped:every5` goes on without end; `dropped:every5x2` strikes calls 5 and 10 only.

    Raises:
        UserError: the text is none of these, or the kind is unknown.
    """
    found = _WRITTEN.fullmatch(text.strip())
    if found is None or found["kind"] not in KINDS or found["nth"] == "0":
        raise UserError(
            f"{text!r} is not a fault. Write one of {', '.join(KINDS)}, "
            "followed if you like by the call it strikes, as in 'dropped:3' or 'dropped:every5'."
        )
    every = found["every"] is not None
    times = found["times"]
    return Fault(
        kind=cast(FaultKind, found["kind"]),
        nth=int(found["nth"] or 1),
        times=int(times) if times is not None else (0 if every else 1),
        every=every,
    )
