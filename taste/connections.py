"""The connection to an endpoint: the anthropic SDK opened and asked once.

Retries, budget and permission are the client's. A body goes out as the bytes that were hashed.
"""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import httpx2
from anthropic import (
    APIConnectionError,
    APIError,
    APIStatusError,
    AsyncAnthropic,
    AsyncStream,
    AuthenticationError,
    DefaultAsyncHttpxClient,
    PermissionDeniedError,
)

from taste.call_errors import SIMULATED_HEADER, sentence
from taste.endpoints import api_key, may_use_proxy
from taste.seats import Endpoint
from taste.spending import StopRun
from taste.streams import Assembly
from transcripts.errors import UserError

Reply = TypeVar("Reply")
_NO_PROXY = ("http://", "https://", "all://")
_PATH = "/v1/messages"
_LINE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came with HTTP 200."""

    text: str
    headers: Mapping[str, str]
    broken: str | None = None
    """Why a stream ended before its end, if it did."""


def open_sdk(endpoint: Endpoint, timeout: float) -> AsyncAnthropic:
    """The SDK's client for an endpoint.

    Raises:
        UserError: naming an environment variable that is not set.
    """
    # No redirect, no proxy that could read the text, no prompt in a telemetry span: each
    # would carry a text to where its session does not allow.
    mounts = {} if may_use_proxy(endpoint) else dict.fromkeys(_NO_PROXY)
    http = DefaultAsyncHttpxClient(follow_redirects=False, mounts=mounts, verify=_authorities())
    sdk = AsyncAnthropic(
        api_key=api_key(endpoint),
        base_url=endpoint.base_url or "https://api.anthropic.com",
        max_retries=0,
        timeout=timeout,
        http_client=http,
        open_telemetry=False,
    )
    # Not `default_headers`: those are joined by ANTHROPIC_CUSTOM_HEADERS, which might name another
    # host or have another model answer.
    sdk._custom_headers = _headers(endpoint)
    return sdk


def _headers(endpoint: Endpoint) -> dict[str, str]:
    """The endpoint's own headers, their values from the environment."""
    found = {name: os.environ.get(each, "").strip() for name, each in endpoint.headers.items()}
    for name, value in found.items():
        if not value:
            raise UserError(
                f"the endpoint {endpoint.name!r} needs the header {name!r}: "
                f"set {endpoint.headers[name]} in the environment."
            )
    return found


async def ask(sdk: AsyncAnthropic, content: bytes, *, stream: bool, seconds: float) -> Answer:
    """Send a body once, for so many seconds at most; errors are those of `failed_attempt`."""
    options: Any = {"headers": {"Content-Type": "application/json"}}
    if stream:
        return await _listen(sdk, content, options, seconds)
    sent = sdk.post(_PATH, cast_to=httpx2.Response, content=content, options=options)
    got = await _in_time(sent, seconds)
    return Answer(got.content.decode("utf-8", "replace"), got.headers)


async def _in_time(sent: Awaitable[Reply], seconds: float) -> Reply:
    """Wait so many seconds at most: the SDK's own limit is for each silence."""
    try:
        async with asyncio.timeout(seconds):
            return await sent
    except TimeoutError as error:
        raise httpx2.ReadTimeout(_late(seconds)) from error


def _late(seconds: float) -> str:
    return f"the answer was not whole after {seconds:g} seconds (limits.total_timeout)"


async def _listen(sdk: AsyncAnthropic, content: bytes, options: Any, seconds: float) -> Answer:
    """Take a stream in as far as it comes; what was told until then is kept."""
    end, told, broken = asyncio.get_running_loop().time() + seconds, Assembly(), None
    sent = sdk.post(
        _PATH, cast_to=httpx2.Response, content=content, options=options,
        stream=True, stream_cls=AsyncStream[Any],
    )  # fmt: skip
    got: Any = await _in_time(sent, seconds)
    try:
        async with asyncio.timeout_at(end):
            await _feed(told, got.aiter_bytes())
    except TimeoutError:
        broken = _late(seconds)
    except (httpx2.HTTPError, httpx2.StreamError) as error:
        broken = sentence(error)
    finally:
        await got.aclose()
    if told.error is not None:
        broken = f"{told.error.get('type')}: {told.error.get('message')}"
    elif told.message and not told.is_whole:
        broken = broken or "the stream ended before its end"
    return Answer(told.render(), got.headers, broken)


async def _feed(told: Assembly, chunks: AsyncIterator[bytes]) -> None:
    """Take lines in until the answer is whole, or the server says that it will not be."""
    rest = b""
    try:
        async for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                told.feed(line.rstrip(b"\r"))
            if len(rest) > _LINE_BYTES or told.is_whole or told.error is not None:
                break
    finally:
        told.feed(rest)


async def list_models(sdk: AsyncAnthropic, name: str) -> list[dict[str, Any]] | None:
    """What an endpoint says of its models, as JSON; None where it does not say.

    Raises:
        StopRun: if it cannot be reached.
    """
    found: list[dict[str, Any]] = []
    try:
        async for model in sdk.models.list(limit=1000):
            found.append(model.to_dict(mode="json"))
    except (AuthenticationError, PermissionDeniedError) as error:
        raise StopRun(f"the endpoint {name!r} refuses the key: {sentence(error)}") from error
    except (APIStatusError, ValueError, TypeError, AttributeError):
        return None
    except APIConnectionError as error:
        raise StopRun(
            f"the endpoint {name!r} ({sdk.base_url}) does not answer: {sentence(error)} "
            "Start it, or mend its base_url."
        ) from error
    return found


async def count(sdk: AsyncAnthropic, model: str, context: str) -> int | None:
    """Tokens of a text by the server's own count; None where it cannot count."""
    messages: Any = [{"role": "user", "content": context}]
    try:
        counted = await sdk.messages.count_tokens(model=model, messages=messages)
    except (APIError, httpx2.HTTPError, ValueError, TypeError, AttributeError):
        return None
    return counted.input_tokens


async def is_simulator(sdk: AsyncAnthropic, endpoint: Endpoint) -> bool:
    """Whether a server says of itself that it is the simulator.

    Raises:
        StopRun: if it does not answer.
    """
    try:
        raw = await sdk.models.with_raw_response.list()
    except APIStatusError:
        return False
    except APIConnectionError as error:
        raise StopRun(
            f"the endpoint {endpoint.name!r} ({endpoint.base_url}) does not answer: "
            f"{sentence(error)} Start it, or mend its base_url."
        ) from error
    return SIMULATED_HEADER in raw.headers


@cache
def _authorities() -> ssl.SSLContext:
    """Who vouches for a server; read once, since reading takes longer than a loopback call."""
    return httpx2.create_ssl_context()
