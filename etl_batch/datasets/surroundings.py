"""The bytes around a reject in its source file, when that file still holds what the run has read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from etl_batch import sentences
from etl_batch.errors import InputRefused
from etl_batch.formats.content import first_opened
from etl_batch.formats.registry import format_named
from etl_batch.record.run import InputRecord
from etl_batch.runs.record.reject_view import RejectLine
from etl_batch.security.guard import Guard, Roots, allowed_roots
from etl_batch.security.paths import opened_input
from etl_batch.stores.url import Url, path_of

MARGIN_BYTES = 64
RECORD_BYTES = 512
"""How much of the record itself is shown."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands before the record, at its beginning, and after it."""

    begin: int
    """Byte offset of `before` in the file."""
    before: bytes
    record: bytes
    """At most `RECORD_BYTES` of it."""
    record_bytes: int
    """How long it is in the file."""
    after_begin: int
    after: bytes


def shows_bytes(facts: InputRecord | None) -> bool:
    """Whether the records of an input stand in its file as they are; so it is taken for a format that nobody knows."""
    known = format_named(facts.format) if facts else None
    return (known is None or known.shows_bytes) and (facts is None or facts.compression is None)


def surroundings(home: Path, reject: RejectLine, facts: InputRecord | None) -> Surroundings:
    """The bytes around a reject, read at its offset; `facts` is what its run says of the source.

    Raises `PathRefused` when the source lies outside the allowed roots, `InputRefused` when it is gone or when other
    bytes than the reject's stand at its place.
    """
    if not shows_bytes(facts):
        raise InputRefused(sentences.data.COMPRESSED)
    path, content = path_of(reject.source), in_file(reject, facts)
    with _opened(path, allowed_roots(home)) as (size, read):
        same = facts is None or size == facts.size_bytes
        if not same or read(len(content), reject.offset) != content:
            raise InputRefused(sentences.data.CHANGED_SINCE_READ.format(name=path.name))
        begin, end = max(0, reject.offset - MARGIN_BYTES), reject.offset + len(content)
        return Surroundings(
            begin,
            read(reject.offset - begin, begin),
            content[:RECORD_BYTES],
            len(content),
            end,
            read(MARGIN_BYTES, end),
        )


@contextmanager
def _opened(path: Path, roots: Roots) -> Iterator[tuple[int, Callable[[int, int], bytes]]]:
    """The size of an input, and what reads so many bytes of it from an offset on."""
    if isinstance(path, Url):
        with first_opened(str(path), guard=Guard.of_inputs(roots)).opened() as file:
            yield file.size, file.read
        return
    with opened_input(path, roots) as descriptor:
        yield os.fstat(descriptor).st_size, partial(os.pread, descriptor)


def in_file(reject: RejectLine, facts: InputRecord | None) -> bytes:
    """The record's bytes in its file: a text that is not UTF-8 there was decoded before it was written down."""
    encoding = facts.dialect.encoding if facts is not None and facts.dialect is not None else "utf-8"
    if not reject.is_text or encoding in ("utf-8", "ascii"):
        return reject.raw
    try:
        return reject.raw.decode("utf-8", "surrogatepass").encode(encoding)
    except (UnicodeError, LookupError):
        return reject.raw
