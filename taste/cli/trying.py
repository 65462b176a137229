"""The command try: one model on one item, to look at."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taste.cli.pilot import Yes
from taste.cli.shared import (
    DbOption,
    JsonOption,
    NoBudgetOption,
    opened,
    read_study,
    safe,
    write_json,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.pilot_runs import Tried
    from taste.tables import Call, Run
    from transcripts.db import Db


def try_(  # noqa: PLR0913, PLR0917 - one argument for each option
    context: typer.Context,
    item: Annotated[
        str,
        typer.Argument(metavar="ITEM", help="SET:NUMBER, SESSION:EVENT or a decision point."),
    ],
    study: Annotated[Path, typer.Option(metavar="STUDY.toml", help="Seats and prompts.")],
    model: Annotated[str | None, typer.Option(help="Name of a proposer; else the first.")] = None,
    prompt: Annotated[
        bool, typer.Option("--prompt", help="Also print the exact prompt of the proposal.")
    ] = False,
    yes: Yes = False,
    no_budget: NoBudgetOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Do one item with one model and show prompt, reply, restatements, verdicts and cost.

    What is asked is kept and used by the study; no report takes the run.
    """
    from taste.cli.study import start_run
    from taste.item_names import find_item
    from taste.pilot_runs import study_to_try, trying
    from taste.tables import Run

    plan, text = read_study(study, no_budget=no_budget)
    names = [seat.name for seat in plan.proposers]
    if model is not None and model not in names:
        raise UserError(f"the study has no proposer {model!r}; there are {', '.join(names)}.")
    with opened(db, context) as handle:
        item_set, found = find_item(handle, item, plan.sets)
        purpose, tried = trying(found, model or names[0]), study_to_try(plan, item_set)
        started = start_run(handle, tried, text, limit=None, yes=yes, purpose=purpose)
        result = asyncio.run(started)
        if result is None:
            raise UserError("nothing was sent.")
        _show(handle, handle.get_one(Run, result.run_id), prompt=prompt, json_=json_)
    if fault := result.shortfall:
        raise UserError(fault)


def _show(db: "Db", run: "Run", *, prompt: bool, json_: bool) -> None:
    from taste.pilot_runs import read_made, read_tried

    tried = read_tried(db, run)
    made = [asdict(one) for one in read_made(db, run)]
    text = _prompt(db, tried.answer)
    if json_:
        write_json(
            {
                "run_id": run.id,
                "simulated": run.simulated,
                "prompt": text if prompt else None,
                "reply": tried.answer.raw_reply if tried.answer else None,
                "proposal": tried.proposal.move if tried.proposal else None,
                "exclusion": tried.trial.exclusion,
                "made": made,
                "calls": list(map(_call, tried.calls)),
            }
        )
        return
    if tried.answer is not None:
        _write_prompt(tried.answer, text, whole=prompt)
    _write_proposal(tried, simulated=run.simulated)
    for one in made:
        typer.echo(f"{one['kind']} {_about(db, one, tried)}: {safe(one['says'])}")
    for call in tried.calls:
        typer.echo(
            f"call {call.id}  {call.purpose}  {safe(call.model)}  {call.outcome}  "
            f"request {call.request_hash[:16]}  ${call.cost_usd:.4f}"
        )
    cost = sum(call.cost_usd for call in tried.calls)
    typer.echo(f"cost: ${cost:.4f} in {len(tried.calls)} calls; what was there already is free")


def _prompt(db: "Db", call: "Call | None") -> str | None:
    """What was asked for the proposal, built again; None where that cannot be."""
    from taste.rebuild import RebuildError, rebuild_request

    if call is None:
        return None
    try:
        built = rebuild_request(db, call)
    except RebuildError:
        return None
    return built.context + built.question if built.text_hash == call.request_hash else None


def _write_prompt(call: "Call", text: str | None, *, whole: bool) -> None:
    from transcripts.rendering.text import visible_controls

    if text is None:
        typer.echo("prompt: cannot be built again; `taste audit` says why")
        return
    more = "" if whole else "; --prompt prints it"
    typer.echo(f"prompt: {len(text):,} characters, sha256 {call.request_hash[:16]}{more}")
    if whole:
        typer.echo(f"{visible_controls(text)}\n")


def _write_proposal(tried: "Tried", *, simulated: bool) -> None:
    """What came back, and why nothing could be used if so."""
    row = tried.proposal
    label = f"proposal{' (simulated)' if simulated else ''}"
    typer.echo(f"{label}: {safe((row.move if row else None) or 'none')}")
    for name, said in (("why", row and row.why), ("wrong if", row and row.wrong_if)):
        if said:
            typer.echo(f"{name}: {safe(said)}")
    if row is not None and row.move is None:
        typer.echo(f"outcome: {safe(row.outcome)}{f', {safe(row.reason)}' if row.reason else ''}")
    if tried.trial.exclusion:
        typer.echo(f"excluded: {safe(tried.trial.exclusion)}")


def _about(db: "Db", one: dict[str, Any], tried: "Tried") -> str:
    """Whose move was restated; or who judged, and which move came first."""
    move = tried.proposal.move if tried.proposal else None
    if one["kind"] == "restatement":
        return "of the proposal" if one["about"] == move else "of the human's move"
    judged = safe(one["about"].splitlines()[-1]).strip("()")
    whose = "human's move" if _order(db, one["identity"]) == "human" else "proposal"
    return f"({judged}, the {whose} first)"


def _order(db: "Db", identity: str) -> str:
    """Whose move came first where a verdict was given; who reviews a pilot is not told."""
    from sqlmodel import col, select

    from taste.tables import Comparison, Verdict

    judged = col(Comparison.id) == col(Verdict.comparison_id)
    query = select(Comparison.order).join(Verdict, judged).where(Verdict.identity == identity)
    return db.exec(query).one()


def _call(call: "Call") -> dict[str, Any]:
    return {"call": call.id, "purpose": call.purpose, "model": call.model, "outcome": call.outcome,
            "request_hash": call.request_hash, "cost_usd": call.cost_usd,
            "seconds": call.seconds}  # fmt: skip
