"""What all tests share: an environment without the caller's settings, no stop-watch, no open database, and runs."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from console import database
from etl_batch.security.audit import ORIGIN
from tests.commands import LoadedEngine
from tests.support import copied, make_home, run_both

# `make test` and a developer's shell may name a home, roots or a port: no test may depend on them.
for name in [name for name in os.environ if name.startswith("ETL_") or name == "PORT"]:
    del os.environ[name]

# Nor on the language that a developer's shell speaks.
for name in ("LC_ALL", "LC_MESSAGES", "LANGUAGE"):
    os.environ.pop(name, None)
os.environ["LANG"] = "C.UTF-8"

# The tests may have been started under `nohup`, whose children would ignore a hang-up as well.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# How long an example takes says something about the machine, not about the property.
settings.register_profile("plain", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("brief", settings.get_profile("plain"), max_examples=10)
settings.register_profile("fuzz", settings.get_profile("plain"), max_examples=1000, database=None)
settings.load_profile("plain")


@pytest.fixture(autouse=True)
def _nobody_from_anywhere() -> None:
    """Whoever acted in an earlier test is gone, and their address with them."""
    ORIGIN.set("")


@pytest.fixture(autouse=True)
def _no_database_stays_open() -> Iterator[None]:
    """The console keeps a connection to its database; a thousand homes would take all the files a user may open."""
    yield
    with database._kept_open_lock:
        for connection in database._kept_open.values():
            with contextlib.suppress(sqlite3.DatabaseError):  # a few tests damage it
                connection.execute("PRAGMA synchronous = OFF")  # waiting for the disk at each close would take 40 ms
            connection.close()
        database._kept_open.clear()


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """Doors that are called in this process make it a private one; each test begins as a shell does."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Path], object]], Path]:
    """Gives a home that a function makes: the first worker that asks has it made, and each worker gets a copy.

    The copy is the worker's own, for a page writes into its home as it is drawn. Tests that write take a copy of it.
    """
    base = tmp_path_factory.getbasetemp()
    common = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    copies: dict[str, Path] = {}

    def take(make: Callable[[Path], object]) -> Path:
        name = f"{make.__module__}.{make.__name__}"
        if name not in copies:
            with (common / f"{name}.lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                if not (common / f"{name}.made").exists():
                    make(common / name)
                    (common / f"{name}.made").touch()
            copies[name] = copied(common / name, tmp_path_factory.mktemp("made") / "home")
        return copies[name]

    return take


@pytest.fixture(scope="session")
def finished(made_once: Callable[[Callable[[Path], object]], Path]) -> Path:
    """A home in which the engine has run twice: once with success, once with too many rejects. Do not write to it."""
    return made_once(run_both)


@pytest.fixture(scope="session")
def loaded_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoadedEngine]:
    """The engine's command line without the second that an interpreter takes to load it."""
    engine = LoadedEngine(tmp_path_factory.mktemp("commands"))
    yield engine
    engine.close()


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A home in which nothing has run."""
    return make_home(tmp_path / "fresh")
