"""An output in parts as the console has it: one line, looked into part by part, checked, downloaded and restored."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from unittest.mock import patch

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from console import downloads, sessions, users
from console.space import measure
from console.users import Role
from etl_batch import exploring, service
from etl_batch.datasets import checksum
from etl_batch.datasets.listing import OutputState, backups, find_output, parts_in
from etl_batch.datasets.restore import plan_restore, restore
from etl_batch.errors import InputRefused
from etl_batch.files.parted import MANIFEST
from etl_batch.questions import Aggregate, Question
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.sinks import parquet_file
from tests.integration.console.test_console_web import Console, start, stop
from tests.support import config_of, copied, make_home, texts

FIRST, SECOND = "20260101T000000Z-aaaaaa", "20260102T000000Z-bbbbbb"
ROWS = 4000


def run_twice(folder: Path) -> None:
    """Two runs that wrote the same outputs one after the other: a thousand rows, and four, in small parts."""
    home = make_home(folder)
    with patch.object(parquet_file, "_LEAST_PART_BYTES", 100):
        for run_id, rows in ((FIRST, 1000), (SECOND, ROWS)):
            lines = (f"{number},{number * 7 % 911},p{number % 3}\n" for number in range(rows))
            (home / "data" / "sales.csv").write_text("id,quantity,product\n" + "".join(lines))
            service.execute(config_of(home, parts=True, chunk_bytes=4096, sample_frac=0.3), run_id=run_id)


@pytest.fixture
def twice(made_once, tmp_path) -> Path:
    """That home, for the test alone."""
    return copied(made_once(run_twice), tmp_path / "twice")


def folder_of(home: Path) -> Path:
    """The output."""
    return home / "output" / "sales.parquet"


def rows_of(folder: Path) -> list[int]:
    """Its `id`s, part by part."""
    names = [part.name for part in parts_in(folder, folder.parents[1]).parts]
    assert len(names) > 1
    return [row for name in names for row in pq.read_table(folder / name).column("id").to_pylist()]


def test_it_is_one_output(twice, screen):
    """With the size of all parts, as written, and one download."""
    app = screen(twice, "data")
    table = app.dataframe[0].value
    assert list(table["File"]) == ["sales.csv", "sales.parquet"]
    assert list(table["State"]) == ["as written", "as written"]
    assert list(table["Rows"]) == [ROWS, ROWS]
    app.selectbox(key="data-output").set_value(str(folder_of(twice))).run()
    assert f'href="/files/{SECOND}/sales.parquet.tar"' in texts(app)
    output = find_output(twice, folder_of(twice))
    assert output is not None
    assert output.bytes == sum(part.bytes for part in parts_in(output.path, twice).parts)
    assert not app.exception


def test_its_backups_take_the_space_of_backups(twice):
    """A folder of former parts, with all that is in it, as a former file."""
    output = find_output(twice, folder_of(twice))
    assert output is not None
    (backup,) = backups(output)
    inside = [path.stat().st_size for path in backup.path.iterdir()]
    (csv,) = (twice / "output").glob("sales.csv.bak.*")
    measured = measure(twice)
    assert (measured.bytes["backups"], measured.files["backups"]) == (sum(inside) + csv.stat().st_size, len(inside) + 1)


def test_its_parts_are_looked_into_one_by_one(twice, screen):
    """Each has its own rows, from the first on."""
    app = screen(twice, "data")
    app.selectbox(key="data-output").set_value(str(folder_of(twice))).run()
    parts = parts_in(folder_of(twice), twice).parts
    box = app.selectbox(key="data-part")
    assert len(box.options) == len(parts) > 2
    assert list(app.dataframe[1].value["id"])[:2] == ["0", "1"]
    box.set_value(parts[1].name).run()
    assert next(iter(app.dataframe[1].value["id"])) == str(parts[0].rows)
    assert not app.exception


def test_the_summary_names_it(twice, screen):
    """On Runs, with how many parts there are, and the way to all of them."""
    app = screen(twice, "runs", run=SECOND)
    number = len(parts_in(folder_of(twice), twice).parts)
    assert f"Parquet in {number} parts" in texts(app)
    assert f"/files/{SECOND}/sales.parquet.tar" in texts(app)
    assert f"parquet, {number} parts" in (twice / "report" / f"{SECOND}.html").read_text()
    old = screen(twice, "runs", run=FIRST)
    assert "sales.parquet.bak." in texts(old)


def test_it_is_checked_part_by_part(twice):
    """The sum is the manifest's when every part is as it says; one changed byte is told of, with the part's name."""
    output = find_output(twice, folder_of(twice))
    assert output is not None
    task = checksum.check(output.path, twice)
    assert task.wait(20)
    assert task.result == output.newest.sha256
    part = output.path / parts_in(output.path, twice).parts[1].name
    content, found = bytearray(part.read_bytes()), part.stat()
    content[100] ^= 1
    part.write_bytes(content)
    os.utime(part, ns=(found.st_atime_ns, found.st_mtime_ns))
    (output.path / MANIFEST).touch()  # another state of the output, which is read again
    task = checksum.check(output.path, twice)
    assert task.wait(20)
    assert task.result is None
    assert part.name in (task.error or "")


def test_exact_answers_are_those_of_all_parts(twice):
    """By DuckDB, over the parts as one table."""
    run = RunDirectory(twice, SECOND)
    assert exploring.why_not_exact(run) is None
    sample = exploring.open_sample(run)
    confirmation = exploring.confirm(run, sample, Question(None, Aggregate.SUM, "quantity"))
    assert [each.exact for each in confirmation.groups] == [sum(number * 7 % 911 for number in range(ROWS))]
    assert exploring.why_not_exact(RunDirectory(twice, FIRST)) is not None


def test_a_backup_is_restored(twice):
    """The folder of before comes back as a whole, with its CSV, and what stood there becomes a backup."""
    output = find_output(twice, folder_of(twice))
    assert output is not None
    (backup,) = backups(output)
    assert backup.maker is not None
    assert (backup.maker.run_id, rows_of(backup.path)) == (FIRST, list(range(1000)))
    (backup.path / "notes.txt").write_text("mine")
    done = restore(twice, plan_restore(twice, output.path, backup.path.name), "ada")
    assert len(done.kept) == 2
    assert rows_of(folder_of(twice)) == list(range(1000))
    assert len((twice / "output" / "sales.csv").read_text().splitlines()) == 1001
    assert sorted(path.name for path in folder_of(twice).iterdir() if not path.name.startswith("part-")) == [MANIFEST]
    restored = find_output(twice, folder_of(twice))
    assert restored is not None
    assert restored.state is OutputState.OLDER
    newest = max(backups(restored), key=lambda each: each.replaced_at)
    assert rows_of(newest.path) == list(range(ROWS))
    assert not list((twice / "output").glob(".*.tmp"))


def test_a_file_is_restored_over_a_folder(made_once, tmp_path):
    """What an output was before it was in parts; and the other way round."""
    home = copied(made_once(run_twice), tmp_path / "files")
    service.execute(config_of(home, output_parquet=home / "output" / "other.parquet", output_csv=None))
    target = home / "output" / "other.parquet"
    service.execute(config_of(home, output_parquet=target, output_csv=None, parts=True))
    output = find_output(home, target)
    assert output is not None
    (backup,) = backups(output)
    restore(home, plan_restore(home, target, backup.path.name), "ada")
    assert pq.read_table(target).num_rows == ROWS
    output = find_output(home, target)
    assert output is not None
    folder = next(each for each in backups(output) if each.path.is_dir())
    restore(home, plan_restore(home, target, folder.path.name), "ada")
    assert ds.dataset(target, format="parquet").count_rows() == ROWS


def test_downloads(twice):
    """All of it as one archive whose length is known before, each part by its name and by ranges, backups too."""
    process, printed, reader = start(twice)
    try:
        viewer = users.create(twice, "vera", Role.VIEWER, "correct horse battery", "test")
        cookies = {"vera": sessions.start(twice, viewer, "test")}
        console = Console(printed[0].split()[-1], twice, printed, process, cookies)
        answer = console.ask("GET", f"/files/{SECOND}/sales.parquet.tar", "vera")
        assert answer.status_code == 200
        assert int(answer.headers["content-length"]) == len(answer.content)
        assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''sales.parquet.tar"
        unpack(answer.content, twice / "unpacked")
        assert rows_in(twice / "unpacked" / "sales.parquet") == list(range(ROWS))
        again = console.ask(
            "GET", f"/files/{SECOND}/sales.parquet.tar", "vera", headers={"If-None-Match": answer.headers["etag"]}
        )
        assert again.status_code == 304
        part = parts_in(folder_of(twice), twice).parts[1]
        whole = (folder_of(twice) / part.name).read_bytes()
        ranged = console.ask("GET", f"/files/{SECOND}/{part.name}", "vera", headers={"Range": "bytes=4-9"})
        assert (ranged.status_code, ranged.content, ranged.headers["etag"]) == (206, whole[4:10], f'"{part.sha256}"')
        output = find_output(twice, folder_of(twice))
        assert output is not None
        (backup,) = backups(output)
        kept = console.ask("GET", f"/backups/{SECOND}/{backup.path.name}", "vera")
        unpack(kept.content, twice / "kept")
        assert rows_in(twice / "kept" / backup.path.name) == list(range(1000))
        for name in (f"part-00000-{FIRST}.parquet", "part-00009-x.parquet", "sales.parquet", MANIFEST):
            assert console.ask("GET", f"/files/{SECOND}/{name}", "vera").status_code == 404, name
    finally:
        stop(process, reader)


def unpack(content: bytes, folder: Path) -> None:
    """An archive as a person unpacks it."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(folder, filter="data")


def rows_in(folder: Path) -> list[int]:
    """The `id`s of a folder that somebody has, by the readers of folders."""
    return ds.dataset(folder, format="parquet").to_table().column("id").to_pylist()


def test_what_is_another_run_s_is_not_handed_out(twice):
    """A part that was changed is told of, and so is the output of a run whose folder was replaced."""
    with pytest.raises(downloads.Replaced, match="is kept as"):
        downloads.locate(twice, FIRST, "sales.parquet.tar")
    part = folder_of(twice) / parts_in(folder_of(twice), twice).parts[0].name
    part.write_bytes(part.read_bytes() + b"x")
    for name in ("sales.parquet.tar", part.name):
        with pytest.raises(downloads.Replaced):
            downloads.locate(twice, SECOND, name)


def test_a_manifest_that_says_nothing(twice):
    """It has the length and the time of the run's own, and is none: told of like any other change."""
    manifest = folder_of(twice) / MANIFEST
    found = manifest.stat()
    manifest.write_bytes(b" " * found.st_size)
    os.utime(manifest, ns=(found.st_atime_ns, found.st_mtime_ns))
    with pytest.raises(downloads.Replaced):
        downloads.locate(twice, SECOND, "sales.parquet.tar")


def test_a_folder_whose_manifest_is_gone(twice, screen):
    """It is another folder then, and no output of a run."""
    (folder_of(twice) / MANIFEST).unlink()
    with pytest.raises(InputRefused):
        downloads.locate(twice, SECOND, "sales.parquet.tar")
    app: AppTest = screen(twice, "data")
    assert not app.exception
    assert list(app.dataframe[0].value["File"]) == ["sales.csv"]
