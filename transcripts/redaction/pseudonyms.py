"""Stable names for people who are not to be named, from a key that never enters the database."""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from transcripts.errors import UserError

KEY_BYTES = 32
_OTHERS = 0o077


@dataclass(frozen=True)
class Pseudonyms:
    """Keyed pseudonyms: the same person is the same name wherever one key is used.

    Without the key a name can neither be guessed back nor tried from a list, unlike a plain hash.
    """

    key: bytes = field(repr=False)

    def person(self, name: str) -> str:
        """Name the owner of a user name."""
        return f"person-{self._tag('user', name)}"

    def email(self, address: str) -> str:
        """Name the owner of an e-mail address, at a domain that cannot exist."""
        return f"person-{self._tag('email', address.lower())}@example.invalid"

    def host(self, name: str) -> str:
        """Name a computer, whose name often holds its owner's."""
        return f"host-{self._tag('host', name.lower())}"

    def fingerprint(self) -> str:
        """Tell one key from another in `Redactor.version` without giving it away."""
        return self._tag("key", "")[:4]

    def _tag(self, role: str, name: str) -> str:
        message = f"{role}\0{name}".encode("utf-8", "surrogatepass")
        return hmac.new(self.key, message, hashlib.sha256).hexdigest()[:8]


def pseudonym_key(path: Path) -> bytes:
    """Read the key, made at first use and readable by its owner only.

    Raises:
        UserError: if the file is no key, or others may read it.
    """
    try:
        return _create(path)
    except FileExistsError:
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise UserError(
            f"{str(path)!r} is not a pseudonym key of {KEY_BYTES} bytes. Move it away to start "
            "with a new key; names will then differ from those of earlier imports."
        )
    if os.name == "posix" and path.stat().st_mode & _OTHERS:
        raise UserError(f"{str(path)!r} may be read by others. Run: chmod 600 {str(path)!r}")
    return key


def _create(path: Path) -> bytes:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    key = secrets.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(key)
    return key
