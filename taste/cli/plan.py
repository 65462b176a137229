"""The command plan: what a study would send, what it costs, and what stands in its way."""

import asyncio
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.power_options import Arm, Icc, Pilot, ProposalSd, Sd, VerdictSd
from taste.cli.shared import (
    DbOption,
    JsonOption,
    NoBudgetOption,
    now,
    opened,
    read_study,
    write_json,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.cli.designs import Assumed

PerMinute = typer.Option(min=1, help="What each model's endpoint allows in a minute.")


def _finite(usd: float | None) -> float | None:
    if usd is not None and not math.isfinite(usd):
        raise UserError(f"--budget {usd}: give a number of USD.")
    return usd


Budget = Annotated[
    float | None,
    typer.Option(
        min=0, metavar="USD", callback=_finite,
        help="List the designs that can be had for so much.",
    ),
]  # fmt: skip


def plan(  # noqa: PLR0913, PLR0917 - one argument for each option
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="What is to be run.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Only so many open trials.")] = None,
    budget: Budget = None,
    pilot: Pilot = None,
    arm: Arm = None,
    icc: Icc = None,
    sd: Sd = None,
    verdict_sd: VerdictSd = None,
    proposal_sd: ProposalSd = None,
    count: Annotated[
        bool, typer.Option("--count", help="Have endpoints count tokens: sends them texts.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask only endpoints on this machine.")
    ] = False,
    requests: Annotated[int | None, PerMinute] = None,
    input_tokens: Annotated[int | None, PerMinute] = None,
    output_tokens: Annotated[int | None, PerMinute] = None,
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Say what a study would send, what it costs, how long it takes, and what would stop it.

    Sends no text unless --count is given, and leaves no row.
    """
    from taste.cli.designs import rate_designs, write_designs
    from taste.cli.plan_text import write_plan
    from taste.planning.look import Wishes, plan_designs, plan_study
    from taste.planning.pace import Rate

    rate = Rate(requests, input_tokens, output_tokens)
    stated = rate if any((requests, input_tokens, output_tokens)) else None
    wishes = Wishes(limit, count, offline, stated)
    parsed, text = read_study(study, no_budget=no_budget)
    with opened(db, context) as handle:
        if budget is not None:
            scores = (sd, icc, verdict_sd, proposal_sd)
            assumed = _assumed(scores, pilot, arm, parsed.analysis.level)
            designs = asyncio.run(plan_designs(handle, parsed, text, now(), wishes, budget))
            write_designs(rate_designs(designs, assumed), assumed, budget, json_=json_)
            return
        found = asyncio.run(plan_study(handle, parsed, text, now(), wishes))
    write_json(found) if json_ else write_plan(found)
    if found.faults:
        raise UserError(f"this study cannot be run as it is: {found.faults[0]}")


def _assumed(
    stated: tuple[float | None, float | None, float | None, float | None],
    table: Path | None,
    arm: str | None,
    level: float,
) -> "Assumed":
    from analysis.power.planning import Stated
    from taste.cli.designs import read_assumed
    from taste.cli.power import read_pilots

    sd, icc, verdict_sd, proposal_sd = stated
    scores = Stated(sd=sd, icc=icc, verdict_sd=verdict_sd, proposal_sd=proposal_sd)
    shown = None if table is None else read_pilots(table, arm, level=level)
    return read_assumed(scores, shown, level)
