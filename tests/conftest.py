"""What every test gets: a scrubbed environment, and programs or data that may be absent."""

import functools
import gc
import importlib.util
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.on_postgres import Databases

pytest_plugins = ["tests.on_postgres"]

TESTS = Path(__file__).parent
ROOT = TESTS.parent
CORPUS = ROOT.parent / "shared" / "corpus"

# In CI a program that is missing is a failure, not a skip. Read once: tests never see TASTE_*.
STRICT = os.environ.get("TASTE_CI_STRICT") == "1"

# Names under which a program may be installed, where there is more than one.
PROGRAMS = {"chromium": ("chromium", "chromium-browser", "google-chrome", "chrome")}

# Tests of what [tool.coverage.run] does not count.
UNCOUNTED = ("annotation_tui", "project")

SCRUBBED_PREFIXES = ("ANTHROPIC_", "TASTE_", "XDG_")
SCRUBBED_SUFFIXES = ("_PROXY",)
SCRUBBED_NAMES = {"CLICOLOR_FORCE", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR"}

# The same examples on every machine, and never a verdict by the clock.
_PROFILE = settings(derandomize=True, deadline=None, database=None)
settings.register_profile("taste", _PROFILE, max_examples=40)
settings.register_profile("thorough", _PROFILE, max_examples=400)
settings.load_profile("taste")


def find_program(name: str) -> Path:
    """Path of an installed program; without it the test is skipped by name, or fails in CI."""
    found = next(filter(None, map(shutil.which, PROGRAMS.get(name, (name,)))), None)
    if found is None:
        _miss(f"needs {name!r}, which is not on PATH")
    return Path(found)


def find_package(name: str) -> None:
    """Skip the test by name, or fail in CI, without an optional package."""
    if importlib.util.find_spec(name) is None:
        _miss(f"needs the package {name!r}, which is not installed")


def _miss(reason: str) -> NoReturn:
    if STRICT:
        pytest.fail(f"{reason}; TASTE_CI_STRICT=1 allows no such skip", pytrace=False)
    pytest.skip(reason)


def pytest_configure() -> None:
    """A shell that starts the tests behind itself has them ignore Ctrl-C, which some wait for."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--references",
        action="store_true",
        help="print by how much each estimator differs from its independent source",
    )


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--references"):
        return
    worst: dict[tuple[str, str], float] = {}
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "reference":
                estimator, source, difference = value
                key = (estimator, source)
                worst[key] = max(worst.get(key, 0.0), difference)
    terminalreporter.section("estimator | source | largest relative difference")
    for (estimator, source), difference in sorted(worst.items()):
        terminalreporter.write_line(f"{estimator} | {source} | {difference:.1e}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measuring coverage doubles the time of a test, and examples drawn by the hundred reach no
    line that plain tests do not; nor do front ends whose lines are not counted.
    """
    for item in items:
        drawn = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
        if drawn or item.path.relative_to(TESTS).parts[0] in UNCOUNTED:
            item.add_marker("no_cover")


def pytest_collection_finish() -> None:
    """Thousands of tests stay in memory to the end: the garbage collector need not walk them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            find_program(name)
    for marker in item.iter_markers("needs_package"):
        for name in marker.args:
            find_package(name)


def is_scrubbed(variable: str) -> bool:
    name = variable.upper()
    return (
        name.startswith(SCRUBBED_PREFIXES)
        or name.endswith(SCRUBBED_SUFFIXES)
        or name in SCRUBBED_NAMES
    )


@pytest.fixture(autouse=True)
def _own_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No key, proxy, setting or profile of the person at the keyboard reaches a test."""
    for variable in filter(is_scrubbed, list(os.environ)):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="session", autouse=True)
def _prepared_once(databases: "Databases | None") -> Iterator[None]:
    """Statements are compiled, and commands assembled, once and not again for every test.

    SQLAlchemy keeps what it compiled for each engine and its dialect, and a test opens databases of
    its own. They share one dialect here and its memory, which depend on no database.
    """
    import typer.main
    from sqlmodel import create_engine

    from transcripts.db import open_engine

    lite = open_engine("sqlite://")
    with lite.connect():  # a dialect learns at its first connection which SQLite it is for
        pass
    firsts = {lite.dialect.name: lite}

    def make_prepared(*args: Any, **options: Any) -> Any:
        engine = create_engine(*args, **options)
        first = firsts.get(engine.dialect.name)
        if first is not None:
            engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
        if databases is not None:
            databases.engines.add(engine)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transcripts.db.create_engine", make_prepared)
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield
    lite.dispose()


@pytest.fixture(scope="session", autouse=True)
def _migrated_once(databases: "Databases | None") -> Iterator[None]:
    """A new database is a copy of the first one that went through all migrations, page by page."""
    from sqlalchemy import Engine, inspect

    from taste.upgrading import upgrade

    with (
        closing(sqlite3.connect(":memory:", check_same_thread=False)) as first,
        pytest.MonkeyPatch.context() as patch,
    ):
        first.execute("PRAGMA page_size=16384")

        def copy_or_upgrade(engine: Engine) -> None:
            if engine.dialect.name != "sqlite":
                databases.upgrade(engine, upgrade) if databases is not None else upgrade(engine)
                return
            is_new = not inspect(engine).get_table_names()
            with engine.connect() as connection:
                database: Any = connection.connection.dbapi_connection
                if is_new and first.execute("select 1 from sqlite_master").fetchone():
                    first.backup(database)
                    return
                upgrade(engine)
                if is_new:
                    database.backup(first)

        patch.setattr("taste.database.upgrade", copy_or_upgrade)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """A test's databases go with it, once its fixtures have let go of them."""
    folder = getattr(item, "funcargs", {}).get("tmp_path")
    databases = getattr(item, "funcargs", {}).get("databases")
    yield
    if folder is not None and databases is not None:
        databases.drop_under(folder)


@pytest.fixture
def chromium() -> Path:
    """The browser in which reports are looked at."""
    return find_program("chromium")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Recorded sessions, kept beside the checkout and not part of it."""
    if not CORPUS.is_dir():
        pytest.skip("needs the corpus, which is not beside this checkout")
    return CORPUS
