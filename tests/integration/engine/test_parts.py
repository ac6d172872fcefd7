"""Whole runs with `--parts`: the rows of the single file in a folder, exchanged as a whole, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.files.commit import backups_of
from etl_batch.files.parted import MANIFEST
from tests.integration.engine.conftest import Home
from tests.parts import Parts, write_large
from tests.support import copied

Write = Callable[[str, bytes | str], Path]
CHUNK = ("--chunk-bytes", 1 << 20)
SMALL = "a,b\n1,x\n2,y\n"


def run_large(folder: Path) -> None:
    """One run over that input with `--parts`, and one without."""
    write_large(folder)
    for name, parts in (("one", False), ("x", True)):
        outputs = {
            "output_csv": folder / "output" / f"{name}.csv",
            "output_parquet": folder / "output" / f"{name}.parquet",
        }
        service.execute(
            RunConfig(
                inputs=(str(folder / "data" / "large.csv"),),
                home=folder,
                workers=2,
                chunk_bytes=1 << 20,
                parts=parts,
                **outputs,
            )
        )


@pytest.fixture
def large(home: Home, made_once: Callable[[Callable[[Path], object]], Path]) -> Path:
    """The large input, in a home in which it has been run both ways."""
    return copied(made_once(run_large), home.path) / "data" / "large.csv"


def metadata_of(home: Home, index: int = -1) -> dict[str, Any]:
    """The metadata of a run of the home, the newest one last."""
    paths = sorted((home.output / "runs").glob("2*/metadata.json"))
    found: dict[str, Any] = json.loads(paths[index].read_text())
    return found


def beside(home: Home) -> set[str]:
    """What stands in the folder of the outputs, without locks, runs and the audit log's anchor."""
    return {path.name for path in home.output.iterdir() if not path.name.endswith(".lock")} - {"runs", "audit.anchor"}


def test_the_rows_of_the_single_file(home: Home, large: Path) -> None:
    """The same rows, columns and order, in several parts of one schema; the CSV is the same file to the byte."""
    parts, one = Parts(home.parquet()), pq.read_table(home.parquet("one"))
    assert len(parts.files) >= 3
    assert {str(pq.read_schema(path)) for path in parts.files} == {str(one.schema)}
    assert one.schema.field("late").type == pa.string()
    assert pa.concat_tables(map(pq.read_table, parts.files)).equals(one)
    assert home.csv() == home.csv("one")
    assert all(path.stat().st_size >= 4 << 20 for path in parts.files[:-1])
    assert "parts" not in metadata_of(home, 0)["outputs"]["parquet"]
    assert "parts" not in metadata_of(home)["outputs"]["csv"]


def test_readers_take_the_folder(home: Home, large: Path) -> None:
    """By its name, or by its parts': none stumbles over the manifest, and each finds all rows in their order."""
    one = pq.read_table(home.parquet("one"))
    assert pq.read_table(home.parquet()).equals(one)
    with duckdb.connect() as other:
        found = other.sql(f"SELECT id, late FROM '{home.parquet()}/*.parquet'").arrow().read_all()
    assert found.equals(one.select(["id", "late"]).cast(found.schema))
    assert pl.read_parquet(home.parquet() / "*.parquet").equals(pl.read_parquet(home.parquet("one")))


def test_manifest_files_and_metadata_agree(home: Home, large: Path) -> None:
    """Names, sizes, rows and checksums."""
    Parts(home.parquet()).agrees(metadata_of(home))


@pytest.mark.parametrize("workers", [1, 3])
def test_the_input_alone_decides(home: Home, large: Path, workers: int) -> None:
    """The same parts to the byte, however many workers write them."""
    metadata = home.run("-i", large, *CHUNK, "--parts", "-w", workers, name="again")
    assert Parts(home.parquet("again")).digests == Parts(home.parquet()).digests
    Parts(home.parquet("again")).agrees(metadata)


def test_old_readers(home: Home, large: Path) -> None:
    """`--parquet-compat` and `--parts` go together: each part has what these know, and the rows are the same."""
    metadata = home.run("-i", large, *CHUNK, "--parts", "--parquet-compat", name="old")
    parts = Parts(home.parquet("old"))
    parts.agrees(metadata)
    assert len(parts.files) >= 3
    assert pa.concat_tables(map(pq.read_table, parts.files)).equals(pq.read_table(home.parquet("one")))
    for path in parts.files:
        meta = pq.read_metadata(path)
        assert meta.format_version == "1.0"
        assert {meta.row_group(0).column(at).compression for at in range(meta.num_columns)} == {"SNAPPY"}


def test_the_folder_is_an_input(home: Home, large: Path) -> None:
    """Read by its name it gives the same CSV; the manifest is passed over, and that is told."""
    metadata = home.run("-i", home.parquet(), "--no-parquet", name="back")
    assert home.csv("back") == home.csv("one")
    assert [(Path(each["path"]).name, each["reason"]) for each in metadata["passed_over"]] == [(MANIFEST, "marker")]
    assert [Path(each["path"]).name for each in metadata["inputs"]] == [p.name for p in Parts(home.parquet()).files]


def test_a_folder_replaces_a_folder(home: Home, write: Write) -> None:
    """The one that stood there is the backup with all that was in it, and no more than that is left."""
    source = write("in.csv", SMALL)
    first = home.run("-i", source, "--parts")
    old = Parts(home.parquet()).contents
    second = home.run("-i", write("more.csv", SMALL + "3,z\n"), "--parts")
    Parts(home.parquet()).agrees(second)
    (backup,) = backups_of(home.parquet())
    assert Parts(backup).contents == old
    assert Parts(backup).manifest.run_id == first["run_id"] != second["run_id"]
    (csv,) = backups_of(home.output / "x.csv")
    assert csv.name.removeprefix("x.csv") == backup.name.removeprefix("x.parquet")
    assert beside(home) == {"x.csv", "x.parquet", csv.name, backup.name}
    assert list((home.output / "runs" / ".open").iterdir()) == []


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_so_many_backups_are_kept(home: Home, write: Write, keep: int) -> None:
    """As `limits.json` says, of folders as of files: the oldest go, with what is in them."""
    (home.path / ".secrets" / "limits.json").write_text(json.dumps({"keep_backups": keep}))
    source = write("in.csv", SMALL)
    runs = [home.run("-i", source, "--parts")["run_id"] for _ in range(4)]
    backups = backups_of(home.parquet())
    assert [Parts(backup).manifest.run_id for backup in backups] == runs[:-1][3 - keep :]
    assert Parts(home.parquet()).manifest.run_id == runs[-1]
    assert {name for name in beside(home) if name.startswith("x.parquet")} == {
        "x.parquet",
        *(path.name for path in backups),
    }


def test_a_folder_replaces_a_file(home: Home, write: Write) -> None:
    """The file that stood there is the backup, as it was."""
    source = write("in.csv", SMALL)
    home.run("-i", source)
    old = home.parquet().read_bytes()
    Parts(home.parquet()).agrees(home.run("-i", source, "--parts"))
    (backup,) = backups_of(home.parquet())
    assert backup.read_bytes() == old


def test_a_file_does_not_replace_a_folder(home: Home, write: Write) -> None:
    """Without `--parts` the folder is none of the run's outputs: it is refused, and nothing is touched."""
    source = write("in.csv", SMALL)
    home.run("-i", source, "--parts")
    old, names = Parts(home.parquet()).contents, beside(home)
    outcome = home.etl("-i", source, "-o", home.output / "x.csv")
    assert (outcome.code, str(home.parquet()) in outcome.err) == (3, True), outcome.err
    assert (Parts(home.parquet()).contents, beside(home)) == (old, names)


def test_no_rows_are_one_empty_part(home: Home, write: Write) -> None:
    """It has the columns of the input that has nothing else."""
    metadata = home.run("-i", write("in.csv", "a,b\n"), "--parts")
    parts = Parts(home.parquet())
    parts.agrees(metadata)
    assert [part.rows for part in parts.manifest.parts] == [0]
    assert pq.read_table(parts.files[0]).column_names == ["a", "b"]


def test_a_foreign_folder_is_refused(home: Home, write: Write) -> None:
    """One with files that no run has written is left as it is, and the sentence says what it lacks."""
    folder = home.parquet()
    folder.mkdir()
    (folder / "letters.txt").write_text("mine")
    (folder / "part-00000-a.parquet").write_text("of Spark")
    outcome = home.etl("-i", write("in.csv", SMALL), "-o", home.output / "x.csv", "--parts")
    assert (outcome.code, MANIFEST in outcome.err, str(folder) in outcome.err) == (3, True, True), outcome.err
    assert "Traceback" not in outcome.err
    assert {path.name for path in folder.iterdir()} == {"letters.txt", "part-00000-a.parquet"}
    assert (folder / "letters.txt").read_text() == "mine"
    assert beside(home) == {"x.parquet"}


def test_an_empty_folder_is_taken(home: Home, write: Write) -> None:
    """It holds nothing that anybody could miss."""
    home.parquet().mkdir()
    metadata = home.run("-i", write("in.csv", SMALL), "--parts")
    Parts(home.parquet()).agrees(metadata)


@pytest.mark.parametrize("link", ["link", "dangling link"])
def test_a_link_is_no_folder(home: Home, write: Write, link: str) -> None:
    """Where one stands nothing is exchanged, wherever it leads."""
    other = home.output / "other"
    if link == "link":
        other.mkdir()
    home.parquet().symlink_to(other)
    outcome = home.etl("-i", write("in.csv", SMALL), "-o", home.output / "x.csv", "--parts")
    assert (outcome.code, "Traceback" in outcome.err) == (3, False), outcome.err
    assert home.parquet().readlink() == other
    assert not other.exists() or list(other.iterdir()) == []


@pytest.mark.parametrize("which", ["csv", "report"])
def test_an_output_in_the_folder(home: Home, write: Write, which: str) -> None:
    """It would go with the next exchange, so it is a mistake of whoever typed it, whatever stands there now."""
    inside = home.parquet() / "inside"
    arguments = (
        ["-o", inside, "-p", home.parquet()] if which == "csv" else ["-o", home.output / "x.csv", "--report", inside]
    )
    source = write("in.csv", SMALL)
    for _ in range(2):
        outcome = home.etl("-i", source, *arguments, "--parts")
        assert (outcome.code, str(inside) in outcome.err, "--parts" in outcome.err) == (2, True, True), outcome.err
        assert not inside.exists()
        home.run("-i", source, "--parts")


def test_parts_of_nothing(home: Home, write: Write) -> None:
    """Without a Parquet output there is nothing to have in parts."""
    outcome = home.etl("-i", write("in.csv", SMALL), "-o", home.output / "x.csv", "--no-parquet", "--parts")
    assert (outcome.code, "--parts" in outcome.err) == (2, True), outcome.err
    assert beside(home) == set()


@pytest.mark.parametrize("named", ["folder", "file"])
def test_an_input_in_the_folder(home: Home, write: Write, named: str) -> None:
    """A run does not replace what it reads."""
    home.run("-i", write("in.csv", SMALL), "--parts")
    parts, names = Parts(home.parquet()), beside(home)
    old = parts.contents
    source = parts.path if named == "folder" else parts.files[0]
    outcome = home.etl("-i", source, "-o", home.output / "y.csv", "-p", parts.path, "--parts")
    assert outcome.code == 3, outcome.err
    assert (parts.contents, beside(home)) == (old, names)


def test_a_run_that_fails_leaves_the_old_folder(home: Home, write: Write) -> None:
    """Too many rejects: what stood there stands, no backup is made, and nothing staged is left."""
    home.run("-i", write("in.csv", SMALL), "--parts")
    old, names = Parts(home.parquet()).contents, beside(home)
    bad = write("bad.csv", SMALL + "lonely\n" * 5)
    outcome = home.etl("-i", bad, "-o", home.output / "x.csv", "--parts", "--max-rejects", 2)
    assert outcome.code == 4, outcome.err
    assert (Parts(home.parquet()).contents, beside(home)) == (old, names)
    assert metadata_of(home)["outputs"] == {}


def test_the_first_run_that_fails_leaves_no_folder(home: Home, write: Write) -> None:
    """Neither under its name nor under that of a staged one."""
    bad = write("bad.csv", SMALL + "lonely\n" * 5)
    assert home.etl("-i", bad, "-o", home.output / "x.csv", "--parts", "--max-rejects", 2).code == 4
    assert beside(home) == set()


def test_the_run_is_shown(home: Home, write: Write) -> None:
    """`runs show` says what the run itself has said."""
    metadata = home.run("-i", write("in.csv", SMALL), "--parts")
    shown = home.etl("runs", "show", metadata["run_id"], "--json").json
    assert shown["outputs"]["parquet"] == metadata["outputs"]["parquet"]
    assert home.etl("runs", "show", metadata["run_id"]).code == 0
