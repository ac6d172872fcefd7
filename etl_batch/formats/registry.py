"""The registry of formats, and the one question to it: what is this file? Its content decides, its name breaks ties."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from etl_batch import memory, sentences
from etl_batch.errors import FormatRefused
from etl_batch.formats.content import holding
from etl_batch.formats.jsonl.source import JsonLinesSource
from etl_batch.formats.look import Look, Reading, look_at
from etl_batch.formats.parquet.source import ParquetSource
from etl_batch.formats.records.source import RecordSource
from etl_batch.formats.source import AnySource, Claim
from etl_batch.formats.text.source import TextSource

Format = type[AnySource]
# Lines of JSON are text too, and text stands before records, because nearly any has the length of some record.
_formats: list[Format] = [ParquetSource, JsonLinesSource, TextSource, RecordSource]


def register(new: Format) -> None:
    """Add a format. It is asked before those that are there, as the special is before the general."""
    _formats.insert(0, new)


def unregister(former: Format) -> None:
    """Take a format out again."""
    _formats.remove(former)


def format_named(name: str | None) -> Format | None:
    """The format of that name; None when there is none, as in the record of a run by another version."""
    return next((known for known in _formats if known.format == name), None)


@holding()
def detect(path: Path, ordinal: int, reading: Reading) -> AnySource:
    """The source that a file is. Raises `InputRefused` or `FormatRefused` with what was tried."""
    look = look_at(path, ordinal, reading)
    with memory.reading(str(path)):
        return _claimed(look)


def _claimed(look: Look) -> AnySource:
    """The source of the first format that claims the file."""
    for claim in Claim:
        for known in _formats:
            source = known.detect(look, claim)
            if source is not None:
                return replace(source, version=look.content.version)
    raise FormatRefused(
        sentences.inputs.FITS_NO_READER.format(path=look.path, tried="; ".join(look.tried)),
        path=str(look.path),
        tried=look.tried,
    )
