"""Columns that must have no value twice: a digest of each value is kept in the run's directory until all are known.

A digest of 128 bits stands for its value: two values that differ have the same one less often than a disk errs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from etl_batch import sentences
from etl_batch.errors import TooManyRejects
from etl_batch.schemas.spec import Schema

_DIGEST_BYTES = 16
_NOTE = np.dtype([("high", "<u8"), ("low", "<u8"), ("row", "<u8"), ("source", "<u4"), ("column", "<u4")])
_PREFIX = "unique-"
_BLOCK = 1 << 16
"""Notes that are read at a time."""
MOST_NOTES = 1 << 21
"""Notes that are sorted at once: about so many, whatever the input is."""

Notes = NDArray[np.void]


@dataclass(frozen=True, slots=True)
class Repeats:
    """How many rows repeat a value, the first of them in input order, and the row that it repeats."""

    number: int
    column: int
    source: int
    row: int
    former_source: int
    former_row: int


def notes_of(values: pa.Array, column: int, source: int, first: int) -> Notes:
    """A note of each value that is there. `first`: the number of the first row in its source."""
    texts = values.to_pylist()
    rows = [row for row, value in enumerate(texts) if value is not None and value != ""]
    digests = b"".join(
        hashlib.blake2b(repr(texts[row]).encode("utf-8", "backslashreplace"), digest_size=_DIGEST_BYTES).digest()
        for row in rows
    )
    notes = np.empty(len(rows), _NOTE)
    words = np.frombuffer(digests, "<u8").reshape(-1, 2)
    notes["high"], notes["low"] = words[:, 0], words[:, 1]
    notes["row"], notes["source"], notes["column"] = np.array(rows, np.uint64) + np.uint64(first), source, column
    return notes


def keep(folder: Path, chunk: int, notes: Sequence[tuple[bool, Notes]], before: int) -> int:
    """Keep the notes of a chunk; returns how many bytes these are.

    `before`: rows of its source that stand before the chunk, for those notes that are marked.
    """
    size = 0
    for counted, each in notes:
        if not len(each):
            continue
        if counted:
            each["row"] += np.uint64(before)
        with _kept(folder, chunk).open("ab") as file:
            file.write(each.tobytes())
        size += each.nbytes
    return size


def kept_bytes(folder: Path, chunk: int) -> int:
    """How many bytes of notes of a chunk are there."""
    try:
        return _kept(folder, chunk).stat().st_size
    except OSError:
        return 0


def _kept(folder: Path, chunk: int) -> Path:
    return folder / f"{_PREFIX}{chunk}.bin"


def forget(folder: Path, first: int = 0) -> None:
    """Remove the notes of a run, those of the chunks from `first` on."""
    for path in folder.glob(f"{_PREFIX}*.bin"):
        if int(path.stem.removeprefix(_PREFIX)) >= first:
            path.unlink(missing_ok=True)


def find_repeats(folder: Path, poll: Callable[[], None]) -> Repeats | None:
    """What is there twice; None when nothing is. The notes are looked at a share at a time, by their digests.

    `poll` is called between the looks, and may raise.
    """
    files = sorted(folder.glob(f"{_PREFIX}*.bin"))
    shares = sum(path.stat().st_size for path in files) // _NOTE.itemsize // MOST_NOTES + 1
    number, first = 0, None
    for share in range(shares):
        blocks = []
        for block in _blocks(files):
            poll()
            blocks.append(block[block["high"] % np.uint64(shares) == share])
        found = _repeats(np.concatenate(blocks)) if blocks else None
        if found is not None:
            number += found.number
            first = found if first is None else min(first, found, key=lambda each: (each.source, each.row))
    if first is None:
        return None
    return Repeats(number, first.column, first.source, first.row, first.former_source, first.former_row)


def refuse_repeats(folder: Path, schema: Schema, paths: list[str], poll: Callable[[], None]) -> None:
    """Raise `TooManyRejects` when a value is there twice that must be unique. `paths`: of the sources, by ordinal."""
    found = find_repeats(folder, poll)
    if found is not None:
        raise TooManyRejects(
            sentences.schemas.NOT_UNIQUE.format(
                name=schema.columns[found.column].name,
                number=found.number,
                row=found.row + 1,
                source=paths[found.source],
                former_row=found.former_row + 1,
                former_source=paths[found.former_source],
            ),
            rejected=found.number,
        )


def _blocks(files: list[Path]) -> Iterator[Notes]:
    for path in files:
        with path.open("rb") as file:
            while data := file.read(_BLOCK * _NOTE.itemsize):
                yield np.frombuffer(data, _NOTE)


def _repeats(notes: Notes) -> Repeats | None:
    """The same of notes that have all of each of their values."""
    notes = np.sort(notes, order=["column", "high", "low", "source", "row"])
    same = np.ones(max(len(notes) - 1, 0), bool)
    for name in ("column", "high", "low"):
        same &= notes[name][1:] == notes[name][:-1]
    later = np.flatnonzero(same) + 1
    if not len(later):
        return None
    first = later[np.lexsort((notes["row"][later], notes["source"][later]))[0]]
    former = notes[first - 1]
    one = notes[first]
    return Repeats(
        len(later), int(one["column"]), int(one["source"]), int(one["row"]), int(former["source"]), int(former["row"])
    )
