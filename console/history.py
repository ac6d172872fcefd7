"""Cleaning up the history: what the settings keep, what that would delete, and deleting it; super_admin only."""

from __future__ import annotations

from pathlib import Path

from console import settings, users
from console.users import Role, User, check_role
from etl_batch import retention
from etl_batch.retention import Policy, Pruned, PrunePlan

_ACTION = "clean up the history"


def policy(home: Path) -> Policy:
    """What the settings keep."""
    names = ("keep_days", "keep_gb", "keep_backups_days", "keep_backups_gb")
    return Policy.of(*(settings.get(home, name) for name in names))


def plan(home: Path, wanted: Policy, user: User) -> PrunePlan:
    """What a policy would delete; raises `Forbidden` unless the user is a super_admin as the database has them now."""
    check_role(users.find(home, user.name), Role.SUPER_ADMIN, _ACTION)
    return retention.plan_prune(home, wanted)


def prune(home: Path, planned: PrunePlan, user: User) -> Pruned:
    """Delete what was planned, under the user's name on the audit log; raises `Forbidden` as `plan` does."""
    now = check_role(users.find(home, user.name), Role.SUPER_ADMIN, _ACTION)
    return retention.prune(home, planned, now.name)


def prune_daily(home: Path, user: str) -> Pruned:
    """Delete what the settings keep no longer; the supervisor's part, for which nobody is signed in."""
    return retention.prune_by_policy(home, policy(home), user)
