"""Faults that can be switched on, each class at most once, and when they strike.

What a struck reply looks like is decided in `taste.simulator.replies`.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from transcripts.errors import UserError

FaultKind = Literal[
    "retryable", "rate_limited", "rate_limited_silently", "server_error", "bad_gateway", "fatal",
    "spend_limit", "usage_limit", "billing", "context_exceeded", "missing_model",
    "slow", "trickled", "dropped", "aborted",
    "truncated", "not_json", "malformed", "off_schema", "refusal", "refusal_cyber", "refusal_bio",
    "refusal_reasoning", "refusal_harm", "refusal_midway", "max_tokens", "window_exceeded",
    "wrong_model", "cut_stream", "stream_error", "expired", "canceled", "batch_refused",
    "batch_lost", "poll_error", "results_cut", "results_dropped",
]  # fmt: skip
Scope = Literal["call", "item", "creation", "look", "results"]
"""What is counted and struck: a call, a request within a batch, the creation of a batch, a look at
one, a reading of results."""

KINDS: Final[tuple[str, ...]] = get_args(FaultKind)
_SCOPES: Final[Mapping[str, Scope]] = {
    "expired": "item",
    "canceled": "item",
    "batch_refused": "creation",
    "batch_lost": "creation",
    "poll_error": "look",
    "results_cut": "results",
    "results_dropped": "results",
}
"""Kinds that strike no call."""
_WRITTEN: Final = re.compile(
    r"(?P<kind>\w+?)(?:@(?P<seconds>\d+(?:\.\d+)?))?"
    r"(?::(?P<item>item)?(?P<every>every)?(?P<nth>\d+)(?:x(?P<times>\d+))?)?"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault and the calls to /v1/messages it strikes, counted from 1.

    Without `every` it strikes call `nth` and the `times - 1` calls after it. With `every` it
    strikes each `nth` call, `times` times in all. `times` 0 means without end. Requests of a batch
    count as calls when they are worked off; with `item` they alone are counted and struck.

    Errors: `retryable` 529, `rate_limited` 429 with a retry-after of `seconds`,
    `rate_limited_silently` 429 without, `server_error` 500, `bad_gateway` 502 in HTML, `fatal`
    401, `spend_limit` 429 that no retry helps, `usage_limit` 400 of a limit the user set,
    `billing` 402, `context_exceeded` 400 prompt is too long, `missing_model` 404.
    Connection: `slow` answers `seconds` late, `trickled` sends half a body and then a piece every
    `seconds`, `dropped` no answer, `aborted` breaks off in the middle of the body, `truncated` half
    a body that claims to be whole, `not_json` a page of HTML with HTTP 200; streamed only, else
    dropped: `cut_stream` (ends without message_stop) and `stream_error` (an error event after HTTP
    200).
    Answer: `malformed` cut JSON, `off_schema` JSON that lacks a key, `max_tokens` cut text,
    `window_exceeded` the same for the context window, `wrong_model`; `refusal` (frontier_llm),
    `refusal_cyber`, `refusal_bio`, `refusal_reasoning`, `refusal_harm` before any output, and
    `refusal_midway` after half of it.
    Batches, each counted by itself: `expired` and `canceled` requests, `batch_refused` a creation
    answered 529, `batch_lost` one that is made but not answered, `poll_error` a look answered 500,
    `results_cut` results that end in the middle of a line, `results_dropped` results whose
    connection breaks. In a batch a fault of the connection is an errored request; `slow` and
    `trickled` are none.
    """

    kind: FaultKind
    nth: int = 1
    times: int = 1
    every: bool = False
    seconds: float | None = None
    """How late `slow` answers and a piece of `trickled` comes (2 if None), the retry-after of
    `rate_limited` (1 if None)."""
    item: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never strike.

        Raises:
            ValueError: the kind is unknown, or `nth` is below 1, or `times` below 0.
        """
        if self.kind not in KINDS or self.nth < 1 or self.times < 0:
            raise ValueError(f"{self!r} is not a fault that can strike")

    @property
    def scope(self) -> Scope:
        """What is counted for it."""
        return _SCOPES.get(self.kind, "item" if self.item else "call")

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
        self._counts: dict[Scope, int] = dict.fromkeys(get_args(Scope), 0)
        self._lock = threading.Lock()

    def strike(self, scope: Scope = "call") -> Fault | None:
        """Count one of what may be struck and return the fault that strikes it, or None."""
        counted: tuple[Scope, ...] = ("item", "call") if scope == "item" else (scope,)
        with self._lock:
            for each in counted:
                self._counts[each] += 1
            apt = [fault for fault in self._waiting if fault.scope in counted]
            for fault in apt:
                self._waiting[fault] += fault.is_due(self._counts[fault.scope])
            for fault in apt:
                if self._waiting[fault]:
                    self._waiting[fault] -= 1
                    return fault
        return None


def parse_fault(text: str) -> Fault:
    """Return the fault written as `dropped`, `dropped:3`, `dropped:3x2` or `dropped:every5`.

    `dropped:every5` goes on without end; `dropped:every5x2` strikes calls 5 and 10 only. Seconds
    stand behind the kind: `slow@0.5:3`, `rate_limited@86400`.

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
        seconds=None if found["seconds"] is None else float(found["seconds"]),
        item=found["item"] is not None,
    )
