"""The probe as a whole: paths in, an answer with intervals out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from etl_batch import sentences
from etl_batch.columns.conventions import Conventions
from etl_batch.errors import InputRefused, UsageError
from etl_batch.formats.blocks import Reads, WantedColumns
from etl_batch.formats.content import holding
from etl_batch.model import CONFIDENCE, Allocation
from etl_batch.probing.answer import Probe, ProbedColumn
from etl_batch.probing.result import Result
from etl_batch.probing.sample import DrawnBlocks, Sampled, draw, read
from etl_batch.reading_options import AS_DETECTED, ReadingOptions
from etl_batch.settings import DEFAULT_SAMPLE_FRAC
from etl_batch.stages.inputs import find_sources, read_as_planned
from etl_batch.stages.measure.choice import Choice, choose_columns, nearly_unique
from etl_batch.stages.plan import Plan, plan_columns
from etl_batch.stores.url import path_of

MIXED = "mixed"


@holding()
def estimate_path(
    paths: str | Path | Sequence[str | Path],
    home: Path,
    *,
    stratum: str | None = None,
    measures: Sequence[str] = (),
    sample_frac: float = DEFAULT_SAMPLE_FRAC,
    seed: int = 0,
    allocation: Allocation = Allocation.SQRT,
    options: ReadingOptions = AS_DETECTED,
) -> Probe:
    """Rows, strata and totals of files, directories or globs of any size, from about `sample_frac` of their bytes.

    `allocation` is that of the run whose estimates are foretold. Raises what a run over them would, and `UsageError`
    for a stratum or measure that cannot be one.
    """
    started = time.perf_counter()
    _check(sample_frac, seed)
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    sources = find_sources(given, home, options)
    plan = plan_columns(sources, Conventions.of(options))
    choice = _choose(plan, stratum, measures)
    drawn = draw(sources, sample_frac, seed, plan.total_bytes / max(plan.rows_estimate, 1))
    wanted = _wanted(plan, choice, exact=all(each.whole for each in drawn))
    answers = _read(drawn, wanted, given[0])
    changes = read_as_planned(sources)
    layouts = [source.record_layout for source in sources]
    found = Result([sampled for sampled, _ in answers], wanted, choice.notes)
    return Probe(
        path=str(path_of(str(given[0])).absolute()) if len(sources) > 1 else sources[0].path,
        files=len(sources),
        format=_one([source.format for source in sources]) or MIXED,
        layout=_one([known.name if known else None for known in layouts]),
        size_bytes=plan.total_bytes,
        # Around a block more is read to tell its records, and where blocks are neighbours that is read again.
        bytes_read=min(sum(reads.bytes for _, reads in answers), plan.total_bytes),
        seconds=round(time.perf_counter() - started, 6),
        confidence=CONFIDENCE,
        seed=seed,
        population_rows=found.rows(),
        rejected_rows=found.rejected(),
        sample_rows=found.sample_rows,
        stratum=choice.stratum,
        measures=found.measures(),
        strata=found.strata(),
        columns=tuple(ProbedColumn(column.name, str(column.type)) for column in plan.columns),
        blocks=found.blocks(),
        notes=(*found.notes(), *changes),
        expected=found.expected(sample_frac, allocation),
    )


def _read(drawn: Sequence[DrawnBlocks], wanted: WantedColumns, given: str | Path) -> list[tuple[Sampled, Reads]]:
    """What all drawn blocks hold, and what reading them has cost."""
    try:
        return [read(each, wanted) for each in drawn]
    except OSError as error:
        raise InputRefused(
            sentences.inputs.UNREADABLE_DISK.format(path=error.filename or given, reason=error.strerror)
        ) from error


def _check(sample_frac: float, seed: int) -> None:
    if not 0.0 < sample_frac <= 1.0:
        raise UsageError(sentences.command_line.BAD_FRACTION.format(given=sample_frac), field="sample_frac")
    if not 0 <= seed < 2**63:
        raise UsageError(sentences.command_line.BAD_SEED.format(given=seed), field="seed")


def _choose(plan: Plan, stratum: str | None, measures: Sequence[str]) -> Choice:
    """As a run chooses, but a column that cannot be what it was named for is an error: there is nothing else to do."""
    choice = choose_columns(plan, stratum, measures)
    if choice.missing or choice.unfit:
        raise UsageError(" ".join([*choice.missing, *choice.unfit]))
    if choice.stratum is not None and nearly_unique(plan, choice.stratum):
        note = sentences.estimates.UNIQUE.format(name=choice.stratum)
        return Choice(None, choice.measures, (*choice.notes, note))
    return choice


def _wanted(plan: Plan, choice: Choice, *, exact: bool) -> WantedColumns:
    by_name = dict(zip(plan.names, plan.columns, strict=True))
    stratum = by_name[choice.stratum] if choice.stratum is not None else None
    return WantedColumns(stratum, tuple(by_name[name] for name in choice.measures), exact)


def _one(names: Sequence[str | None]) -> str | None:
    return names[0] if len(set(names)) == 1 else MIXED
