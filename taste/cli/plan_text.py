"""What a study would send and cost, as tables for a terminal."""

from typing import TYPE_CHECKING

import typer

from taste.cli.estimates import write_estimate
from taste.cli.shared import safe, say, write_table

if TYPE_CHECKING:
    from taste.planning.look import StudyPlan
    from taste.planning.pace import Paced, Rate
    from taste.planning.results import Estimate


def write_plan(plan: "StudyPlan") -> None:
    """Write cost, time and obstacles; then what each part takes."""
    needed = plan.estimate
    simulated = " (simulated)" if plan.simulated else ""
    say(
        f"study {plan.study}{simulated}: {needed.trials} open trials, up to {needed.calls} calls; "
        "what is there already is not asked for again"
    )
    if needed.calls:
        _write_costs(needed, plan.budget_usd)
        _write_seats(needed, plan)
        if needed.pace is not None:
            _write_pace(needed.pace)
        write_estimate(needed)
    for heading, sentences in (
        ("would stop it", plan.faults), ("beware", plan.warnings), ("note", plan.notes),
    ):  # fmt: skip
        for sentence in sentences:
            typer.echo(f"{heading}: {safe(sentence)}")


def _write_costs(needed: "Estimate", budget: float) -> None:
    rows = (
        ("cheapest order: shared text written to a cache once, then read", needed.expected_usd),
        ("nothing cached", needed.cold_usd),
        ("as batches, everything shared found in the cache", needed.batch_usd),
        ("as batches, nothing found in the cache", needed.batch_cold_usd),
        ("at most: nothing cached, all answers as long as may be, three tries", needed.most_usd),
        ("budget of the study", budget),
    )
    write_table(("cost", "USD"), [(name, f"{usd:,.2f}") for name, usd in rows])
    if needed.expected_usd > budget:
        typer.echo("beware: the budget stops this study before it is done")


def _write_seats(needed: "Estimate", plan: "StudyPlan") -> None:
    typer.echo(f"\ntokens, {plan.tokens}")
    write_table(
        ("seat", "calls", "prompt", "not cached", "answers", "longest prompt"),
        [
            (
                name,
                load.calls,
                *(f"{number:,.0f}" for number in (load.prompt, load.written, load.answer)),
                f"{load.longest:,.0f}",
            )
            for name, load in needed.seats.items()
        ],
    )
    by_source: dict[str, list[str]] = {}
    for model, source in plan.prices.items():
        by_source.setdefault(source, []).append(safe(model))
    for source, models in by_source.items():
        typer.echo(f"prices by {safe(source)}: {', '.join(models)}")


def _write_pace(pace: "Paced") -> None:
    typer.echo(f"\ntime: about {_long(pace.minutes)} ({_long(pace.waiting)} waiting for answers)")
    for model, minutes in pace.limited.items():
        rate = pace.rates[model]
        at = f"{_limits(rate)} ({safe(rate.source)})"
        typer.echo(f"  {safe(model)}: {_long(minutes)} at {at}")
    if pace.unlimited:
        typer.echo(
            f"  no limits are known of {', '.join(map(safe, pace.unlimited))}: the first answers "
            "of a run tell them; till then state --requests, --input-tokens, --output-tokens"
        )


def _limits(rate: "Rate") -> str:
    names = ("requests", "input tokens", "output tokens")
    known = [
        f"{limit:,.0f} {name}"
        for name, limit in zip(names, rate.limits, strict=True)
        if limit is not None
    ]
    return f"{', '.join(known)} a minute"


def _long(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"  # noqa: PLR2004
