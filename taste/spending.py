"""Money: what a call may cost at most, what it did cost, and the budget that stops a run."""

from dataclasses import dataclass
from typing import Any

from taste.cheapest import Ttl, read_rate, read_usage, write_rate
from taste.requests import Request
from taste.seats import ModelSeat, Price, Rates
from transcripts.errors import UserError

CHARS_PER_TOKEN = 3.5
"""For estimates before a call; what is booked afterwards is the server's count."""
_SERVER_TOKENS = 2_000
"""Room for the instructions that a server adds for the answer's schema."""


class StopRun(UserError):
    """The run cannot go on: a fatal answer, the budget, or a text that may not be sent."""


@dataclass(slots=True)
class Budget:
    """What has been spent and what calls in flight may yet cost, in USD."""

    limit: float
    spent: float = 0.0
    reserved: float = 0.0
    doubtful: float = 0.0
    """What the prompts of calls cost that may have been billed and brought no answer."""

    def fits(self, amount: float) -> bool:
        """Whether spent, doubtful, reserved and this together stay within the limit."""
        return self.spent + self.doubtful + self.reserved + amount <= self.limit

    def reserve(self, amount: float) -> None:
        """Set an amount aside.

        Raises:
            StopRun: if it does not fit.
        """
        if not self.fits(amount):
            unknown = f"about ${self.doubtful:.2f} in doubt, " if self.doubtful else ""
            raise StopRun(
                f"the budget of ${self.limit:.2f} is reached (${self.spent:.2f} spent, {unknown}"
                f"${self.reserved + amount:.2f} needed for calls under way and the next). "
                "Everything so far is kept; raise limits.budget_usd and run again."
            )
        self.reserved += amount

    def settle(self, reserved: float, cost: float) -> None:
        """Replace a reservation by what the call did cost."""
        self.reserved -= reserved
        self.spent += cost


def prompt_price(price: Rates, ttl: Ttl = "5m") -> float:
    """USD per million prompt tokens, written to the cache at the dearest."""
    return max(price.input, write_rate(price, ttl))


def prompt_cost(size: int, seat: ModelSeat, ttl: Ttl = "5m") -> float:
    """About what a prompt of `size` bytes costs if it is written to a cache and not answered."""
    tokens = int(size / CHARS_PER_TOKEN) + _SERVER_TOKENS
    return tokens * prompt_price(seat.price.at(tokens), ttl) / 1e6


def most_cost(request: Request, seat: ModelSeat, ttl: Ttl = "5m") -> float:
    """The most that an answer can cost, in USD, by the study's prices."""
    return most_cost_of(size_of(request), seat, ttl)


def size_of(request: Request) -> int:
    """Bytes of a request's text."""
    return _size(request.context) + _size(request.question)


def _size(text: str) -> int:
    """Bytes of a text."""
    return len(text) if text.isascii() else len(text.encode())


def most_cost_of(size: int, seat: ModelSeat, ttl: Ttl = "5m") -> float:
    """The most that an answer to a prompt of `size` bytes can cost: a token is a byte or more."""
    tokens = size + _SERVER_TOKENS
    beyond = seat.price.at(tokens)
    prompt = max(prompt_price(seat.price, ttl), prompt_price(beyond, ttl))
    answer = max(seat.price.output, beyond.output)
    return (tokens * prompt + seat.max_tokens * answer) / 1e6


def cost_of(usage: dict[str, Any], price: Price) -> float:
    """USD of one answer by the server's token counts and the study's prices."""
    used = read_usage(usage)
    rates = price.at(used.prompt)
    counts = (
        (used.input, rates.input),
        (used.written, write_rate(rates, "5m")),
        (used.written_1h, write_rate(rates, "1h")),
        (used.read, read_rate(rates)),
        (used.output, rates.output),
    )
    return sum(count * each for count, each in counts) / 1e6
