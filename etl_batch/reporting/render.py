"""Metadata in, one self-contained HTML page out: no script, no outside request, under 500 kB whatever the data."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from etl_batch.reporting.context import build_context
from etl_batch.reporting.formatting import quantity, visible
from etl_batch.reporting.parts import mapping

REPORT_BYTES = 500_000
METADATA_BYTES = 200_000

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def prepare_report() -> None:
    """Compile the templates ahead of time; the environment keeps them."""
    for name in _ENVIRONMENT.list_templates(extensions=["html"]):
        _ENVIRONMENT.get_template(name)


def render_report(
    metadata: dict[str, Any],
    *,
    rejects: Iterable[dict[str, Any]] = (),
    previous: dict[str, Any] | None = None,
) -> str:
    """The run report as one HTML page, always encodable as UTF-8 and always smaller than `REPORT_BYTES`.

    `metadata` is the run's `metadata.json`, of which any key may be missing; `rejects` the first lines of its
    `rejects.jsonl`; `previous` the metadata of the run before with the same inputs and outputs, None for a first run.
    """
    context = build_context(metadata, rejects, previous)
    template = _ENVIRONMENT.get_template("report.html")
    embedded, omitted = embed_metadata(metadata)
    page = template.render(report=context, metadata_json=embedded, omitted=omitted)
    if len(page.encode()) < REPORT_BYTES:
        return page
    embedded, omitted = _core(metadata)
    return template.render(report=context, metadata_json=embedded, omitted=omitted)


def embed_metadata(metadata: Mapping[str, Any]) -> tuple[Markup, str | None]:
    """The metadata as JSON that is safe inside a script element, and a sentence about what was left out of it.

    Past `METADATA_BYTES` the strata are left out, and past that all but the run's identity and counts.
    """
    whole = _script_json(metadata)
    if whole is not None:
        return whole, None
    analytics = dict(mapping(metadata.get("analytics")))
    strata = analytics.pop("strata", None)
    omitted = len(strata) if isinstance(strata, list | tuple) else 0
    smaller = _script_json({**metadata, "analytics": {**analytics, "strata_omitted": omitted}})
    if omitted and smaller is not None:
        return smaller, f"The embedded metadata leaves out the strata ({quantity(omitted)}); metadata.json has them."
    return _core(metadata)


def _core(metadata: Mapping[str, Any]) -> tuple[Markup, str]:
    """The run's identity and counts alone, for metadata too large to embed."""
    core: dict[str, Any] = {
        key: visible(str(metadata[key])) for key in ("run_id", "status", "started_at", "finished_at") if key in metadata
    }
    counts = mapping(metadata.get("counts"))
    core["counts"] = {
        key: counts[key] for key in ("records_in", "written", "rejected", "skipped") if isinstance(counts.get(key), int)
    }
    core["omitted"] = True
    sentence = "The metadata is too large to embed: only the run's identity and counts are; metadata.json has the rest."
    return _script_json(core) or Markup("{}"), sentence


def _script_json(value: Mapping[str, Any]) -> Markup | None:
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

    def of(self, value: Any) -> Any:
        """The copy; raises `_TooLargeError`."""
        self._spend(len(value) if isinstance(value, str) else 1)
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, Mapping):
            return {self._name(key): self.of(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.of(item) for item in value]
        return value if value is None or isinstance(value, str | int) else str(value)

    def _name(self, key: Any) -> str:
        self._spend(len(str(key)))
        return str(key)

    def _spend(self, cost: int) -> None:
        self.room -= cost
        if self.room < 0:
            raise _TooLargeError
