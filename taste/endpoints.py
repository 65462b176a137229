"""Endpoints: whether one stays on this machine, what may go there, and the key that it needs."""

import os
from datetime import date
from ipaddress import ip_address
from urllib.parse import urlsplit

from taste.seats import Endpoint
from transcripts.consent import consent_fault
from transcripts.errors import UserError
from transcripts.tables import Session


def api_key(endpoint: Endpoint) -> str:
    """The endpoint's key from the environment; loopback servers need none.

    Raises:
        UserError: naming the variable that is not set.
    """
    key = os.environ.get(endpoint.api_key_env, "").strip()
    if key:
        return key
    if is_loopback(endpoint.base_url):
        return "none"
    raise UserError(
        f"the endpoint {endpoint.name!r} needs a key: "
        f"set {endpoint.api_key_env} in the environment."
    )


def refusal(session: Session, endpoint: Endpoint, today: date) -> str | None:
    """Why a session's text may not be sent to an endpoint, if its owner did not allow it.

    What was withdrawn, or is past its last day, goes nowhere, not even on this machine.
    """
    if fault := consent_fault(session, today):
        return (
            f"session {session.external_id!r} {fault}: nothing of it is sent. Freeze the set "
            "again under another name: it leaves this session out, and what was paid for is kept."
        )
    allowed = {name.strip() for name in session.may_send.split(",")}
    if is_loopback(endpoint.base_url) or endpoint.name in allowed:
        return None
    return (
        f"session {session.external_id!r} may not be sent to {endpoint.name!r}. "
        f"To allow it: taste session allow {session.external_id} {endpoint.name}"
    )


def is_loopback(base_url: str | None) -> bool:
    """Whether a URL stays on this machine; what is no URL does not."""
    try:
        host = urlsplit(base_url or "").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
