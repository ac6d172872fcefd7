"""Booleans, written in two ways."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.kernels import booleans
from tests.unit.kernels.laid_out import columns_of, first_unfit, laid_out

WAYS = {booleans.LOWER: (b"false", b"true"), booleans.TITLE: (b"False", b"True")}
WORDS = st.sampled_from(
    [*("true", "false", "True", "False"), *("TRUE", "truE", "fALSE", "t", "false ", "trues", "tru")]
)
COLUMNS = st.one_of(
    columns_of(WORDS), *(columns_of(st.sampled_from([word.decode() for word in way])) for way in WAYS.values())
)


@given(COLUMNS, st.booleans())
def test_booleans(column, quoted):
    """A census names the ways that are there; a parser keeps to one of them and stops where a cell does not."""
    cells, in_quotes = column
    view, facts = laid_out(cells, in_quotes if quoted else None), np.zeros(3, np.uint64)
    stopped = booleans.census(*view.places, facts)
    assert stopped == first_unfit(cells, lambda cell: any(cell in way for way in WAYS.values()))
    if stopped == len(cells):
        assert int(facts[0]) == sum(1 << way for way, words in WAYS.items() if {*cells} & {*words})
    for way, words in WAYS.items():
        out, valid = np.zeros(len(cells), np.uint8), np.zeros(len(cells), np.uint8)
        stopped = booleans.truths(*view.places, way, out, valid)
        assert stopped == first_unfit(cells, words.__contains__)
        assert out.tolist()[:stopped] == [int(cell == words[1]) for cell in cells[:stopped]]
        assert valid.tolist()[:stopped] == [int(bool(cell)) for cell in cells[:stopped]]
