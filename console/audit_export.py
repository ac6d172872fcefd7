"""Export of the audit log: the records that fit a search, as JSON lines or CSV, streamed in flat memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from console import sentences
from console.actions import act
from console.audit_csv import HEADER, rows_of
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_search import AuditFilter, fitting_blocks

ROUTE = "/audit/export"
MEDIA_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
PIECE_BYTES = 256 * 1024


def url(wanted: AuditFilter, form: str) -> str:
    """The address that exports a search."""
    return f"{ROUTE}?{urlencode({'format': form, **wanted.given()})}"


def asked_for(query: Mapping[str, str]) -> tuple[AuditFilter, str]:
    """The search and the form of an address; raises `UsageError` for a form that does not exist."""
    form = query.get("format", "jsonl")
    if form not in MEDIA_TYPES:
        raise UsageError(sentences.NO_EXPORT.format(form=form[:20], known=" or ".join(MEDIA_TYPES)))
    return AuditFilter(**{name: query.get(name, "")[:200] for name in AuditFilter.__dataclass_fields__}), form


def file_name(form: str) -> str:
    """What the download is called."""
    return f"audit-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.{form}"


def export(home: Path, wanted: AuditFilter, form: str, user: User | None) -> Iterator[bytes]:
    """Record the export, then give its pieces."""
    log = AuditLog(home)
    with act(home, "audit.export", user) as now:
        log.append(user=now.name, action="audit.export", target=form, detail={"search": wanted.given()})
    return pieces(log.files.log, wanted, form)


def pieces(log: Path, wanted: AuditFilter, form: str) -> Iterator[bytes]:
    """The export, piece by piece. As JSON lines it is the log's own lines: each can still be verified by its mac."""
    if form == "csv":
        yield HEADER
    piece = bytearray()
    for block in fitting_blocks(log, wanted):
        piece += rows_of(block) if form == "csv" else block
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)
