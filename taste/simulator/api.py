"""The simulated Messages API without sockets: a request's bytes in, a reply's bytes out.

Every reply is marked simulated. Reading and writing connections is `taste.simulator.server`'s.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from taste.simulator.answers import answer
from taste.simulator.batches import ROUTE as BATCHES
from taste.simulator.batches import Batches
from taste.simulator.cache import Looked, PromptCache
from taste.simulator.chance import digest
from taste.simulator.checks import RefusedError
from taste.simulator.faults import Fault, FaultKind, FaultPlan
from taste.simulator.journal import ROUTE as JOURNAL
from taste.simulator.journal import Journal, Logged
from taste.simulator.limits import Limiter
from taste.simulator.messages import Answer, output_tokens, render_error, render_message
from taste.simulator.models import check_request, is_retired, model_ids, model_info, model_page
from taste.simulator.replies import (
    Reply,
    error_reply,
    fit_length,
    item_error,
    json_reply,
    send,
    spoil,
    strike_batch,
    strike_connection,
    strike_reply,
)
from taste.simulator.request import Request, count_tokens, parse_request
from taste.simulator.script import Script
from taste.simulator.service import Service
from taste.simulator.world import World

MESSAGES: Final = "/v1/messages"
MAX_BODY: Final = 32 * 1024 * 1024
_STREAMED_ONLY: Final = ("cut_stream", "stream_error")
_OF_ITEMS: Final = ("expired", "canceled")


class Api:
    """Answers requests to one simulated world; safe to call from many threads."""

    def __init__(
        self, world: World, script: Script, plan: FaultPlan, service: Service, batch_looks: int = 1
    ) -> None:
        """Start with an empty log and an empty prompt cache; a batch ends at so many looks."""
        self._world, self._script, self._plan, self._service = world, script, plan, service
        self._cache = PromptCache()
        self._limiter = Limiter(service.limits)
        self._batches = Batches(self._batched, service.clock, batch_looks)
        self.journal = Journal()

    def reply(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        pause: Callable[[], None] = lambda: None,
    ) -> Reply:
        """Answer one request; header names are lower case. Never raises for a bad request.

        `pause` takes the time of an answer: between letting a request in and answering it.
        """
        route = path.partition("?")[0].rstrip("/")
        if route == JOURNAL:
            return json_reply(self.journal.render())
        request_id = f"req_simulated_{self.journal.next_number():08d}"
        model, kind = "", ""
        try:
            _check_headers(headers)
            if method == "GET" or route.startswith(BATCHES):
                pause()
                reply = self._get_or_batch(method, path, route, request_id, body)
            else:
                request = _parse(method, route, body)
                model, kind = request.model, request.kind
                reply = self._post(route, request, request_id, pause)
        except RefusedError as error:
            refusal = render_error(error.type, error.message, request_id, None)
            reply = Reply(error.status, orjson.dumps(refusal))
        self.journal.note(Logged(path=route, model=model, kind=kind, status=reply.status))
        if route == MESSAGES:
            self.journal.tally(body, reply.status)
        told = self._headers(model, request_id)
        return replace(reply, headers={**told, **(reply.headers or {})})

    def _now(self) -> float:
        return self._service.clock().timestamp()

    def _get_or_batch(
        self, method: str, path: str, route: str, request_id: str, body: bytes
    ) -> Reply:
        if route.startswith(BATCHES):
            return self._batch(method, path, request_id, body)
        if route == "/v1/models":
            ids = dict.fromkeys((*model_ids(self._world), *self._service.models))
            return json_reply(model_page(self._info(model) for model in ids))
        head, _, model = route.rpartition("/")
        if head != "/v1/models" or model.startswith("unknown-"):
            raise RefusedError(404, "not_found_error", f"Not found: {route}")
        if is_retired(self._service.facts(model), self._service.clock()):
            raise RefusedError(404, "not_found_error", f"model: {model}")
        return json_reply(self._info(model))

    def _info(self, model: str) -> dict[str, Any]:
        return model_info(model, self._service.facts(model))

    def _post(
        self, route: str, request: Request, request_id: str, pause: Callable[[], None]
    ) -> Reply:
        if route == f"{MESSAGES}/count_tokens":
            pause()
            return json_reply({"input_tokens": count_tokens(request)})
        looked = self._look(request)
        wait = self._limiter.enter(request.model, self._now(), looked.inputs.limited)
        if wait is not None:
            message = "This request would exceed your rate limit (simulated)"
            error = render_error("rate_limit_error", message, request_id, None)
            return error_reply(429, error, str(wait))
        pause()
        fault = self._plan.strike()
        if fault is not None and fault.kind in _STREAMED_ONLY and not request.stream:
            fault = replace(fault, kind="dropped")
        struck = strike_connection(fault, request_id)
        if struck is not None:
            return struck
        kind = fault.kind if fault else None
        said = self._answer(request, looked, kind)
        self._limiter.pay(request.model, self._now(), said.output_tokens)
        return strike_reply(send(said, request.stream, kind), fault)

    def _look(self, request: Request) -> Looked:
        """Check a request against its model, and what it finds in the cache.

        Raises:
            RefusedError: if the model cannot do what it asks for.
        """
        facts = self._service.facts(request.model)
        check_request(request, facts, self._service.clock())
        return self._cache.look(request, self._now(), facts.least_for(request.model))

    def _batch(self, method: str, path: str, request_id: str, body: bytes) -> Reply:
        route = path.partition("?")[0].rstrip("/")
        if method != "GET":
            fault = self._plan.strike("creation") if route == BATCHES else None
            return strike_batch(fault, request_id, lambda: self._batches.post(route, body))
        fault = None
        if route != BATCHES:
            fault = self._plan.strike("results" if route.endswith("/results") else "look")
        return strike_batch(fault, request_id, lambda: self._batches.get(path))

    def _batched(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The result of one request of a batch."""
        request_id = f"req_simulated_{self.journal.next_number():08d}"
        model, kind, status = str(params.get("model")), "", 200
        fault = self._plan.strike("item")
        try:
            request = parse_request(orjson.dumps(params), counting=False)
            model, kind = request.model, request.kind
            looked = self._look(request)
            result, status = self._batched_result(request, looked, fault, request_id)
        except RefusedError as error:
            status = error.status
            refusal = render_error(error.type, error.message, request_id, None)
            result = {"type": "errored", "error": refusal}
        self.journal.note(Logged(path=BATCHES, model=model, kind=kind, status=status))
        self.journal.tally(orjson.dumps(params), status)
        return result

    def _batched_result(
        self, request: Request, looked: Looked, fault: Fault | None, request_id: str
    ) -> tuple[dict[str, Any], int]:
        kind = fault.kind if fault else None
        if kind in _OF_ITEMS:
            return {"type": kind}, 0
        struck = item_error(fault, request_id)
        if struck is not None:
            return {"type": "errored", "error": struck[1]}, struck[0]
        message = render_message(self._answer(request, looked, kind))
        message["usage"]["service_tier"] = "batch"
        return {"type": "succeeded", "message": message}, 200

    def _answer(self, request: Request, looked: Looked, fault: FaultKind | None) -> Answer:
        text = answer(request, self._world, self._script)
        self._cache.keep(looked)
        whole = Answer(
            id=f"msg_simulated_{digest(self._world.seed, orjson.dumps(request.body))[:24]}",
            model=request.model,
            text=text,
            stop_reason="end_turn",
            inputs=looked.inputs,
            output_tokens=output_tokens(text),
            thinking=(request.body.get("thinking") or {}).get("type") in ("adaptive", "enabled"),
        )
        return spoil(fit_length(whole, request.max_tokens), fault)

    def _headers(self, model: str, request_id: str) -> dict[str, str]:
        return {
            "taste-simulated": "1",
            "request-id": request_id,
            "anthropic-organization-id": "org_simulated",
            **self._limiter.headers(model, self._now()),
        }


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
