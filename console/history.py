"""What is kept: cleaning up old runs and backups as the settings say, and putting a backup back."""

from __future__ import annotations

from pathlib import Path

from console import settings
from console.actions import act
from console.users import User
from etl_batch import retention
from etl_batch.datasets import restore as restoring
from etl_batch.datasets.restore import Restored, RestorePlan
from etl_batch.retention import Policy, Pruned, PrunePlan


def policy(home: Path) -> Policy:
    """What the settings keep."""
    names = ("keep_days", "keep_gb", "keep_backups_days", "keep_backups_gb")
    return Policy.of(*(settings.get(home, name) for name in names))


def plan(home: Path, wanted: Policy, user: User | None) -> PrunePlan:
    """What a policy would delete."""
    with act(home, "history.plan", user):
        return retention.plan_prune(home, wanted)


def prune(home: Path, planned: PrunePlan, user: User | None) -> Pruned:
    """Delete what was planned, under the user's name on the audit log."""
    with act(home, "history.prune", user) as now:
        return retention.prune(home, planned, now.name)


def prune_daily(home: Path, user: str) -> Pruned:
    """Delete what the settings keep no longer; the supervisor's part, for which nobody is signed in."""
    return retention.prune_by_policy(home, policy(home), user)


def restore(home: Path, plan: RestorePlan, user: User | None) -> Restored:
    """Carry out a restore that was confirmed; raises as the restore itself does."""
    with act(home, "backup.restore", user) as now:
        return restoring.restore(home, plan, now.name)
