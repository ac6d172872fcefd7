"""Changes to a home's own layouts that the audit log knows of before they are made, whoever makes them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from etl_batch.errors import OutputFailed
from etl_batch.layouts.store import LayoutChange, change_store
from etl_batch.security.audit import AuditLog


def record_change(home: Path, wanted: LayoutChange, user: str) -> None:
    """Make a change in the name of `user`; raises whatever `change_store` raises, and changes nothing then."""
    log, detail, recorded = AuditLog(home), _detail(wanted), False

    def record() -> None:
        nonlocal recorded
        log.append(user=user, action=wanted.action, target=wanted.name, detail=detail)
        recorded = True

    try:
        change_store(home, wanted, record)
    except OutputFailed:
        if recorded:
            log.append(user=user, action=wanted.action, target=wanted.name, outcome="failed", detail=detail)
        raise


def _detail(wanted: LayoutChange) -> dict[str, str]:
    """What the log keeps of a change: names and the digest of the new text, not the text."""
    detail = {}
    if wanted.renamed_from not in (None, wanted.name):
        detail["renamed_from"] = str(wanted.renamed_from)
    if wanted.text is not None:
        detail["sha256"] = hashlib.sha256(wanted.text.encode("utf-8")).hexdigest()
    return detail
