"""`estimate PATH`: what files hold, as far as random blocks of them tell, as JSON or as a table for people."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

from etl_batch import sentences
from etl_batch.cli.given import given
from etl_batch.cli.home import home_of
from etl_batch.cli.printing import print_json
from etl_batch.model import MeasureEstimate
from etl_batch.probing import Probe, ProbedStratum, RowEstimate, estimate_path
from etl_batch.probing.answer import ExpectedRun
from etl_batch.reading_options import ReadingOptions
from etl_batch.settings import DEFAULT_SAMPLE_FRAC
from etl_batch.spelling import spelled

_SHOWN_STRATA = 20
WORDS = {"exact": "exact", "certified": "certified", "not": "not certified"}
NOTHING_KNOWN = "no interval"


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
    files = f"{probe.files:,} files, " if probe.files > 1 else ""
    yield f"{spelled(probe.path)}: {what}, {files}{probe.size_bytes:,} bytes"
    yield f"read {probe.bytes_read:,} bytes in {_blocks(probe)}, {probe.seconds:.3f} s"
    yield "columns: " + ", ".join(f"{_plain(column.name)} ({column.type})" for column in probe.columns)
    yield ""
    rows = [("rows", *_row_cells(probe.population_rows))]
    if probe.rejected_rows.estimate:
        rows.append(("rejected rows", *_row_cells(probe.rejected_rows)))
    rows += [(f"total of {_plain(name)}", *_cells(each)) for name, each in probe.measures.items()]
    yield from _table(("", "estimate", "95 % interval", ""), rows)
    if probe.stratum is not None and probe.strata:
        yield ""
        names = [f"total of {_plain(name)}" for name in probe.measures]
        heading = (_plain(probe.stratum), "rows", "95 % interval", *(cell for name in names for cell in (name, "+/-")))
        yield from _table(heading, [_stratum_cells(each) for each in probe.strata[:_SHOWN_STRATA]])
        if len(probe.strata) > _SHOWN_STRATA:
            yield sentences.command_line.MORE_ESTIMATES.format(
                more=len(probe.strata) - _SHOWN_STRATA, all=len(probe.strata)
            )
    if probe.expected is not None and probe.expected.measures:
        yield from ("", *_foretold(probe.expected))
    reasons = [(name, each.reason) for name, each in probe.measures.items() if each.reason]
    reasons += [("rows", probe.population_rows.reason)] if probe.population_rows.reason else []
    notes = [*(f"{_plain(name)}: {reason}" for name, reason in reasons), *probe.notes]
    yield from ("", *map(_plain, notes)) if notes else ()


def _foretold(run: ExpectedRun) -> Iterator[str]:
    """What a run with this fraction is expected to say."""
    yield f"a run with --sample-frac {run.sample_frac:g} samples {run.sample_rows:,} rows and is expected to be within"
    for name, total in run.measures.items():
        width = NOTHING_KNOWN if total.half_width is None else f"+/- {total.half_width:.2%} of it"
        yield f"  total of {_plain(name)}: {width}, {_word(exact=False, certified=total.certified)}"


def _blocks(probe: Probe) -> str:
    sampled, total = (sum(getattr(each, name) for each in probe.blocks) for name in ("sampled", "total"))
    return f"{sampled:,} of {total:,} blocks"


def _row_cells(rows: RowEstimate) -> tuple[str, str, str]:
    exact = rows.exact is not None
    return f"{rows.estimate:,}", "" if exact else _interval(rows.ci_low, rows.ci_high), _word(exact, rows.certified)


def _cells(total: MeasureEstimate) -> tuple[str, str, str]:
    exact = total.exact is not None
    interval = "" if exact else _interval(total.ci_low, total.ci_high)
    return _number(total.estimate), interval, _word(exact, total.certified)


def _stratum_cells(stratum: ProbedStratum) -> tuple[str, ...]:
    cells = ["(missing)" if stratum.value is None else _plain(str(stratum.value)), f"{stratum.rows:,}"]
    low, high = stratum.rows_ci
    cells.append("" if low == high else _interval(low, high))
    for each in stratum.measures.values():
        error = None if each.ci_high is None or each.estimate is None else each.ci_high - each.estimate
        cells += [_number(each.estimate), "" if not error else _number(error)]
    return tuple(cells)


def _interval(low: float | None, high: float | None) -> str:
    return NOTHING_KNOWN if low is None or high is None else f"{_number(low)} to {_number(high)}"


def _number(value: float | None) -> str:
    """A number as people read it: an estimate's decimals mean something only where it is small."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if isinstance(value, int) or abs(value) >= 1000 else f"{value:,.4g}"


def _word(exact: bool, certified: bool) -> str:
    return WORDS["exact"] if exact else WORDS["certified" if certified else "not"]


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
