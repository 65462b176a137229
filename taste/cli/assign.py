"""`taste assign` and `taste progress`: queues for annotators, who may do what, how far they are."""

from datetime import date
from typing import TYPE_CHECKING, Any

import typer

from taste.cli import assign_options as options
from taste.cli.shared import (
    DbOption,
    JsonOption,
    now,
    opened,
    parse_day,
    safe,
    say,
    write_json,
    write_table,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.assigning.making import Design, Made
    from taste.assigning.targets import Chosen, Found
    from transcripts.db import Db


def assign(  # noqa: PLR0913
    context: typer.Context,
    *,
    annotator: options.People = None,
    mode: options.Mode = "hindsight",
    session: options.Sessions = None,
    set_: options.Sets = None,
    sample: options.Samples = None,
    points: options.Points = None,
    whole: options.Whole = False,
    overlap: options.Overlap = 1,
    seed: options.Seed = 1,
    name: options.Name = None,
    due: options.Due = None,
    assisted: options.Assisted = 0.0,
    foresight_share: options.AskedShare = None,
    gold: options.Gold = 0.0,
    repeats: options.Repeats = 0.05,
    check: options.Check = False,
    staff: options.Staff = None,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Make annotators' queues: sessions, points or pairs of moves; the same call adds nothing."""
    from taste.assigning.making import Design
    from taste.assigning.targets import Chosen

    people, batch = tuple(annotator or ()), _batch(name, f"{mode}-{seed}")
    shares = (assisted, foresight_share, gold, repeats if mode == "judge" else 0.0)
    design = Design(batch, mode, people, overlap, seed, _day(due), *shares)
    chosen = Chosen(tuple(session or ()), tuple(set_ or ()), tuple(sample or ()), points, whole)
    _refuse_mixed(design, chosen)
    with opened(db, context) as handle:
        if check:
            _check(handle, design, chosen, staff, json_=json_)
            handle.rollback()
        else:
            _make(handle, design, chosen, json_=json_)


def _batch(given: str | None, default: str) -> str:
    import re

    from taste.assigning.queue import OWN
    from taste.seats import NAME

    name = default if given is None else given
    if name == OWN or not re.fullmatch(NAME, name):
        raise UserError(
            f"{name!r} cannot name a batch: use letters, digits, '.', '_' and '-', at most 64; "
            f"{OWN!r} is what annotators take for themselves."
        )
    return name


def _day(text: str | None) -> date | None:
    return None if text is None else parse_day(text, "--due")


def _refuse_mixed(design: "Design", chosen: "Chosen") -> None:
    """Refuse options that mean nothing in the mode: nothing that was asked is left out unsaid."""
    mode = design.mode
    for option, given, where in (
        ("--assisted", design.assisted, "hindsight"),
        ("--foresight-share", design.share, "foresight"),
        ("--gold", design.gold, "judge"),
    ):
        if given and mode != where:
            raise UserError(f"{option} goes with --mode {where}, not with {mode}.")
    others = (chosen.sessions, chosen.sets, chosen.points, chosen.whole)
    if mode == "judge" and (len(chosen.samples) != 1 or any(others)):
        raise UserError("to judge, name one calibration sample with --sample; it has the pairs.")


def _find(db: "Db", design: "Design", chosen: "Chosen") -> "Found":
    from taste.assigning.pairs import find_pairs
    from taste.assigning.targets import Found, find_targets, split_usable

    today = now().date()
    if design.mode == "judge":
        return split_usable(db, find_pairs(db, chosen.samples[0]), today)
    found: Found = find_targets(db, chosen, design.mode, today)
    return found


def _make(db: "Db", design: "Design", chosen: "Chosen", *, json_: bool) -> None:
    from sqlalchemy.exc import IntegrityError

    from taste.assigning.making import make_assignments
    from taste.assigning.targets import names_of

    if design.due is not None and design.due < now().date():
        say(f"the deadline {design.due} is past already.")
    found = _find(db, design, chosen)
    if not found.targets:
        ready = " that two annotators have handed in" if design.mode == "adjudicate" else ""
        raise UserError(f"there is nothing{ready} to assign{_why(found)}.")
    try:
        made = make_assignments(db, design, found.targets, now())
        db.commit()
    except IntegrityError as error:
        raise UserError(
            "somebody else assigned the same just now; nothing was added, run the command again."
        ) from error
    short = [{**names_of(db, s.target), "wanted": s.wanted, "found": s.found} for s in made.short]
    _say_short(found, made, short)
    if json_:
        told: dict[str, Any] = {"batch": design.batch, "made": made.queues, "there": made.there}
        write_json({**told, "short": short, "gold_short": made.gold_short,
                    "met_again": made.met_again})  # fmt: skip
        return
    write_table(("annotator", "assigned"), made.queues.items())


def _why(found: "Found") -> str:
    reasons = (f"{count} {reason}" for reason, count in found.left_out.items())
    return f" ({', '.join(reasons)})" if found.left_out else ""


def _say_short(found: "Found", made: "Made", short: list[dict[str, Any]]) -> None:
    for reason, count in found.left_out.items():
        say(f"{count} sessions were left out: {safe(reason)}.")
    for one in short:
        at = f" at {safe(one['before'])}" if one["before"] else ""
        everybody = one["found"] >= len(made.queues)
        why = "no more were named" if everybody else "--check says who may not and why"
        say(f"{safe(one['session'])}{at}: {one['found']} of {one['wanted']} people; {why}.")
    if made.met_again:
        say(f"{made.met_again} pairs go to people who have another pair of the same point, and so "
            "meet the human's move twice; with more people fewer would.")  # fmt: skip
    if made.gold_short:
        say(f"{made.gold_short} gold pairs are lacking: a run of the arms recovery and shuffled "
            "makes them.")  # fmt: skip


def _check(db: "Db", design: "Design", chosen: "Chosen", staff: str | None, *, json_: bool) -> None:
    from taste.assigning.checking import check_staffing, parse_staff
    from taste.assigning.making import find_people

    wanted = parse_staff(staff, design.overlap)
    people = find_people(db, design.people or _everybody(db))
    checks = check_staffing(db, _find(db, design, chosen).targets, people, wanted)
    if json_:
        for one in checks:
            write_json(one)
        return
    rows = [
        (one.session, one.before or "-", role.role, role.wanted, len(role.eligible),
         ", ".join(role.eligible) or "nobody",
         "; ".join(f"{who}: {why}" for who, why in role.refused.items()) or "-")
        for one in checks for role in one.roles
    ]  # fmt: skip
    write_table(("session", "before", "role", "wanted", "may", "who", "who may not"), rows)
    lacking = [one for one in checks if one.fault]
    for one in lacking:
        typer.echo(f"{safe(one.session)} cannot be staffed: {one.fault}")
    typer.echo(f"{len(checks) - len(lacking)} of {len(checks)} can be staffed")


def _everybody(db: "Db") -> tuple[str, ...]:
    from sqlmodel import select

    from transcripts.tables import Annotator

    return tuple(sorted(db.exec(select(Annotator.name))))


def progress(context: typer.Context, json_: JsonOption = False, db: DbOption = None) -> None:
    """Say how far each annotator is: states, active minutes, gold pairs, what is open now."""
    from dataclasses import asdict

    from taste.assigning.progress import read_progress

    with opened(db, context) as handle:
        rows = [asdict(one) for one in read_progress(handle, now())]
    if json_:
        for row in rows:
            write_json(row)
        return
    if rows:
        write_table([name.replace("_", " ") for name in rows[0]], (row.values() for row in rows))
    else:
        say("nothing is assigned yet; `taste assign` makes queues.")
