"""The registry of sinks: the outputs that a configuration wants, each with its staged file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from etl_batch.config import RunConfig
from etl_batch.files.beneath import Place
from etl_batch.sinks import registry
from etl_batch.sinks.csv_file import CsvSink
from etl_batch.sinks.parquet_file import ParquetPartsSink, ParquetSink
from tests.unit.engine_parts import config_of


def places(config: RunConfig) -> dict[str, Place]:
    """Where the wanted outputs go."""
    return {name: Place.of(path) for name, path in registry.wanted_targets(config).items()}


@pytest.mark.parametrize(
    ("changes", "names"),
    [({}, ["csv", "parquet"]), ({"output_csv": None}, ["parquet"]), ({"output_parquet": None}, ["csv"])],
)
def test_wanted_outputs(tmp_path: Path, changes: dict[str, Any], names: list[str]) -> None:
    """Those that have a path, by their names, in the registry's order; staged they are empty files beside it."""
    config = config_of(tmp_path, **changes)
    targets = places(config)
    assert list(targets) == names
    sinks = registry.stage_sinks(targets, config, "run", 0)
    assert [sink.name for sink in sinks] == names
    assert [sink.file.target for sink in sinks] == [place.path for place in targets.values()]
    assert [sink.file.staged.stat().st_size for sink in sinks] == [0] * len(names)


@pytest.mark.parametrize("compat", [False, True])
def test_a_sink_has_the_settings_of_its_own(tmp_path: Path, compat: bool) -> None:
    """That for old readers reaches the Parquet file."""
    config = config_of(tmp_path, parquet_compat=compat)
    *_, sink = registry.stage_sinks(places(config), config, "run", 0)
    assert isinstance(sink, ParquetSink)
    assert sink.compat is compat


def test_parquet_in_parts(tmp_path: Path) -> None:
    """Its output is staged as a folder, empty, or with what the run had in it before; the CSV is a file as ever."""
    config = config_of(tmp_path, parts=True)
    assert registry.kinds_in_parts(config) == {"parquet"}
    assert registry.kinds_in_parts(config_of(tmp_path)) == set()
    targets = {name: replace(place, parts=name == "parquet") for name, place in places(config).items()}
    for again, left in ((False, []), (True, ["part-00000-run.parquet"]), (False, [])):
        csv, parquet = registry.stage_sinks(targets, config, "run", 1 << 40, again=again)
        assert (csv.file.folder, parquet.file.folder) == (False, True)
        assert isinstance(parquet, ParquetPartsSink)
        assert parquet.part_bytes == 256 << 20
        assert sorted(path.name for path in parquet.file.staged.iterdir()) == left
        (parquet.file.staged / "part-00000-run.parquet").touch()


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("what", ["link", "file"])
def test_what_stands_where_a_folder_is_staged(tmp_path: Path, again: bool, what: str) -> None:
    """It goes, and what a link leads to stays as it is: no part is written there."""
    other = tmp_path / "other"
    other.mkdir()
    name = tmp_path / ".out.parquet.run.tmp"
    if what == "link":
        name.symlink_to(other)
    else:
        name.write_text("of a run without parts")
    targets = {"parquet": replace(Place.of(tmp_path / "out.parquet"), parts=True)}
    (sink,) = registry.stage_sinks(targets, config_of(tmp_path, parts=True), "run", 0, again=again)
    sink.begin([])
    assert name.is_dir()
    assert not name.is_symlink()
    assert list(other.iterdir()) == []


def test_a_new_sink_comes_and_goes(tmp_path: Path) -> None:
    """It is an output like the others while it is registered."""

    class Lines(CsvSink):
        name = "lines"

    registry.register(Lines)
    try:
        targets = {name: Place.of(tmp_path / name) for name in ("lines", "parquet")}
        sinks = registry.stage_sinks(targets, config_of(tmp_path), "run", 0)
        assert [type(sink) for sink in sinks] == [ParquetSink, Lines]
        assert "lines" in registry.wanted_targets(config_of(tmp_path))
    finally:
        registry.unregister(Lines)
    assert list(registry.wanted_targets(config_of(tmp_path))) == ["csv", "parquet"]
