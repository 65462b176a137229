"""The simulated Messages API without sockets: a request's bytes in, a reply's bytes out.

Every reply is marked simulated. Reading and writing connections is `taste.simulator.server`'s.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import orjson

from taste.simulator.answers import answer
from taste.simulator.batches import ROUTE as BATCHES
from taste.simulator.batches import Batches
from taste.simulator.cache import PromptCache
from taste.simulator.chance import digest
from taste.simulator.checks import RefusedError
from taste.simulator.faults import FaultKind, FaultPlan
from taste.simulator.journal import ROUTE as JOURNAL
from taste.simulator.journal import Journal, Logged
from taste.simulator.messages import Answer, output_tokens, render_error, render_message
from taste.simulator.models import model_ids, model_info, model_page
from taste.simulator.replies import (
    Reply,
    fit_length,
    json_reply,
    send,
    spoil,
    strike_connection,
)
from taste.simulator.request import Request, count_tokens, parse_request
from taste.simulator.script import Script
from taste.simulator.world import World

MESSAGES: Final = "/v1/messages"
MAX_BODY: Final = 32 * 1024 * 1024


class Api:
    """Answers requests to one simulated world; safe to call from many threads."""

    def __init__(
        self,
        world: World,
        script: Script,
        plan: FaultPlan,
        clock: Callable[[], datetime],
        batch_looks: int = 1,
    ) -> None:
        """Start with an empty log and an empty prompt cache; a batch ends at so many looks."""
        self._world, self._script, self._plan, self._clock = world, script, plan, clock
        self._cache = PromptCache()
        self._batches = Batches(self._batched, clock, batch_looks)
        self.journal = Journal()

    def reply(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request; header names are lower case. Never raises for a bad request."""
        route = path.partition("?")[0].rstrip("/")
        if route == JOURNAL:
            return json_reply(self.journal.render())
        request_id = f"req_simulated_{self.journal.next_number():08d}"
        model, kind = "", ""
        try:
            _check_headers(headers)
            if route.startswith(BATCHES):
                reply = self._batch(method, path, body)
            elif method == "GET":
                reply = self._get(route)
            else:
                request = _parse(method, route, body)
                model, kind = request.model, request.kind
                reply = self._post(route, request, request_id)
        except RefusedError as error:
            refusal = render_error(error.type, error.message, request_id, None)
            reply = Reply(error.status, orjson.dumps(refusal))
        self.journal.note(Logged(path=route, model=model, kind=kind, status=reply.status))
        if route == MESSAGES:
            self.journal.tally(body, reply.status)
        return replace(reply, headers={**self._headers(request_id), **(reply.headers or {})})

    def _get(self, route: str) -> Reply:
        if route == "/v1/models":
            return json_reply(model_page(model_ids(self._world)))
        head, _, model = route.rpartition("/")
        if head != "/v1/models" or model.startswith("unknown-"):
            raise RefusedError(404, "not_found_error", f"Not found: {route}")
        return json_reply(model_info(model))

    def _post(self, route: str, request: Request, request_id: str) -> Reply:
        if route == f"{MESSAGES}/count_tokens":
            return json_reply({"input_tokens": count_tokens(request)})
        fault = self._plan.strike()
        if fault in ("cut_stream", "stream_error") and not request.stream:
            fault = "dropped"
        struck = strike_connection(fault, request_id)
        if struck is not None:
            return struck
        return send(self._answer(request, fault), request.stream, fault)

    def _batch(self, method: str, path: str, body: bytes) -> Reply:
        if method == "GET":
            return self._batches.get(path)
        return self._batches.post(path.partition("?")[0].rstrip("/"), body)

    def _batched(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request of a batch; one that a fault drops has expired."""
        request_id = f"req_simulated_{self.journal.next_number():08d}"
        model, kind, status = str(params.get("model")), "", 200
        fault = self._plan.strike()
        try:
            request = parse_request(orjson.dumps(params), counting=False)
            model, kind = request.model, request.kind
            struck = strike_connection(fault, request_id)
            if struck is None:
                message = render_message(self._answer(request, fault))
                message["usage"]["service_tier"] = "batch"
                result = {"type": "succeeded", "message": message}
            else:
                status = struck.status
                errored = {"type": "errored", "error": orjson.loads(struck.body or b"null")}
                result = errored if status else {"type": "expired"}
        except RefusedError as error:
            status = error.status
            refusal = render_error(error.type, error.message, request_id, None)
            result = {"type": "errored", "error": refusal}
        self.journal.note(Logged(path=BATCHES, model=model, kind=kind, status=status))
        self.journal.tally(orjson.dumps(params), status)
        return result

    def _answer(self, request: Request, fault: FaultKind | None) -> Answer:
        text = answer(request, self._world, self._script)
        whole = Answer(
            id=f"msg_simulated_{digest(self._world.seed, orjson.dumps(request.body))[:24]}",
            model=request.model,
            text=text,
            stop_reason="end_turn",
            inputs=self._cache.count(request),
            output_tokens=output_tokens(text),
            thinking=(request.body.get("thinking") or {}).get("type") in ("adaptive", "enabled"),
        )
        return spoil(fit_length(whole, request.max_tokens), fault)

    def _headers(self, request_id: str) -> dict[str, str]:
        reset = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        headers = {
            "taste-simulated": "1",
            "request-id": request_id,
            "anthropic-organization-id": "org_simulated",
        }
        limits = {"requests": 4_000, "tokens": 2_400_000}
        limits |= {"input-tokens": 2_000_000, "output-tokens": 400_000}
        for name, limit in limits.items():
            headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
            headers[f"anthropic-ratelimit-{name}-remaining"] = str(limit)
            headers[f"anthropic-ratelimit-{name}-reset"] = reset
        return headers


def _check_headers(headers: Mapping[str, str]) -> None:
    bearer = headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not bearer and not headers.get("x-api-key"):
        raise RefusedError(401, "authentication_error", "Authorization header is required")
    if not headers.get("anthropic-version"):
        raise RefusedError(400, "invalid_request_error", "anthropic-version: header is required")


def _parse(method: str, route: str, body: bytes) -> Request:
    if method != "POST" or route not in (MESSAGES, f"{MESSAGES}/count_tokens"):
        raise RefusedError(404, "not_found_error", f"Not found: {method} {route}")
    if len(body) > MAX_BODY:
        raise RefusedError(413, "request_too_large", "Request exceeds the maximum size of 32 MB")
    return parse_request(body, counting=route.endswith("count_tokens"))
