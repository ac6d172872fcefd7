"""A line of `rejects.jsonl` back as a reject; `Reject.to_json` is the way there."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

from etl_batch.model import Reject
from etl_batch.record.values import parse_object, some_text, text, whole


def reject_from_json(line: str | bytes) -> Reject | None:
    """The reject of a line; None for one that is no reject's, as a run leaves it that was killed while it wrote."""
    given = parse_object(line)
    if given is None or "reason" not in given or "source" not in given:
        return None
    return Reject(
        source=text(given["source"]),
        offset=whole(given.get("offset")),
        record=whole(given.get("record")),
        reason=text(given["reason"]),
        field=named if isinstance(named := given.get("field"), str) else None,
        detail=text(given.get("detail")),
        raw=text(given.get("raw")),
        raw_encoding=some_text(given.get("raw_encoding")),
    )


def bytes_of(reject: Reject, encoding: str = "utf-8") -> bytes:
    """The bytes of its record as they stand in the file, whose text is in this encoding."""
    if reject.raw_encoding == "base64":
        try:
            return base64.b64decode(reject.raw, validate=True)
        except (binascii.Error, ValueError):
            pass
    try:
        return reject.raw.encode(encoding)
    except (UnicodeError, LookupError):
        return reject.raw.encode("utf-8", "surrogatepass")


def with_bytes(reject: Reject, content: bytes, encoding: str = "utf-8") -> Reject:
    """The reject with these bytes of a file whose text is in this encoding: the way back from `bytes_of`."""
    try:
        return replace(reject, raw=content.decode(encoding), raw_encoding=None)
    except (UnicodeError, LookupError):
        return replace(reject, raw=base64.b64encode(content).decode("ascii"), raw_encoding="base64")
