"""Dates, times of day and time stamps against what `datetime` says of a cell."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import cells, times
from tests.unit.kernels.laid_out import LEADS, columns_of, first_unfit, laid_out, utc

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PARTS = list(product(range(2), range(3), range(4)))
UNITS = (10**3, 10**3, 10**6, 10**9)


def day_of(cell: bytes) -> int | None:
    """Days since 1970; None when it is no date."""
    try:
        known = re.fullmatch(rb"\d{4}-\d\d-\d\d", cell) and date.fromisoformat(cell.decode())
    except ValueError:
        return None
    return (known - date(1970, 1, 1)).days if known else None


def clock_of(cell: bytes) -> int | None:
    """Milliseconds since midnight; None when it is no time of day."""
    try:
        known = re.fullmatch(rb"\d\d:\d\d:\d\d", cell) and time.fromisoformat(cell.decode())
    except ValueError:
        return None
    if not isinstance(known, time) or cell.startswith(b"24"):  # later Pythons know the end of a day
        return None
    return (known.hour * 3600 + known.minute * 60 + known.second) * 1000


def stamp_of(cell: bytes, separator: int, zone: int, fraction: int) -> int | None:
    """Units since 1970; None when it is not written so, or does not fit 64 bits."""
    digits = times.FRACTIONS[fraction]
    part = rf"\.(\d{{{digits}}})" if digits else "()"
    pattern = rf"([\d-]{{10}}){times.SEPARATORS[separator]}([\d:]{{8}}){part}{re.escape(times.ZONES[zone])}"
    known = re.fullmatch(pattern.encode(), cell)
    if not known or day_of(known[1]) is None or clock_of(known[2]) is None:
        return None
    seconds = (utc(f"{known[1].decode()} {known[2].decode()}") - EPOCH) // timedelta(seconds=1)
    moment = seconds * UNITS[fraction] + int(known[3] or b"0")
    return moment if -(2**63) < moment < 2**63 else None


def shape_of(cell: bytes) -> int | None:
    """The shape's number; None when it has none."""
    if day_of(cell) is not None:
        return times.DATE
    if clock_of(cell) is not None:
        return times.CLOCK
    return next((times.stamp_shape(*parts) for parts in PARTS if stamp_of(cell, *parts) is not None), None)


EDGES = [
    *("0000-01-01", "0001-01-01", "9999-12-31", "1900-02-29", "2000-02-29", "2023-02-29", "2024-02-29", "2024-02-30"),
    *("2024-00-01", "2024-13-01", "2024-01-00", "2024-01-32", "2024-04-31", "2024-1-01", "20240101", "2024/01/01"),
    *("1969-12-31", "1970-01-01", "-001-01-01", "2024-01-0:", "2024-01-01T", "2100-02-29", "2400-02-29"),
    *("00:00:00", "23:59:59", "23:59:60", "24:00:00", "12:60:00", "1:00:00", "12-00-00", "12:00:0/"),
    *("1677-09-21 00:12:43.145224193", "1677-09-21 00:12:43.145224192", "1677-09-21 00:12:42.999999999"),
    *("2262-04-11 23:47:16.854775807", "2262-04-11 23:47:16.854775808", "2262-04-11 23:47:17.000000000"),
    *("0001-01-01T00:00:00.000000", "9999-12-31T23:59:59.999999Z", "1677-09-21T00:12:44.000000000Z"),
    *("2024-01-01 00:00:00.", "2024-01-01 00:00:00,000", "2024-01-01 00:00:00+00:01", "2024-01-01 00:00:00-00:00"),
    *("2024-01-01 00:00:00z", "2024-01-01t00:00:00", "2024-01-01 00:00:00.0000", "2024-01-01 00:00:00.00/"),
    *("2024-01-01 00:00:00.123+00:00", "2024-01-01 00:00:00.123456789", "2024-01-01 24:00:00", "2024-01-01 00:00"),
]
STAMPS = st.builds(
    lambda moment, separator, digits, zone: (
        f"{moment.isoformat(separator, 'seconds')}{'.' * bool(digits)}{moment.microsecond * 1009:09}"[: 19 + digits]
        + zone
    ),
    st.datetimes(),
    st.sampled_from(" T"),
    st.sampled_from([0, 4, 7, 10]),
    st.sampled_from(times.ZONES),
)
TIMES = st.one_of(
    st.sampled_from(EDGES), st.dates().map(str), st.times().map(lambda one: one.isoformat("seconds")), STAMPS
)


def of_one_shape(shape: int) -> st.SearchStrategy[str]:
    """Cells of a shape."""
    known = {times.DATE: st.dates().map(str), times.CLOCK: st.times().map(lambda one: one.isoformat("seconds"))}
    return known[shape] if shape in known else _stamps(PARTS[shape - times.FIRST_STAMP])


def _stamps(parts: tuple[int, int, int]) -> st.SearchStrategy[str]:
    return st.datetimes().map(lambda moment: _written(moment, parts))


def _written(moment: datetime, parts: tuple[int, int, int]) -> str:
    digits = times.FRACTIONS[parts[2]]
    part = f".{moment.microsecond * 1000 + 7:09}"[: digits + 1] if digits else ""
    return moment.isoformat(times.SEPARATORS[parts[0]], "seconds") + part + times.ZONES[parts[1]]


COLUMNS = st.one_of(columns_of(TIMES), st.integers(0, 25).flatmap(lambda shape: columns_of(of_one_shape(shape))))


@given(COLUMNS, st.booleans())
def test_the_census(column, quoted):
    """It stops at the first cell that is no time; of times it has the shapes."""
    cells, in_quotes = column
    view, facts = laid_out(cells, in_quotes if quoted else None), np.zeros(3, np.uint64)
    stopped = times.census(*view.places, facts)
    assert stopped == first_unfit(cells, lambda cell: shape_of(cell) is not None)
    if stopped == len(cells):
        assert int(facts[0]) == sum({1 << shape_of(cell) for cell in cells if cell})


SCRATCH = np.empty(cells.SCRATCH, np.uint64)
PARSERS = [
    (times.dates, (SCRATCH,), np.int32, day_of),
    (times.clocks, (SCRATCH,), np.int32, clock_of),
    *((times.stamps, (*parts, SCRATCH), np.int64, lambda cell, parts=parts: stamp_of(cell, *parts)) for parts in PARTS),
]


def _check(parser, how, kind, value, cells, in_quotes, lead=LEADS[1]):
    view = laid_out(cells, in_quotes, lead)
    out, valid = np.zeros(len(cells), kind), np.full(len(cells), 7, np.uint8)
    stopped = parser(*view.places, *how, out, valid)
    assert stopped == first_unfit(cells, lambda cell: value(cell) is not None)
    assert valid.tolist()[:stopped] == [int(bool(cell)) for cell in cells[:stopped]]
    assert out.tolist()[:stopped] == [value(cell) if cell else 0 for cell in cells[:stopped]]
    return stopped


@given(
    st.integers(0, 25).flatmap(lambda at: st.tuples(st.just(at), columns_of(of_one_shape(at)))),
    st.booleans(),
    st.sampled_from(LEADS),
)
def test_each_parser_on_its_own(shaped, quoted, lead):
    """It stops where a cell does not fit, and has what Python has up to there."""
    (shape, (cells, in_quotes)) = shaped
    _check(*PARSERS[shape], cells, in_quotes if quoted else None, lead)


@given(
    st.integers(0, 25).flatmap(lambda at: st.tuples(st.just(at), st.lists(of_one_shape(at), min_size=1, max_size=9))),
    st.one_of(COLUMNS, columns_of(STAMPS)),
    st.integers(0, 699),
)
def test_each_parser_over_many_cells(shaped, column, place):
    """They are read in blocks: a cell unlike the others is found wherever it stands."""
    shape, good = shaped
    cells = [cell.encode() for cell in (good * 700)[:700]]
    cells[place : place + len(column[0])] = column[0]
    _check(*PARSERS[shape], cells[:700], None)


@given(st.integers(0, 25).flatmap(lambda at: st.tuples(st.just(at), of_one_shape(at))), st.data())
def test_a_byte_that_is_another(shaped, data):
    """A cell that has one wrong byte somewhere, among right ones."""
    shape, cell = shaped
    at, byte = data.draw(st.integers(0, len(cell) - 1)), data.draw(st.integers(0, 127).filter(lambda one: one != 34))
    cells = [cell.encode()] * 9
    cells[4] = cells[4][:at] + bytes([byte]) + cells[4][at + 1 :]
    _check(*PARSERS[shape], cells, None, b"x" * 40)


@given(TIMES)
def test_a_cell_has_one_shape(cell):
    """No other parser takes it, and the census names the one that does."""
    facts, shape = np.zeros(3, np.uint64), shape_of(cell.encode())
    taken = [at for at, parser in enumerate(PARSERS) if _check(*parser, [cell.encode()], None)]
    assert taken == ([] if shape is None else [shape])
    assert times.census(*laid_out([cell.encode()]).places, facts) == len(taken)


@pytest.mark.parametrize("cell", EDGES)
def test_edges_alone(cell):
    """Leap years, the ends of the calendar, of a day and of 64 bits, and what nearly is a time."""
    for parser in PARSERS:
        for lead in LEADS:
            _check(*parser, [b"", cell.encode()], None, lead)


def test_every_day_of_four_centuries():
    """The calendar repeats itself after 400 years."""
    first = date(1600, 1, 1)
    days = [first + timedelta(days=step) for step in range(146_097 + 366)]
    view, out = laid_out([str(day).encode() for day in days]), np.zeros(len(days), np.int32)
    assert times.dates(*view.places, SCRATCH, out, np.zeros(len(days), np.uint8)) == len(days)
    assert (out == np.arange(len(days)) + (first - date(1970, 1, 1)).days).all()
