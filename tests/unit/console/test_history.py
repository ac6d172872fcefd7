"""Cleaning up the history from the console: roles, settings, and the daily round."""

from __future__ import annotations

import pytest

from console import history, settings
from console.users import Forbidden, Role
from etl_batch.retention import ACTION, Policy
from etl_batch.runs.history.index import run_ids
from etl_batch.security.audit import AuditLog
from tests.histories import make_history


def test_only_a_super_admin_plans_and_deletes(home, people):
    """The service looks the role up itself, whatever the object that is handed in says."""
    make_history(home, 20)
    wanted = Policy(keep_days=1)
    plan = history.plan(home, wanted, people[Role.SUPER_ADMIN])
    for role in (Role.VIEWER, Role.OPERATOR):
        with pytest.raises(Forbidden):
            history.plan(home, wanted, people[role])
        with pytest.raises(Forbidden):
            history.prune(home, plan, people[role])
    assert len(run_ids(home)) == 20
    history.prune(home, plan, people[Role.SUPER_ADMIN])
    assert len(run_ids(home)) == 7
    assert AuditLog(home).search(action=ACTION)[0]["user"] == "super_admin"


def test_the_daily_round_follows_the_settings(home):
    """With the settings as they come nothing goes; a limit deletes under the console's own name."""
    make_history(home, 20)
    assert history.prune_daily(home, "console").deleted == ()
    assert len(run_ids(home)) == 20
    settings.put(home, "keep_days", 1)
    assert len(history.prune_daily(home, "console").deleted) == 26
    assert len(run_ids(home)) == 7
    assert AuditLog(home).search(action=ACTION)[0]["user"] == "console"
