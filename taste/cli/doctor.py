"""The command doctor: what would stop a run or an annotator, and what to do about it."""

import asyncio
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from taste.cli.shared import (
    DbOption,
    JsonOption,
    database_target,
    now,
    safe,
    write_json,
)
from transcripts.errors import UserError

if TYPE_CHECKING:
    from taste.checkup import Check
    from taste.planning.ask import Known
    from taste.study import Study

_READABLE = frozenset({"database", "integrity", "writable"})
COLUMNS, LINES = 100, 30
"""Of the smallest terminal on which the annotation tool is comfortable."""


def doctor(
    context: typer.Context,
    study: Annotated[
        Path | None, typer.Argument(metavar="[STUDY.toml]", help="Also look at what this needs.")
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Also ask endpoints that are not on this machine.")
    ] = False,
    json_: JsonOption = False,
    db: DbOption = None,
) -> None:
    """Say what would stop a run or an annotator: database, disk, keys, endpoints, terminal."""
    from taste.checkup import check_database, check_packages

    target = database_target(db, context)
    checks = list(check_database(target))
    if study is not None:
        checks += _check_study(study, target, checks, online=online)
    checks += [*_check_terminal(), *check_packages()]
    for check in checks:
        write_json(check) if json_ else _tell(check)
    if faults := [check.name for check in checks if check.verdict == "fault"]:
        raise UserError(f"at fault: {', '.join(faults)}")


def _tell(check: "Check") -> None:
    advice = f" -> {safe(check.advice)}" if check.advice else ""
    line = f"{check.verdict:8} {safe(check.name):24} {safe(check.said)}{advice}"
    if sys.stdout.isatty():
        width, below = shutil.get_terminal_size().columns - 1, " " * 9
        line = textwrap.fill(line, width, subsequent_indent=below, break_on_hyphens=False)
    typer.echo(line)


def _check_study(
    file: Path, target: str, before: "list[Check]", *, online: bool
) -> "Iterator[Check]":
    """Keys, endpoints, models, prices and sets of a study."""
    from taste.checkup import Check, check_key
    from taste.cli.shared import read_study_file
    from taste.endpoints import is_loopback

    try:
        study, _ = read_study_file(file)
    except UserError as error:
        yield Check("study", "fault", str(error), "mend the file")
        return
    seats = len({seat.name for seat in study.seats})
    yield Check("study", "ok", f"{study.name}: {', '.join(study.sets)}; {seats} seats")
    yield from _check_sets(study, target, before)
    for endpoint in study.used_endpoints:
        needed = not (is_loopback(endpoint.base_url) or endpoint.by_file)
        yield check_key(endpoint, needed=needed)
    known = _asked(study, online=online)
    yield from _check_endpoints(study, known)
    yield from _check_models(study, known)
    yield from _check_prices(study)


def _asked(study: "Study", *, online: bool) -> "Known":
    """What the endpoints say of their models."""
    from taste.planning.ask import ask_endpoints, client_for

    async def ask() -> "Known":
        client = client_for(study)
        try:
            return await ask_endpoints(client, study, offline=not online)
        finally:
            await client.close()

    return asyncio.run(ask())


def _check_sets(study: "Study", target: str, before: "list[Check]") -> "Iterator[Check]":
    """Whether the sets are frozen and their sessions may be sent; only of a whole database."""
    from taste.checkup import check_sets
    from taste.database import open_database
    from transcripts.db import Db

    if not any(check.name == "integrity" for check in before):
        return
    if any(check.verdict != "ok" for check in before if check.name in _READABLE):
        return
    engine = open_database(target)
    try:
        with Db(engine) as db:
            yield from check_sets(db, study, now().date())
    finally:
        engine.dispose()


def _check_endpoints(study: "Study", known: "Known") -> "Iterator[Check]":
    from taste.checkup import Check
    from taste.seats import Capability

    for endpoint in study.used_endpoints:
        can = ", ".join(able for able in get_args(Capability) if endpoint.can(able))
        if endpoint.name in known.listed:
            simulated = " (simulated)" if known.simulated else ""
            said = f"answers{simulated}; as the study has it, it can do: {can}"
            yield Check(f"endpoint {endpoint.name}", "ok", said)
    for silent in known.silent:
        name = f"endpoint {silent.endpoint}"
        advice = "--online asks it" if "was not asked" in silent.why else None
        yield Check(name, "fault" if silent.is_fault else "ok", silent.why, advice)


def _check_models(study: "Study", known: "Known") -> "Iterator[Check]":
    from taste.checkup import Check
    from taste.planning.look import own_faults
    from taste.planning.preflight import find_faults, find_warnings

    faults = [*own_faults(study), *find_faults(study, {}, known.facts)]
    warnings = list(find_warnings(study, known.facts, frozenset(known.listed), now()))
    yield from (Check("model", "fault", fault) for fault in faults)
    yield from (Check("model", "warning", warning) for warning in warnings)
    if not faults and not warnings and known.facts:
        yield Check("models", "ok", "known to their endpoints, with what the study asks of them")


def _check_prices(study: "Study") -> "Iterator[Check]":
    from taste.checkup import Check
    from taste.prices import FILE, price_study, read_prices, settings_folder

    try:
        own = read_prices(settings_folder() / FILE)
        price_study(study, now(), own)
    except UserError as error:
        yield Check("prices", "fault", str(error))
        return
    yield Check("prices", "ok", "known for every model")


def _check_terminal() -> "Iterator[Check]":
    from taste.checkup import Check

    if not sys.stdout.isatty():
        yield Check("terminal", "ok", "none: output goes to a file or a pipe")
    else:
        size = shutil.get_terminal_size()
        is_small = size.columns < COLUMNS or size.lines < LINES
        said = f"{size.columns} × {size.lines}, TERM={os.environ.get('TERM', 'not set')}"
        advice = f"make it at least {COLUMNS} × {LINES} for annotating" if is_small else None
        yield Check("terminal", "warning" if is_small else "ok", said, advice)
        is_dumb = os.environ.get("TERM") in {None, "", "dumb", "unknown"}
        if is_dumb:
            said = "cannot move its cursor, as far as TERM says: the annotation tool needs that"
            yield Check("screen", "warning", said, "export TERM=xterm-256color, or what it is")
        is_plain = is_dumb or "NO_COLOR" in os.environ
        yield Check("colours", "ok", "none" if is_plain else "there are some")
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    if encoding == "utf8":
        yield Check("characters", "ok", "UTF-8")
    else:
        yield Check("characters", "warning", sys.stdout.encoding or "unknown", "set a UTF-8 locale")
