"""What models cost where a study does not say: the user's own list, else the shipped snapshot.

Looked up once, when a study is opened. Nothing here reaches the network.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from taste.seats import UNSTATED, FoundPrice, LongPrompt, ModelSeat, Price
from taste.study import Study
from transcripts.errors import UserError

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice

FILE = "prices.toml"
_PARTS: Mapping[str, str] = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "cache_read": "cache_read_mtok",
}
"""Our name of a rate -> its name in the snapshot."""


def settings_folder() -> Path:
    """Where the user's own files are."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "taste"


def read_prices(file: Path) -> dict[str, FoundPrice]:
    """The prices of a user's file, by model id; none where there is no such file.

    Raises:
        UserError: naming the file and what is wrong with it.
    """
    try:
        stated = tomllib.loads(file.read_text(encoding="utf-8"))
        return {
            model: FoundPrice.model_validate({**price, "source": str(file)})
            for model, price in stated.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"cannot read the prices in {str(file)!r}: {error}") from error
    except (tomllib.TOMLDecodeError, ValidationError, TypeError) as error:
        fault = str(error).splitlines()[0]
        raise UserError(
            f"{str(file)!r} is no list of prices: {fault}. Write one table for each model: "
            '["model-id"] with input and output, in USD per million tokens.'
        ) from error


def price_study(
    study: Study, now: datetime, own: Mapping[str, FoundPrice], *, no_budget: bool = False
) -> Study:
    """The study with a price for every seat; `own` is the user's list.

    Raises:
        UserError: naming the models whose price nobody states, unless cost may be unknown or
            nothing is sent to them from here.
    """
    found = {seat.model: _find(study, seat, now, own) for seat in _unpriced(study)}
    sent = {seat.model for seat in study.seats if not study.endpoint(seat.endpoint).by_file}
    unknown = sorted(model for model, price in found.items() if price is None and model in sent)
    if unknown and not no_budget:
        raise UserError(_refusal(unknown))
    changes: dict[str, Any] = {
        name: _priced(getattr(study, name), found)
        for name in ("restater", "digester", "prober")
        if getattr(study, name) is not None
    }
    for name in ("proposers", "judges"):
        changes[name] = tuple(_priced(seat, found) for seat in getattr(study, name))
    return study.model_copy(update=changes)


def unknown_prices(study: Study) -> list[str]:
    """Models of a priced study whose cost is booked as 0, since nobody knows it."""
    return sorted({seat.model for seat in study.seats if seat.price == UNSTATED})


def find_price(model: str, base_url: str | None, now: datetime) -> FoundPrice | None:
    """What the shipped snapshot says of a model at an endpoint; None where it knows neither."""
    from genai_prices.data_snapshot import get_snapshot

    try:
        _, known = get_snapshot().find_provider_model(
            model, None, None if base_url else "anthropic", base_url
        )
    except LookupError:
        return None
    return read_snapshot(known.get_prices(now))


def read_snapshot(price: "ModelPrice") -> FoundPrice | None:
    """A price of the snapshot in our terms; None where it lacks input or output."""
    from importlib.metadata import version

    stated = {ours: getattr(price, theirs, None) for ours, theirs in _PARTS.items()}
    base = {name: _rate(value, 0) for name, value in stated.items()}
    if base["input"] is None or base["output"] is None:
        return None
    start = min((s for value in stated.values() for s in _starts(value)), default=None)
    beyond = None
    if start is not None:
        rates = {name: _rate(value, start + 1) for name, value in stated.items()}
        beyond = LongPrompt.model_validate({**rates, "tokens": start})
    source = f"genai-prices {version('genai-prices')}"
    return FoundPrice.model_validate({**base, "long_prompt": beyond, "source": source})


def _find(
    study: Study, seat: ModelSeat, now: datetime, own: Mapping[str, FoundPrice]
) -> FoundPrice | None:
    return own.get(seat.model) or find_price(
        seat.model, study.endpoint(seat.endpoint).base_url, now
    )


def _unpriced(study: Study) -> Iterable[ModelSeat]:
    return (seat for seat in study.seats if seat.price == UNSTATED)


def _priced(seat: ModelSeat, found: Mapping[str, Price | None]) -> ModelSeat:
    price = found.get(seat.model)
    return seat if price is None or seat.price != UNSTATED else _with(seat, price)


def _with(seat: ModelSeat, price: Price) -> ModelSeat:
    return seat.model_copy(update={"price": price})


def _starts(value: Any) -> list[int]:
    return [int(tier.start) for tier in getattr(value, "tiers", ())]


def _rate(value: Any, tokens: int) -> float | None:
    """A rate of the snapshot for a prompt of so many tokens."""
    if value is None or not hasattr(value, "tiers"):
        return None if value is None else float(value)
    reached = [tier.price for tier in value.tiers if tokens > tier.start]
    return float(reached[-1] if reached else value.base)


def _refusal(models: list[str]) -> str:
    names = ", ".join(repr(model) for model in models)
    return (
        f"nobody states what {names} costs. Give the seat a price in the study, such as "
        "price = { input = 3, output = 15 } in USD per million tokens, or add the model to "
        f"{str(settings_folder() / FILE)!r}; or run with --no-budget, which books its cost as 0."
    )
