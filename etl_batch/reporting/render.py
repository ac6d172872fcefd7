"""Metadata in, one self-contained HTML page out: no script, no outside request, under 500 kB whatever the data."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from etl_batch.language import say
from etl_batch.model import Reject
from etl_batch.record.run import RunRecord
from etl_batch.record.values import Json, JsonObject
from etl_batch.reporting import wording
from etl_batch.reporting.compiled import KeptTemplates
from etl_batch.reporting.context import build_context
from etl_batch.reporting.formatting import quantity, visible

REPORT_BYTES = 500_000
METADATA_BYTES = 200_000

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
    bytecode_cache=KeptTemplates(Path(__file__)),
)
_ENVIRONMENT.globals["wording"] = wording
_ENVIRONMENT.filters["say"] = say


def prepare_report() -> None:
    """Load the templates ahead of time; the environment keeps them."""
    for name in _ENVIRONMENT.list_templates(extensions=["html"]):
        _ENVIRONMENT.get_template(name)


def render_report(record: RunRecord, *, rejects: Iterable[Reject] = (), previous: RunRecord | None = None) -> str:
    """The run report as one HTML page, always encodable as UTF-8 and always smaller than `REPORT_BYTES`.

    `rejects` are the first of the run's; `previous` is the record of the run before with the same inputs and outputs,
    None for a first run.
    """
    context = build_context(record, rejects, previous)
    template = _ENVIRONMENT.get_template("report.html")
    embedded, omitted = embed_record(record)
    page = template.render(report=context, metadata_json=embedded, omitted=omitted)
    if len(page.encode()) < REPORT_BYTES:
        return page
    embedded, omitted = _core(record)
    return template.render(report=context, metadata_json=embedded, omitted=omitted)


def embed_record(record: RunRecord) -> tuple[Markup, str | None]:
    """The metadata as JSON that is safe inside a script element, and a sentence about what was left out of it.

    Past `METADATA_BYTES` the strata are left out, and past that all but the run's identity and counts.
    """
    metadata = record.to_json()
    whole = _script_json(metadata)
    if whole is not None:
        return whole, None
    if record.analytics is not None and record.analytics.strata:
        omitted, analytics = len(record.analytics.strata), record.analytics.to_json()
        del analytics["strata"]
        smaller = _script_json({**metadata, "analytics": {**analytics, "strata_omitted": omitted}})
        if smaller is not None:
            return (
                smaller,
                wording.STRATA_LEFT_OUT.format(number=quantity(omitted)),
            )
    return _core(record)


def _core(record: RunRecord) -> tuple[Markup, str]:
    """The run's identity and counts alone, for metadata too large to embed."""
    core: dict[str, Json] = {
        "run_id": visible(record.run_id),
        "status": record.status,
        "started_at": visible(record.started_at),
        "finished_at": visible(record.finished_at),
        "counts": asdict(record.counts),
        "omitted": True,
    }
    return _script_json(core) or Markup("{}"), wording.METADATA_LEFT_OUT


def _script_json(value: JsonObject) -> Markup | None:
    """ASCII JSON with `<`, `>`, `&` and `'` written as `\\uXXXX`, so that nothing in it can close its element.

    None when it is longer than `METADATA_BYTES`.
    """
    try:
        plain = _PlainCopy(METADATA_BYTES).of(value)
    except _TooLargeError:
        return None
    text = htmlsafe_json_dumps(plain, dumps=json.dumps, ensure_ascii=True, allow_nan=False)
    return text if len(text) <= METADATA_BYTES else None


class _TooLargeError(Exception):
    """The JSON would be longer than there is room for."""


class _PlainCopy:
    """Copies a JSON value with null for the numbers that JSON does not have, and gives up when room runs out.

    Each value and each character costs at least a byte, so metadata of any size costs no more than the room.
    """

    def __init__(self, room: int) -> None:
        self.room = room

    def of(self, value: Json) -> Json:
        """The copy; raises `_TooLargeError`."""
        self._spend(len(value) if isinstance(value, str) else 1)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, Mapping):
            return {self._name(key): self.of(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(item) for item in value]
        return value

    def _name(self, key: str) -> str:
        self._spend(len(key))
        return key

    def _spend(self, cost: int) -> None:
        self.room -= cost
        if self.room < 0:
            raise _TooLargeError
