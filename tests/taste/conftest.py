"""Databases with the example sessions in them, small studies, and simulated models to run on."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from taste.database import open_database
from taste.demo.setup import prepare
from taste.runs import open_run, run_study
from taste.set_rules import SetRule
from taste.sets import freeze_set
from taste.simulator.faults import parse_fault
from taste.simulator.server import Simulator
from taste.simulator.world import World
from taste.study import parse_study
from taste.workers import RunResult
from transcripts.codebook import read_codebook
from transcripts.db import Db
from transcripts.points import read_points, store_points
from transcripts.shipped import examples_folder, list_examples
from transcripts.storing.store import ImportOptions, import_file

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ONE = {"budget_usd": 10, "concurrency": 1, "max_wait": 0.01, "attempts": 2}
"""One worker: the calls of the first trial are propose, restate, restate, judge, judge."""
FEW = ("f0e996cf", "ee0fcf12")
"""Two example sessions: two detours, four strong moves."""
PLAIN = {
    "views": ["full"],
    "forms": ["restated"],
    "provenances": ["blind"],
    "prompts": ["standard"],
    "share_samples": 1,
    "leak_check": False,
}
"""Judging as the original experiment did it: one view, nothing varied."""
EVERYTHING: dict[str, Any] = {"judging": {}, "probes": {}, "controls": {"share": 1}}
"""Every view, form, probe and arm, on every item."""


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


def _fill_few(db: Db) -> None:
    for example in list_examples():
        if example.path.name.startswith(FEW):
            import_file(db, example.path, ImportOptions(example.researcher, example.project), NOW)
    lines = read_points(examples_folder() / "points.jsonl", read_codebook())
    store_points(db, lines, None, NOW, partial=True)
    freeze_set(db, SetRule("few", "suboptimal", "one"), NOW)
    freeze_set(db, SetRule("more", "strong", "one"), NOW)


def _made(path: Path, fill: Callable[[Db], Any]) -> Path:
    engine = open_database(str(path))
    with Db(engine) as db:
        fill(db)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def examples_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All example sessions with the sets `suboptimal` and `strong`; never written to."""
    return _made(tmp_path_factory.mktemp("all") / "all.db", lambda db: prepare(db, NOW))


@pytest.fixture(scope="session")
def few_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two example sessions with the sets `few` (2 detours) and `more` (4 strong moves)."""
    return _made(tmp_path_factory.mktemp("few") / "few.db", _fill_few)


@pytest.fixture(scope="session")
def bare_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One example session without annotations."""

    def fill(db: Db) -> None:
        (path,) = [e.path for e in list_examples() if e.path.name.startswith(FEW[1])]
        import_file(db, path, ImportOptions(), NOW)

    return _made(tmp_path_factory.mktemp("bare") / "bare.db", fill)


@pytest.fixture(scope="session")
def done_file(
    few_file: Path,
    simulate: Callable[..., Simulator],
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """`few_file` after a study of everything, which takes long; never written to."""
    file = Path(shutil.copy(few_file, tmp_path_factory.mktemp("done") / "done.db"))
    with simulate() as server:
        for db in _opened(file):
            assert start(db, study_text(server.base_url, **EVERYTHING)).stopped is None
    return file


def _opened(file: Path) -> Iterator[Db]:
    engine = open_database(str(file))
    with Db(engine, expire_on_commit=False) as db:
        yield db
    engine.dispose()


@pytest.fixture
def database(few_file: Path, tmp_path: Path) -> Path:
    """A copy of `few_file` that a test may write to."""
    return Path(shutil.copy(few_file, tmp_path / "taste.db"))


@pytest.fixture
def db(database: Path) -> Iterator[Db]:
    """`database`, opened."""
    yield from _opened(database)


@pytest.fixture
def examples(examples_file: Path, tmp_path: Path) -> Iterator[Db]:
    """A copy of `examples_file`, opened."""
    yield from _opened(Path(shutil.copy(examples_file, tmp_path / "examples.db")))


@pytest.fixture
def bare(bare_file: Path, tmp_path: Path) -> Iterator[Db]:
    """A copy of `bare_file`, opened."""
    yield from _opened(Path(shutil.copy(bare_file, tmp_path / "bare.db")))


@pytest.fixture
def done(done_file: Path, tmp_path: Path) -> Iterator[Db]:
    """A copy of `done_file`, opened."""
    yield from _opened(Path(shutil.copy(done_file, tmp_path / "done.db")))


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Db]:
    """A database without a session."""
    yield from _opened(tmp_path / "empty.db")


@pytest.fixture(scope="session")
def simulate() -> Callable[..., Simulator]:
    """simulate("dropped:3", latency=0.1) is a simulator to enter."""
    return lambda *faults, latency=0.0: Simulator(
        World(seed=1), faults=[parse_fault(fault) for fault in faults], latency=latency
    )


@pytest.fixture
def simulator(simulate: Callable[..., Simulator]) -> Iterator[Simulator]:
    """A simulator without faults."""
    with simulate() as server:
        yield server


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value)


def _seat(name: str, **more: Any) -> dict[str, Any]:
    price = {"input": 1, "output": 5}
    return {"name": name, "model": name, "endpoint": "local", "price": price, **more}


@pytest.fixture(scope="session")
def seat() -> Callable[..., dict[str, Any]]:
    """seat("late", effort="low") are the values of a model's seat in a study file."""
    return _seat


@pytest.fixture(scope="session")
def study_text() -> Callable[..., str]:
    """study_text(base_url, sets=["few"]) is a study file; each keyword replaces a key.

    Its judging is plain; `judging={}, probes={}` asks for every view, form and probe.
    """

    def write(base_url: str, **replaced: Any) -> str:
        values = {
            "name": "tried",
            "sets": ["few"],
            "endpoints": [{"name": "local", "base_url": base_url, "api_key_env": "LOCAL_KEY"}],
            "proposers": [_seat("simulated-late")],
            "restater": _seat("simulated-restater"),
            "judges": [_seat("simulated-judge")],
            "controls": {"arms": ["stock", "echo", "placebo", "shuffled"]},
            "judging": PLAIN,
            "probes": {"kinds": []},
            "limits": {"budget_usd": 10, "max_wait": 0.01, "concurrency": 4},
            **replaced,
        }
        return "".join(f"{key} = {_toml(value)}\n" for key, value in values.items())

    return write


@pytest.fixture(scope="session")
def start() -> Callable[..., RunResult]:
    """start(db, text, limit=None) opens the study's run and does what is open."""

    def run(db: Db, text: str, limit: int | None = None) -> RunResult:
        study = parse_study(text, "study.toml")

        async def starting() -> RunResult:
            opened = await open_run(db, study, text, NOW)
            return await run_study(db, study, opened, lambda: NOW, limit, lambda _: None)

        return asyncio.run(starting())

    return run


@pytest.fixture
def go(
    db: Db, simulator: Simulator, study_text: Callable[..., str], start: Callable[..., RunResult]
) -> Callable[..., RunResult]:
    """go(limit=None, sets=["few"]) runs the study with these keys replaced."""
    return lambda limit=None, **replaced: start(
        db, study_text(simulator.base_url, **replaced), limit
    )


@pytest.fixture
def asked(simulator: Simulator) -> Callable[[], dict[str, int]]:
    """asked() counts by purpose what was asked since it was last called."""
    seen = Counter[str]()

    def count() -> dict[str, int]:
        total = Counter(request.kind for request in simulator.requests if request.kind)
        new = total - seen
        seen.update(new)
        return dict(new)

    return count


@pytest.fixture
def struck(
    db: Db,
    simulate: Callable[..., Simulator],
    study_text: Callable[..., str],
    start: Callable[..., RunResult],
) -> Callable[..., RunResult]:
    """struck("refusal:4") does one trial with that fault."""

    def run(fault: str, limit: int | None = 1) -> RunResult:
        with simulate(fault) as server:
            return start(db, study_text(server.base_url, limits=ONE, controls={"arms": []}), limit)

    return run
