"""What needs somebody: acknowledged for the home, by whom and when, until the run fails once more."""

from __future__ import annotations

import os
import time

import pytest

from console import needs
from console.database import reading
from console.users import Forbidden, Role
from etl_batch.security.audit import AuditLog
from tests.histories import make_run


@pytest.fixture
def failed(home) -> list[str]:
    """Two runs that have failed."""
    return [make_run(home, number, status="failed") for number in range(2)]


def test_what_was_seen_to_stays_so(home, people, failed):
    """For everybody, with the name and the moment in the database, and one record of all of them."""
    assert needs.acknowledged(home, failed) == set()
    before = time.time()
    needs.acknowledge(home, [*failed, "gone"], people[Role.OPERATOR])
    assert needs.acknowledged(home, failed) == set(failed)
    assert needs.acknowledged(home, failed[:1]) == set(failed[:1])
    with reading(home) as connection:
        rows = connection.execute("SELECT * FROM acknowledged ORDER BY run_id").fetchall()
    assert [(row["run_id"], row["user_name"]) for row in rows] == [(run_id, "operator") for run_id in failed]
    assert all(before <= row["at"] <= time.time() for row in rows)
    (record,) = AuditLog(home).search(action="needs.acknowledge")
    assert (record["user"], record["detail"]) == ("operator", {"runs": failed})


def test_a_run_that_fails_once_more_comes_back(home, people, failed):
    """Its last word is a later one than what was seen to."""
    needs.acknowledge(home, failed, people[Role.OPERATOR])
    later = time.time() + 10
    os.utime(home / "output" / "runs" / failed[0] / "metadata.json", (later, later))
    assert needs.acknowledged(home, failed) == {failed[1]}


def test_runs_that_are_gone_are_forgotten(home, people, failed):
    """The next acknowledgement takes them out of the table."""
    needs.acknowledge(home, failed, people[Role.OPERATOR])
    for path in (home / "output" / "runs" / failed[0]).iterdir():
        path.unlink()
    (home / "output" / "runs" / failed[0]).rmdir()
    needs.acknowledge(home, failed[1:], people[Role.SUPER_ADMIN])
    with reading(home) as connection:
        rows = connection.execute("SELECT run_id, user_name FROM acknowledged").fetchall()
    assert [tuple(row) for row in rows] == [(failed[1], "super_admin")]


def test_a_viewer_only_looks(home, people, failed):
    """The refusal is recorded as every other."""
    with pytest.raises(Forbidden, match="acknowledge a failed run"):
        needs.acknowledge(home, failed, people[Role.VIEWER])
    assert needs.acknowledged(home, failed) == set()
    assert AuditLog(home).search(action="refused")[0]["target"] == "needs.acknowledge"
