"""Presets through the screen's doors: every action asks again who is there."""

from __future__ import annotations

import pytest

from console import doors, jobs, presets, users
from console.users import Forbidden, Role
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog
from tests.support import become, config_of, make_home


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with one user of each role and the preset `nightly`."""
    home = make_home(tmp_path / "home")
    monkeypatch.setenv("ETL_HOME", str(home))
    for role in Role:
        users.create(home, str(role), role, "correct horse battery", by="test")
    presets.save(home, "nightly", config_of(home), users.find(home, "super_admin"))
    return home


def enter(monkeypatch, home, role: Role | None) -> None:
    """From now on somebody of that role is signed in, or nobody."""
    become(monkeypatch, None if role is None else users.find(home, str(role)))


def test_an_operator_launches_a_preset_as_it_stands(home, monkeypatch):
    """The name is all an operator gives; the queue has the saved configuration under the operator's name."""
    enter(monkeypatch, home, Role.OPERATOR)
    run_id = doors.launch_preset("nightly")
    (job,) = jobs.list_queue(home)
    assert (job.run_id, job.user, job.config.output_csv) == (run_id, "operator", home / "output" / "sales.csv")
    assert AuditLog(home).search(action="run.enqueue")[0]["user"] == "operator"


def test_a_preset_that_is_gone_is_said(home, monkeypatch):
    """A page that was open before the preset was deleted launches nothing."""
    enter(monkeypatch, home, Role.OPERATOR)
    with pytest.raises(UsageError, match="deleted meanwhile"):
        doors.launch_preset("weekly")
    assert jobs.list_queue(home) == []


@pytest.mark.parametrize("role", [None, Role.VIEWER])
def test_nobody_below_an_operator_sees_or_launches(home, monkeypatch, role):
    """A session that ended or a demotion shuts the doors that a page still holds."""
    enter(monkeypatch, home, role)
    for action in (doors.every_preset, lambda: doors.launch_preset("nightly")):
        with pytest.raises(Forbidden):
            action()
    assert jobs.list_queue(home) == []


@pytest.mark.parametrize("role", [None, Role.VIEWER, Role.OPERATOR])
def test_only_a_super_admin_changes_presets(home, monkeypatch, role):
    """Saving and deleting are refused at the action, whatever the page showed."""
    enter(monkeypatch, home, role)
    with pytest.raises(Forbidden):
        doors.save_preset("weekly", config_of(home))
    with pytest.raises(Forbidden):
        doors.delete_preset("nightly")
    assert list(presets.list_presets(home)) == ["nightly"]


def test_the_doors_of_a_role(home, monkeypatch):
    """An operator's doors have no way to change, a super_admin's have."""
    assert doors.doors_for(users.find(home, "viewer")).presets is None
    operator = doors.doors_for(users.find(home, "operator")).presets
    assert (operator.save, operator.delete) == (None, None)
    enter(monkeypatch, home, Role.SUPER_ADMIN)
    every = doors.doors_for(users.find(home, "super_admin")).presets
    assert every.save is not None
    assert every.delete is not None
    every.save("weekly", config_of(home))
    every.delete("nightly")
    assert list(every.every()) == ["weekly"]
