"""The launch form without its looks: values, problems by field, and the configuration that comes out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl_batch.command_line import command_line
from etl_batch.config import RunConfig
from etl_batch.files.parted import MANIFEST, PartFile, PartsManifest
from etl_batch.previews import PreviewColumn
from etl_batch.reading_options import ReadingOptions
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.launch.form import (
    Checked,
    FoundInputs,
    LaunchValues,
    check,
    find_inputs,
    fresh_values,
    shown_path,
    values_of_config,
)
from tests.records import json_of
from tests.support import FAILURE

COLUMNS = [PreviewColumn("city", "string", measurable=False), PreviewColumn("price", "double", measurable=True)]
EVERY_FIELD = {
    "workers": 3,
    "chunk_bytes": 4096,
    "sample_frac": 0.25,
    "allocation": "neyman",
    "layout": "default",
    "force_text_fallback": True,
    "flatten": True,
    "stratum": "product",
    "measures": ["quantity", "value"],
    "max_size_gb": 2.5,
    "timeout": 0.5,
    "max_rejects": 0,
    "retries": 0,
    "seed": 2**62 + 1,
    "cluster": "tcp://127.0.0.1:8786",
}


def checked(values: LaunchValues, home: Path, columns=()) -> Checked:
    """The check as the screen makes it."""
    return check(values, home, "ada", find_inputs(home, values["inputs"]), columns)


def test_fresh_values_make_a_configuration(fresh):
    """What the form is filled with for an input is right as it stands."""
    outcome = checked(fresh_values(fresh, ["data/sales.csv"]), fresh)
    assert outcome.problems == {}
    assert outcome.config is not None
    assert outcome.config.output_csv == fresh / "output" / "sales.csv"
    assert outcome.config.user == "ada"


@pytest.mark.parametrize(
    ("typed", "csv"),
    [
        (["data/sales.csv"], "output/sales.csv"),
        (["data/*.csv"], "output/output.csv"),
        (["data/"], "output/data.csv"),
        (["output/sales.csv"], "output/sales-2.csv"),
        (["data/archive.tar.bin"], "output/archive.tar.csv"),
        (["data/a.csv", "data/b.csv"], "output/merged.csv"),
        (["output/merged.csv", "data/b.csv"], "output/merged-2.csv"),
    ],
)
def test_outputs_are_named_after_the_input(fresh, typed, csv):
    """An input is never its own output, and several inputs are merged under a name of its own."""
    assert fresh_values(fresh, typed)["output_csv"] == csv


@pytest.mark.parametrize(
    ("original", "csv"),
    [("Städte 2026.csv", "output/Städte_2026.csv"), ("../../x.csv", "output/_.._x.csv"), (".csv", "output/csv.csv")],
)
def test_outputs_of_an_upload_have_its_own_name(fresh, original, csv):
    """The generated name under data/ is nobody's; a hostile one stays inside output/."""
    (fresh / "data" / "upload-1.csv").write_text("a\n1\n")
    (fresh / "data" / ".upload-1.csv.json").write_text(json.dumps({"original_name": original}))
    values = fresh_values(fresh, ["data/upload-1.csv"])
    assert values["output_csv"] == csv
    assert checked(values, fresh).config is not None


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"inputs": ("data/none.csv",)}, "inputs", "none.csv"),
        ({"inputs": ()}, "inputs", "Pick at least one"),
        ({"inputs": ("../sales.csv",)}, "inputs", "Path traversal detected"),
        ({"inputs": ("/etc/passwd",)}, "inputs", "Path traversal detected"),
        ({"output_csv": "/etc/x.csv"}, "output_csv", "Path traversal detected"),
        ({"output_parquet": "data/x.parquet"}, "output_parquet", ""),
        ({"output_csv": "", "output_parquet": " "}, "output_csv", "Name a CSV output"),
        ({"output_csv": "output/x", "output_parquet": "output/x"}, "output_csv", "the same file"),
        ({"sample_frac": 0.0}, "sample_frac", "greater than 0"),
        ({"timeout": 0.0}, "timeout", "greater than 0"),
        ({"max_rejects": "-1"}, "max_rejects", "a number of records from 0"),
        ({"max_rejects": "101%"}, "max_rejects", "a share of them from 0% to 100%"),
        ({"workers": 0}, "workers", "greater than or equal to 1"),
        ({"retries": 21}, "retries", "less than or equal to 20"),
        ({"max_size_gb": 0.0}, "max_size_gb", "greater than 0"),
        ({"max_size_gb": 1e-6}, "max_size_gb", "raise the limit"),
        ({"seed": "seven"}, "seed", "a whole number from 0"),
        ({"seed": "-1"}, "seed", "a whole number from 0"),
        ({"seed": "²"}, "seed", "a whole number from 0"),
        ({"seed": str(2**63)}, "seed", "less than"),
        ({"report": "/etc/report.html"}, "report", "Path traversal detected"),
        ({"report": "output/sales.csv"}, "report", "an output of this run"),
        ({"struct_config": "/etc/passwd"}, "struct_config", "Path traversal detected"),
        ({"struct_config": "data/sales.csv"}, "struct_config", "save it as UTF-8 JSON"),
        ({"stratum": "town"}, "stratum", "There is no column 'town'"),
        ({"measures": ("price", "city")}, "measures", "'city' holds no numbers"),
        ({"measures": ("rain",)}, "measures", "There is no column 'rain'"),
    ],
)
def test_problems_stand_beside_their_field(fresh, changes, field, words):
    """Each mistake is found before the click and named after the field to change."""
    outcome = checked(fresh_values(fresh, ["data/sales.csv"]).having(**changes), fresh, COLUMNS)
    assert outcome.config is None
    assert list(outcome.problems) == [field]
    assert words in outcome.problems[field]


def test_an_input_is_no_output(home):
    """A pattern that takes the output in is refused beside the output."""
    (home / "output" / "old.csv").write_text("a\n1\n")
    values = fresh_values(home, ["output/*.csv"]).having(output_csv="output/old.csv")
    assert list(checked(values, home).problems) == ["output_csv"]


def test_every_missing_input_is_said(fresh):
    """Not the first alone: somebody who repeats an old run learns at once what is gone, and is not flooded."""
    problem = find_inputs(fresh, ["data/sales.csv", *(f"data/{name}.csv" for name in "abcde")]).problem
    assert problem is not None
    assert [name for name in "abcde" if f"/{name}.csv" in problem] == ["a", "b", "c"]
    assert problem.endswith("And 2 more.")


SIZED = {"sample_frac": 0.005, "target_error": 0.0125, "target_per": "stratum"}


@pytest.mark.parametrize("size", [{}, SIZED], ids=["by fraction", "by error"])
def test_a_repeated_run_keeps_every_field(home, size):
    """Every option comes through the form unchanged: those with a field, those without, and several inputs."""
    inputs = [str(home / "data" / "sales.csv"), str(home / "data" / "s*.csv")]
    config = json_of(RunDirectory(home, FAILURE), "config.json") | EVERY_FIELD | {"inputs": inputs} | size
    config["report"] = str(home / "report" / "copy.html")
    values = values_of_config(home, config, rerun_of=FAILURE)
    again = checked(values, home).config
    assert again is not None
    assert again.to_json() == RunConfig(**config).to_json() | {"rerun_of": FAILURE}
    other = checked(values.having(inputs=("data/s*.csv",)), home).config
    assert other is not None
    assert (other.inputs, other.seed) == ((str(home / "data" / "s*.csv"),), 2**62 + 1)


def test_an_error_takes_the_fractions_place(fresh):
    """With an error to reach the fraction is not said, whatever its field holds; past 100 % the field is told."""
    values = fresh_values(fresh, ["data/sales.csv"])
    values = values.having(sample_frac=0.3, target_error=1.0, target_per="stratum")
    config = checked(values, fresh).config
    assert config is not None
    assert (config.target_error, config.target_per, config.sample_frac) == (0.01, "stratum", 0.005)
    assert "--target-error 0.01 --target-per stratum" in command_line(config)
    assert "--sample-frac" not in command_line(config)
    assert "target_error" in checked(values.having(target_error=101.0), fresh).problems


def test_a_configuration_of_another_version_is_repeated(home):
    """Keys that this version does not know are left out instead of failing."""
    config = json_of(RunDirectory(home, FAILURE), "config.json") | {"no_such_option": 1}
    assert checked(values_of_config(home, config), home).config is not None


def test_paths_are_shown_from_the_home(fresh):
    """A path inside the home is shown short, any other in full."""
    assert shown_path(fresh, fresh / "data" / "x") == "data/x"
    assert shown_path(fresh, "/elsewhere/x") == "/elsewhere/x"
    assert shown_path(fresh, None) == ""


def test_the_size_of_what_was_found(fresh):
    """A file that went away meanwhile counts nothing."""
    found = FoundInputs((fresh / "data" / "sales.csv", fresh / "data" / "gone.csv"))
    assert found.size() == (fresh / "data" / "sales.csv").stat().st_size


def test_a_folder_is_what_the_options_leave_of_it(fresh: Path) -> None:
    """Leftovers and what the globs leave out are not among the files, as in a run."""
    for name in ("x.csv", "y.log", "z.csv.part", "old/w.csv"):
        path = fresh / "data" / "many" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a\n1\n")
    files = find_inputs(fresh, ["data/many"], ReadingOptions(include=("*.csv",), exclude=("old",))).files
    assert [path.name for path in files] == ["x.csv"]
    assert len(find_inputs(fresh, ["data/many"]).files) == 3


def test_a_schema_is_checked_before_the_click(fresh: Path) -> None:
    """What is wrong in its file is told beside the field, and a good one is part of the configuration."""
    path = fresh / "data" / "schema.json"
    path.write_text('{"version": 1, "columns": [{"name": "a", "typ": 1}]}')
    values = fresh_values(fresh, ["data/sales.csv"]).having(schema_file="data/schema.json")
    assert "column 'a', typ" in checked(values, fresh).problems["schema_file"]
    path.write_text('{"version": 1, "columns": []}')
    config = checked(values, fresh).config
    assert config is not None
    assert config.schema_file == path
    assert "schema_file" in checked(values.having(schema_file="data/none.json"), fresh).problems


def test_a_folder_of_parts(fresh: Path) -> None:
    """It may be replaced by parts and by nothing else, is one with its files, and is a Parquet output's."""
    (fresh / "output" / "mine").mkdir()
    (fresh / "output" / "mine" / "notes").touch()
    folder = fresh / "output" / "kept.parquet"
    folder.mkdir()
    manifest = PartsManifest("r", (PartFile("part-00000-r.parquet", 4, 0, ""),))
    (folder / MANIFEST).write_text(manifest.text)
    values = fresh_values(fresh, ["data/sales.csv"]).having(output_parquet="output/kept.parquet", parts=True)
    assert checked(values, fresh).problems == {}
    for changes, field, words in (
        ({"parts": False}, "output_parquet", "is a directory"),
        ({"output_parquet": ""}, "parts", "Name a Parquet output"),
        ({"output_csv": "output/kept.parquet/x.csv"}, "output_csv", "replaced as a whole"),
        ({"output_parquet": "output/mine"}, "output_parquet", "has files that no run with --parts has written"),
    ):
        problems = checked(values.having(**changes), fresh).problems
        assert words in problems[field], changes
