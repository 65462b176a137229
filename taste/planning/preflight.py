"""What would stop a study, or soon will, by what endpoints say of their models. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from taste.bodies import how_for
from taste.planning.results import Load
from taste.seats import Endpoint, ModelSeat
from taste.study import Study

SOON = timedelta(days=60)
_RETIRED = "retired"
Facts = Mapping[tuple[str, str], "ModelFacts"]
"""Endpoint and model -> what is known."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What an endpoint says of a model; None where it does not say."""

    model: str
    window: int | None = None
    """Most tokens of a prompt."""
    max_tokens: int | None = None
    """Most tokens of an answer."""
    lifecycle: str | None = None
    retires_at: datetime | None = None
    efforts: frozenset[str] | None = None
    """The efforts that it takes."""
    capabilities: Mapping[str, Any] = field(default_factory=dict)


def read_facts(entry: Mapping[str, Any]) -> ModelFacts:
    """Read one entry of a models endpoint; what is missing or of another form is unknown."""
    capabilities = entry.get("capabilities")
    known = capabilities if isinstance(capabilities, Mapping) else {}
    return ModelFacts(
        model=str(entry.get("id")),
        window=_whole(entry.get("max_input_tokens")),
        max_tokens=_whole(entry.get("max_tokens")),
        lifecycle=str(entry["lifecycle"]) if entry.get("lifecycle") else None,
        retires_at=_time(entry.get("retires_at")),
        efforts=_supported(known, "effort"),
        capabilities=known,
    )


def find_faults(study: Study, loads: Mapping[str, Load], facts: Facts) -> Iterator[str]:
    """Yield what would stop the study."""
    for seat in _once(study):
        known = facts.get((seat.endpoint, seat.model))
        if known is not None:
            yield from _faults(study, seat, loads.get(seat.name, Load()), known)


def find_warnings(
    study: Study, facts: Facts, listed: frozenset[str], now: datetime
) -> Iterator[str]:
    """Yield what the study can be run with, but not for ever."""
    for seat in _once(study):
        known = facts.get((seat.endpoint, seat.model))
        if known is None and seat.endpoint in listed:
            yield f"{seat.name!r}: the endpoint {seat.endpoint!r} does not list {seat.model!r}"
        if known is not None and known.retires_at and known.retires_at <= now + SOON:
            yield f"{seat.name!r}: {seat.model!r} retires on {known.retires_at:%Y-%m-%d}"


def _faults(study: Study, seat: ModelSeat, load: Load, known: ModelFacts) -> Iterator[str]:
    if known.lifecycle == _RETIRED:
        yield f"{seat.name!r}: {seat.model!r} is retired; name another model"
    if known.window is not None and load.longest > known.window:
        yield (
            f"{seat.name!r}: a prompt of {load.longest:,.0f} tokens (decision point {load.point}) "
            f"exceeds the window of {seat.model!r}, {known.window:,} tokens; lower display.chars "
            "or display.judge_chars, or name another model"
        )
    if known.max_tokens is not None and seat.max_tokens > known.max_tokens:
        yield (
            f"{seat.name!r}: max_tokens = {seat.max_tokens}, but {seat.model!r} answers with at "
            f"most {known.max_tokens}"
        )
    yield from _lacking(seat, study.endpoint(seat.endpoint), known)


def _lacking(seat: ModelSeat, endpoint: Endpoint, known: ModelFacts) -> Iterator[str]:
    """What a model cannot do of what it would be sent, be it stated or the tool's own default."""
    how, said = how_for(seat, endpoint, 1, None), f"{seat.name!r}: {seat.model!r}"
    thinks = _supported(known.capabilities, "thinking", "types")
    for name, sent, takes in (
        ("effort", how.effort, known.efforts),
        ("thinking", None if how.thinking == "disabled" else how.thinking, thinks),
    ):
        if sent and takes is not None and sent not in takes:
            which = ", ".join((*sorted(takes), "none"))
            yield f"{said} does not take {name} {sent!r}; set {name} to one of: {which}"
    if how.structured and not _is_able(known.capabilities, "structured_outputs"):
        yield (
            f"{said} has no structured output; set capabilities.structured = false for the "
            f"endpoint {endpoint.name!r}, so that its schema stands in the prompt, or name "
            "another model"
        )


def _once(study: Study) -> list[ModelSeat]:
    """Every seat that is asked, by name."""
    return list({seat.name: seat for seat in study.seats}.values())


def _is_able(capabilities: Mapping[str, Any], name: str) -> bool:
    """Whether nothing says that a model cannot do something."""
    said = capabilities.get(name)
    return not (isinstance(said, Mapping) and said.get("supported") is False)


def _supported(
    capabilities: Mapping[str, Any], name: str, within: str | None = None
) -> frozenset[str] | None:
    """The values of a setting that a model takes; None where it names none and denies none."""
    if not _is_able(capabilities, name):
        return frozenset()
    said = capabilities.get(name)
    values = said.get(within) if within and isinstance(said, Mapping) else said
    if not isinstance(values, Mapping):
        return None
    known = {
        value: one["supported"] is True
        for value, one in values.items()
        if isinstance(one, Mapping) and "supported" in one
    }
    return frozenset(value for value, able in known.items() if able) if known else None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _time(value: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
