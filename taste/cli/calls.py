"""`taste calls` and `taste show-call`: the attempts to reach models, one by one."""

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    opened,
    parse_day,
    write_json,
    write_table,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taste.tables import Call
    from transcripts.db import Db

_HEADER = ("id", "run", "purpose", "model", "try", "outcome", "mode", "usd", "seconds", "started")


def list_(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    run: Annotated[int | None, typer.Option(help="Of this run.")] = None,
    purpose: Annotated[str | None, typer.Option(help="propose, restate, judge …")] = None,
    model: Annotated[str | None, typer.Option(help="To this model.")] = None,
    outcome: Annotated[str | None, typer.Option(help="answered, refused, truncated …")] = None,
    endpoint: Annotated[str | None, typer.Option(help="At this endpoint.")] = None,
    item: Annotated[str | None, typer.Option(metavar="SET:NUMBER", help="About this item.")] = None,
    session: Annotated[
        str | None, typer.Option(metavar="ID", help="About this session and its subagents.")
    ] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="Begun on or after.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the latest.")] = 50,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """List attempts to reach a model, the latest last."""
    wanted = {
        "run_id": run, "purpose": purpose, "model": model, "outcome": outcome, "endpoint": endpoint
    }  # fmt: skip
    with opened(db, context) as handle:
        _check(handle, wanted)
        calls = _find(handle, wanted, _points(handle, item, session), since, limit)
    if json_:
        for call in calls:
            write_json(call.model_dump(mode="json", exclude={"raw_reply"}))
        return
    write_table(_HEADER, [_row(call) for call in calls])


def _check(db: "Db", wanted: dict[str, Any]) -> None:
    """Refuse what no call has: a slip would look like a run without calls.

    Raises:
        UserError: naming it, and what there is.
    """
    from sqlmodel import select

    from taste.run_states import read_any_run
    from taste.tables import Call

    if wanted["run_id"] is not None:
        read_any_run(db, wanted["run_id"])
    for name, value in wanted.items():
        if name == "run_id" or value is None:
            continue
        there = sorted(db.exec(select(getattr(Call, name)).distinct()))
        if value not in there:
            known = ", ".join(map(repr, there)) or "none"
            raise UserError(f"no call has the {name} {value!r}; there are: {known}.")


def _points(db: "Db", item: str | None, session: str | None) -> "Iterator[Any]":
    """Yield the decision points of an item and of a session, as far as either was named."""
    from sqlmodel import col, select

    from taste.item_names import find_item
    from transcripts.queries import find_family, get_session
    from transcripts.tables import DecisionPoint

    if item is not None:
        yield [find_item(db, item)[1].decision_point_id]
    if session is not None:
        family = [one.id for one in find_family(db, get_session(db, session))]
        yield select(DecisionPoint.id).where(col(DecisionPoint.session_id).in_(family))


def _find(
    db: "Db", wanted: dict[str, Any], points: "Iterator[Any]", since: str | None, limit: int
) -> "list[Call]":
    from sqlmodel import col, select

    from taste.tables import Call

    query = select(Call).order_by(col(Call.id).desc()).limit(limit)
    for name, value in wanted.items():
        if value is not None:
            query = query.where(getattr(Call, name) == value)
    for among in points:
        query = query.where(col(Call.decision_point_id).in_(among))
    if since is not None:
        begin = datetime.combine(parse_day(since, "--since"), time(), UTC)
        query = query.where(col(Call.started_at) >= begin)
    return list(reversed(db.exec(query).all()))


def _row(call: "Call") -> tuple[object, ...]:
    return (
        call.id, call.run_id, call.purpose, call.model, call.attempt,
        call.outcome + (" (simulated)" if call.simulated else ""), call.mode,
        f"{call.cost_usd:.4f}", f"{call.seconds:.1f}", f"{call.started_at:%Y-%m-%d %H:%M:%S}",
    )  # fmt: skip


def show(
    context: typer.Context,
    number: Annotated[int, typer.Argument(metavar="ID", help="As `taste calls` lists it.")],
    request: Annotated[bool, typer.Option("--request", help="The request alone.")] = False,
    reply: Annotated[bool, typer.Option("--reply", help="The reply alone.")] = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Print the exact request of a call, built again from the rows, and the response."""
    from taste.rebuild import RebuildError, rebuild_request
    from taste.tables import Call

    with opened(db, context) as handle:
        call = handle.get(Call, number)
        if call is None:
            raise UserError(f"there is no call {number}; `taste calls` lists them.")
        text, fault = "", None
        try:
            built = rebuild_request(handle, call)
            text = built.context + built.question
            if built.text_hash != call.request_hash:
                fault = "what the rows give today is not what was sent: the hash differs"
        except RebuildError as error:
            fault = f"the request cannot be built again: {error}"
    both = request == reply
    if json_:
        shown = {"request": text if both or request else None, "request_fault": fault}
        write_json({**call.model_dump(mode="json"), **shown})
        return
    _print(call, text if both or request else None, fault, reply=both or reply)


def _print(call: "Call", text: str | None, fault: str | None, *, reply: bool) -> None:
    from transcripts.rendering.text import visible_controls

    write_table(_HEADER, [_row(call)])
    if text is not None:
        told = fault or f"sha256 {call.request_hash}, as it was sent"
        typer.echo(f"\nrequest ({told})\n{visible_controls(text)}")
    if reply:
        received = call.raw_reply or call.error or "nothing came back"
        typer.echo(f"\nreply\n{visible_controls(received)}")
