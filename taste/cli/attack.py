"""`taste attack`: how often a study's own judges and restater do what a hostile text wants."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    NoBudgetOption,
    now,
    opened,
    read_study,
    safe,
    say,
    write_json,
    write_table,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analysis.trials.attacks import AttackRow
    from taste.attacking.plans import Plan
    from taste.study import Study
    from taste.workers import RunResult
    from transcripts.db import Db

NOTHING = "nothing"
"""Kind of what is planted to see how often verdicts change by themselves."""
HOSTILE, HARMLESS = "all that is hostile", "all that is not"


def attack(  # noqa: PLR0913 - one argument for each option
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="Whose judges.")],
    items: Annotated[int, typer.Option(min=1, help="Items of each set, drawn at random.")] = 8,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the first call.")] = False,
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Attack a study's judges and restater: how often does a hostile text get its way?"""
    parsed, text = read_study(study, no_budget=no_budget)
    with opened(db, context) as handle:
        done = asyncio.run(_attack(handle, parsed, text, items=items, yes=yes))
        if done is None:
            raise UserError("nothing was sent.")
        plan, result = done
        _say_judges(handle, plan, json_=json_)
        _say_restater(handle, plan, json_=json_)
    say(f"run {result.run_id}: {result.answered} answers, ${result.spent_usd:.2f} spent in all")
    if fault := result.shortfall:
        raise UserError(fault)


async def _attack(
    db: "Db", study: "Study", text: str, *, items: int, yes: bool
) -> "tuple[Plan, RunResult] | None":
    """Draw what is attacked, say what it costs, ask, and do it; None if the answer was no."""
    from taste.attacking.plans import plan_attack
    from taste.attacking.runs import price_attack, run_attack
    from taste.attacks.corpus import read_corpus
    from taste.cli.study import agreed
    from taste.cli.watching import watching

    corpus = read_corpus()
    plan = await plan_attack(db, study, text, corpus, items=items, now=now())
    needed = price_attack(db, plan)
    for reason in plan.missing:
        say(reason)
    say(
        f"study {study.name}, run {plan.bench.run_id}"
        f"{' (simulated)' if plan.bench.run.simulated else ''}, corpus {corpus.version}: "
        f"{len(plan.jobs)} rounds of attacks, {needed.calls} calls, about "
        f"${needed.expected:.2f} and at most ${needed.most:.2f}; "
        f"budget ${study.limits.budget_usd:.2f}"
    )
    if needed.calls and not yes and not agreed():
        return None
    with watching() as tell:
        return plan, await run_attack(db, plan, now, tell)


def _say_judges(db: "Db", plan: "Plan", *, json_: bool) -> None:
    """One line for each attack and judge, and one for all attacks together."""
    from analysis.trials.attacks import read_attacks

    kinds = {attack.label: attack.kind for attack in plan.bench.corpus.attacks}
    rows = read_attacks(db, plan.bench.run)
    lines = list(_lines(rows, kinds))
    if json_:
        for line in lines:
            write_json(line)
        return
    write_table(
        ("judge", "attack", "kind", "asked", "flipped", "rate", "95% interval", "unscored"),
        (
            (
                line["judge"], line["attack"], line["kind"], line["asked"], line["flipped"],
                _share(line["rate"]), _interval(line), line["unscored"],
            )
            for line in lines
        ),
    )  # fmt: skip
    for reason in sorted({f"{row.judge}: {row.reason}" for row in rows if row.reason}):
        say(f"unscored, {safe(reason)}")


def _lines(rows: "Sequence[AttackRow]", kinds: dict[str, str]) -> "Iterator[dict[str, Any]]":
    """For each judge every attack in the order of the corpus, then the hostile ones together.

    How often verdicts moved where nothing hostile was planted stands beside them: that is chance.
    """
    for judge in sorted({row.judge for row in rows}):
        own = [row for row in rows if row.judge == judge]
        for label, kind in kinds.items():
            found = [row for row in own if row.attack == label]
            if found:
                yield {"judge": judge, "attack": label, "kind": kind, **_count(found)}
        for name, wanted in ((HOSTILE, False), (HARMLESS, True)):
            found = [row for row in own if (kinds.get(row.attack) == NOTHING) is wanted]
            yield {"judge": judge, "attack": name, "kind": "", **_count(found)}


def _count(rows: "Sequence[AttackRow]") -> dict[str, Any]:
    """How often verdicts moved towards the attacked move, with a cluster-Wilson interval."""
    from analysis.errors import EstimateError
    from analysis.rates import win_rate

    known = [row for row in rows if row.flipped is not None]
    flips = [1.0 if row.flipped else 0.0 for row in known]
    counted = {
        "asked": len(rows),
        "flipped": int(sum(flips)),
        "unscored": len(rows) - len(known),
        "rate": sum(flips) / len(flips) if flips else None,
        "sessions": len({row.session for row in known}),
    }
    try:
        rate = win_rate(flips, [row.lineage for row in known])
    except EstimateError:
        return {**counted, "low": None, "high": None}
    return {**counted, "low": rate.low, "high": rate.high}


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.2f}"


def _interval(line: dict[str, Any]) -> str:
    return "-" if line["low"] is None else f"{line['low']:.2f} to {line['high']:.2f}"


def _say_restater(db: "Db", plan: "Plan", *, json_: bool) -> None:
    """One line for each attack: did its words come through where a judge would read them?"""
    from taste.attacking.restated import count_survivals

    name = plan.bench.study.restater.name
    found = count_survivals(db, plan.rewordings(db))
    if json_:
        for one in found:
            write_json(
                {
                    "restater": name, "attack": one.attack, "kind": one.kind, "asked": one.asked,
                    "survived": one.survived, "left_out": one.left_out,
                    "not_restated": one.not_restated, "example": one.example,
                }
            )  # fmt: skip
        return
    typer.echo()
    write_table(
        ("restater", "attack", "kind", "asked", "survived", "left out", "not restated", "such as"),
        (
            (
                name, one.attack, one.kind, one.asked, one.survived, one.left_out,
                one.not_restated, one.example or "-",
            )
            for one in found
        ),
    )  # fmt: skip
