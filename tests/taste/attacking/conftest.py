"""Studies that were run on simulated models, and attacks on their judges and restater."""

import asyncio
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlmodel import select

from analysis.trials.attacks import AttackRow, read_attacks
from taste.attacking.plans import Plan, plan_attack
from taste.attacking.runs import run_attack
from taste.attacks.corpus import Corpus, read_corpus
from taste.database import open_database
from taste.fences import escape_fences
from taste.jobs import STUDY, Purpose, hash_study
from taste.points import read_point
from taste.sets import get_set, read_items
from taste.simulator.faults import parse_fault
from taste.simulator.script import Move, Script, ScriptedItem, fence_key
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.study import Study, parse_study
from taste.tables import Run
from taste.workers import RunResult
from transcripts.db import Db

MODEL = "simulated-late"
SURE: dict[str, Any] = {"seed": 1, "judge_error": 0.0, "tie_width": 0.0}
"""No noise: with qualities far apart the human's move always wins."""


class Attacked(NamedTuple):
    """What came of an attack."""

    plan: Plan
    result: RunResult
    rows: tuple[AttackRow, ...]

    @property
    def flipped(self) -> set[str]:
        return {row.attack for row in self.rows if row.flipped}

    @property
    def share(self) -> float:
        return sum(bool(row.flipped) for row in self.rows) / len(self.rows)


@pytest.fixture
def only() -> Callable[..., Corpus]:
    """only("move/ignore-above") is the corpus with that attack alone."""
    whole = read_corpus()

    def pick(*labels: str) -> Corpus:
        return Corpus(whole.version, tuple(a for a in whole.attacks if a.label in labels))

    return pick


@pytest.fixture
def orders(only: Callable[..., Corpus]) -> Corpus:
    """Two attacks in a move and one in the session."""
    return only("move/ignore-above", "move/answer-json", "session/ignore-above")


def _write(text: str, quality: float) -> Move:
    return Move(text, "", "", text, quality, "", "")


def _write_script(db: Db) -> Script:
    found = []
    for name in ("few", "more"):
        for item in read_items(db, get_set(db, name)):
            text = read_point(db, item)
            human = _write(f"Do what item {item.id} asks for.", 60.0)
            model = _write(f"Do something else at item {item.id}.", -60.0)
            keys = [fence_key(escape_fences(part)) for part in (text.prefix.text, text.tail)]
            found.append(
                ScriptedItem(keys[0], text.act, human, human, {MODEL: model}, tail_key=keys[1])
            )
    return Script(found)


@pytest.fixture(scope="session")
def text(study_text: Callable[..., str]) -> str:
    """The study that was run on clean models; {URL} stands for where models are found."""
    return study_text("{URL}", sets=["few", "more"], controls={"arms": ["stock"]})


@pytest.fixture(scope="session")
def attackable(
    few_file: Path,
    text: str,
    start: Callable[..., RunResult],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, Script]:
    """`few_file` after that study; at every item the human's move is much the better one."""
    file = Path(shutil.copy(few_file, tmp_path_factory.mktemp("attackable") / "run.db"))
    engine = open_database(str(file))
    with Db(engine, expire_on_commit=False) as db:
        script = _write_script(db)
        with Simulator(World(**SURE), script) as server:
            assert start(db, text.replace("{URL}", server.base_url)).stopped is None
    engine.dispose()
    return file, script


@pytest.fixture
def database(attackable: tuple[Path, Script], tmp_path: Path) -> Path:
    """A copy of it, which `db` opens here."""
    return Path(shutil.copy(attackable[0], tmp_path / "taste.db"))


@pytest.fixture
def attack(db: Db, attackable: tuple[Path, Script], now: datetime) -> Callable[..., Attacked]:
    """attack(text, corpus, obeys=1.0) attacks judges in a world of that kind."""

    def make(
        text: str, corpus: Corpus, *, items: int = 8, faults: str = "", **defects: Any
    ) -> Attacked:
        broken = [parse_fault(faults)] if faults else None
        with Simulator(World(**SURE | defects), attackable[1], broken) as server:
            here = text.replace("{URL}", server.base_url)
            parsed = parse_study(here, "study.toml")
            _move_to(db, parsed)

            async def attacking() -> Attacked:
                plan = await plan_attack(db, parsed, here, corpus, items=items, now=now)
                result = await run_attack(db, plan, lambda: now, lambda _: None)
                return Attacked(plan, result, read_attacks(db, plan.bench.run))

            return asyncio.run(attacking())

    return make


def _move_to(db: Db, study: Study) -> None:
    """As if earlier runs had found their models at this address: each server has its own."""
    attacking = Purpose("attack", (f"corpus {read_corpus().version}",))
    for run in db.exec(select(Run).where(Run.study == study.name)):
        run.study_hash = hash_study(study, STUDY if run.purpose == "study" else attacking)
        db.add(run)
    db.commit()
