"""The launch form without its looks: values, problems by field, and the configuration that comes out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from etl_batch.runs.directory import RunDirectory
from etl_batch.ui.launch_form import check, fresh_values, original_name, shown_path, values_of_run
from tests.unit.ui.support import FAILURE


def test_fresh_values_make_a_configuration(fresh):
    """What the form is filled with for an input is right as it stands."""
    checked = check(fresh_values(fresh, "data/sales.csv"), fresh, "ada")
    assert checked.problems == {}
    assert checked.files == (fresh / "data" / "sales.csv",)
    assert checked.config is not None
    assert checked.config.output_csv == fresh / "output" / "sales.csv"
    assert checked.config.user == "ada"


@pytest.mark.parametrize(
    ("typed", "csv"),
    [
        ("data/sales.csv", "output/sales.csv"),
        ("data/*.csv", "output/output.csv"),
        ("data/", "output/data.csv"),
        ("output/sales.csv", "output/sales-2.csv"),
        ("data/archive.tar.bin", "output/archive.tar.csv"),
    ],
)
def test_outputs_are_named_after_the_input(fresh, typed, csv):
    """An input is never its own output."""
    assert fresh_values(fresh, typed).output_csv == csv


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"input": "data/none.csv"}, "input", "none.csv"),
        ({"input": ""}, "input", ""),
        ({"input": "../sales.csv"}, "input", "Path traversal detected"),
        ({"input": "/etc/passwd"}, "input", "Path traversal detected"),
        ({"output_csv": "/etc/x.csv"}, "output_csv", "Path traversal detected"),
        ({"output_parquet": "data/x.parquet"}, "output_parquet", ""),
        ({"output_csv": "", "output_parquet": " "}, "output_csv", "no output"),
        ({"output_csv": "output/x", "output_parquet": "output/x"}, "output_csv", "the same file"),
        ({"sample_frac": 0.0}, "sample_frac", "greater than 0"),
        ({"timeout": 0.0}, "timeout", "greater than 0"),
        ({"max_rejects": -1}, "max_rejects", "greater than or equal to 0"),
        ({"workers": 0}, "workers", "greater than or equal to 1"),
    ],
)
def test_problems_stand_beside_their_field(fresh, changes, field, words):
    """Each mistake is found before the click and named after the field to change."""
    checked = check(replace(fresh_values(fresh, "data/sales.csv"), **changes), fresh, "ada")
    assert checked.config is None
    assert list(checked.problems) == [field]
    assert words in checked.problems[field]


def test_an_input_is_not_overwritten(fresh):
    """An output that is one of the inputs is refused."""
    (fresh / "output" / "old.csv").write_text("a,b\n1,2\n")
    values = replace(fresh_values(fresh, "output/*.csv"), output_csv="output/old.csv")
    assert "one of the inputs" in check(values, fresh, "ada").problems["output_csv"]


def test_a_repeated_run_keeps_what_the_form_has_no_field_for(home):
    """Seed, chunk size and further inputs come along; another input drops the old ones."""
    config = RunDirectory(home, FAILURE).config() | {"seed": 7, "chunk_bytes": 4096}
    config["inputs"] = [str(home / "data" / "sales.csv"), str(home / "data" / "s*.csv")]
    values = values_of_run(home, FAILURE, config)
    again = check(values, home, "eve").config
    assert again is not None
    assert (again.seed, again.chunk_bytes, again.rerun_of, again.user) == (7, 4096, FAILURE, "eve")
    assert again.inputs == tuple(config["inputs"])
    other = check(replace(values, input="data/s*.csv"), home, "eve").config
    assert other is not None
    assert other.inputs == (str(home / "data" / "s*.csv"),)


def test_paths_are_shown_from_the_home(fresh):
    """A path inside the home is shown short, any other in full."""
    assert shown_path(fresh, fresh / "data" / "x") == "data/x"
    assert shown_path(fresh, "/elsewhere/x") == "/elsewhere/x"
    assert shown_path(fresh, None) == ""


@pytest.mark.parametrize(
    ("companion", "name"),
    [(None, None), ('{"original_name": "Ärger.csv"}', "Ärger.csv"), ("{", None), ('{"original_name": 3}', None)],
)
def test_an_uploaded_file_keeps_its_name(fresh, companion, name):
    """The name of its companion file is shown, and a broken companion is no error."""
    if companion is not None:
        (fresh / "data" / ".sales.csv.json").write_text(companion)
    assert original_name(fresh / "data" / "sales.csv") == name
