"""`estimate PATH` as a user calls it: the same home, paths, exit codes and words as a run."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_sales_csv


def test_agrees_with_a_run(home):
    """The intervals of the probe hold what a run over the same file counts and adds up, by a run's columns."""
    write_sales_csv(home.data / "sales.csv", 60_000, dirt=True)
    probe = home.etl("estimate", home.data / "sales.csv", "--sample-frac", 0.3, "--json").json
    run = home.run("-i", home.data / "sales.csv")
    rows, analytics = probe["population_rows"], run["analytics"]
    assert rows["ci_low"] <= run["counts"]["written"] <= rows["ci_high"]
    assert (probe["stratum"], list(probe["measures"])) == (analytics["stratum"], list(analytics["measures"]))
    total = probe["measures"]["quantity"]
    assert total["certified"]
    assert total["ci_low"] <= analytics["measures"]["quantity"]["exact"] <= total["ci_high"]
    assert probe["bytes_read"] < probe["size_bytes"]


def test_a_file_that_is_covered_equals_a_run(home, write):
    """Everything read: rows, strata and totals are the run's own, to the last digit."""
    write("a.csv", "city,n,price\n" + "".join(f"{'xyz'[k % 3]},{k},{k}.25\n" for k in range(600)) + "bad\n")
    probe = home.etl("estimate", "data/a.csv", "--json").json
    analytics = home.run("-i", home.data / "a.csv", "--sample-frac", "1")["analytics"]
    assert (probe["population_rows"]["exact"], probe["rejected_rows"]["exact"]) == (600, 1)
    assert {name: each["exact"] for name, each in probe["measures"].items()} == {
        name: each["exact"] for name, each in analytics["measures"].items()
    }
    assert [(s["value"], s["rows"], s["measures"]["price"]["exact"]) for s in probe["strata"]] == [
        (s["value"], s["rows"], s["measures"]["price"]["exact"]) for s in analytics["strata"]
    ]


def test_the_table_for_people(home, write):
    """Without --json: rows, totals and strata as a table, control characters of the data spelled out."""
    write("a.csv", "city,n\n" + "Rome,3\nbad\x1b[31m,4\n" * 50)
    said = home.etl("estimate", "data/a.csv", "--stratum", "city", "--measure", "n").out
    assert "rows" in said
    assert "exact" in said
    assert "total of n" in said
    assert "350" in said
    assert "\x1b" not in said


def test_a_folder_and_a_glob(home, write):
    """A folder stands for its files, a glob for those that match."""
    write("a.csv", "k,v\n" + "a,1\n" * 30)
    pq.write_table(pa.table({"k": ["b"] * 20, "v": [2] * 20}), home.data / "b.parquet")
    assert home.etl("estimate", "data", "--json").json["population_rows"]["estimate"] == 50
    assert home.etl("estimate", "data/*.parquet", "--json").json["population_rows"]["estimate"] == 20


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["data/a.csv", "--stratum", "town"], 2, "the columns are k, v"),
        (["data/a.csv", "--measure", "k"], 2, "holds no numbers"),
        (["data/a.csv", "--sample-frac", "2"], 2, "--sample-frac"),
        (["data/a.csv", "--seed", "-1"], 2, "--seed"),
        (["data/a.csv", "--layout", "nowhere"], 2, "no layout"),
        (["data/missing.csv"], 3, "There is no file"),
        (["data/../x"], 3, "Path traversal"),
        (["/etc/passwd"], 3, "Path traversal"),
        (["data/empty.csv"], 3, "is empty"),
        (["data/a.gz"], 3, "gzip"),
        ([], 2, "PATH"),
    ],
)
def test_what_is_refused(home, write, arguments, code, words):
    """One sentence and the exit code of a run that is refused the same."""
    write("a.csv", "k,v\n" + "a,1\n" * 30)
    write("empty.csv", "")
    write("a.gz", b"\x1f\x8b" + bytes(30))
    outcome = home.etl("estimate", *arguments)
    assert (outcome.code, len(outcome.err.splitlines())) == (code, 1)
    assert words in outcome.err.replace("path", "PATH") or words in outcome.err
    assert "Traceback" not in outcome.err


def test_what_it_need_not_load_is_not_loaded(home, write):
    """The probe answers in the time that these take to load: SciPy, pandas, DuckDB, Streamlit, the report."""
    write("a.csv", "k,v\n" + "a,1\n" * 30)
    heavy = ["scipy", "pandas", "pydantic", "duckdb", "streamlit", "pyarrow.parquet", "jinja2", "psutil"]
    script = (
        f"import sys; sys.argv = ['etl', 'estimate', {str(home.data / 'a.csv')!r}, '--home', {str(home.path)!r}];"
        f"sys.path.insert(0, {str(PROJECT_ROOT)!r}); from etl_batch.etl_core import main; code = main();"
        f"print('loaded:', [name for name in {heavy} if name in sys.modules]); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded: []"
