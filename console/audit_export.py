"""Export of the audit log: the records that fit a search, as JSON lines or CSV, streamed in flat memory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from console import sentences
from console.actions import act
from console.users import User
from etl_batch.errors import UsageError
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_read import parse_record
from etl_batch.security.audit_search import AuditFilter, fitting_lines
from etl_batch.security.escaping import escape_cells

ROUTE = "/audit/export"
MEDIA_TYPES = {"jsonl": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
COLUMNS = ("seq", "ts", "user", "action", "target", "outcome", "detail")
BATCH_RECORDS = 2_000
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
    return _json_lines(log.files.log, wanted) if form == "jsonl" else _csv(log.files.log, wanted)


def _json_lines(log: Path, wanted: AuditFilter) -> Iterator[bytes]:
    """The log's own lines: each can still be verified by its mac."""
    piece = bytearray()
    for line, _record in fitting_lines(log, wanted):
        piece += line
        if len(piece) >= PIECE_BYTES:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _csv(log: Path, wanted: AuditFilter) -> Iterator[bytes]:
    """Rows whose cells no spreadsheet runs."""
    yield (",".join(COLUMNS) + "\n").encode()
    parsed = (record or parse_record(line) for line, record in fitting_lines(log, wanted))
    records = (record for record in parsed if record is not None)
    while batch := list(islice(records, BATCH_RECORDS)):
        yield _rows(batch)


def _rows(records: Sequence[Mapping[str, Any]]) -> bytes:
    columns = [_cells(records, name) for name in COLUMNS]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(zip(*columns, strict=True))
    return out.getvalue().encode("utf-8", "backslashreplace")


def _cells(records: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    texts = [_text(record.get(name)) for record in records]
    escaped, _count = escape_cells(pa.array(texts, pa.string()))
    return [str(cell) for cell in escaped.to_pylist()]


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text.encode("utf-8", "backslashreplace").decode()
