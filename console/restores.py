"""Restoring a backup: who may, looked up again at the moment it is done."""

from __future__ import annotations

from pathlib import Path

from console import users
from console.users import Role, User
from etl_batch.datasets import restore as restoring
from etl_batch.datasets.restore import Restored, RestorePlan


def restore(home: Path, plan: RestorePlan, user: User) -> Restored:
    """Carry out a restore that was confirmed.

    Raises `Forbidden` unless the user, as the database has them now, is a super_admin; else as the restore itself does.
    """
    now = users.check_role(users.find(home, user.name), Role.SUPER_ADMIN, "restore a backup")
    return restoring.restore(home, plan, now.name)
