"""Exploring real runs: the sample on the disk, the same question over the whole output, and when that may not be."""

from __future__ import annotations

import math
import os
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch import exploring, sentences, service
from etl_batch.config import RunConfig
from etl_batch.errors import FormatRefused, InputRefused, UsageError
from etl_batch.questions import Aggregate, Condition, Operator, Question
from etl_batch.runs.history.confirmations import Tally, memory_of
from etl_batch.runs.record.directory import RunDirectory
from tests.records import json_of
from tests.support import copied

RUN, WHOLE, LATER = "20260101T000000Z-aaaaaa", "20260101T000001Z-aaaaaa", "20260102T000000Z-bbbbbb"
ROWS = 6000
ODD = "a \"b'; --.c"


def rows() -> pa.Table:
    """A column of every kind, some cells missing, and names that would break a careless query."""
    rng = np.random.default_rng(8)
    base = datetime(2026, 1, 1, 6, 30, 15, 250, tzinfo=UTC)
    empty = rng.random(ROWS) < 0.1

    def some(values: list[object], kind: pa.DataType) -> pa.Array:
        return pa.array([None if gone else value for gone, value in zip(empty, values, strict=True)], kind)

    number = rng.integers(0, 5, ROWS)
    return pa.table(
        {
            "product": rng.choice(["Nut", "Bolt", "Gear"], ROWS, p=[0.6, 0.3, 0.1]),
            "value": rng.lognormal(3, 0.5, ROWS),
            "gaps": some(rng.normal(10, 3, ROWS).tolist(), pa.float64()),
            "units": pa.array(rng.integers(-20, 100, ROWS)),
            "money": pa.array(
                [Decimal(int(cents)) / 100 for cents in rng.integers(0, 10_000, ROWS)], pa.decimal128(9, 2)
            ),
            ODD: some([f"t{n}'\"\N{SNOWMAN}" for n in number], pa.string()),
            "day": some([date(2026, 1, 1) + timedelta(int(n)) for n in number], pa.date32()),
            "moment": some([base + timedelta(hours=int(n)) for n in number], pa.timestamp("us", "UTC")),
            "flag": some([bool(n % 2) for n in number], pa.bool_()),
            "level": some((number / 4).tolist(), pa.float64()),
            "_key": some(number.tolist(), pa.int64()),
        }
    )


@cache
def plain() -> dict[str, list[object]]:
    """The same as plain Python, by column."""
    return rows().to_pydict()


def run_over_rows(home: Path) -> None:
    """A home with one run over those rows, and one with all of them in the sample."""
    (home / "data").mkdir(parents=True)
    pq.write_table(rows(), home / "data" / "in.parquet")
    launch(home, RUN)
    launch(home, WHOLE, sample_frac=1.0, output_parquet=home / "output" / "whole.parquet")


@pytest.fixture(scope="session")
def original(made_once) -> Path:
    """That home. Do not write to it."""
    return made_once(run_over_rows)


def launch(home: Path, run_id: str, **changes: object) -> None:
    """Run the engine over the home's input."""
    values = {"inputs": (str(home / "data" / "in.parquet"),), "output_parquet": home / "output" / "out.parquet"}
    values |= {"stratum": "product", "measures": ("value", "units"), "sample_frac": 0.25, "workers": 1, "home": home}
    service.execute(RunConfig(**{**values, **changes}), run_id=run_id)


@pytest.fixture
def run(original, tmp_path) -> RunDirectory:
    """The run in a copy of its home."""
    return RunDirectory(copied(original, tmp_path / "home"), RUN)


QUESTIONS = [
    Question(),
    Question(None, Aggregate.SUM, "value"),
    Question("product", Aggregate.MEAN, "gaps"),
    Question("product", Aggregate.SUM, "gaps", filters=(Condition(3, Operator.MORE, "10"),)),
    Question("product", Aggregate.QUANTILE, "units", 0.4),
    Question(ODD, Aggregate.SUM, "money"),
    Question(ODD, filters=(Condition(5, Operator.CONTAINS, "'\""), Condition(6, Operator.LEAST, "2026-01-02"))),
    Question("day", Aggregate.SUM, "value"),
    Question("moment", Aggregate.MEAN, "units", filters=(Condition(7, Operator.LESS, "2026-01-01 09:30:15.000250"),)),
    Question("flag", Aggregate.SUM, "units", filters=(Condition(8, Operator.IS_NOT, "true"),)),
    Question("level", Aggregate.QUANTILE, "value", 0.75),
    Question(
        "_key", Aggregate.SUM, "units", filters=(Condition(0, Operator.IS, "Nut"), Condition(4, Operator.MOST, "50"))
    ),
]


def truth(question: Question, value: object) -> float:
    """The exact answer for one group, row by row in plain Python."""
    columns = plain()
    names = list(columns)

    def fits(at: int) -> bool:
        for condition in question.filters:
            cell = columns[names[condition.column]][at]
            checks = {
                Operator.MORE: lambda cell=cell: cell is not None and cell > 10,
                Operator.CONTAINS: lambda cell=cell: cell is not None and "'\"" in cell,
                Operator.LEAST: lambda cell=cell: cell is not None and cell >= date(2026, 1, 2),
                Operator.LESS: lambda cell=cell: (
                    cell is not None and cell < datetime(2026, 1, 1, 9, 30, 15, 250, tzinfo=UTC)
                ),
                Operator.IS_NOT: lambda cell=cell: cell is not True,
                Operator.IS: lambda cell=cell: cell == "Nut",
                Operator.MOST: lambda cell=cell: cell <= 50,
            }
            if not checks[condition.operator]():
                return False
        return question.group_by is None or columns[question.group_by][at] == value

    inside = [at for at in range(ROWS) if fits(at)]
    if question.aggregate is Aggregate.COUNT:
        return len(inside)
    cells = sorted(float(cell) for at in inside if (cell := columns[question.measure][at]) is not None)
    if question.aggregate is Aggregate.SUM:
        return math.fsum(cells)
    if question.aggregate is Aggregate.MEAN:
        return math.fsum(cells) / len(cells)
    return cells[math.ceil(question.quantile * len(cells)) - 1]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: f"{question.aggregate} by {question.group_by}")
def test_both_answers_are_of_the_same_rows(run, question):
    """DuckDB's answer over the whole file is the plain one for every group of any kind, near the estimate."""
    sample = exploring.open_sample(run)
    confirmation = exploring.confirm(run, sample, question)
    groups = exploring.ask(sample, question).answer.groups()
    assert len(groups) == len(confirmation.groups) > 0
    for group, confirmed in zip(groups, confirmation.groups, strict=True):
        assert confirmed.exact == pytest.approx(truth(question, group.value), rel=1e-12)
        assert confirmed.estimate == group.estimate
        if confirmed.held is None:
            assert group.exact or group.ci_low is None
            continue
        assert confirmed.held is (group.ci_low <= confirmed.exact <= group.ci_high)
        assert abs(group.estimate - confirmed.exact) <= 6 * group.std_error


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: f"{question.aggregate} by {question.group_by}")
def test_a_whole_sample_gives_the_truth(original, question):
    """With all rows in the sample the two ways to answer agree to the last digits: they ask the same of the same."""
    sample = exploring.open_sample(RunDirectory(original, WHOLE))
    for group in exploring.ask(sample, question).answer.groups():
        assert group.exact
        assert group.estimate == pytest.approx(truth(question, group.value), rel=1e-12)


def test_a_confirmation_is_remembered_once(run):
    """Asked twice, counted once; what was known for certain is no interval that could hold or miss."""
    sample = exploring.open_sample(run)
    for _ in range(2):
        exploring.confirm(run, sample, Question("product", Aggregate.SUM, "units"))
    exploring.confirm(run, sample, Question("product"))
    memory = memory_of(run)
    assert memory.questions == 2
    assert sum(memory.every, Tally()).intervals == 3


def test_only_the_run_s_own_file_confirms(run):
    """Each way in which the file may not be the run's has its sentence, and nothing is asked of it then."""
    sample, output = exploring.open_sample(run), run.home / "output" / "out.parquet"
    assert exploring.why_not_exact(run) is None
    os.utime(output, (1, 1))
    for sentence in (sentences.estimates.PARQUET_CHANGED, sentences.estimates.PARQUET_GONE):
        assert exploring.why_not_exact(run) == sentence
        with pytest.raises(InputRefused, match=sentence[:30]):
            exploring.confirm(run, sample, Question())
        output.unlink(missing_ok=True)
    launch(run.home, LATER)
    assert exploring.why_not_exact(run) == sentences.estimates.PARQUET_REPLACED
    assert exploring.why_not_exact(RunDirectory(run.home, LATER)) is None
    assert memory_of(run).questions == 0


def test_a_run_without_parquet_says_so(run):
    """CSV alone: the sample answers, and confirming says what would be needed."""
    launch(run.home, LATER, output_parquet=None, output_csv=run.home / "output" / "x.csv")
    csv_run = RunDirectory(run.home, LATER)
    assert exploring.ask(exploring.open_sample(csv_run), Question()).answer.groups()[0].estimate == ROWS
    assert exploring.why_not_exact(csv_run) == sentences.estimates.NO_PARQUET


def test_a_run_without_a_sample_is_a_sentence(run):
    """No sample, a broken one, one of another run, metadata without estimates: each is said."""
    path = run.file("sample.parquet")
    pq.write_table(pq.ParquetFile(path).read().slice(1), path)
    with pytest.raises(FormatRefused, match="do not belong together"):
        exploring.open_sample(run)
    path.write_bytes(b"PAR1")
    with pytest.raises(FormatRefused, match="cannot be read"):
        exploring.open_sample(run)
    metadata = json_of(run) | {"analytics": {"status": "skipped", "reason": "There are no rows."}}
    run.write("metadata.json", metadata)
    with pytest.raises(InputRefused, match="There are no rows"):
        exploring.open_sample(run)
    path.unlink()
    with pytest.raises(InputRefused, match="no sample"):
        exploring.open_sample(run)


def test_columns_are_read_one_by_one(run):
    """A name that is the beginning of another, or that stands twice, gives its own column."""
    path = run.home / "data" / "names.parquet"
    pq.write_table(pa.table([pa.array([n]) for n in range(4)], names=["a", "a.b", "a", "a.b.c"]), path)
    columns = exploring.ParquetColumns(path, keep=1)
    assert [columns.column(place).to_pylist() for place in (3, 2, 1, 0, 2)] == [[3], [2], [1], [0], [2]]


def test_the_sample_is_kept_while_it_is_the_same(run):
    """The second look reads nothing, and a sample that was written anew is read anew."""
    first = exploring.open_sample(run)
    assert exploring.open_sample(run) is first
    os.utime(run.file("sample.parquet"))
    assert exploring.open_sample(run) is not first


def test_a_wrong_condition_is_refused_before_anything_is_read(run):
    """A value that does not suit its column raises the same sentence for both ways to answer."""
    wrong = Question(filters=(Condition(3, Operator.MORE, "many"),))
    with pytest.raises(UsageError, match="holds numbers"):
        exploring.confirm(run, exploring.open_sample(run), wrong)
