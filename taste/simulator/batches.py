"""Message Batches of the simulated service: taken at once, answered at a later look, in no order.

Parameters are checked only when a batch ends, as the real service does. Batches live as long as
the process.
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import orjson

from taste.simulator.chance import digest
from taste.simulator.checks import RefusedError, decode, invalid
from taste.simulator.replies import Reply, json_reply

ROUTE: Final = "/v1/messages/batches"
MAX_BATCH: Final = 256 * 1024 * 1024
MAX_REQUESTS: Final = 100_000
_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_COUNTS: Final = ("processing", "succeeded", "errored", "canceled", "expired")
_PAGE: Final = 20
_MOST_LISTED: Final = 1000
_LIFE: Final = timedelta(days=1)

Work = Callable[[Mapping[str, Any]], dict[str, Any]]
"""From the parameters of a request to its result."""


@dataclass(slots=True)
class _Batch:
    id: str
    made: datetime
    looks: int
    """Looks until it has ended."""
    requests: dict[str, Mapping[str, Any]]
    """Custom id -> parameters; let go when it has ended."""
    canceled: datetime | None = None
    ended: datetime | None = None
    results: dict[str, dict[str, Any]] = field(default_factory=dict)


class Batches:
    """All batches of one simulator; safe to call from many threads."""

    def __init__(self, work: Work, clock: Callable[[], datetime], looks: int) -> None:
        """Start without any; a batch has ended at the look of the number `looks`."""
        self._work, self._clock, self._looks = work, clock, looks
        self._batches: dict[str, _Batch] = {}
        self._lock = threading.Lock()

    def get(self, path: str) -> Reply:
        """Answer with one batch, its results, or a page of batches, the newest first.

        Raises:
            RefusedError: there is nothing at this path.
        """
        route, _, query = path.partition("?")
        route = route.rstrip("/")
        with self._lock:
            if route == ROUTE:
                return json_reply(self._page(parse_qs(query)))
            if route.endswith("/results"):
                return _results(self._find(route.removesuffix("/results")))
            batch = self._find(route)
            self._look(batch)
            return json_reply(_show(batch))

    def post(self, route: str, body: bytes) -> Reply:
        """Make a batch, or cancel one, which then ends at the next look.

        Raises:
            RefusedError: a batch breaks the rules, or there is nothing at this path.
        """
        with self._lock:
            if route == ROUTE:
                return json_reply(_show(self._create(body)))
            if not route.endswith("/cancel"):
                raise RefusedError(404, "not_found_error", f"Not found: POST {route}")
            batch = self._find(route.removesuffix("/cancel"))
            if batch.ended is None:
                batch.canceled = batch.canceled or self._clock()
            return json_reply(_show(batch))

    def _create(self, body: bytes) -> _Batch:
        if len(body) > MAX_BATCH:
            raise RefusedError(413, "request_too_large", "Batch exceeds the maximum of 256 MB")
        requests = _read_requests(decode(body))
        name = f"msgbatch_simulated_{len(self._batches) + 1:06d}"
        self._batches[name] = _Batch(name, self._clock(), self._looks, requests)
        return self._batches[name]

    def _find(self, route: str) -> _Batch:
        found = self._batches.get(route.removeprefix(f"{ROUTE}/"))
        if found is None:
            raise RefusedError(404, "not_found_error", f"Not found: {route}")
        return found

    def _look(self, batch: _Batch) -> None:
        if batch.ended is not None:
            return
        batch.looks -= 1
        if batch.canceled is None and batch.looks > 0:
            return
        for name, params in batch.requests.items():
            canceled = batch.canceled is not None
            batch.results[name] = {"type": "canceled"} if canceled else self._work(params)
        batch.requests, batch.ended = {}, self._clock()

    def _page(self, asked: Mapping[str, list[str]]) -> dict[str, Any]:
        after = asked.get("after_id", [""])[0]
        limit = asked.get("limit", [str(_PAGE)])[0]
        if not re.fullmatch("[0-9]{1,4}", limit) or not 1 <= int(limit) <= _MOST_LISTED:
            raise invalid(f"limit: Input should be between 1 and {_MOST_LISTED}")
        names = [name for name in sorted(self._batches, reverse=True) if not after or name < after]
        shown = names[: int(limit)]
        return {
            "data": [_show(self._batches[name]) for name in shown],
            "has_more": len(names) > len(shown),
            "first_id": shown[0] if shown else None,
            "last_id": shown[-1] if shown else None,
        }


def _read_requests(body: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    given = body.get("requests")
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_REQUESTS:
        raise invalid(f"requests: between 1 and {MAX_REQUESTS} requests are required")
    found: dict[str, Mapping[str, Any]] = {}
    for index, each in enumerate(given):
        name = each.get("custom_id") if isinstance(each, dict) else None
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise invalid(f"requests.{index}.custom_id: String should match {_NAME.pattern!r}")
        if name in found:
            raise invalid(f"requests.{index}.custom_id: {name!r} is not unique in this batch")
        if not isinstance(each.get("params"), dict):
            raise invalid(f"requests.{index}.params: Input should be an object")
        found[name] = each["params"]
    return found


def _results(batch: _Batch) -> Reply:
    """Return JSON lines, in an order that has nothing to do with that of the requests."""
    if batch.ended is None:
        raise RefusedError(404, "not_found_error", f"{batch.id} has no results yet")
    names = sorted(batch.results, key=lambda name: digest(batch.id, name))
    lines = [{"custom_id": name, "result": batch.results[name]} for name in names]
    return Reply(200, b"".join(orjson.dumps(line) + b"\n" for line in lines), "application/x-jsonl")


def _show(batch: _Batch) -> dict[str, Any]:
    counts = dict.fromkeys(_COUNTS, 0)
    counts["processing"] = len(batch.requests)
    for result in batch.results.values():
        counts[result["type"]] += 1
    status = "in_progress" if batch.canceled is None else "canceling"
    ended = None if batch.ended is None else batch.ended.isoformat()
    return {
        "id": batch.id,
        "type": "message_batch",
        "processing_status": status if ended is None else "ended",
        "request_counts": counts,
        "created_at": batch.made.isoformat(),
        "expires_at": (batch.made + _LIFE).isoformat(),
        "ended_at": ended,
        "cancel_initiated_at": None if batch.canceled is None else batch.canceled.isoformat(),
        "archived_at": None,
        "results_url": None if ended is None else f"{ROUTE}/{batch.id}/results",
    }
