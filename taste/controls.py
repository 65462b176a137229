"""The control arms that need no model: stock, echo, shuffled; each answers one objection.

All are prefix-bound: they use the prefix and the item's hash, and nothing else. A fitted stock move
is one move of the list on every item, picked on items that are none of the study's.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from taste.earlier_acts import EarlierAct
from taste.fits import Fitted
from taste.identity import draw_index
from transcripts.cut import Shown

ECHO_CHARS = 1_200
_OFFER = re.compile(
    r"\b(next|shall i|should i|would you like|want me to|i'll|i will|let me|i can|i could|"
    r"i suggest|i recommend|recommend|propose|ready to|plan is|option)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ControlMove:
    """A control arm's move, or the reason why it has none."""

    move: str | None
    source: str | None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class StockList:
    """The shipped list of context-free moves."""

    version: str
    moves: tuple[str, ...]


@cache
def read_stock() -> StockList:
    """The list as shipped."""
    text = files("taste").joinpath("prompts", "stock.toml").read_text(encoding="utf-8")
    value = tomllib.loads(text)
    return StockList(value["version"], tuple(value["moves"]))


def stock_move(prefix_hash: str, stock: StockList) -> ControlMove:
    """The move of the list that the item's hash picks."""
    index = draw_index(prefix_hash, len(stock.moves))
    return ControlMove(stock.moves[index], f"stock {stock.version}, move {index + 1}")


def numbered_move(number: int, stock: StockList) -> ControlMove:
    """One move of the list, by its number from 1, whatever the item."""
    return ControlMove(stock.moves[number - 1], f"stock {stock.version}, move {number}")


def fitted_move(fit: Fitted, stock: StockList) -> ControlMove:
    """The move that did best on the pilot set, with where that was found."""
    move = numbered_move(fit.number, stock)
    return replace(move, source=f"{move.source}, fitted on {fit.set_name} in run {fit.run_id}")


def echo_move(prefix: Sequence[Shown]) -> ControlMove:
    """The step that the agent had last suggested: the last paragraph that offers one."""
    texts = [event.text for event in prefix if event.kind == "agent" and event.text.strip()]
    if not texts:
        return ControlMove(None, None, "the agent had said nothing")
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", texts[-1]) if part.strip()]
    offers = [part for part in paragraphs if _OFFER.search(part)]
    chosen = (offers or paragraphs)[-1]
    return ControlMove(chosen[-ECHO_CHARS:], "the agent's last text")


def shuffled_move(prefix_hash: str, acts: Sequence[EarlierAct]) -> ControlMove:
    """A move of the same actor from earlier in the session, picked by the item's hash."""
    if not acts:
        return ControlMove(None, None, "no earlier act in the session")
    act = acts[draw_index(prefix_hash, len(acts))]
    return ControlMove(act.text, f"the act before {act.before}")
