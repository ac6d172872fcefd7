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


def refusals(home) -> list[tuple[str, str, dict[str, object]]]:
    """User, target and detail of each refusal on the log, in their order."""
    found = reversed(AuditLog(home).search(action="refused", outcome="refused"))
    return [(record["user"], record["target"], record["detail"]) for record in found]


def test_a_refusal_is_recorded_once_a_minute(home):
    """However often somebody tries, one record an action and a place; another of them, somebody else, later: anew."""
    for second in range(60):
        noted.refusal(home, "vera", "run.launch", "runs", now=1000.0 + second)
    noted.refusal(home, "olaf", "run.launch", "runs", now=1000.0)
    noted.refusal(home, "vera", "run.launch", "launch", now=1000.0)
    noted.refusal(home, "vera", "run.cancel", "", now=1000.0)
    noted.refusal(home, "vera", "run.launch", "runs", now=1060.0)
    assert refusals(home) == [
        ("vera", "run.launch", {"place": "runs"}),
        ("olaf", "run.launch", {"place": "runs"}),
        ("vera", "run.launch", {"place": "launch"}),
        ("vera", "run.cancel", {}),
        ("vera", "run.launch", {"place": "runs", "repeats": 59}),
    ]


def test_repeats_are_recorded_though_nobody_comes_again(home, tmp_path):
    """Once their minute is over, with their number; of this home alone, and no second time."""
    for second in range(4):
        noted.refusal(home, "vera", "page.users", "users", "Users", now=1000.0 + second)
    noted.refusal(home, "vera", "page.audit", "audit", "Audit", now=1000.0)
    for home_asked, moment in ((home, 1059.0), (tmp_path, 1060.0), (home, 1060.0), (home, 1500.0)):
        noted.record_repeats(home_asked, moment)
    assert refusals(home) == [
        ("vera", "page.users", {"place": "users", "screen": "Users"}),
        ("vera", "page.audit", {"place": "audit", "screen": "Audit"}),
        ("vera", "page.users", {"place": "users", "screen": "Users", "repeats": 3}),
    ]


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
    noted.refusal(home, viewer.name, "run.launch", "launch", now=1000.0)


def test_what_is_remembered_is_bounded(home, people, monkeypatch):
    """Memory does not grow with the number of matters."""
    monkeypatch.setattr(noted, "REMEMBERED", 5)
    for number in range(20):
        noted.download(home, people[Role.VIEWER], f"r1/{number}", 1000.0)
    assert len(noted._noted) == 5
