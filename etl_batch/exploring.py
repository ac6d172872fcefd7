"""Exploring a run: its sample opened for questions, the same question asked of the whole output, and both compared."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from etl_batch import aside, sentences
from etl_batch.analytics.explore import Answer, GroupAnswer, answer
from etl_batch.analytics.explore_sample import Sample
from etl_batch.datasets.grouped import column_names, exact_groups
from etl_batch.datasets.listing import find_output, opened_table
from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.questions import Question
from etl_batch.runs.history.confirmations import Confirmation, Confirmed, remember
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.stores.url import path_of

SAMPLE = "sample.parquet"
SHOWN_GROUPS = 50
EXACT_SECONDS = 120.0
_OPEN_SAMPLES = 2
_TOLERANCE = 1e-9
"""Relative: the two answers add up their doubles in another order."""


class ParquetColumns:
    """Columns of a Parquet file, read when they are asked for; the last few are kept."""

    def __init__(self, path: Path, keep: int = 4) -> None:
        self.path, self.keep = path, keep
        self._schema = pa.ipc.open_stream(aside.call(_schema_of, path)).schema
        self._read: OrderedDict[int, pa.ChunkedArray] = OrderedDict()

    @property
    def schema(self) -> pa.Schema:
        """Names and types."""
        return self._schema

    def column(self, place: int) -> pa.ChunkedArray:
        """One column by its place."""
        column = self._read.get(place)
        if column is None:
            column = self._load(place)
            if len(self._read) >= self.keep:
                self._read.popitem(last=False)
            self._read[place] = column
        return column

    def _load(self, place: int) -> pa.ChunkedArray:
        name = self._schema.names[place]
        table = pa.ipc.open_stream(aside.call(_column_of, self.path, name)).read_all()
        same = [at for at, other in enumerate(self._schema.names) if other == name]
        found = [at for at, other in enumerate(table.schema.names) if other == name]
        return table.column(found[same.index(place)])


def _schema_of(path: Path) -> bytes:
    """The schema of a Parquet file, as Arrow's stream has it."""
    with _whole(), pq.ParquetFile(path) as file:
        return _stream(file.schema_arrow.empty_table())


def _column_of(path: Path, name: str) -> bytes:
    """A column, with those of the same name and those of which it is the part before a dot, as Arrow's stream."""
    with _whole(), pq.ParquetFile(path) as file:
        return _stream(file.read(columns=[name]))


@contextmanager
def _whole() -> Iterator[None]:
    """What Arrow says of a sample that is none is a refusal of it."""
    try:
        yield
    except MemoryError:
        raise
    except pa.ArrowException as error:
        raise FormatRefused(sentences.estimates.SAMPLE_BROKEN) from error


def _stream(table: pa.Table) -> bytes:
    out = pa.BufferOutputStream()
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    return bytes(out.getvalue())


_LOCK = threading.Lock()
_SAMPLES: OrderedDict[tuple[str, int, int], Sample] = OrderedDict()


def open_sample(run: RunDirectory) -> Sample:
    """The run's sample, ready for questions; the last few are kept in memory.

    Raises `InputRefused` when the run has none or no estimates, `FormatRefused` when it cannot be read.
    """
    path = run.file(SAMPLE)
    try:
        found = path.stat()
    except OSError:
        raise InputRefused(sentences.estimates.NO_SAMPLE) from None
    key = (str(path), found.st_mtime_ns, found.st_size)
    with _LOCK:
        if key in _SAMPLES:
            _SAMPLES.move_to_end(key)
            return _SAMPLES[key]
    sample = _load_sample(run, path)
    with _LOCK:
        _SAMPLES[key] = sample
        while len(_SAMPLES) > _OPEN_SAMPLES:
            _SAMPLES.popitem(last=False)
    return sample


def _load_sample(run: RunDirectory, path: Path) -> Sample:
    record = run.metadata()
    analytics = record.analytics if record else None
    if analytics is None or not analytics.strata:
        reason = (analytics.reason if analytics else None) or ""
        raise InputRefused(sentences.estimates.NO_ESTIMATES.format(reason=reason).strip())
    try:
        return Sample(ParquetColumns(path), analytics)
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise FormatRefused(sentences.estimates.SAMPLE_BROKEN) from error


@dataclass(frozen=True, slots=True)
class Timed:
    """An answer and the seconds that it took."""

    answer: Answer
    seconds: float


def ask(sample: Sample, question: Question) -> Timed:
    """The answer from the sample; raises `UsageError` for a question that does not suit it."""
    started = time.perf_counter()
    found = answer(sample, question)
    return Timed(found, time.perf_counter() - started)


def why_not_exact(run: RunDirectory) -> str | None:
    """Why the run's answers cannot be confirmed, in a sentence; None when its Parquet file is as the run wrote it."""
    path = _parquet_of(run)
    if path is None:
        return sentences.estimates.NO_PARQUET
    output = find_output(run.home, path)
    if output is None:
        return sentences.estimates.PARQUET_OUTSIDE
    if output.found is None:
        return sentences.estimates.PARQUET_GONE
    if output.maker is None:
        return sentences.estimates.PARQUET_CHANGED
    return None if output.maker.run_id == run.run_id else sentences.estimates.PARQUET_REPLACED


def _parquet_of(run: RunDirectory) -> Path | None:
    """The Parquet file that the run wrote."""
    record = run.metadata()
    written = record.outputs.get("parquet") if record else None
    return path_of(written.path) if written is not None and written.path else None


def confirm(run: RunDirectory, sample: Sample, question: Question, limit: int = SHOWN_GROUPS) -> Confirmation:
    """Ask the run's whole Parquet file the same question, compare the largest `limit` groups, and remember it.

    Raises `InputRefused` when the file is no longer the one that the run wrote, and as `exact_groups` does.
    """
    refusal, path = why_not_exact(run), _parquet_of(run)
    if refusal is not None or path is None:
        raise InputRefused(refusal or sentences.estimates.NO_PARQUET)
    timed = ask(sample, question)
    groups = timed.answer.groups(limit)
    values = [group.value for group in groups] if question.group_by is not None else [None]
    started = time.perf_counter()
    asked = values if groups or question.group_by is None else None
    exact = aside.within(EXACT_SECONDS + aside.SECONDS, _exact, path, run.home, sample.names, question, asked)
    seconds = time.perf_counter() - started
    confirmed = tuple(_beside(group, truth) for group, truth in zip(groups, exact, strict=False))
    confirmation = Confirmation(asdict(question), confirmed, timed.seconds, seconds)
    remember(run, confirmation)
    return confirmation


def _exact(
    path: Path, home: Path, names: tuple[str, ...], question: Question, values: Sequence[Any] | None
) -> list[float | None]:
    """What the whole file answers for these groups; nothing for no groups."""
    with opened_table(path, home) as files:
        if column_names(files[0]) != names:
            raise InputRefused(sentences.estimates.PARQUET_CHANGED)
        return [] if values is None else exact_groups(files, question, values, EXACT_SECONDS)


def _beside(group: GroupAnswer, exact: float | None) -> Confirmed:
    low, high = group.ci_low, group.ci_high
    held = None
    if low is not None and high is not None and exact is not None and not group.exact:
        slack = _TOLERANCE * max(abs(low), abs(high), abs(exact))
        held = low - slack <= exact <= high + slack
    value = None if group.value is None else str(group.value)
    return Confirmed(value, group.estimate, low, high, exact, group.certified, held)
