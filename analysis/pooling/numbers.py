"""A run's figures as a bundle without text: written here, verified and computed again elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from pydantic import ValidationError
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from analysis.errors import EstimateError
from analysis.figures.everything import Figures, estimate_everything
from analysis.figures.outline import outline_table
from analysis.pooling.hiding import hash_id, hide_texts
from analysis.pooling.instruments import (
    HiddenNames,
    Instrument,
    parse_instrument,
    read_instruments,
    write_instrument,
)
from analysis.report.material import read_rows
from analysis.report.statistics import figures_as_json
from analysis.trials.checks import check_table
from analysis.trials.columns import TrialRow
from analysis.trials.files import as_categories
from analysis.trials.table import TrialTable
from taste.bundles.archive import Archive, read_archive, write_archive
from taste.database import HEAD
from taste.plan import Plan
from taste.study import parse_study
from taste.tables import Item, Run, Trial
from transcripts.db import Db
from transcripts.errors import UserError
from transcripts.queries import main_id
from transcripts.tables import DecisionPoint, Session

NUMBERS_ONLY = "numbers-only"
TRIALS, PLAN, PLACES, FIGURES = "trials.jsonl", "plan.jsonl", "places.jsonl", "figures.jsonl"
INSTRUMENTS, KIN = "instruments.jsonl", "kin.jsonl"
MOST_BYTES = 1 << 30
"""Of all members together: a numbers-only bundle is read into memory."""


@dataclass(frozen=True)
class Numbers:
    """A numbers-only bundle whose figures were computed again."""

    file: Path
    head: Mapping[str, Any]
    figures: Figures
    table: TrialTable = field(repr=False, compare=False)
    instruments: tuple[Instrument, ...] | None
    """What made the figures; None of a bundle of an earlier version."""
    places: frozenset[str]
    """Hashes of what was knowable at each item."""
    kin: frozenset[str]
    """Hashes of the ids of every session of the items' lineages, and of what these go on from;
    empty in a bundle of an earlier version."""
    trials: int


def export_numbers(db: Db, run: Run, file: Path) -> Numbers:
    """Writes a numbers-only bundle and reads it back.

    Raises:
        UserError: the run has no trials or no estimate, or the file cannot be written.
    """
    study = parse_study(run.study_text, f"study of run {run.id}")
    found = read_rows(db, run)
    hidden = hide_texts(found)
    if not hidden:
        raise UserError(f"run {run.id} has no trials yet.")
    rows = [_line(row) for row in hidden]
    figures, _ = _estimate(rows, study.analysis, file)
    instruments = read_instruments(db, run, study, _names(found, hidden))
    members: dict[str, Sequence[bytes]] = {
        TRIALS: rows,
        PLAN: [_line(study.analysis.model_dump(mode="json"))],
        PLACES: [_line(place) for place in _places(db, run)],
        KIN: [_line(one) for one in _kin(db, run)],
        INSTRUMENTS: [write_instrument(each) for each in instruments],
        FIGURES: [_figures_line(figures)],
    }
    head = {"kind": NUMBERS_ONLY, "revision": HEAD, "simulated": figures.simulated}
    write_archive(file, head, members)
    return read_numbers(file)


def read_numbers(file: Path) -> Numbers:
    """Reads a numbers-only bundle and holds its figures against those of its trials.

    Raises:
        UserError: it is none, was changed, or its figures are not those of its trials.
    """
    archive = read_archive(file, most_bytes=MOST_BYTES)
    if archive.kind != NUMBERS_ONLY:
        raise UserError(
            f"{file.name!r} is a bundle of the kind {archive.kind!r}, with texts; this takes what "
            "`taste bundle export FILE --numbers-only` writes."
        )
    rows = list(archive.lines(TRIALS))
    figures, table = _estimate(rows, _read_plan(archive), file)
    if list(archive.lines(FIGURES)) != [_figures_line(figures)]:
        raise UserError(
            f"the figures in {file.name!r} are not those of its trials: it was changed, or "
            "written by another version of taste."
        )
    return Numbers(
        file=file,
        head=archive.head,
        figures=figures,
        table=table,
        instruments=_read_instruments(archive),
        places=frozenset(_read_hashes(archive, PLACES)),
        kin=frozenset(_read_hashes(archive, KIN) if KIN in archive.head["members"] else ()),
        trials=len(rows),
    )


def _estimate(rows: Sequence[bytes], plan: Plan, file: Path) -> tuple[Figures, TrialTable]:
    """Both ends come through here with the same bytes, so both get the same figures."""
    try:
        records = [orjson.loads(row) for row in rows]
        frame = as_categories(pd.DataFrame(records, dtype=object), file.name)
        table = check_table(frame, file.name)
        return estimate_everything(table, outline_table(table, plan)), table
    except EstimateError as error:
        raise UserError(str(error)) from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise UserError(f"the trials in {file.name!r} cannot be read ({error}).") from error


def _read_plan(archive: Archive) -> Plan:
    try:
        (line,) = archive.lines(PLAN)
        return Plan.model_validate_json(line)
    except (ValidationError, ValueError) as error:
        raise UserError(f"{archive.file.name!r} holds no valid plan.") from error


def _read_instruments(archive: Archive) -> tuple[Instrument, ...] | None:
    if INSTRUMENTS not in archive.head["members"]:
        return None
    lines = archive.lines(INSTRUMENTS)
    return tuple(parse_instrument(line, archive.file.name) for line in lines)


def _names(rows: Sequence[TrialRow], hidden: Sequence[Mapping[str, Any]]) -> HiddenNames:
    pairs = list(zip(rows, hidden, strict=True))
    return HiddenNames(
        sets={row.set: other["set"] for row, other in pairs},
        arms={row.arm: other["arm"] for row, other in pairs},
        judges={row.judge: other["judge"] for row, other in pairs if row.judge is not None},
    )


def _read_hashes(archive: Archive, member: str) -> Iterator[str]:
    for line in archive.lines(member):
        try:
            found = orjson.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, str):
            raise UserError(f"{archive.file.name!r} holds something in {member!r} that is no hash.")
        yield found


def _places(db: Db, run: Run) -> list[str]:
    return sorted(set(db.exec(select(Item.prefix_hash).where(col(Item.id).in_(_items(run))))))


def _kin(db: Db, run: Run) -> list[str]:
    # A lineage may have been named anew since its items were frozen.
    lineages = (
        select(Session.lineage)
        .join(DecisionPoint, col(DecisionPoint.session_id) == col(Session.id))
        .join(Item, col(Item.decision_point_id) == col(DecisionPoint.id))
        .where(col(Item.id).in_(_items(run)))
    )
    query = select(Session.external_id, Session.origins)
    found = db.exec(query.where(col(Session.lineage).in_(lineages)))
    named = {main_id(each) for name, origins in found for each in (name, *origins)}
    return sorted(hash_id("session", name) for name in named)


def _items(run: Run) -> SelectOfScalar[int]:
    return select(Trial.item_id).where(col(Trial.run_id) == run.id)


def _figures_line(figures: Figures) -> bytes:
    return _line(figures_as_json(figures))


def _line(value: object) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
