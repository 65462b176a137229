"""The place where text is redacted before anything else sees it.

Every reader passes each stored object through here, so that the database, the
prefixes and the hashes all speak of the redacted text. For now nothing is removed.
"""


def redact_line(raw: bytes) -> bytes:
    """Return the JSON object `raw` with secrets replaced; at present the identity."""
    return raw
