"""What came of a request that ended in an error: fatal for the run, worth repeating, or lost.

Nothing is sent here.
"""

from collections.abc import Mapping

import httpx2
from anthropic import APIConnectionError, APIError, APIStatusError

from taste.replies import TOO_LONG, Attempt, Outcome
from transcripts.decoding import clean

_RETRY_STATUS = frozenset({200, 408, 409, 429})
"""200 is an error event inside a stream that had begun well."""
_SERVER_ERROR = 500
NOT_FOUND = 404
"""Of a call: the model is not there; of a batch: nor is it."""
_SENTENCE_CHARS = 500
_TOO_LARGE = 413
_SPEND_LIMIT = ("spend_limit", "usage limits")
SIMULATED_HEADER = "taste-simulated"
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
"""With these no byte of a body left, so that nothing can have been billed."""
FAULTS = (
    APIError,
    httpx2.HTTPError,
    httpx2.StreamError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
)


def failed_attempt(error: Exception) -> tuple[Attempt, float | None]:
    """What came of a request that ended in an error; a number means that it may be repeated."""
    if isinstance(error, APIStatusError):
        return _from_status(error)
    if isinstance(error, APIConnectionError | httpx2.HTTPError):
        first = error.__cause__ if isinstance(error, APIConnectionError) else error
        in_doubt = not isinstance(first, _NOT_SENT)
        return Attempt.failed(Outcome.RETRYABLE, sentence(error), in_doubt=in_doubt), 0.0
    return Attempt.failed(Outcome.FAILED, sentence(error)), None


def _from_status(error: APIStatusError) -> tuple[Attempt, float | None]:
    """Sort an error answer into fatal for the run, worth repeating, or lost for the item."""
    text = sentence(error)
    known = f"{error.type or ''} {error.message} {getattr(error, 'error_code', '') or ''}"
    details = {
        "status_code": error.status_code,
        "request_id": error.request_id,
        "simulated": SIMULATED_HEADER in error.response.headers,
    }
    if is_spent(known):
        return Attempt.failed(Outcome.FATAL, text, **details), None
    if error.status_code in _RETRY_STATUS or error.status_code >= _SERVER_ERROR:
        return Attempt.failed(Outcome.RETRYABLE, text, **details), _retry_after(error)
    if error.status_code == _TOO_LARGE or TOO_LONG.search(error.message):
        return Attempt.failed(Outcome.FAILED, text, **details), None
    return Attempt.failed(Outcome.FATAL, text, **details), None


def is_spent(text: str) -> bool:
    """Whether a message says that a spend limit is reached."""
    return any(word in text for word in _SPEND_LIMIT)


def headers_of(error: Exception) -> Mapping[str, str]:
    """The headers that an error came with, if any."""
    return error.response.headers if isinstance(error, APIStatusError) else {}


def _retry_after(error: APIStatusError) -> float:
    """Seconds that the server asks to wait; 0 where it does not say."""
    headers = error.response.headers
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) / unit)
        except (KeyError, ValueError):
            continue
    return 0.0


def sentence(error: Exception) -> str:
    """An error's message on one line."""
    text = " ".join(clean(str(error)).split()) or type(error).__name__
    return text if len(text) <= _SENTENCE_CHARS else f"{text[:_SENTENCE_CHARS]}…"
