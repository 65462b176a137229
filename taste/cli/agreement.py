"""`taste agreement`: how far annotators agree, estimated by `analysis` from what was handed in."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from taste.cli.shared import DbOption, JsonOption, opened, safe, say, write_json

if TYPE_CHECKING:
    from taste.agreement_results import AgreementResults
    from transcripts.db import Db

TOLERANCES = (0, 1)


def agreement(
    context: typer.Context,
    *,
    sessions: Annotated[
        list[str] | None,
        typer.Option("--sessions", metavar="SESSION", help="These alone; give it once for each."),
    ] = None,
    tolerance: Annotated[
        list[int] | None,
        typer.Option(min=0, help="Human acts that two labels may be apart; 0 and 1 if not given."),
    ] = None,
    condition: Annotated[
        Literal["blind", "assisted", "all"],
        typer.Option(help="Labels given before candidates were shown, with them, or all."),
    ] = "blind",
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Estimate how far annotators agree on where decision points lie and what they are."""
    with opened(db, context) as handle:
        found = read_agreement(handle, sessions or (), tolerance or TOLERANCES, condition=condition)
    if json_:
        write_json(found)
        return
    from taste.agreement_text import agreement_notes, agreement_tables

    for table in agreement_tables(found):
        typer.echo("\n".join((safe(table.title), *table.lines(), "")))
    for note in agreement_notes(found):
        say(f"note: {safe(note)}")


def read_agreement(
    db: "Db",
    sessions: Sequence[str],
    tolerances: Sequence[int],
    *,
    named: bool = True,
    condition: str = "blind",
) -> "AgreementResults":
    """Estimate everything from the labels of a condition.

    Args:
        db: the database.
        sessions: their ids or beginnings of them; all when empty.
        tolerances: human acts that two labels may be apart.
        named: whether annotators appear by their names.
        condition: blind, assisted or all; see `read_labels_of`.

    Raises:
        UserError: if there is no such session.
    """
    from dataclasses import replace

    from sqlmodel import col, func, select

    from analysis.figures.annotators import estimate_annotators
    from analysis.trials.labels import read_labels_of
    from taste.assignment_tables import Assignment
    from transcripts.codebook import read_codebook
    from transcripts.queries import find_sessions, get_session, list_sessions
    from transcripts.tables import Annotator

    chosen = [get_session(db, name).external_id for name in sessions]
    found = [one for name in chosen for one in find_sessions(db, name)]
    numbers = [one.id for one in (found if sessions else list_sessions(db))]
    names = dict(db.exec(select(Annotator.id, Annotator.name)).all()) if named else None
    labels = read_labels_of(db, numbers, names, condition)
    unsubmitted = select(func.count()).where(
        col(Assignment.session_id).in_(numbers),
        Assignment.mode == "hindsight",
        Assignment.state != "submitted",
    )
    return replace(
        estimate_annotators(labels, read_codebook(), tolerances),
        unsubmitted=db.exec(unsubmitted).one(),
        condition=condition,
        left_out=labels.left_out,
    )
