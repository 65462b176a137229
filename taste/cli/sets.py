"""Commands about sets: freeze, extend, list, show."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taste.cli.shared import DbOption, JsonOption, now, opened, write_json, write_table

if TYPE_CHECKING:
    from taste.sets import Frozen

app = typer.Typer(no_args_is_help=True)


@app.command("freeze")
def freeze(  # noqa: PLR0913
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="Name of the set, for the study file.")],
    kind: Annotated[
        Literal["suboptimal", "strong", "random", "pilot"],
        typer.Option("--set", help="Which points: by label, or at random."),
    ],
    labels: Annotated[
        Literal["adjudicated", "unanimous", "one"],
        typer.Option(help="Whose labels count."),
    ],
    actor: Annotated[Literal["human", "agent"], typer.Option(help="Whose decisions.")] = "human",
    per_session: Annotated[int | None, typer.Option(min=1, help="Most items a session.")] = None,
    sample: Annotated[
        str | None, typer.Option(help="For a random set: the sample that it takes.")
    ] = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Freeze a set: an immutable, hashed list of items, with what was left out and why."""
    from taste.set_rules import SetRule
    from taste.sets import freeze_set

    with opened(db, context) as handle:
        frozen = freeze_set(handle, SetRule(name, kind, labels, actor, per_session, sample), now())
    _say_frozen(frozen, json_=json_)


@app.command("extend")
def extend(
    context: typer.Context,
    *,
    name: Annotated[str, typer.Argument(help="Name of the set that is to grow.")],
    larger: Annotated[str, typer.Option("--as", metavar="NAME", help="Name of the larger set.")],
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Freeze a larger set: all items of a set, and what its rule takes now besides."""
    from taste.extending import extend_set

    with opened(db, context) as handle:
        frozen = extend_set(handle, name, larger, now())
    _say_frozen(frozen, json_=json_, extends=name)


def _say_frozen(frozen: "Frozen", *, json_: bool, extends: str | None = None) -> None:
    if json_:
        row = frozen.item_set.model_dump(exclude={"id", "parent_id"})
        counted = {"items": frozen.items, "excluded": frozen.excluded, "created": frozen.created}
        write_json(row | {"extends": extends} | counted)
        return
    name = frozen.item_set.name
    done = "frozen" if frozen.created else "was frozen already, unchanged"
    if extends is not None:
        done += f", extends {extends}"
    typer.echo(f"{name} {done}: {frozen.items} items, sha256 {frozen.item_set.digest[:16]}")
    for reason, count in frozen.excluded.items():
        typer.echo(f"  left out: {count} {reason}")


@app.command("list")
def list_(context: typer.Context, json_: JsonOption = False, db: DbOption = None) -> None:
    """List the frozen sets."""
    from sqlmodel import col, select

    from taste.sets import read_items
    from taste.tables import ItemSet

    with opened(db, context) as handle:
        sets = handle.exec(select(ItemSet).order_by(col(ItemSet.name))).all()
        names = {s.id: s.name for s in sets}
        rows = [(s, names.get(s.parent_id), len(read_items(handle, s))) for s in sets]
    if json_:
        for item_set, extends, items in rows:
            row = item_set.model_dump(exclude={"id", "parent_id"})
            write_json(row | {"extends": extends, "items": items})
        return
    write_table(
        ("set", "kind", "labels", "actor", "items", "extends", "sha256"),
        ((s.name, s.kind, s.labels, s.actor, n, e or "", s.digest[:16]) for s, e, n in rows),
    )


@app.command("show")
def show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the set.")],
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Show a set's items, and what was left out and why."""
    from sqlmodel import select

    from taste.sets import get_set, read_items
    from taste.tables import SetExclusion
    from transcripts.tables import DecisionPoint, Session

    with opened(db, context) as handle:
        item_set = get_set(handle, name)
        left_out = handle.exec(select(SetExclusion).where(SetExclusion.set_id == item_set.id)).all()
        places = [(i.decision_point_id, str(i.number), "") for i in read_items(handle, item_set)]
        places += [(row.decision_point_id, "-", row.reason) for row in left_out]
        rows = []
        for point_id, number, reason in places:
            point = handle.get_one(DecisionPoint, point_id)
            session = handle.get_one(Session, point.session_id)
            rows.append((number, session.external_id, point.before, point.actor, reason))
    header = ("item", "session", "before", "actor", "left out")
    if json_:
        for row in rows:
            write_json(dict(zip(header, row, strict=True)))
        return
    write_table(header, rows)
