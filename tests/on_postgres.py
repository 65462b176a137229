"""With TASTE_TEST_DATABASE=postgres, what tests know as a database file is one on a server.

A private server is started for the run. A path that a test names stands for a database on it; the
file holds that database's name, so that a copy of the file is a copy of the database, as with
SQLite, and takes some ten milliseconds. A file that SQLite wrote is left to SQLite.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import Engine

import transcripts.db
from transcripts.postgres import is_postgres

STRICT = os.environ.get("TASTE_CI_STRICT") == "1"
WANTED = os.environ.get("TASTE_TEST_DATABASE") == "postgres"
_SERVER = "TASTE_TEST_SERVER"
"""Set by the process that started the server, for those that run the tests."""
_MARK = b"on the server: "
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "max_connections": "200",
}


DURABLE = {"synchronous_commit": "on"}
"""For a server that is killed: what it has said to be committed is there when it lives again."""


def miss(reason: str) -> NoReturn:
    """Skip by name what needs something that is not here; CI fails instead."""
    if STRICT:
        pytest.fail(f"{reason}; TASTE_CI_STRICT=1 allows no such skip", pytrace=False)
    pytest.skip(reason)


def find_server_program(name: str) -> Path | None:
    """A program of the server, which Debian keeps off PATH."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = [place / name for place in places if (place / name).exists()]
    on_path = shutil.which(name)
    return Path(on_path) if on_path else next(iter(found), None)


class Server:
    """A private server in a folder of its own, reached over a socket there."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="taste-pg-"))
        self.data = self.folder / "data"
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:  # the server refuses to run as root
            name = "postgres" if _is_user("postgres") else "nobody"
            shutil.chown(self.folder, name)
            self._owner = {"user": name, "extra_groups": ()}
        self._run(
            "initdb", "-D", self.data, "-U", "taste", "--auth=trust", "--encoding=UTF8",
            "--locale=C", "--no-sync",
        )  # fmt: skip

    @property
    def url(self) -> str:
        """Of its first database."""
        return url_of("postgres", str(self.folder))

    def start(self, **settings: str) -> None:
        """Start it and wait until it answers."""
        chosen = _SETTINGS | settings
        options = " ".join(f"-c {name}='{value}'" for name, value in chosen.items())
        options += f" -c unix_socket_directories='{self.folder}'"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.data, "-l", log, "-w", "-o", options, "start")

    def ensure_running(self) -> None:
        """Start it if a test has stopped it."""
        if not (self.data / "postmaster.pid").exists():
            self.start(**DURABLE)

    def stop(self, mode: str = "immediate") -> None:
        """Stop it, by default as a power cut would."""
        self._run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        self.stop()

        shutil.rmtree(self.folder)

    def _run(self, name: str, *words: object) -> None:
        program = find_server_program(name)
        assert program is not None
        command = [str(program), *map(str, words)]
        # The server must not hold our pipes, or whoever waits for their end waits for the server.
        with (self.folder / f"{name}.out").open("w") as out:
            subprocess.run(
                command, check=True, cwd=self.folder, stdout=out, stderr=out, **self._owner
            )


def _is_user(name: str) -> bool:
    import pwd

    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def url_of(database: str, folder: str) -> str:
    """A database on the server whose socket is in a folder."""
    return f"postgresql+psycopg://taste@/{database}?host={folder}"


class Databases:
    """The databases on the server that stand for this process's files."""

    def __init__(self, folder: str) -> None:
        import psycopg

        self._folder = folder
        self._admin = psycopg.connect(host=folder, user="taste", dbname="postgres", autocommit=True)
        self._files: dict[str, Path] = {}
        self._migrated: str | None = None
        self.engines = weakref.WeakSet[Engine]()
        self._sqlite_url = transcripts.db.database_url

    def url(self, target: str) -> str:
        """In place of `database_url`: of a path, the database that it stands for."""
        path = Path(target).absolute()
        if is_postgres(target) or "://" in target or not os.access(path.parent, os.W_OK):
            return self._sqlite_url(target)
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            return self._make(path, "template0")
        if not path.is_file() or not (content := path.read_bytes()).startswith(_MARK):
            return self._sqlite_url(target)
        name = content.removeprefix(_MARK).decode()
        if self._files.get(name) == path:
            return url_of(name, self._folder)
        return self._make(path, name)

    def _make(self, path: Path, template: str) -> str:
        name = f"t{os.getpid()}_{hashlib.sha256(bytes(path)).hexdigest()[:16]}"
        if name in self._files:  # a new file where another was
            self._drop(name)
        self._create(name, template)
        self._files[name] = path
        path.write_bytes(_MARK + name.encode())
        path.chmod(0o600)
        return url_of(name, self._folder)

    def _create(self, name: str, template: str) -> None:
        self._close(template)
        self._admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")

    def _drop(self, name: str) -> None:
        self._close(name)
        self._admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self._files.pop(name, None)

    def _close(self, name: str) -> None:
        """A database that somebody is connected to can be neither copied nor dropped."""
        for engine in list(self.engines):
            if engine.url.database == name:
                engine.dispose()

    def upgrade(self, engine: Engine, upgrade: Any) -> None:
        """Bring a database up to date: a new one by a copy of one that was, which takes less."""
        from sqlalchemy import inspect

        name = engine.url.database
        if name not in self._files or inspect(engine).get_table_names():
            upgrade(engine)
            return
        if self._migrated is None:
            upgrade(engine)
            self._migrated = f"m{os.getpid()}"
            self._create(self._migrated, name)
            return
        path = self._files[name]
        self._drop(name)
        self._create(name, self._migrated)
        self._files[name] = path

    def drop_under(self, folder: Path) -> None:
        """Drop what a test made in its folder; the last one leaves that to the server's end."""
        if self._admin.closed:
            return
        for name, path in list(self._files.items()):
            if folder in path.parents:
                self._drop(name)

    def close(self) -> None:
        """Leave the server."""
        self._admin.close()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the process that others run tests for, and only there."""
    if WANTED and not hasattr(config, "workerinput"):
        if find_server_program("initdb") is None:
            said = "needs PostgreSQL, which is not installed: nothing was run on it"
            pytest.exit(said, returncode=1 if STRICT else 0)
        server = Server()
        server.start()
        config.add_cleanup(server.remove)
        os.environ[_SERVER] = str(server.folder)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if WANTED and item.get_closest_marker("sqlite") is not None:
        pytest.skip("is about SQLite's own files")


@pytest.fixture(scope="session")
def private_server() -> Iterator[Server]:
    """A server of this process's own, to be stopped and started; skipped by name without one."""
    if find_server_program("initdb") is None:
        miss("needs PostgreSQL, which is not installed")
    server = Server()
    server.start(**DURABLE)
    yield server
    server.remove()


@pytest.fixture(scope="session")
def server_engine(private_server: Server) -> Iterator[Engine]:
    """Its first database, with all tables."""
    from taste.database import open_database

    engine = open_database(private_server.url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def databases() -> Iterator[Databases | None]:
    """The databases on the server; None where the tests run on SQLite."""
    # Before a test begins: no test sees TASTE_*.
    folder = os.environ.get(_SERVER)
    if not WANTED or folder is None:
        yield None
        return
    found = Databases(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("transcripts.db.database_url", found.url)
        patch.setattr("taste.database.database_url", found.url)
        yield found
    found.close()
