"""The report's rejects: dead letters grouped by reason, with a few examples of each."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice

from etl_batch.model import Reject
from etl_batch.reporting import wording
from etl_batch.reporting.formatting import NAME_LENGTH, ordinal, percent, quantity, shown, visible
from etl_batch.reporting.parts import Shortened

SHOWN_REASONS = 10
SHOWN_EXAMPLES = 3
READ_LINES = 1000
RAW_LENGTH = 200
RAW_BYTES = RAW_LENGTH // 3


@dataclass(frozen=True, slots=True)
class RejectExample:
    """One dead letter: where it stands in its source, what is wrong, and how it begins."""

    source: str
    offset: str
    record: str
    field: str | None
    detail: str
    raw: str
    raw_label: str
    """What `raw` is: the text, or hexadecimal pairs."""


@dataclass(frozen=True, slots=True)
class ReasonGroup:
    """All rejects of one reason; `width` is its share of all of them, in percent, for a bar."""

    reason: str
    count: str
    share: str | None
    """None when only the first lines are known, and with them only a lower bound."""
    width: float
    examples: tuple[RejectExample, ...]


def group_rejects(by_reason: Mapping[str, int], lines: Iterable[Reject]) -> Shortened[ReasonGroup]:
    """Reasons by falling count, each with its first examples; only the first `READ_LINES` lines are looked at."""
    examples: dict[str, list[Reject]] = {}
    for line in islice(lines, READ_LINES):
        examples.setdefault(line.reason, []).append(line)
    totals = {reason: len(found) for reason, found in examples.items()} | dict(by_reason)
    ranked = sorted(totals, key=lambda reason: (-totals[reason], reason))
    whole = sum(totals.values())
    groups = [
        _group(reason, totals[reason], whole if reason in by_reason else None, examples.get(reason, []))
        for reason in ranked[:SHOWN_REASONS]
    ]
    return Shortened.of(groups, SHOWN_REASONS, len(ranked))


def _group(reason: str, count: int, whole: int | None, found: list[Reject]) -> ReasonGroup:
    return ReasonGroup(
        reason=shown(reason, NAME_LENGTH),
        count=quantity(count) if whole is not None else wording.AT_LEAST.format(number=quantity(count)),
        share=percent(count / whole) if whole else None,
        width=round(100 * count / whole, 2) if whole else 0.0,
        examples=tuple(map(_example, found[:SHOWN_EXAMPLES])),
    )


def _example(line: Reject) -> RejectExample:
    label, raw = _raw(line)
    return RejectExample(
        source=shown(line.source),
        offset=quantity(line.offset),
        record=ordinal(line.record),
        field=shown(line.field, 60) if line.field else None,
        detail=shown(line.detail, 200),
        raw=raw,
        raw_label=label,
    )


def _raw(line: Reject) -> tuple[str, str]:
    """The record as it stands in the file: bytes as hexadecimal pairs, text with its control characters visible."""
    if line.raw_encoding != "base64":
        return wording.RAW_TEXT, visible(line.raw, RAW_LENGTH)
    # Whole groups of four characters decode on their own, so a long record costs only its beginning.
    head = line.raw[: 4 * (RAW_BYTES // 3 + 2)]
    try:
        content = base64.b64decode(head[: len(head) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return wording.RAW_TEXT, visible(line.raw, RAW_LENGTH)
    pairs = content[:RAW_BYTES].hex(" ")
    return wording.RAW_BYTES, pairs + " …" if len(content) > RAW_BYTES else pairs
