"""Endpoints: whether one stays on this machine, what may go there, and the key that it needs."""

import os
from datetime import date
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from taste.seats import Capability, Endpoint, ModelSeat
from transcripts.consent import consent_fault
from transcripts.errors import UserError
from transcripts.tables import Session

PROVIDERS = {"anthropic": "api.anthropic.com", "openrouter": "openrouter.ai"}
"""Names that stand for one host, whatever a study says."""


def api_key(endpoint: Endpoint) -> str:
    """The endpoint's key from the environment; loopback servers need none.

    Raises:
        UserError: naming the variable that is not set.
    """
    key = os.environ.get(endpoint.api_key_env, "").strip()
    if key:
        return key
    if is_loopback(endpoint.base_url) or endpoint.by_file:
        return "none"
    raise UserError(
        f"the endpoint {endpoint.name!r} needs a key: "
        f"set {endpoint.api_key_env} in the environment."
    )


def refusal(
    session: Session, endpoint: Endpoint, today: date, *, by_file: bool = False
) -> str | None:
    """Why a session's text may not be sent to an endpoint, if its owner did not allow it.

    What was withdrawn, or is past its last day, goes nowhere, not even on this machine. A file
    may be carried anywhere, so that with `by_file` a server on this machine needs leave as well.
    """
    if fault := consent_fault(session, today):
        return (
            f"session {session.external_id!r} {fault}: nothing of it is sent. Freeze the set "
            "again under another name: it leaves this session out, and what was paid for is kept."
        )
    if is_loopback(endpoint.base_url) and not (by_file or endpoint.by_file):
        return None
    allowed = {name.strip() for name in session.may_send.split(",")}
    place = leave_for(endpoint)
    if place in allowed:
        return None
    return (
        f"session {session.external_id!r} may not be sent to {endpoint.name!r} "
        f"({host_of(endpoint)}). To allow it: taste session allow {session.external_id} {place}"
    )


def capability_fault(seat: ModelSeat, endpoint: Endpoint) -> str | None:
    """Why an endpoint cannot be asked as a seat wants it, if it cannot."""
    wanted: tuple[tuple[Capability, str | None], ...] = (
        ("effort", seat.effort),
        ("thinking", seat.thinking),
    )
    for capability, stated in wanted:
        if stated not in (None, "none") and not endpoint.can(capability):
            return _lacks(seat, endpoint, f"{capability} = {stated!r}", capability)
    if seat.stream and not endpoint.can("streaming"):
        return _lacks(seat, endpoint, "stream = true", "streaming")
    return None


def _lacks(seat: ModelSeat, endpoint: Endpoint, asked: str, capability: str) -> str:
    return (
        f"{seat.name!r} asks for {asked}, which the endpoint {endpoint.name!r} "
        f"({endpoint.preset}) cannot do. Leave it out, or set capabilities.{capability} = true "
        "if this server can."
    )


def leave_for(endpoint: Endpoint) -> str:
    """What a session has to say so that its text may go to an endpoint.

    A provider's own name stands for the provider's own host; any other name is a study's choice,
    and another study could give it to another host, so that leave names the host as well.
    """
    host = host_of(endpoint)
    return endpoint.name if PROVIDERS.get(endpoint.name) == host else f"{endpoint.name}@{host}"


def host_of(endpoint: Endpoint) -> str:
    """The host that an endpoint's text goes to."""
    url = endpoint.base_url
    return PROVIDERS["anthropic"] if url is None else (urlsplit(url).hostname or "")


def may_use_proxy(endpoint: Endpoint) -> bool:
    """Whether the environment's proxy may stand between: it must be unable to read the text."""
    secret = urlsplit(endpoint.base_url or "https://").scheme == "https"
    return secret and not is_loopback(endpoint.base_url)


@lru_cache(maxsize=64)
def is_loopback(base_url: str | None) -> bool:
    """Whether a URL stays on this machine; what is no URL does not."""
    try:
        host = urlsplit(base_url or "").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
