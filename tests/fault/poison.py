"""Sources that no worker survives: whoever reads a certain record dies of it, or hangs."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from etl_batch.formats.jsonl.source import JsonLinesSource
from etl_batch.formats.parquet.source import ParquetSource
from etl_batch.formats.records.source import RecordSource
from etl_batch.formats.records.variable import VariableRecordSource
from etl_batch.formats.source import AnySource, Slab
from etl_batch.formats.text.source import TextSource

POISON = {"dies": b"POISON-DIES", "hangs": b"POISON-HANGS"}


class _Poisoned:
    """Reads as its format does, but for the poison."""

    def read(self, place: Any, retries: int) -> Iterator[Slab]:
        """The slabs, when none of them has the poison in it."""
        slabs = list(super().read(place, retries))  # type: ignore[misc]
        text = b" ".join(str(cell).encode() for slab in slabs for array in slab.arrays() for cell in array.to_pylist())
        if POISON["dies"] in text:
            os.kill(os.getpid(), signal.SIGKILL)
        if POISON["hangs"] in text:
            os.kill(os.getpid(), signal.SIGSTOP)
        yield from slabs


class PoisonedText(_Poisoned, TextSource):
    """Of text."""


class PoisonedLines(_Poisoned, JsonLinesSource):
    """Of lines of JSON."""


class PoisonedRecords(_Poisoned, RecordSource):
    """Of records."""


class PoisonedVariable(_Poisoned, VariableRecordSource):
    """Of records of variable length."""


class PoisonedParquet(_Poisoned, ParquetSource):
    """Of rows of Parquet."""


def poisoned(source: AnySource) -> AnySource:
    """The same source, poisonous."""
    kinds: dict[type, type] = {
        TextSource: PoisonedText,
        JsonLinesSource: PoisonedLines,
        RecordSource: PoisonedRecords,
        VariableRecordSource: PoisonedVariable,
        ParquetSource: PoisonedParquet,
    }
    found: AnySource = kinds[type(source)](**{part.name: getattr(source, part.name) for part in fields(source)})
    return found
