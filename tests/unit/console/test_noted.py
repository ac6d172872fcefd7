"""Refusals and downloads on the audit log: there, and never a flood of them."""

from __future__ import annotations

import pytest

from console import noted
from console.users import Forbidden, Role, check_role
from etl_batch.errors import OutputFailed
from etl_batch.security.audit import AuditLog


@pytest.fixture(autouse=True)
def _forget(monkeypatch):
    monkeypatch.setattr(noted, "_noted", type(noted._noted)())


def refusal(user) -> Forbidden:
    """What a viewer hears who wants to launch."""
    with pytest.raises(Forbidden) as caught:
        check_role(user, Role.SUPER_ADMIN, "launch a run")
    return caught.value


def test_a_refusal_is_recorded_once_in_ten_minutes(home, people):
    """However often somebody tries, one record a matter; another matter, another person and later count anew."""
    viewer, operator = people[Role.VIEWER], people[Role.OPERATOR]
    for second in range(100):
        noted.refusal(home, viewer, refusal(viewer), 1000.0 + second)
    noted.refusal(home, operator, refusal(operator), 1000.0)
    noted.refusal(home, viewer, refusal(viewer), 1000.0 + noted.QUIET_SECONDS)
    found = AuditLog(home).search(action="refused")
    assert [record["user"] for record in found] == ["viewer", "operator", "viewer"]
    assert {(record["target"], record["outcome"]) for record in found} == {("launch a run", "refused")}


def test_nobody_writes_to_the_log(home, people):
    """Whoever has no account cannot make it grow."""
    noted.refusal(home, None, Forbidden("Sign in first."))
    assert AuditLog(home).search(action="refused") == []


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
    noted.refusal(home, viewer, refusal(viewer), 1000.0)


def test_what_is_remembered_is_bounded(home, people, monkeypatch):
    """Memory does not grow with the number of matters."""
    monkeypatch.setattr(noted, "REMEMBERED", 5)
    for number in range(20):
        noted.download(home, people[Role.VIEWER], f"r1/{number}", 1000.0)
    assert len(noted._noted) == 5
