"""Which layout fits a file: the ranking, the reasons in words, and that detection decides by the same scores."""

from __future__ import annotations

import json
import random
import struct
from pathlib import Path

import pytest

from etl_batch.errors import FormatRefused, InputRefused
from etl_batch.formats.look import Reading
from etl_batch.formats.registry import detect
from etl_batch.layouts import Fit, Layout, Speaks, load_layouts, parse_layouts, rank
from etl_batch.layouts.fitting import BLOCK_BYTES

STOCK = {"struct": "<HBd12sI", "names": ["id", "kind", "price", "item", "time"]}
RULES = {
    "fields": [
        {"name": "id", "type": "u16"},
        {"name": "kind", "type": "u8", "max": 2},
        {"name": "price", "type": "f64", "min": 0},
        {"name": "item", "type": "char", "size": 12, "pattern": "Item [0-9]+"},
        {"name": "time", "type": "datetime", "size": 4},
    ]
}


def layouts(**more: object) -> dict[str, Layout]:
    """The shipped layouts and some others."""
    others = parse_layouts(json.dumps({"version": 1, "layouts": more})) if more else {}
    return load_layouts(None) | others


def stock(records: int, kind: int = 1) -> bytes:
    """Records of `STOCK`."""
    item = b"Item 7".ljust(12, b"\0")
    return b"".join(struct.pack("<HBd12sI", n % 65536, kind, n * 1.5, item, 1_700_000_000 + n) for n in range(records))


def told(fit: Fit, speaks: Speaks) -> str:
    """The reasons that point one way, as one text."""
    return " ".join(reason.text for reason in fit.reasons if reason.speaks is speaks)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of stock records."""
    path = tmp_path / "stock.bin"
    path.write_bytes(stock(5000))
    return path


def test_the_stricter_layout_that_fits_comes_first(file: Path) -> None:
    """Two layouts fit in full: the one with rules that could have failed is better, then all others by score."""
    fits = rank(layouts(aaa=RULES, stock=STOCK).values(), file)
    assert [(fit.layout, fit.score) for fit in fits[:2]] == [("aaa", 1.0), ("stock", 1.0)]
    assert {fit.score for fit in fits[2:]} == {0.0}
    assert told(fits[0], Speaks.FOR) == (
        "No value in the 5,000 sampled records is impossible (fields that can tell: 3). "
        "The size is 5,000 records of 27 bytes, with nothing left over."
    )


def test_the_reasons_name_the_fields(file: Path) -> None:
    """What speaks against a layout says which fields are wrong, how, and in how many records."""
    file.write_bytes(stock(90) + stock(10, kind=9) + b"tail")
    (fit,) = rank([layouts(rules=RULES)["rules"]], file)
    assert fit.score == pytest.approx(0.8 * 0.9)
    assert told(fit, Speaks.AGAINST) == (
        "10 of the 100 sampled records (10.0%) hold an impossible value: 'kind' is outside its limits (10). "
        "The size is 100 records of 27 bytes and 4 bytes left over."
    )


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_start_middle_and_end_are_looked_at(file: Path, place: float) -> None:
    """A large file whose records turn wrong in its middle or at its end shows; three blocks are read."""
    good, bad = stock(1) * 120_000, stock(1, kind=9) * (BLOCK_BYTES // 27)
    at = int((len(good) - len(bad)) * place) // 27 * 27
    file.write_bytes(good[:at] + bad + good[at + len(bad) :])
    (fit,) = rank([layouts(rules=RULES)["rules"]], file)
    assert fit.score == pytest.approx(1 / 3, abs=0.02)
    assert f"of the {3 * (BLOCK_BYTES // 27):,} sampled records" in told(fit, Speaks.AGAINST)


def test_what_the_layout_says_about_the_file_counts(tmp_path: Path) -> None:
    """Magic bytes and the file's name are reasons; wrong magic or a file that is too short ends the matter."""
    numbers = {"struct": "<I", "names": ["n"], "magic": {"hex": "4d31"}, "header_bytes": 2, "match": ["*.m1"]}
    known = layouts(numbers=numbers, long={"struct": "<I200s", "names": ["a", "b"]})
    path = tmp_path / "x.m1"
    path.write_bytes(b"M1" + bytes(40))
    fits = {fit.layout: fit for fit in rank(known.values(), path)}
    assert fits["numbers"].score == 1.0
    assert "magic bytes 4d31 stand at byte 0. The file's name fits *.m1." in told(fits["numbers"], Speaks.FOR)
    assert "any bytes are numbers" in told(fits["numbers"], Speaks.NEITHER)
    assert fits["long"].score == 0.0
    assert "one record of layout 'long' takes 204 bytes" in told(fits["long"], Speaks.AGAINST)
    path.write_bytes(b"M2" + bytes(40))
    fits = {fit.layout: fit for fit in rank(known.values(), path)}
    assert (fits["numbers"].score, fits["numbers"].reasons[0].speaks) == (0.0, Speaks.AGAINST)


def test_text_is_no_record(tmp_path: Path) -> None:
    """A text file fits no layout with numbers, and the reason says so."""
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b,c\n" + b"1,2,3\n" * 1000)
    assert {fit.score for fit in rank(layouts(stock=STOCK).values(), path)} == {0.0}
    assert "the file is a text file" in rank(layouts().values(), path)[0].summary


@pytest.mark.parametrize(
    "content", [stock(5000), stock(40, kind=9) + stock(60), bytes(2700), random.Random(2).randbytes(2700), stock(3)]
)
def test_detection_takes_the_best_fit_or_none(tmp_path: Path, content: bytes) -> None:
    """Whatever the file: detection reads it by the first of the ranking, or the first scores too low for it."""
    path = tmp_path / "x.bin"
    path.write_bytes(content)
    known = layouts(aaa=RULES, stock=STOCK)
    best = rank(known.values(), path)[0]
    if best.score >= 0.5:
        source = detect(path, 0, Reading(known))
        assert source.layout is not None
        assert source.layout.name == best.layout
    else:
        with pytest.raises(FormatRefused) as refused:
            detect(path, 0, Reading(known))
        assert f"layout {best.layout}: {best.score:.0%}" in refused.value.message


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file is an error in words."""
    with pytest.raises(InputRefused, match="cannot be read"):
        rank(layouts().values(), tmp_path / "none")
