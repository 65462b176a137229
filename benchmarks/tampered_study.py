"""A finished study with a row in nearly every table, for `benchmarks.tampering` to change."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.fault_study import start, study_text
from benchmarks.faults import prepare
from taste.attacking.plans import plan_attack
from taste.attacking.runs import run_attack
from taste.attacks.corpus import Corpus, read_corpus
from taste.database import open_database
from taste.looks import record_look
from taste.manifests import add_about_run
from taste.probe_tables import StockFit
from taste.removal import withdraw_with_all
from taste.run_tables import Retry, Review
from taste.runs import open_run, run_study
from taste.set_rules import SetRule
from taste.sets import freeze_set
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.study import parse_study
from taste.tables import Run
from transcripts.db import Db
from transcripts.finding.drawing import Design
from transcripts.finding.sampling import store_sample
from transcripts.finding.screening import Finding, screen
from transcripts.queries import list_sessions
from transcripts.shipped import list_examples
from transcripts.storing.store import ImportOptions, import_file

ATTACKS = ("move/ignore-above", "session/ignore-above")


def finish(path: Path) -> None:
    """Everything that a study can be: batches, a random set, attacks, reviews, a withdrawal."""
    prepare(path)
    now = datetime.now(UTC)
    engine = open_database(str(path))
    with Simulator(World(seed=1)) as server, Db(engine, expire_on_commit=False) as db:
        _record(db, now)
        start(db, study_text(server.base_url, "batch", 1.0), "batch")
        asyncio.run(_run(db, _study(server.base_url), now))
    engine.dispose()


def _record(db: Db, now: datetime) -> None:
    """A screened session, a set drawn at random, and a session that was withdrawn."""
    screen(db, list_sessions(db)[0], Finding("yes", True, "its end is there"), "ines", now)
    store_sample(db, Design("drawn", 3, seed=1), now)
    freeze_set(db, SetRule("drawn", "random", "one", sample="drawn"), now)
    known = {session.external_id for session in list_sessions(db)}
    other = next(e for e in list_examples() if e.path.stem not in known)
    import_file(db, other.path, ImportOptions(), now)
    (gone,) = [s for s in list_sessions(db) if s.external_id not in known]
    withdraw_with_all(db, [gone], "asked to", now)


async def _run(db: Db, text: str, now: datetime) -> None:
    """The study, an attack on it, and what people and programs say of it afterwards."""
    study = parse_study(text, "tampering.toml")
    run = await open_run(db, study, text, now)
    done = await run_study(db, study, run, lambda: now, None, lambda _: None)
    assert done.stopped is None
    every = read_corpus()
    corpus = Corpus(every.version, tuple(a for a in every.attacks if a.label in ATTACKS))
    plan = await plan_attack(db, study, text, corpus, items=1, now=now)
    await run_attack(db, plan, lambda: now, lambda _: None)
    assert run.id is not None
    record_look(db, db.get_one(Run, run.id), now)
    about: dict[str, Any] = {"run_id": run.id, "created_at": now}
    add_about_run(
        db,
        [
            Review(identity="a restatement", decision="accept", note="as it was", **about),
            Retry(identity="an answer", reason="refusal", **about),
            StockFit(set_id=1, version="1", number=7, rate=0.5, items=2, rates={"7": 0.5}, **about),
        ],
        now,
    )
    db.commit()


def _study(base_url: str) -> str:
    seat = 'endpoint = "local"\nprice = { input = 1, output = 5 }\n'
    return (
        'name = "tampering"\nsets = ["few"]\n'
        f'[[endpoints]]\nname = "local"\nbase_url = "{base_url}"\napi_key_env = "LOCAL_KEY"\n'
        f'[[proposers]]\nname = "late"\nmodel = "simulated-late"\n{seat}'
        f'[restater]\nname = "restater"\nmodel = "simulated-restater"\n{seat}'
        f'[[judges]]\nname = "judge"\nmodel = "simulated-judge"\n{seat}'
        "[controls]\nshare = 1\n[judging]\n[probes]\n[limits]\nbudget_usd = 10\n"
    )
