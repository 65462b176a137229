"""Fitting the stock arm: which one context-free move does best on the pilot set, and on no other.

Says what is to be run and picks from the rates; running and scoring are done elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import select

from taste.controls import StockList
from taste.jobs import Purpose
from taste.judging import Controls, Judging, Probes
from taste.manifests import add_about_run
from taste.probe_tables import StockFit
from taste.seats import Judge
from taste.sets import get_set, read_items
from taste.study import Study
from taste.tables import Item, ItemSet, Run
from transcripts.db import Db
from transcripts.errors import UserError

LEAST_SHARE = 0.5
"""Share of the pilot's items that a move must be scored on to be picked."""


@dataclass(frozen=True, slots=True)
class MoveRate:
    """How one move of the list did on the pilot set."""

    number: int
    """Place in the list, from 1."""
    move: str
    rate: float | None
    """Mean item score, in [0, 1]; None where no item has a score."""
    items: int
    """Items that have a score."""


def count_shared_lineages(db: Db, pilot: ItemSet, study: Study) -> int:
    """How many lineages the pilot set shares with the study's sets, of which it may share no item.

    Raises:
        UserError: if it shares an item, be it as a copy in another session, or a set is missing.
    """
    sets = [get_set(db, name) for name in study.sets]
    own = [item for one in sets for item in read_items(db, one)]
    tried = read_items(db, pilot)
    shared = _places(tried) & _places(own)
    if shared or pilot.name in study.sets:
        raise UserError(
            f"the pilot set {pilot.name!r} and the study's sets ({', '.join(study.sets)}) share "
            f"{len(shared)} items: a move fitted on them would be tested on what it was picked "
            "for. Freeze a pilot set of other points."
        )
    return len({item.lineage for item in tried} & {item.lineage for item in own})


def _places(items: Sequence[Item]) -> set[tuple[str, str]]:
    """What makes two items one, wherever their work was recorded."""
    return {(item.lineage, item.prefix_hash) for item in items}


def fitting_study(study: Study, pilot: ItemSet) -> Study:
    """The study that tries stock moves on a pilot set: its judges, the headline's condition.

    Raises:
        UserError: if no judge judges knowing the whole session.
    """
    judges = tuple(judge for judge in study.judges if _has_a_say(judge, study))
    if not judges:
        raise UserError(
            "no judge of the study judges under view full, which a stock move is fitted by."
        )
    return study.model_copy(
        update={
            "sets": (pilot.name,),
            "proposers": (),
            "judges": judges,
            "digester": None,
            "prober": None,
            "judging": _plain(study.judging),
            "controls": Controls(arms=(), share=0),
            "probes": Probes(kinds=()),
        }
    )


def _plain(judging: Judging) -> Judging:
    """The headline's condition alone, with restatements as the study has them."""
    return Judging(
        views=("full",),
        forms=("restated",),
        provenances=("blind",),
        prompts=("standard",),
        share_samples=1,
        words=judging.words,
        restater_may_judge=judging.restater_may_judge,
    )


def _has_a_say(judge: Judge, study: Study) -> bool:
    """Whether a judge's verdicts make the headline."""
    escalated = study.judging.escalation
    return judge.view in {None, "full"} and not (escalated and judge.name == escalated.then)


def fitting(stock: StockList) -> Purpose:
    """What a fit's run is for: every move of the list as an arm of its own."""
    arms = tuple(f"stock:{n}" for n in range(1, len(stock.moves) + 1))
    return Purpose("stock fit", arms, stock.version)


def pick(rates: Sequence[MoveRate], items: int) -> MoveRate:
    """The move with the highest rate; of several, the first of the list.

    Args:
        rates: of every move of the list.
        items: of the pilot set.

    Raises:
        UserError: if none is scored on enough of them.
    """
    known = [one for one in rates if one.rate is not None and one.items >= LEAST_SHARE * items]
    if not known:
        raise UserError(
            f"no move has a score on half of the {items} pilot items, so none is picked; "
            "`taste report RUN` says what stood in the way."
        )
    return min(known, key=lambda one: (-(one.rate or 0.0), one.number))


def store_fit(
    db: Db, run: Run, pilot: ItemSet, stock: StockList, rates: Sequence[MoveRate], now: datetime
) -> StockFit:
    """Pick a move and store which one; a run's fit is stored once.

    Raises:
        UserError: if no move can be picked.
    """
    found = db.exec(select(StockFit).where(StockFit.run_id == run.id)).first()
    if found is not None:
        return found
    assert run.id is not None
    assert pilot.id is not None
    best = pick(rates, len(read_items(db, pilot)))
    row = StockFit(
        run_id=run.id,
        set_id=pilot.id,
        version=stock.version,
        number=best.number,
        rate=best.rate or 0.0,
        items=best.items,
        rates={str(one.number): one.rate for one in rates if one.rate is not None},
        created_at=now,
    )
    add_about_run(db, [row], now)
    db.commit()
    return row
