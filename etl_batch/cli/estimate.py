"""`estimate PATH`: what files hold, as far as random blocks of them tell, as JSON or as a table for people."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from etl_batch.cli import wording
from etl_batch.cli.given import given
from etl_batch.cli.home import home_of
from etl_batch.cli.printing import print_json, tally
from etl_batch.model import MeasureEstimate
from etl_batch.probing import Probe, ProbedStratum, RowEstimate, estimate_path
from etl_batch.probing.answer import ExpectedRun
from etl_batch.reading_options import ReadingOptions
from etl_batch.settings import DEFAULT_SAMPLE_FRAC
from etl_batch.spelling import spelled

_SHOWN_STRATA = 20


def run_estimate(parsed: argparse.Namespace) -> int:
    """Probe the path and print the answer; returns the exit code."""
    probe = estimate_path(
        parsed.path,
        home_of(parsed),
        stratum=parsed.stratum,
        measures=tuple(parsed.measures or ()),
        sample_frac=DEFAULT_SAMPLE_FRAC if parsed.sample_frac is None else parsed.sample_frac,
        seed=parsed.seed or 0,
        options=ReadingOptions.of(given(parsed)),
    )
    if parsed.json:
        print_json(probe.to_json())
    else:
        print("\n".join(_lines(probe)))
    return 0


def _lines(probe: Probe) -> Iterator[str]:
    what = " ".join(filter(None, (probe.format, probe.layout)))
    sizes = ([tally(probe.files, "file")] if probe.files > 1 else []) + [tally(probe.size_bytes, "byte")]
    yield f"{spelled(probe.path)}: {', '.join([what, *sizes])}"
    sampled, total = (sum(getattr(each, name) for each in probe.blocks) for name in ("sampled", "total"))
    read = tally(probe.bytes_read, "byte")
    yield wording.READ.format(size=read, sampled=sampled, total=total, seconds=probe.seconds)
    columns = ", ".join(f"{_plain(column.name)} ({column.type})" for column in probe.columns)
    yield wording.COLUMNS.format(columns=columns)
    yield ""
    rows = [(wording.ROWS, *_row_cells(probe.population_rows))]
    if probe.rejected_rows.estimate:
        rows.append((wording.REJECTED_ROWS, *_row_cells(probe.rejected_rows)))
    rows += [(wording.TOTAL_OF.format(name=_plain(name)), *_cells(each)) for name, each in probe.measures.items()]
    yield from _table(("", wording.ESTIMATE, wording.INTERVAL, ""), rows)
    if probe.stratum is not None and probe.strata:
        yield ""
        names = [wording.TOTAL_OF.format(name=_plain(name)) for name in probe.measures]
        heading = (
            _plain(probe.stratum),
            wording.ROWS,
            wording.INTERVAL,
            *(cell for name in names for cell in (name, "+/-")),
        )
        yield from _table(heading, [_stratum_cells(each) for each in probe.strata[:_SHOWN_STRATA]])
        if len(probe.strata) > _SHOWN_STRATA:
            yield wording.MORE_ESTIMATES.format(more=len(probe.strata) - _SHOWN_STRATA, all=len(probe.strata))
    if probe.expected is not None and probe.expected.measures:
        yield from ("", *_foretold(probe.expected))
    reasons = [(name, each.reason) for name, each in probe.measures.items() if each.reason]
    reasons += [(wording.ROWS, probe.population_rows.reason)] if probe.population_rows.reason else []
    notes = [*(f"{_plain(name)}: {reason}" for name, reason in reasons), *probe.notes]
    yield from ("", *map(_plain, notes)) if notes else ()


def _foretold(run: ExpectedRun) -> Iterator[str]:
    """What a run with this fraction is expected to say."""
    yield wording.FORETOLD.format(fraction=run.sample_frac, rows=tally(run.sample_rows, "row"))
    for name, total in run.measures.items():
        known = total.half_width is not None
        width = wording.WITHIN.format(share=total.half_width) if known else wording.NO_INTERVAL
        word = _word(exact=False, certified=total.certified)
        yield f"  {wording.TOTAL_OF.format(name=_plain(name))}: {width}, {word}"


def _row_cells(rows: RowEstimate) -> tuple[str, str, str]:
    exact = rows.exact is not None
    return _count(rows.estimate), "" if exact else _interval(rows.ci_low, rows.ci_high), _word(exact, rows.certified)


def _cells(total: MeasureEstimate) -> tuple[str, str, str]:
    exact = total.exact is not None
    interval = "" if exact else _interval(total.ci_low, total.ci_high)
    return _number(total.estimate), interval, _word(exact, total.certified)


def _stratum_cells(stratum: ProbedStratum) -> tuple[str, ...]:
    cells = [wording.MISSING if stratum.value is None else _plain(str(stratum.value)), _count(stratum.rows)]
    low, high = stratum.rows_ci
    cells.append("" if low == high else _interval(low, high))
    for each in stratum.measures.values():
        error = None if each.ci_high is None or each.estimate is None else each.ci_high - each.estimate
        cells += [_number(each.estimate), "" if not error else _number(error)]
    return tuple(cells)


def _interval(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return wording.NO_INTERVAL
    return wording.FROM_TO.format(low=_number(low), high=_number(high))


def _count(number: int) -> str:
    return wording.COUNT.format(number=number)


def _number(value: float | None) -> str:
    """A number as people read it: an estimate's decimals mean something only where it is small."""
    if value is None:
        return "-"
    whole = isinstance(value, int) or abs(value) >= 1000
    return (wording.ROUNDED if whole else wording.FOUR_DIGITS).format(number=value)


def _word(exact: bool, certified: bool) -> str:
    return wording.EXACT if exact else wording.CERTIFIED if certified else wording.NOT_CERTIFIED


def _plain(text: str) -> str:
    """Text from data as a terminal may show it: no line breaks, no control characters."""
    return text if text.isprintable() else repr(text)[1:-1]


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns in line: the first to the left, numbers to the right."""
    lines: list[Any] = [heading, *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heading))]
    for line in lines:
        cells = [
            cell.rjust(width) if at else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
