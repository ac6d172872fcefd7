"""The health check: what it says of databases that fail and of disks that are full, without writing."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from console import liveness, web
from console.database import database_path, reading, transaction

CLEAN = {"queued": 0, "running": 0}
UNKNOWN = {"queued": None, "running": None}


@pytest.fixture
def alive(home):
    """A home whose database is there."""
    with reading(home):
        pass
    return home


def test_all_is_well(alive):
    """The keys that monitoring reads, and no problem."""
    found = liveness.health(alive)
    assert set(found) == {"status", "version", "queue", "disk", "problems"}
    assert (found["status"], found["queue"], found["problems"]) == ("ok", CLEAN, [])
    assert 0 < found["disk"]["free_bytes"] < found["disk"]["total_bytes"]


def test_asking_writes_nothing(alive):
    """Neither the database nor its log changes, however often somebody asks."""

    def files() -> list[tuple[str, bytes]]:
        return sorted(
            (path.name, path.read_bytes())
            for path in (alive / ".secrets").glob("console.db*")
            if "shm" not in path.name
        )

    before = files()
    for _ in range(3):
        liveness.health(alive)
    assert files() == before


def test_a_database_that_is_held_cannot_be_written(alive, monkeypatch):
    """Somebody keeps the write lock: the queue is still told, and what is wrong."""
    monkeypatch.setattr(liveness, "LOCK_SECONDS", 0.01)
    with transaction(alive):
        found = liveness.health(alive)
    assert (found["status"], found["queue"]) == ("failing", CLEAN)
    assert found["problems"] == [
        "The console's database cannot be written: database is locked. Free its disk, or end what holds it."
    ]
    assert liveness.health(alive)["status"] == "ok"


def test_a_database_that_is_none_cannot_be_read(home):
    """The queue is unknown; the path of the database is nobody's business."""
    (home / ".secrets").mkdir(mode=0o700)
    database_path(home).write_bytes(b"no database " * 1000)
    found = liveness.health(home)
    assert (found["status"], found["queue"]) == ("failing", UNKNOWN)
    assert "file is not a database" in found["problems"][0]
    assert str(home) not in str(found)


def test_a_database_without_its_tables_cannot_be_read(alive):
    """A table that is gone is told as what it is."""
    with sqlite3.connect(database_path(alive)) as connection:
        connection.execute("DROP TABLE queue")
    connection.close()
    assert "no such table: queue" in liveness.health(alive)["problems"][0]


def test_a_full_disk_is_told_once(alive, monkeypatch):
    """All folders lie on one disk here, and nothing is left on it as soon as more is asked for than any has."""
    monkeypatch.setattr(liveness, "LEAST_BYTES", 1 << 60)
    found = liveness.health(alive)
    assert (found["status"], found["queue"]) == ("failing", CLEAN)
    (problem,) = found["problems"]
    assert problem.startswith("The disk of data/ has ")
    assert problem.endswith(" left; free some space.")


def test_a_folder_that_is_gone_is_told(alive):
    """A disk that is not mounted takes its folder with it."""
    shutil.rmtree(alive / "output")
    assert liveness.health(alive)["problems"] == [
        "The folder output/ cannot be reached: No such file or directory. Bring it back."
    ]


@pytest.mark.parametrize(("gone", "status"), [(False, 200), (True, 503)])
def test_a_problem_is_a_status(alive, gone, status):
    """Monitoring that reads no bodies learns it too, and HEAD as well as GET."""
    if gone:
        shutil.rmtree(alive / "data")
    client = TestClient(Starlette(routes=web.routes(alive)))
    assert client.get("/healthz").status_code == client.head("/healthz").status_code == status
