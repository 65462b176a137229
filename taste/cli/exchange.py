"""Commands for models that only another machine may reach: requests out, answers in, by file."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    check_place,
    now,
    opened,
    read_study,
    safe,
    say,
    write_json,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.exchange.walking import Stage

prompts = typer.Typer(no_args_is_help=True)
proposals = typer.Typer(no_args_is_help=True)
verdicts = typer.Typer(no_args_is_help=True)

Study = Annotated[Path, typer.Argument(metavar="STUDY.toml", help="Whose requests they are.")]
Answers = Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One answer a line.")]
Partial = Annotated[
    bool, typer.Option("--partial", help="Store what fits, though other lines do not.")
]


@prompts.callback()
@proposals.callback()
@verdicts.callback()
def _root() -> None:
    """Keep the only command a word of its own."""


@prompts.command("export")
def export(
    context: typer.Context,
    study: Study,
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Where the requests go.")],
    endpoint: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose requests; else the only one's.")
    ] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Write what a run would ask of an endpoint next, one request a line; nothing is sent."""
    from taste.exchange.carrying import choose_endpoint, find_wanted
    from taste.exchange.files import render_wanted, write_lines

    check_place(file)
    plan, text = read_study(study)
    chosen = choose_endpoint(plan, endpoint)
    with opened(db, context) as handle:
        found = asyncio.run(find_wanted(handle, plan, text, now, chosen))
        written = write_lines(file, (render_wanted(one) for one in found))
    kinds = [one.order.request.purpose for one in found]
    counts = {kind: kinds.count(kind) for kind in sorted(set(kinds))}
    if json_:
        write_json({"file": str(file), "endpoint": chosen.name, "requests": written, **counts})
        return
    what = ", ".join(f"{number} {kind}" for kind, number in counts.items()) or "nothing to ask"
    typer.echo(f"{written} requests for {chosen.name!r} ({what}) in {safe(file)}")
    say("the file holds text of sessions: only you can read it; carry it to that endpoint alone.")


@proposals.command("import")
def import_proposals(
    context: typer.Context,
    file: Answers,
    study: Study,
    partial: Partial = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Import proposals that another machine's model wrote; with one bad line nothing is stored."""
    _take(context, "proposals", (file, study), partial=partial, json_=json_, db=db)


@verdicts.command("import")
def import_verdicts(
    context: typer.Context,
    file: Answers,
    study: Study,
    partial: Partial = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Import verdicts that another machine's model gave; with one bad line nothing is stored."""
    _take(context, "verdicts", (file, study), partial=partial, json_=json_, db=db)


def _take(
    context: typer.Context,
    stage: "Stage",
    files: tuple[Path, Path],
    *,
    partial: bool,
    json_: bool,
    db: str | None,
) -> None:
    from taste.exchange.carrying import Lines, take_answers
    from taste.exchange.files import read_answers

    plan, text = read_study(files[1])
    lines = list(read_answers(files[0]))
    with opened(db, context) as handle:
        taken = take_answers(handle, plan, text, now, Lines(stage, lines), partial=partial)
        done = asyncio.run(taken)
    for refusal in done.refused:
        say(f"line {refusal.line}: {safe(refusal.reason)}")
    if json_:
        write_json(done)
    else:
        typer.echo(
            f"run {done.run_id}: {done.stored} {stage} stored ({done.unusable} of them without a "
            f"usable answer), {done.unchanged} there already, {len(done.refused)} lines refused"
        )
    if done.refused and not partial:
        raise UserError("nothing was stored; mend these lines, or take the others with --partial.")
