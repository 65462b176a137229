"""Commands about one session with its parts and subagents: allow, set, delete, withdraw."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from taste.cli.imports import parse_endpoints
from taste.cli.shared import DbOption, JsonOption, now, opened, parse_day, safe, say, write_json
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.removal import Dependants
    from transcripts.db import Db
    from transcripts.tables import Session

app = typer.Typer(no_args_is_help=True)

SessionArgument = Annotated[str, typer.Argument(help="External id, or a unique beginning of it.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
CopiesOption = Annotated[
    bool, typer.Option("--copies", help="Also its resumed or forked copies: all of its lineage.")
]
ReasonOption = Annotated[str | None, typer.Option(help="Why, for the tombstone.")]


@app.command("allow")
def allow(
    context: typer.Context,
    session: SessionArgument,
    endpoints: Annotated[str, typer.Argument(metavar="ENDPOINT[,...]|none")],
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Say to which endpoints a session's text may be sent."""
    may_send = parse_endpoints(endpoints)
    with opened(db, context) as handle:
        family = _family(handle, session)
        if may_send != "none" and family[0].withdrawn_at is not None:
            day = family[0].withdrawn_at.date()
            raise UserError(f"{family[0].external_id!r} was withdrawn on {day}: it goes nowhere.")
        for one in family:
            one.may_send = may_send
            handle.add(one)
        handle.commit()
    if json_:
        write_json(_said(family, {"may_send": may_send}))
        return
    typer.echo(f"{safe(family[0].external_id)} may be sent to: {may_send}{_with(family)}")


@app.command("set")
def set_(  # noqa: PLR0913
    context: typer.Context,
    session: SessionArgument,
    researcher: Annotated[
        str | None, typer.Option(help="Who did this work; an empty text says nobody.")
    ] = None,
    project: Annotated[
        str | None, typer.Option(help="Which project it belongs to; an empty text: none.")
    ] = None,
    usable_until: Annotated[
        str | None,
        typer.Option(metavar="DATE|none", help="Last day on which it may be used."),
    ] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Change what is said about a session: researcher, project, the end of consent."""
    from taste.manifests import name_again

    values: dict[str, object] = {}
    if researcher is not None:
        values["researcher"] = researcher.strip() or None
    if project is not None:
        values["project"] = project.strip() or None
    if usable_until is not None:
        no_end = usable_until == "none"
        values["usable_until"] = None if no_end else parse_day(usable_until, "--usable-until")
    if not values:
        raise UserError("nothing to set: give --researcher, --project or --usable-until.")
    with opened(db, context) as handle:
        family = _family(handle, session)
        for one in family:
            for name, value in values.items():
                setattr(one, name, value)
            handle.add(one)
        name_again(handle, [("session", one.id or 0) for one in family], now())
        handle.commit()
    if json_:
        write_json(_said(family, values))
        return
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in values.items())
    typer.echo(f"{safe(family[0].external_id)}: {safe(said)}{_with(family)}")


@app.command("delete")
def delete(  # noqa: PLR0913, PLR0917
    context: typer.Context,
    session: SessionArgument,
    reason: ReasonOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Even if a frozen set loses items by it.")
    ] = False,
    copies: CopiesOption = False,
    yes: YesOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Delete a session with all that hangs on it; a tombstone with its hash stays."""
    from taste.removal import delete_with_all, find_dependants, refuse_frozen

    with opened(db, context) as handle:
        family, left = _chosen(handle, session, copies=copies)
        name, found = family[0].external_id, find_dependants(handle, family)
        if not force:
            refuse_frozen(name, found)
        _ask("delete", name, found, left, yes=yes)
        delete_with_all(handle, family, reason, now(), force=force)
    _tell("deleted", name, found, left, json_=json_)


@app.command("withdraw")
def withdraw(  # noqa: PLR0913
    context: typer.Context,
    session: SessionArgument,
    reason: ReasonOption = None,
    copies: CopiesOption = False,
    yes: YesOption = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Remove a session's text, and all text made from it; numbers and a tombstone stay."""
    from taste.removal import find_dependants, withdraw_with_all

    with opened(db, context) as handle:
        family, left = _chosen(handle, session, copies=copies)
        family = [one for one in family if one.withdrawn_at is None]
        if not family:
            raise UserError(f"{session!r} is withdrawn already.")
        name, found = family[0].external_id, find_dependants(handle, family)
        _ask("withdraw", name, found, left, yes=yes)
        withdraw_with_all(handle, family, reason, now())
    _tell("withdrawn", name, found, left, json_=json_)


def _family(db: "Db", name: str) -> list["Session"]:
    """The session that is meant, with its parts and subagents."""
    from transcripts.queries import find_family, get_session

    return find_family(db, get_session(db, name))


def _chosen(db: "Db", name: str, *, copies: bool) -> tuple[list["Session"], list[str]]:
    """The sessions to be removed, and the names of copies that stay."""
    from transcripts.removal import find_copies

    family = _family(db, name)
    others = find_copies(db, family)
    if copies:
        return [*family, *others], []
    return family, sorted({one.external_id for one in others})


def _said(family: list["Session"], values: dict[str, object]) -> dict[str, object]:
    return {"session": family[0].external_id, "sessions": len(family), **values}


def _with(family: list["Session"]) -> str:
    """How many more sessions a command was about."""
    more = len(family) - 1
    return f" (with {more} parts and subagents)" if more else ""


def _ask(what: str, name: str, found: "Dependants", left: list[str], *, yes: bool) -> None:
    """Say what hangs on a session, and go on only if that is wanted."""
    say(f"{safe(name)}: {_counted(found)}")
    for item_set in found.sets:
        say(f"  used in the frozen set {safe(item_set)}")
    if left:
        say(
            f"  {len(left)} sessions share its work, may hold the same text and stay as they are: "
            f"{safe(', '.join(left))}. To {what} them too, add --copies."
        )
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError("standard input is no terminal to ask on; to go on without, add --yes.")
    if not typer.confirm(f"{what.capitalize()} it?", err=True):
        raise UserError("nothing was changed.")


def _tell(done: str, name: str, found: "Dependants", left: list[str], *, json_: bool) -> None:
    if json_:
        what = {"session": name, "outcome": done, "copies_left": left, "sets": found.sets}
        write_json(what | found.counts)
    else:
        typer.echo(f"{safe(name)} {done}: {_counted(found)}")


def _counted(found: "Dependants") -> str:
    return ", ".join(f"{count} {name}" for name, count in found.counts.items())
