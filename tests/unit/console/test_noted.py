"""Refusals and downloads on the audit log: there, and never a flood of them."""

from __future__ import annotations

import pytest

from console import noted
from console.users import Role
from etl_batch.errors import OutputFailed
from etl_batch.security.audit import AuditLog


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(noted, "_noted", type(noted._noted)())


def test_a_refusal_is_recorded_once_in_ten_minutes(home):
    """However often somebody tries, one record an action and a place; another of them, somebody else, later: anew."""
    for second in range(100):
        noted.refusal(home, "vera", "run.launch", "runs", 1000.0 + second)
    noted.refusal(home, "olaf", "run.launch", "runs", 1000.0)
    noted.refusal(home, "vera", "run.launch", "launch", 1000.0)
    noted.refusal(home, "vera", "run.cancel", "", 1000.0)
    noted.refusal(home, "vera", "run.launch", "runs", 1000.0 + noted.QUIET_SECONDS)
    found = list(reversed(AuditLog(home).search(action="refused")))
    assert [(record["user"], record["target"], record["detail"]) for record in found] == [
        ("vera", "run.launch", {"place": "runs"}),
        ("olaf", "run.launch", {"place": "runs"}),
        ("vera", "run.launch", {"place": "launch"}),
        ("vera", "run.cancel", {}),
        ("vera", "run.launch", {"place": "runs"}),
    ]
    assert {record["outcome"] for record in found} == {"refused"}


def test_downloads_are_recorded_or_refused(home, people):
    """One record a file and ten minutes; when it cannot be recorded the data stays here; a refusal stays a refusal."""
    viewer = people[Role.VIEWER]
    for name in ("r1/a.csv", "r1/a.csv", "r1/b.csv"):
        noted.download(home, viewer, name, 1000.0)
    assert [record["target"] for record in AuditLog(home).search(action="download")] == ["r1/b.csv", "r1/a.csv"]
    log = home / ".secrets" / "etl_audit.log"
    log.unlink()
    log.mkdir()
    with pytest.raises(OutputFailed):
        noted.download(home, viewer, "r1/c.csv", 1000.0)
    noted.refusal(home, viewer.name, "run.launch", "launch", 1000.0)


def test_what_is_remembered_is_bounded(home, people, monkeypatch):
    """Memory does not grow with the number of matters."""
    monkeypatch.setattr(noted, "REMEMBERED", 5)
    for number in range(20):
        noted.download(home, people[Role.VIEWER], f"r1/{number}", 1000.0)
    assert len(noted._noted) == 5
