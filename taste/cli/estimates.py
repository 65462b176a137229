"""What a run would cost, as a table for a terminal."""

from typing import TYPE_CHECKING

import typer

from taste.cli.shared import safe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taste.planning.results import Cost, Estimate

HEADINGS = {
    "arm": "by arm (its proposals, restatements, verdicts and probes)",
    "verdicts": "verdicts, by view and by what else is changed",
    "probes": "probes",
    "other": "other calls",
}
"""Part of an estimate -> its heading; every call stands under its arm and once more below."""


def write_estimate(needed: "Estimate") -> None:
    """Write calls and cost for each part of an estimate."""
    for part, heading in HEADINGS.items():
        if costs := needed.parts.get(part):
            typer.echo(f"\n{heading}")
            _write_costs(costs)
    typer.echo(
        "\nexpected: what one item's calls share is written to a cache once and then read; at "
        "most: nothing is, and every answer is as long as it may be. A digest or restatement that "
        "has to be asked for again comes on top."
    )


def _write_costs(costs: "Mapping[str, Cost]") -> None:
    width = max(len(name) for name in costs)
    typer.echo(f"  {'':{width}}  {'calls':>8}  {'expected':>11}  {'at most':>11}")
    for name, cost in costs.items():
        typer.echo(
            f"  {safe(name):{width}}  {cost.calls:>8}  {f'${cost.expected:,.2f}':>11}  "
            f"{f'${cost.most:,.2f}':>11}"
        )
