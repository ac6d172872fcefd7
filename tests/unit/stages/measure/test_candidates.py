"""The rows that the sample may draw: the same for any way of cutting, and no fewer than it may need."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from etl_batch.analytics.design import WantedSample
from etl_batch.analytics.largest import find_largest
from etl_batch.analytics.sampling import KEEP_PER_STRATUM, Assured, KeyBounds, sample_keys
from etl_batch.analytics.tally import StratumTally
from etl_batch.columns.rows import CleanRows
from etl_batch.formats.source import Places
from etl_batch.stages.encode import TypedRows
from etl_batch.stages.measure.candidates import Candidates, Origin, collect_candidates, thin_candidates
from etl_batch.stages.measure.measuring import Measuring
from etl_batch.stages.measure.tallying import Tallied, measure_rows, tally_rows
from tests.unit.engine_parts import text_rows

SEED, SOURCE = 3, 1
NUMBERS = [n * n % 103 for n in range(400)]
KEYS = ["ab"[n % 3 == 0] for n in range(400)]
HALF = 2**63


def measuring(bound: int, stratum: str | None = "k", largest: int = 0) -> Measuring:
    """Every stratum with the same bound."""
    return Measuring(stratum, ("v",), KeyBounds({"a": bound}, bound), SEED, WantedSample(0.1), largest)


def slab(begin: int, end: int) -> CleanRows:
    """Some of the rows."""
    return text_rows({"k": KEYS[begin:end], "v": [str(number) for number in NUMBERS[begin:end]]})


def collect(measure: Measuring, first: int, *slabs: CleanRows) -> tuple[tuple[Candidates, ...], StratumTally]:
    """The candidates of a chunk that begins at row `first`, and its tally."""
    typed = [TypedRows(rows.typed, rows.forms, rows.from_text) for rows in slabs]
    tallied = tallied_of(measure, typed)
    return collect_candidates(measure, [origin(first, typed)], typed, tallied)[0], tallied.tally


def origin(first: int, typed: list[TypedRows]) -> Origin:
    """All rows are of the one source."""
    return Origin(SOURCE, [placed(first, sum(rows.batch.num_rows for rows in typed))])


def placed(first: int, count: int) -> Places:
    """Rows that are counted from `first` on."""
    return Places(first, np.arange(count, dtype=np.int32))


def tallied_of(measure: Measuring, typed: list[TypedRows]) -> Tallied:
    """The sums of a chunk that knows of no other."""
    rows = measure_rows(measure, typed)
    return tally_rows(rows, find_largest(list(rows.measures.values()), measure.largest).marks(rows.codes.size))


def joined_keys(parts: list[Candidates]) -> list[int]:
    """The keys of all parts."""
    return [key for part in parts for key in part.keys.tolist()]


def test_every_row_may_be_one() -> None:
    """With the last of all keys as the bound; keys belong to rows by their places in the source."""
    ((found,), _) = collect(measuring(2**64 - 1), 100, slab(100, 110), slab(110, 120))
    assert found.keys.tolist() == sample_keys(SEED, SOURCE, np.arange(400))[100:120].tolist()
    assert found.rows.to_pydict() == {"k": KEYS[100:120], "v": NUMBERS[100:120]}
    assert found.largest.tolist() == [False] * 20


def test_rows_below_the_bound_and_the_smallest_of_each_stratum() -> None:
    """Half of the keys; with a bound of nought just as many as each stratum needs."""
    keys = sample_keys(SEED, SOURCE, np.arange(400))
    ((found,), _) = collect(measuring(HALF), 0, slab(0, 400))
    assert found.keys.tolist() == keys[keys <= HALF].tolist()
    ((found,), _) = collect(measuring(0), 0, slab(0, 400))
    expected = [np.sort(keys[np.array(KEYS) == stratum])[:KEEP_PER_STRATUM] for stratum in "ab"]
    assert sorted(found.keys.tolist()) == sorted(np.concatenate(expected).tolist())


def test_the_largest_are_always_among_them() -> None:
    """Whatever their keys are, marked as such."""
    ((found,), _) = collect(measuring(0, largest=5), 0, slab(0, 400))
    assert found.largest.sum() == 5
    assert sorted(found.largest_values("v").tolist()) == sorted(NUMBERS)[-5:]


def test_slabs_that_were_typed_alike_are_one_part() -> None:
    """Another form begins another part; no rows are no part."""
    words = text_rows({"k": ["a"], "v": ["x"]})
    found, _ = collect(measuring(2**64 - 1), 0, slab(0, 5), slab(5, 9), words, slab(10, 12))
    assert [part.rows.num_rows for part in found] == [9, 1, 2]
    assert [part.rows.schema.field("v").type for part in found] == [pa.int64(), pa.string(), pa.int64()]
    assert collect(measuring(0), 0)[0] == ()


@pytest.mark.parametrize("largest", [0, 7])
@pytest.mark.parametrize("stratum", ["k", None])
@pytest.mark.parametrize("bound", [0, HALF // 8])
def test_thinning_gives_the_candidates_of_the_whole(bound: int, stratum: str | None, largest: int) -> None:
    """Chunks thinned out together hold what one chunk of all rows would, and their tally makes up for the rest."""
    measure = measuring(bound, stratum, largest)
    (whole,), expected = collect(measure, 0, slab(0, 400))
    parts: list[Candidates] = []
    tally = StratumTally()
    for begin in range(0, 400, 50):
        found, added = collect(measure, begin, slab(begin, begin + 50))
        parts += found
        tally += added
    assert len(joined_keys(parts)) > len(whole.keys)
    thinned, added = thin_candidates(list(parts), measure, tally)
    assert joined_keys(thinned) == whole.keys.tolist()
    assert np.concatenate([part.largest for part in thinned]).tolist() == whole.largest.tolist()
    rest, right = (sums.ordered().measures["v"].rest for sums in (tally + added, expected))
    assert rest.rows.tolist() == right.rows.tolist()
    assert rest.mean == pytest.approx(right.mean)
    again, nothing = thin_candidates(list(thinned), measure, tally)
    assert joined_keys(again) == joined_keys(thinned)
    assert nothing.rows == 0


def test_some_of_the_rows() -> None:
    """Keys and columns of just those, under new marks; of all of them just the marks are new."""
    ((found,), _) = collect(measuring(2**64 - 1), 0, slab(0, 5))
    taken = found.taken(np.array([1, 4]), np.array([True, False]))
    assert taken.keys.tolist() == found.keys[[1, 4]].tolist()
    assert taken.rows.column("v").to_pylist() == [NUMBERS[1], NUMBERS[4]]
    assert taken.largest.tolist() == [True, False]
    assert taken.largest_values("v").tolist() == [NUMBERS[1]]
    marked = found.taken(np.arange(5), np.arange(5) < 2)
    assert marked.rows is found.rows
    assert marked.largest_values("v").tolist() == NUMBERS[:2]


def test_no_row_above_its_bound_where_there_are_enough_below() -> None:
    """A stratum whose smallest keys are known to be there needs none of those; what a chunk has below is told on."""
    measure, keys = measuring(HALF // 8), sample_keys(SEED, SOURCE, np.arange(400))
    typed = [TypedRows(slab(0, 400).typed, slab(0, 400).forms, (True, True))]
    found = []
    for known in (None, Assured.none(measure.bounds), Assured(np.array([KEEP_PER_STRATUM], np.uint8))):
        parts, added = collect_candidates(measure, [origin(0, typed)], typed, tallied_of(measure, typed), known)
        found.append(joined_keys(list(parts)))
        below = np.count_nonzero(keys[np.array(KEYS) == "a"] <= HALF // 8)
        assert added.rows.tolist() == [min(below, KEEP_PER_STRATUM)] == [KEEP_PER_STRATUM]
    strata = np.array(KEYS)
    smallest = np.sort(keys[strata == "b"])[
        :KEEP_PER_STRATUM
    ]  # of `b`, which has no bound of its own, nothing is known
    expected = keys[(keys <= HALF // 8) | np.isin(keys, smallest)]
    assert found[0] == found[1] == found[2] == expected.tolist()
    rare = measuring(0)
    (part,), _ = collect_candidates(
        rare, [origin(0, typed)], typed, tallied_of(rare, typed), Assured(np.array([KEEP_PER_STRATUM], np.uint8))
    )
    assert part.keys.tolist() == keys[np.isin(keys, smallest)].tolist()


def test_rows_of_several_sources() -> None:
    """A key hangs on the row's source and its place there; together they give no row that one of them rules out."""
    origins = [Origin(1, [placed(50, 120), placed(170, 30)]), Origin(2, []), Origin(4, [placed(0, 250)])]
    keys = np.concatenate([sample_keys(SEED, 1, np.arange(50, 200)), sample_keys(SEED, 4, np.arange(250))])
    for bound in (2**64 - 1, HALF // 8):
        measure = measuring(bound)
        typed = [TypedRows(slab(0, 400).typed, slab(0, 400).forms, (True, True))]
        parts, _ = collect_candidates(measure, origins, typed, tallied_of(measure, typed))
        strata = np.array(KEYS)
        smallest = [np.sort(keys[strata == each])[:KEEP_PER_STRATUM] for each in "ab"]
        expected = keys[(keys <= bound) | np.isin(keys, np.concatenate(smallest))]
        assert joined_keys(list(parts)) == expected.tolist()
