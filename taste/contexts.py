"""Which calls have a context in common, told before it is built: the plan counts them, a run asks.

A context that only one call sends is not written to a cache, since writing costs more than reading.
"""

from collections.abc import Mapping
from types import MappingProxyType

from taste.bodies import Ttl, schema_key
from taste.requests import Purpose
from taste.seats import ModelSeat, View

ContextKey = tuple[int | None, str, str, str | None, str, str, str]
"""Decision point, endpoint, model, effort, the answer's schema, the words and the text."""
Ttls = Mapping[ContextKey, Ttl | None]
"""How long contexts are best kept in a cache; None: not at all."""
_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "propose": "shown",
        "placebo": "shown",
        "oracle": "both",
        "digest": "both",
        "restate": "tail",
        "faithfulness": "tail",
        "loading": "",
    }
)
"""Purpose -> which text of an item its calls share, if it is not named for the purpose."""
_OF_VIEWS: Mapping[str, str] = MappingProxyType({"full": "both"})


def text_of(purpose: Purpose, view: View | None = None) -> str:
    """Which text of an item the calls of a purpose, or of a view, share."""
    if view is not None:
        return _OF_VIEWS.get(view, view)
    return _TEXTS.get(purpose, purpose)


def words_of(purpose: Purpose) -> str:
    """Names the words before the breakpoint: a placebo's are the proposer's."""
    return "propose" if purpose == "placebo" else purpose


def context_key(
    point: int | None, seat: ModelSeat, purpose: Purpose, view: View | None = None
) -> ContextKey:
    """What calls have in common that send one context to one cache."""
    return (
        point, seat.endpoint, seat.model, seat.effort, schema_key(purpose), words_of(purpose),
        text_of(purpose, view),
    )  # fmt: skip
