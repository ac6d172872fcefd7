"""Numbers: the census and each parser against what `re`, `int`, `float` and `Decimal` say of a cell."""

from __future__ import annotations

import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import cells, number_blocks, numbers
from tests.unit.kernels.laid_out import LEADS, columns_of, first_unfit, laid_out

NUMBER = re.compile(rb"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
MARKS = {
    numbers.NEGATIVE: lambda cell: cell.startswith(b"-"),
    numbers.MINUS_ZERO: lambda cell: cell.startswith(b"-") and Decimal(cell.decode()) == 0,
    numbers.TRAILING_ZERO: lambda cell: b"." in cell and cell.endswith(b"0"),
    numbers.TRAILING_ZEROS: lambda cell: b"." in cell and cell.endswith(b"0") and decimals_of(cell) > 1,
    numbers.BEYOND_SIGNED: lambda cell: b"." not in cell and not -(2**63) <= int(cell) < 2**63,
    numbers.BEYOND_UNSIGNED: lambda cell: b"." not in cell and abs(int(cell)) >= 2**64,
}


def decimals_of(cell: bytes) -> int:
    """Digits behind the point."""
    return len(cell.partition(b".")[2])


def digits_of(cell: bytes) -> int:
    """All digits."""
    return len(cell.strip(b"-").replace(b".", b""))


def is_number(cell: bytes) -> bool:
    """What the kernels take for one."""
    return bool(NUMBER.fullmatch(cell)) and digits_of(cell) <= numbers.MOST_DIGITS


def facts_of(cells: list[bytes]) -> list[int]:
    """What a census or a parser says of cells that are numbers."""
    full = [cell for cell in cells if cell]
    return [
        sum(mark for mark, has in MARKS.items() if any(has(cell) for cell in full)),
        sum({1 << digits_of(cell) for cell in full}),
        sum({1 << decimals_of(cell) for cell in full}),
    ]


def is_integer(cell: bytes) -> bool:
    """Of 64 bits, with a sign."""
    return is_number(cell) and b"." not in cell and cell != b"-0" and -(2**63) <= int(cell) < 2**63


def is_unsigned(cell: bytes) -> bool:
    """Of 64 bits, without one."""
    return is_number(cell) and cell.isdigit() and int(cell) < 2**64


def is_short(cell: bytes) -> bool:
    """A double without zeros at its end."""
    few = is_number(cell) and digits_of(cell) <= number_blocks.EXACT_DIGITS
    return few and not any(MARKS[mark](cell) for mark in (numbers.TRAILING_ZERO, numbers.MINUS_ZERO))


def is_pointed(cell: bytes) -> bool:
    """A double that always has a point."""
    few = is_number(cell) and digits_of(cell) <= number_blocks.EXACT_DIGITS
    return few and b"." in cell and not MARKS[numbers.TRAILING_ZEROS](cell)


def is_decimal(cell: bytes, places: int, most: int) -> bool:
    """A decimal of so many places and not too many digits."""
    fixed = is_number(cell) and decimals_of(cell) == places and digits_of(cell) <= most
    return fixed and not MARKS[numbers.MINUS_ZERO](cell)


EDGES = [
    *(str(power + step) for power in (2**31, 2**63, 2**64, 10**15, 10**18, 10**19, 10**38) for step in (-1, 0, 1)),
    *(str(-power + step) for power in (2**63, 2**64, 10**38) for step in (-1, 0, 1)),
    *(
        "0",
        "-0",
        "0.0",
        "-0.0",
        "-0.00",
        "0.5",
        ".5",
        "5.",
        "-",
        "--1",
        "+1",
        "1e5",
        "00",
        "01",
        "0.10",
        "1.2.3",
        "1..2",
    ),
    *("9" * digits for digits in (8, 9, 15, 16, 17, 20, 37, 38, 39, 63, 64, 65)),
    *("0." + "1" * decimals for decimals in (7, 8, 14, 15, 18, 19, 37, 38)),
    *("9" * whole + "." + "9" * (38 - whole) for whole in (1, 19, 20, 21, 36, 37)),
]
NUMBERS = st.one_of(
    st.sampled_from(EDGES),
    st.from_regex(r"-?(0|[1-9][0-9]{0,19})", fullmatch=True),
    st.from_regex(r"-?(0|[1-9][0-9]{0,7})\.[0-9]{1,9}", fullmatch=True),
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})\.[0-9]{2}", fullmatch=True),
    st.from_regex(r"-?(0|[1-9][0-9]{0,37})(\.[0-9]{0,20})?", fullmatch=True),
)


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    """An integer without a sign, of any number of digits that is as likely as the others."""
    return st.integers(least, most).flatmap(lambda count: st.integers(10**count // 10, 10**count - 1)).map(str)


def decimals(places: int, most: int) -> st.SearchStrategy[str]:
    """Decimals of so many places, and no more digits than that."""
    parts = (st.sampled_from(["", "-"]), digits(1, most - places), st.integers(0, 10**places - 1))
    return st.builds(lambda sign, whole, part: f"{sign}{whole}.{part:0{places}}"[: None if places else -2], *parts)


SHORT = st.integers(0, 7).flatmap(lambda places: decimals(places, 15))
INTEGERS = st.one_of(st.integers(-(2**63), 2**63 - 1).map(str), decimals(0, 18))
COLUMNS = st.one_of(columns_of(NUMBERS), columns_of(SHORT), columns_of(INTEGERS))


@given(COLUMNS, st.booleans())
def test_the_census(column, quoted):
    """It stops at the first cell that is no number; of numbers it has the marks, and how many digits they have."""
    cells, in_quotes = column
    view, facts = laid_out(cells, in_quotes if quoted else None), np.zeros(3, np.uint64)
    stopped = numbers.census(*view.places, facts)
    assert stopped == first_unfit(cells, is_number)
    if stopped == len(cells):
        assert facts.tolist() == facts_of(cells)


SCRATCH = np.empty(cells.SCRATCH, np.uint64)
PARSERS = [
    # how it is called behind the cells, the type of its values, what fits, a cell's value, cells that mostly fit
    (numbers.integers, (1, SCRATCH), np.int64, is_integer, int, INTEGERS),
    (numbers.integers, (0, SCRATCH), np.uint64, is_unsigned, int, st.integers(0, 2**64 - 1).map(str)),
    (
        numbers.reals,
        (0, SCRATCH),
        np.float64,
        is_short,
        float,
        SHORT.map(lambda cell: cell.rstrip("0").rstrip(".") or "0"),
    ),
    (
        numbers.reals,
        (1, SCRATCH),
        np.float64,
        is_pointed,
        float,
        st.floats(-1e8, 1e8).map(lambda one: str(round(one, 6))),
    ),
    *(
        (
            numbers.decimals,
            (places, most, SCRATCH),
            None,
            lambda cell, places=places, most=most: is_decimal(cell, places, most),
            lambda cell: int(cell.replace(b".", b"")),
            decimals(places, most),
        )
        for places, most in ((0, 38), (1, 18), (2, 38), (7, 18), (8, 38), (18, 38))
    ),
]


@pytest.mark.parametrize(("parser", "how", "kind", "fits", "value", "cell"), PARSERS)
@given(st.data(), st.booleans(), st.sampled_from(LEADS))
def test_each_parser(parser, how, kind, fits, value, cell, data, quoted, lead):
    """It stops where a cell does not fit, has what Python has up to there, and in the end knows what a census knows."""
    cells, in_quotes = data.draw(columns_of(cell))
    _check(parser, how, kind, fits, value, cells, laid_out(cells, in_quotes if quoted else None, lead))


@pytest.mark.parametrize(("parser", "how", "kind", "fits", "value", "cell"), PARSERS)
@given(st.data(), st.booleans(), st.integers(0, 699))
def test_each_parser_over_many_cells(parser, how, kind, fits, value, cell, data, quoted, place):
    """They are read in blocks: a cell unlike the others is found wherever it stands."""
    good, in_quotes = data.draw(st.lists(cell.map(str.encode), min_size=1, max_size=9)), [False, True, False]
    (odd,) = data.draw(columns_of(cell).filter(lambda column: len(column[0]) == 1))[0]
    cells = (good * 700)[:700]
    cells[place] = odd
    _check(parser, how, kind, fits, value, cells, laid_out(cells, (in_quotes * 234)[:700] if quoted else None))


def _check(parser, how, kind, fits, value, cells, view):
    facts = np.zeros(3, np.uint64)
    out, valid = np.zeros(len(cells) if kind else 2 * len(cells), kind or np.uint64), np.full(len(cells), 7, np.uint8)
    written = out.view(np.uint64) if parser is numbers.integers else out
    stopped = parser(*view.places, *how, written, valid, facts)
    assert stopped == first_unfit(cells, fits)
    done = cells[:stopped]
    assert valid.tolist()[:stopped] == [int(bool(cell)) for cell in done]
    found = out.tolist()[:stopped] if kind else [_from_words(*pair) for pair in out.reshape(-1, 2).tolist()[:stopped]]
    expected = [value(cell) if cell else 0 for cell in done]
    assert [repr(one) for one in found] == [repr(type(one)(other)) for one, other in zip(found, expected, strict=True)]
    if stopped == len(cells):
        assert facts.tolist() == facts_of(cells)


def _from_words(low: int, high: int) -> int:
    whole = high << 64 | low
    return whole - 2**128 if high >> 63 else whole


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("cell", EDGES)
def test_edges_alone(cell, lead):
    """Each of them as a column of its own, for every parser."""
    view = laid_out([b"", cell.encode()], lead=lead)
    for parser, how, kind, fits, value, _ in PARSERS:
        out, valid, facts = np.zeros(2 if kind else 4, kind or np.uint64), np.zeros(2, np.uint8), np.zeros(3, np.uint64)
        written = out.view(np.uint64) if parser is numbers.integers else out
        fit = parser(*view.places, *how, written, valid, facts) == 2
        assert fit == fits(cell.encode()), (parser.name, how)
        if fit:
            assert (out[1] if kind else _from_words(*out[2:].tolist())) == value(cell.encode())


def test_the_words_that_digits_make_at_every_length():
    """Ones at each place of up to 38, so that a weight that is wrong shows, behind a neighbour that is a number too."""
    for digits in range(1, 39):
        for place in range(digits):
            whole = 10**digits // 9 + 8 * 10**place
            view, out = laid_out([b"77", str(whole).encode()]), np.zeros(4, np.uint64)
            assert (
                numbers.decimals(*view.places, 0, 38, SCRATCH, out, np.zeros(2, np.uint8), np.zeros(3, np.uint64)) == 2
            )
            assert _from_words(*out[2:].tolist()) == whole
