"""Endpoints: whether one stays on this machine, and the key that it needs."""

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

from taste.study import Endpoint
from transcripts.errors import UserError


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


def is_loopback(base_url: str | None) -> bool:
    """Whether a URL stays on this machine."""
    host = urlsplit(base_url or "").hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
