"""Pages and searches over real outputs of the engine, and over files that somebody has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch import background
from etl_batch.datasets import csv_pages, duck, pages
from etl_batch.datasets.conditions import where
from etl_batch.datasets.files import opened
from etl_batch.datasets.page import PagePlace
from etl_batch.datasets.pages import Table, count_rows, find_rows, read_page
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import Busy, FormatRefused, InputRefused, PathRefused, TimedOut, UsageError
from etl_batch.questions import Column, ColumnKind, Condition, Operator, kind_of
from tests.integration.datasets.conftest import fresh_home, runner

ROWS = 3000
NAMES = ["x", "it's", 'say "hi"', "a*b?[c]", "ü — é", "a%20b;--", "{curly}", "$(touch hacked)"]


def cells_of_row(number: int) -> tuple[str, ...]:
    """What the input has in a row: numbers, a time, and text with everything that CSV must quote."""
    day = f"2026-01-{number % 28 + 1:02d} 00:00:00"
    return (str(number), f"{number / 4}", day, f'line 1 of {number}\nline "2", {"long " * (number % 50)}')


def text_of(rows: range) -> str:
    """The input as CSV."""

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if any(mark in cell for mark in ',"\n') else cell

    return "id,amount,day,note\n" + "".join(",".join(map(quoted, cells_of_row(row))) + "\n" for row in rows)


TEXT = text_of(range(ROWS))
TYPES = ("int64", "double", "timestamp[us]", "string")


def run_in_small_chunks(folder: Path) -> None:
    """One run whose Parquet file has many row groups."""
    runner(fresh_home(folder))(TEXT, chunk_bytes=16_384)


@pytest.fixture(scope="session")
def tables(made_once) -> dict[str, Table]:
    """Its CSV and its Parquet output. Do not write to them."""
    home = made_once(run_in_small_chunks) / "home"
    csv, parquet = home / "output" / "x.csv", home / "output" / "x.parquet"
    assert pq.ParquetFile(parquet).num_row_groups > 10
    return {"csv": Table(home, csv, "csv", ROWS, TYPES), "parquet": Table(home, parquet, "parquet", ROWS, TYPES)}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("row", [0, 1, 99, 1500, 2950, ROWS - 1])
def test_a_page_holds_the_rows_from_there_on(tables, kind, row):
    """From any row the page has a hundred rows, or what is left, each cell as the output has it."""
    page = read_page(tables[kind], PagePlace(row))
    assert (page.first, page.exact, page.total, page.total_exact) == (row, True, ROWS, True)
    expected = range(row, min(row + 100, ROWS))
    assert [cells[0] for cells in page.rows] == [str(number) for number in expected]
    assert [cells[3] for cells in page.rows] == [cells_of_row(number)[3][:400] for number in expected]
    assert [column.name for column in page.columns] == ["id", "amount", "day", "note"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_pages_follow_each_other(tables, kind):
    """Next after next shows every row once, and a place past the end shows the last row."""
    place, seen = PagePlace(0), []
    while place.row < ROWS:
        page = read_page(tables[kind], place, 700)
        seen += [int(cells[0]) for cells in page.rows]
        place = page.after
    assert seen == list(range(ROWS))
    assert read_page(tables[kind], PagePlace(10**9)).rows[0][0] == str(ROWS - 1)


def test_a_jump_before_the_index_is_there_says_that_it_is_about(tables, monkeypatch):
    """Without an index the place is found by its share of the bytes; whole records follow it one after the other."""
    table = tables["csv"]
    task: background.Task[object] = background.Task(1)
    monkeypatch.setattr(csv_pages, "_index", lambda _file, _first: task)
    page = read_page(table, PagePlace(1500))
    first = int(page.rows[0][0])
    assert not page.exact
    assert abs(first - 1500) < 200
    assert page.rows[0][3] == cells_of_row(first)[3][:400]
    follow = read_page(table, page.after)
    assert int(follow.rows[0][0]) == first + 100
    assert not follow.exact


def test_rows_are_estimated_when_no_run_says_how_many(tables):
    """A file that nobody vouches for has an estimate of its rows until it has been counted through."""
    table = Table(tables["csv"].home, tables["csv"].path, "csv")
    page = read_page(table, PagePlace(0))
    assert not page.total_exact
    assert abs(page.total - ROWS) < ROWS / 2
    deep = read_page(table, PagePlace(1000))
    assert (deep.total, deep.total_exact, deep.rows[0][0]) == (ROWS, True, "1000")
    assert pages.counting(table) is None


def test_a_file_that_was_changed_is_counted_anew(home):
    """The index belongs to the content it was made of."""
    table = Table(home, home / "output" / "x.csv", "csv")
    table.path.write_text(TEXT)
    assert read_page(table, PagePlace(1000)).total == ROWS
    table.path.write_text(text_of(range(500, 700)))
    assert read_page(table, PagePlace(150)).rows[0][0] == "650"
    assert read_page(table, PagePlace(150)).total == 200


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("conditions", "fit"),
    [
        ([Condition(0, Operator.IS, "1234")], lambda n: n == 1234),
        ([Condition(0, Operator.MORE, "2990")], lambda n: n > 2990),
        ([Condition(1, Operator.MOST, "2.5")], lambda n: n / 4 <= 2.5),
        ([Condition(1, Operator.IS, "2.50")], lambda n: n == 10),
        ([Condition(0, Operator.LEAST, "10"), Condition(0, Operator.LESS, "20")], lambda n: 10 <= n < 20),
        ([Condition(3, Operator.CONTAINS, "OF 77\n")], lambda n: n == 77),
        ([Condition(3, Operator.STARTS, "line 1 of 299")], lambda n: str(n).startswith("299")),
        ([Condition(2, Operator.LESS, "2026-01-01 12:00")], lambda n: n % 28 == 0),
        ([Condition(2, Operator.LEAST, "2026-01-27T19:00:00-05:00")], lambda n: n % 28 == 27),
        ([Condition(3, Operator.IS, "' OR true --")], lambda _: False),
        ([Condition(3, Operator.EMPTY)], lambda _: False),
        ([Condition(0, Operator.IS_NOT, "5"), Condition(0, Operator.LESS, "7")], lambda n: n < 7 and n != 5),
    ],
)  # fmt: skip
def test_conditions_find_what_fits(tables, kind, conditions, fit):
    """Each operator on each kind of column finds the rows that Python finds, with their numbers, and counts them."""
    expected = [number for number in range(ROWS) if fit(number)]
    found = find_rows(tables[kind], conditions)
    assert list(found.numbers) == expected
    assert [cells[0] for cells in found.rows] == [str(number) for number in expected]
    assert not found.more
    assert count_rows(tables[kind], conditions) == len(expected)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_search_ends_when_it_has_enough(tables, kind):
    """At most so many rows are returned, and it is said that there are more."""
    found = find_rows(tables[kind], [Condition(0, Operator.FILLED)])
    assert (len(found.rows), found.more) == (pages.FOUND_ROWS, True)
    assert list(found.numbers) == list(range(pages.FOUND_ROWS))


def test_a_search_that_takes_too_long_is_stopped(tables):
    """A question without end is ended by the time limit, with a sentence that says what to do."""
    with opened(tables["csv"].path, tables["csv"].home) as file, pytest.raises(TimedOut, match="Narrow it down"):
        duck.ask(file.descriptor, "SELECT sum(range % 7) FROM range(100000000000000) WHERE ? <> ''", [], 0.1)


def test_too_many_questions_wait_and_are_then_refused(tables, monkeypatch):
    """So that memory is bounded, only a few questions are answered at once."""
    monkeypatch.setattr(duck, "WAIT_SECONDS", 0)
    slots = [duck._SLOTS.acquire(blocking=False) for _ in range(duck.AT_ONCE)]
    try:
        with pytest.raises(Busy, match="a few seconds"):
            count_rows(tables["csv"], [])
    finally:
        for _ in slots:
            duck._SLOTS.release()
    assert count_rows(tables["csv"], []) == ROWS


@pytest.mark.parametrize("name", NAMES)
def test_names_are_names_and_no_patterns(home, name):
    """Quotes, globs and signs of SQL or a shell in a file's name open that file and no other."""
    (home / "output" / f"{name}.csv").write_text("a,b\n1,right\n")
    pq.write_table(pa.table({"a": [1], "b": ["right"]}), home / "output" / f"{name}.parquet")
    for decoy in ("axb.csv", "a*b?c.csv", "aQbRc.csv"):
        (home / "output" / decoy).write_text("a,b\n9,wrong\n")
    for kind in ("csv", "parquet"):
        table = Table(home, home / "output" / f"{name}.{kind}", kind)
        assert read_page(table, PagePlace(0)).rows == (("1", "right"),)
        assert find_rows(table, [Condition(1, Operator.CONTAINS, "R")]).rows == (("1", "right"),)
        assert count_rows(table, []) == 1
    assert not Path("hacked").exists()


def test_column_names_are_data_too(home, run):
    """Names with quotes, twice the same name in another case, and SQL in them are shown and searched."""
    run('"a""b","A""B","c); DROP TABLE t; --",,n\n1,2,3,4,5\n')
    for kind in ("csv", "parquet"):
        table = Table(home, home / "output" / f"x.{kind}", kind)
        page = read_page(table, PagePlace(0))
        assert page.rows == (("1", "2", "3", "4", "5"),)
        assert find_rows(table, [Condition(2, Operator.IS, "3")]).rows == page.rows


def test_only_the_one_file_can_be_read(home):
    """A query has no other file, no network, no extension and no setting to change."""
    for name in ("one.csv", "two.csv"):
        (home / "output" / name).write_text("a\n1\n")
    descriptor = os.open(home / "output" / "one.csv", os.O_RDONLY)
    try:
        for query in (
            f"SELECT *, ? FROM read_csv('{home}/output/two.csv')",
            f"SELECT *, ? FROM glob('{home}/*')",
            "SELECT ?, content FROM read_text('/etc/passwd')",
            "SELECT ? FROM 'https://127.0.0.1:9/x.parquet'",
            f"COPY (SELECT ?) TO '{home}/output/three.csv'",
        ):
            with pytest.raises(InputRefused, match="could not be read"):
                duck.ask(descriptor, query, [], 5)
        with duck._connection([duck.source_of(descriptor)]) as connection, pytest.raises(duckdb.Error, match="locked"):
            connection.execute("SET enable_external_access = true")
    finally:
        os.close(descriptor)
    assert sorted(path.name for path in (home / "output").iterdir()) == ["one.csv", "two.csv"]


def test_a_search_leaves_nothing_in_the_persons_folder(tmp_path):
    """No settings, no extensions: the process's home stays empty."""
    (tmp_path / "me").mkdir()
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    code = (
        "import os, sys; from etl_batch.datasets.pages import Table, count_rows; from pathlib import Path;"
        "print(count_rows(Table(Path(sys.argv[1]), Path(sys.argv[1], 'x.csv'), 'csv'), []))"
    )
    environment = {**os.environ, "HOME": str(tmp_path / "me"), "ETL_ALLOWED_ROOTS": str(tmp_path)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert list((tmp_path / "me").iterdir()) == []


def test_a_run_does_not_load_the_query_engine(home):
    """The command line's way through a run never imports DuckDB, which would cost it time and memory."""
    (home / "data" / "in.csv").write_text("a,b\n1,2\n")
    code = (
        "import sys; from etl_batch.cli.main import main;"
        "code = main(['run', '-i', sys.argv[1], '-o', sys.argv[2], '--quiet']);"
        "import etl_batch.datasets.pages, etl_batch.datasets.restore, etl_batch.runs.record.reject_view;"
        "sys.exit(code or 'duckdb' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(home / "data" / "in.csv"), str(home / "output" / "x.csv")]
    done = subprocess.run(command, cwd=PROJECT_ROOT, env={**os.environ, "ETL_HOME": str(home)}, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_outside_the_roots_and_links_out_are_refused(home, tmp_path, kind):
    """What leads out of the allowed folders is not opened, whatever a run's metadata says."""
    outside = tmp_path / f"outside.{kind}"
    outside.write_text("a\n1\n")
    link = home / "output" / f"x.{kind}"
    link.symlink_to(outside)
    for path in (outside, link):
        with pytest.raises(PathRefused):
            read_page(Table(home, path, kind), PagePlace(0))


@pytest.mark.parametrize(("kind", "content"), [("csv", b""), ("parquet", b"PAR1 and then nothing")])
def test_broken_files_say_so(home, kind, content):
    """A file that was cut off is told in words."""
    path = home / "output" / f"x.{kind}"
    path.write_bytes(content)
    with pytest.raises((FormatRefused, InputRefused), match="changed"):
        read_page(Table(home, path, kind), PagePlace(0))


def test_a_ragged_file_is_shown_and_a_search_in_it_says_why_not(home):
    """Lines with too many or too few cells, by somebody's hand, still have their place on a page."""
    path = home / "output" / "x.csv"
    path.write_bytes(b'a,b\n1\n2,3,4\n"open quotes\n' + b"x" * 50)
    table = Table(home, path, "csv")
    assert [cells[0] for cells in read_page(table, PagePlace(0)).rows][:2] == ["1", "2"]
    with pytest.raises(InputRefused, match="may have been changed"):
        count_rows(table, [Condition(0, Operator.IS, "1")])


def test_wide_and_long_cells_are_bounded(home):
    """Of many columns the first are shown, of a cell of 1 MB the beginning."""
    path = home / "output" / "x.parquet"
    pq.write_table(pa.table({f"c{number}": ["x" * 1_000_000] for number in range(250)}), path)
    page = read_page(Table(home, path, "parquet"), PagePlace(0))
    assert (len(page.columns), page.columns_in_all, len(page.rows[0])) == (200, 250, 200)
    assert {len(cell) for cell in page.rows[0]} == {400}


def test_parquet_of_other_types(home):
    """Times with zones, bytes, nested values and nulls are shown as text."""
    path = home / "output" / "x.parquet"
    columns = {
        "when": pa.array([1, None], pa.timestamp("us", tz="Europe/Paris")),
        "raw": pa.array([b"\0a", None]),
        "nested": pa.array([{"x": 1}, None]),
        "flag": pa.array([True, None]),
    }
    pq.write_table(pa.table(columns), path)
    page = read_page(Table(home, path, "parquet"), PagePlace(0))
    assert page.rows[0][0].startswith("1970-01-01 00:00:00.000001")
    assert page.rows[1] == ("", "", "", "")
    assert find_rows(Table(home, path, "parquet"), [Condition(1, Operator.EMPTY)]).numbers == (1,)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_moments_with_a_zone_are_those_of_utc(home, monkeypatch, unit):
    """Wherever the machine stands: as they are shown, and as they are compared."""
    monkeypatch.setenv("TZ", "America/Sao_Paulo")
    path = home / "output" / "x.parquet"
    hour = 3600 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    pq.write_table(pa.table({"when": pa.array([0, 23 * hour], pa.timestamp(unit, "UTC"))}), path)
    table = Table(home, path, "parquet", 2, (f"timestamp[{unit}, tz=UTC]",))
    assert [row[0][:16] for row in read_page(table, PagePlace(0)).rows] == ["1970-01-01 00:00", "1970-01-01 23:00"]
    assert find_rows(table, [Condition(0, Operator.LESS, "1970-01-01 00:00:01")]).numbers == (0,)
    assert find_rows(table, [Condition(0, Operator.LEAST, "1970-01-01 23:00:00")]).numbers == (1,)


def test_a_file_without_rows(home, run):
    """A header alone is a table of no rows."""
    path = home / "output" / "x.csv"
    path.write_text("a,b\n")
    page = read_page(Table(home, path, "csv"), PagePlace(50))
    assert (page.rows, page.total) == ((), 0)


@pytest.mark.parametrize(
    ("kind", "operator", "value", "message"),
    [
        (ColumnKind.NUMBER, Operator.MORE, "abc", "is not a number"),
        (ColumnKind.NUMBER, Operator.IS, "", "is not a number"),
        (ColumnKind.NUMBER, Operator.LESS, "inf", "is not a number"),
        (ColumnKind.TIME, Operator.LESS, "yesterday", "is not a time"),
    ],
)
def test_values_must_suit_their_column(kind, operator, value, message):
    """A value of another kind is refused with an example of a right one."""
    with pytest.raises(UsageError, match=message):
        where([Condition(0, operator, value)], [Column("x", kind)], typed=False)


def test_values_never_become_sql():
    """Whatever is typed goes along as a parameter."""
    for operator in Operator:
        expression, values = where([Condition(0, operator, "'; DROP--")], [Column("x")], typed=False)
        assert "DROP" not in expression
        assert values == (["'; DROP--"] if operator.takes_value else [])
    with pytest.raises(UsageError, match="no such column"):
        where([Condition(3, Operator.IS, "x")], [Column("x")], typed=False)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("int64", "number"),
        ("double", "number"),
        ("decimal128(9, 2)", "number"),
        ("timestamp[us]", "time"),
        ("date32[day]", "time"),
        ("string", "text"),
        ("bool", "text"),
        ("dictionary<values=string>", "text"),
    ],
)
def test_kind_of(name, kind):
    """Arrow's type names sort columns into what they are compared as."""
    assert kind_of(name) == kind
