"""What made a run's figures, as names of models and hashes: prompts, settings, what was shown.

It travels with a numbers-only bundle, so that figures which were come by otherwise are never
pooled. Names and hashes only; no text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlmodel import col, or_, select

from analysis.pooling.hiding import WITHHELD, hide_name
from taste.identity import identity, settings_of
from taste.study import Study
from taste.tables import (
    Comparison,
    ItemSet,
    Proposal,
    Restatement,
    Run,
    Trial,
    TrialVerdict,
    Verdict,
)
from transcripts.db import Db
from transcripts.errors import UserError

DISPLAY, SET, STOCK, RESTATER, JUDGE, ARM = "display", "set", "stock", "restater", "judge", "arm"
ROLES = (DISPLAY, SET, STOCK, RESTATER, JUDGE, ARM)
ACTORS = ("human", "agent")


@dataclass(frozen=True, order=True)
class Instrument:
    """One thing that figures rest on; empty where a part has no meaning for its role."""

    role: str
    """One of `ROLES`."""
    name: str = ""
    """Of the set, judge or arm, as the bundle's trials have it."""
    model: str = ""
    """As the endpoint returned it."""
    prompt: str = ""
    """sha256."""
    settings: str = ""
    """sha256 of what was sent beside the prompt, of how a prefix is shown, or of the list of
    stock moves; of a set whose decisions it holds: human or agent."""


@dataclass(frozen=True)
class HiddenNames:
    """Names in the database -> names in the bundle."""

    sets: Mapping[str, str]
    arms: Mapping[str, str]
    judges: Mapping[str, str]


def read_instruments(db: Db, run: Run, study: Study, names: HiddenNames) -> list[Instrument]:
    """Reads what a run's trials were made with, sorted."""
    found = {
        Instrument(DISPLAY, settings=identity(study.display.model_dump(mode="json"))),
        *_sets(db, names),
        *_arms(db, run, names),
        *_stock(db, run),
        *_restaters(db, run, study),
        *_judges(db, run, names),
    }
    return sorted(found)


def write_instrument(instrument: Instrument) -> bytes:
    """Returns the line of an instrument."""
    return orjson.dumps(asdict(instrument), option=orjson.OPT_SORT_KEYS)


def parse_instrument(line: bytes, file: str) -> Instrument:
    """Returns the instrument of a line.

    Raises:
        UserError: it is none.
    """
    try:
        found = Instrument(**orjson.loads(line))
    except (ValueError, TypeError):
        found = None
    if (
        found is None
        or found.role not in ROLES
        or not all(isinstance(part, str) for part in asdict(found).values())
    ):
        raise UserError(f"{file!r} holds an instrument that cannot be read.")
    return found


def _sets(db: Db, names: HiddenNames) -> Iterator[Instrument]:
    found = db.exec(select(ItemSet).where(col(ItemSet.name).in_(names.sets)))
    for one in found:
        actor = one.actor if one.actor in ACTORS else WITHHELD
        yield Instrument(SET, names.sets[one.name], settings=actor)


def _arms(db: Db, run: Run, names: HiddenNames) -> Iterator[Instrument]:
    query = (
        select(Proposal.arm, Proposal.model, Proposal.prompt_hash, Proposal.settings)
        .join(Trial, col(Trial.proposal_id) == col(Proposal.id))
        .where(col(Trial.run_id) == run.id, col(Proposal.model).is_not(None))
    )
    for arm, model, prompt, settings in db.exec(query):
        yield _used(ARM, names.arms[arm], model or "", prompt, settings)


def _stock(db: Db, run: Run) -> Iterator[Instrument]:
    """The list that a stock move was picked from stands before the first comma of its source."""
    query = (
        select(Proposal.source)
        .join(Trial, col(Trial.proposal_id) == col(Proposal.id))
        .where(col(Trial.run_id) == run.id, col(Proposal.arm) == STOCK)
    )
    for source in db.exec(query):
        yield Instrument(STOCK, settings=identity((source or "").partition(",")[0]))


def _restaters(db: Db, run: Run, study: Study) -> Iterator[Instrument]:
    query = (
        select(Restatement.model, Restatement.prompt_hash)
        .join(
            Comparison,
            or_(
                col(Comparison.human_id) == col(Restatement.id),
                col(Comparison.proposed_id) == col(Restatement.id),
            ),
        )
        .join(Verdict, col(Verdict.comparison_id) == col(Comparison.id))
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == col(Verdict.id))
        .join(Trial, col(Trial.id) == col(TrialVerdict.trial_id))
        .where(col(Trial.run_id) == run.id, col(Restatement.model).is_not(None))
        .distinct()
    )
    for model, prompt in db.exec(query):
        yield _used(RESTATER, "", model or "", prompt, settings_of(study.restater))


def _judges(db: Db, run: Run, names: HiddenNames) -> Iterator[Instrument]:
    query = (
        select(Verdict.judge, Verdict.model, Verdict.prompt_hash, Verdict.settings)
        .join(TrialVerdict, col(TrialVerdict.verdict_id) == col(Verdict.id))
        .join(Trial, col(Trial.id) == col(TrialVerdict.trial_id))
        .where(col(Trial.run_id) == run.id, col(Verdict.model).is_not(None))
    )
    for judge, model, prompt, settings in db.exec(query):
        yield _used(JUDGE, names.judges[judge], model or "", prompt, settings)


def _used(
    role: str, name: str, model: str, prompt: str | None, settings: Mapping[str, Any]
) -> Instrument:
    return Instrument(role, name, hide_name(model) or "", prompt or "", identity(settings or {}))
