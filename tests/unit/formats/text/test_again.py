"""Rejects of a text read again: each alone, many at once."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.formats.source import SourceColumn
from etl_batch.formats.text.again import read_again
from etl_batch.formats.text.source import TextSource
from etl_batch.model import Dialect, Ragged, Reject


def source(columns: int = 2, encoding: str = "utf-8", **parts: object) -> TextSource:
    """A text of so many columns that is nowhere."""
    named = tuple(SourceColumn(f"c{number}", pa.string(), text=True) for number in range(columns))
    ragged = parts.pop("ragged", Ragged.REJECT)
    return TextSource(0, "in.csv", 0, named, Dialect(encoding=encoding, **parts), 0, ragged=ragged)


def reject(raw: str, number: int = 0, reason: str = "field_count") -> Reject:
    """A reject whose offset means nothing."""
    return Reject("in.csv", 1000 + number, number, reason, None, "", raw)


def rows(found) -> list[tuple[int, tuple[str, ...]]]:
    """The rows with the places of their rejects."""
    cells = zip(*(column.to_pylist() for column in found.columns), strict=True)
    return list(zip(found.rows.tolist(), cells, strict=True))


def test_rows_rejects_and_what_is_to_be_skipped() -> None:
    """Each is what it is by the signs of now; a blank one and a comment are neither row nor reject."""
    given = [reject(raw, number) for number, raw in enumerate(["a;b", "a,b", "# x;y", "", '"c;";d', "e;f;g"])]
    found = read_again(source(delimiter=";", comment="#"), given, Dialect())
    assert rows(found) == [(0, ("a", "b")), (4, ("c;", "d"))]
    assert sorted(found.rejects) == [1, 5]
    assert found.rejects[5].detail == "2 fields expected, 3 found"


@pytest.mark.parametrize("number", range(4))
def test_a_record_that_takes_its_neighbour_in(number: int) -> None:
    """One that opens a quote, or is two records now, stays what it was; those around it are read all the same."""
    raws = ["a,b", "c,d", "e,f"]
    raws.insert(number, '"open,1')
    found = read_again(source(quotechar='"'), [reject(raw) for raw in raws], Dialect(quotechar="'"))
    assert [cells for _, cells in rows(found)] == [("a", "b"), ("c", "d"), ("e", "f")]
    assert list(found.rejects) == [number]
    raws[number] = '"two\nlines",1'
    given = [reject(raw) for raw in raws]
    found = read_again(source(quotechar=None), given, Dialect())
    assert [cells for _, cells in rows(found)] == [("a", "b"), ("c", "d"), ("e", "f")]
    assert found.rejects == {number: given[number]}


def test_repairs_are_counted() -> None:
    """As in a run."""
    found = read_again(source(3, ragged=Ragged.PAD), [reject("a"), reject("b,c"), reject("d,e,f,g")], Dialect())
    assert rows(found) == [(0, ("a", "", "")), (1, ("b", "c", ""))]
    assert found.repaired == {"padded": 2}
    assert list(found.rejects) == [2]


def test_bytes_of_another_encoding() -> None:
    """What was no text by one encoding is bytes, and text by another."""
    wrong = Reject("in.csv", 0, 0, "invalid_text", None, "", "YSzp", "base64")
    assert rows(read_again(source(encoding="cp1252"), [wrong], Dialect())) == [(0, ("a", "\u00e9"))]
    wide = reject("\u00e9,b")
    assert rows(read_again(source(encoding="utf-16-le"), [wide], Dialect(encoding="utf-16-le"))) == [
        (0, ("\u00e9", "b"))
    ]


CELLS = st.text(st.sampled_from("ab,;\"'#\n\r \\"), max_size=6)


@given(st.lists(CELLS, max_size=12), st.sampled_from(['"', "'", None]), st.sampled_from(list(Ragged)))
def test_many_at_once_are_what_each_is_alone(raws, quote, ragged) -> None:
    """However the records are laid behind one another."""
    text = source(quotechar=quote, ragged=ragged)
    given = [reject(raw, number) for number, raw in enumerate(raws)]
    together = read_again(text, given, Dialect())
    alone = [read_again(text, [one], Dialect()) for one in given]
    assert rows(together) == [(number, cells) for number, one in enumerate(alone) for _, cells in rows(one)]
    assert sorted(together.rejects) == [number for number, one in enumerate(alone) if one.rejects]
    for number, one in enumerate(alone):
        for found in one.rejects.values():
            assert (together.rejects[number].reason, together.rejects[number].detail) == (found.reason, found.detail)
