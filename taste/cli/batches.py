"""Commands about Message Batches: what has become of them, and canceling one."""

from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.shared import DbOption, JsonOption, now, opened, safe, say, write_json, write_table

if TYPE_CHECKING:
    from taste.batching.states import BatchState

app = typer.Typer()
BatchId = Annotated[int, typer.Argument(metavar="ID", help="Number from `taste batches`.")]


@app.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    run: Annotated[int | None, typer.Option(help="Only the batches of this run.")] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """List the batches with what came of their requests and what they cost."""
    if context.invoked_subcommand is not None:
        return
    from taste.batching.states import batch_states
    from taste.run_states import read_any_run

    with opened(db, context) as handle:
        if run is not None:
            read_any_run(handle, run)
        states = batch_states(handle, run)
    if json_:
        for state in states:
            write_json(state)
        return
    if not states:
        say("there is no batch; `taste run STUDY.toml --batch` makes them.")
        return
    header = ("batch", "run", "endpoint", "status", "requests", "results", "cost", "may yet cost")
    write_table(header, map(_row, states))


def _row(state: "BatchState") -> tuple[object, ...]:
    from taste.batching.rows import ABANDONED

    unknown = " and what is not known" if state.status == ABANDONED else ""
    results = ", ".join(f"{count} {name}" for name, count in sorted(state.results.items()))
    return (
        state.batch_id,
        state.run_id,
        f"{state.endpoint}{' (simulated)' if state.simulated else ''}",
        state.status,
        state.requests,
        results,
        f"${state.cost_usd:.2f}{unknown}",
        f"${state.reserved_usd:.2f}",
    )


@app.command("cancel")
def cancel(
    context: typer.Context,
    batch: BatchId,
    db: DbOption = None,
) -> None:
    """Ask an endpoint to answer no more of a batch; what it has answered is kept and paid for."""
    import asyncio

    from taste.batching.states import cancel_batch, get_batch

    with opened(db, context) as handle:
        row = get_batch(handle, batch)
        remote = asyncio.run(cancel_batch(handle, row))
        run = row.run_id
    typer.echo(
        f"batch {batch} is {safe(remote.status)} at its endpoint. Go on with run {run} "
        "(`taste run STUDY.toml --batch`) to collect what it has answered."
    )


@app.command("abandon")
def abandon(
    context: typer.Context,
    batch: BatchId,
    db: DbOption = None,
) -> None:
    """Wait no longer for a batch whose results are gone; its requests are made again."""
    from taste.batching.states import abandon_batch, get_batch

    with opened(db, context) as handle:
        row = get_batch(handle, batch)
        abandon_batch(handle, row, now())
        run = row.run_id
    typer.echo(
        f"batch {batch} is given up; run {run} asks for what it has not brought again. What its "
        "endpoint billed for that is not known, and is in no sum."
    )
