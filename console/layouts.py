"""Changes to the home's own record layouts: each goes on record before it is made."""

from __future__ import annotations

import hashlib
from pathlib import Path

from console.actions import act
from console.users import User
from etl_batch.errors import OutputFailed
from etl_batch.layouts import LayoutChange, change_store
from etl_batch.security.audit import AuditLog


def change(home: Path, wanted: LayoutChange, user: User | None) -> None:
    """Save, rename or delete a layout of this home; raises whatever `change_store` raises, and changes nothing then."""
    with act(home, "layout.change", user) as now:
        _change(home, wanted, now.name)


def _change(home: Path, wanted: LayoutChange, name: str) -> None:
    log, detail, recorded = AuditLog(home), _detail(wanted), False

    def record() -> None:
        nonlocal recorded
        log.append(user=name, action=wanted.action, target=wanted.name, detail=detail)
        recorded = True

    try:
        change_store(home, wanted, record)
    except OutputFailed:
        if recorded:
            log.append(user=name, action=wanted.action, target=wanted.name, outcome="failed", detail=detail)
        raise


def _detail(wanted: LayoutChange) -> dict[str, str]:
    """What the log keeps of a change: names and the digest of the new text, not the text."""
    detail = {}
    if wanted.renamed_from not in (None, wanted.name):
        detail["renamed_from"] = str(wanted.renamed_from)
    if wanted.text is not None:
        detail["sha256"] = hashlib.sha256(wanted.text.encode("utf-8")).hexdigest()
    return detail
