"""Outputs on their way into a store while they are written: parts as soon as their bytes are in place."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from etl_batch.errors import OutputFailed
from etl_batch.files.beneath import Place
from etl_batch.files.staging import Staged, discard, opened, stage, write_all
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.uploading import Uploading, uploading
from etl_batch.runs.record.uploads import has_uploads
from etl_batch.stores import s3, uploads
from etl_batch.stores.uploads import completed
from tests.integration.engine.conftest import Home
from tests.stores.servers import Store
from tests.waiting import until

PART = 5 << 20


@pytest.fixture
def run(home: Home) -> RunDirectory:
    """A run."""
    return RunDirectory(home.path, "r").create()


@pytest.fixture
def output(shelf: Store, lake: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Staged]:
    """An object that is about to be, and parts that are no larger than a store takes."""
    for name, value in shelf.environment().items():
        monkeypatch.setenv(name, value)
    s3._client_of.cache_clear()
    monkeypatch.setattr(uploads, "PART_BYTES", PART)
    staged = stage(replace(Place.of(tmp_path / "x.csv"), url=f"s3://{lake}/out/grown.csv"), "r")
    yield staged
    discard([staged])
    s3._client_of.cache_clear()


def grow(output: Staged, content: bytes, offset: int = 0) -> None:
    """Put bytes into it."""
    with opened(output) as descriptor:
        write_all(descriptor, [content], offset)


def sent(uploads: Uploading, output: Staged) -> int:
    """Parts that are there."""
    growing = uploads.growing[output]
    growing.collect()
    return len(growing.tags)


def test_parts_are_sent_when_they_are_whole(run: RunDirectory, output: Staged, shelf: Store, lake: str) -> None:
    """Not before, and each once, though the threads are ended in between; the end makes the last one."""
    content = os.urandom(3 * PART + 100)
    with uploading(run, [output], 1, run.path / "manifest") as found:
        grow(output, content[: PART - 1])
        found.start()
        found.advance({output: PART - 1})
        assert sent(found, output) == 0
        grow(output, content[PART - 1 :], PART - 1)
        found.advance({output: 2 * PART + 7})
        until(lambda: sent(found, output) == 2)
        found.close()
        assert found.threads is None
        found.advance({output: 3 * PART + 50})
        assert sent(found, output) == 2
        found.start()
        until(lambda: sent(found, output) == 3)
        (upload,) = found.finish(time.monotonic() + 60)[output].uploads
        assert len(upload.tags) == 4
        assert completed(upload)
    assert not has_uploads(run)
    assert shelf.client.get_object(Bucket=lake, Key="out/grown.csv")["Body"].read() == content


def test_an_output_that_is_larger_than_planned(
    run: RunDirectory, output: Staged, shelf: Store, lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is uploaded anew, in parts that are large enough; the upload that was begun is gone."""
    monkeypatch.setattr("etl_batch.runs.record.uploading.MOST_PARTS", 1)
    content = os.urandom(2 * PART)
    with uploading(run, [output], 1, run.path / "manifest") as found:
        grow(output, content)
        found.start()
        found.advance({output: len(content)})
        (upload,) = found.finish(time.monotonic() + 60)[output].uploads
        assert completed(upload)
    assert not shelf.client.list_multipart_uploads(Bucket=lake).get("Uploads")
    assert shelf.client.get_object(Bucket=lake, Key="out/grown.csv")["Body"].read() == content


def test_a_part_that_is_refused_ends_the_run_early(run: RunDirectory, output: Staged, shelf: Store, lake: str) -> None:
    """As soon as it is known, and what was begun is aborted."""

    def write() -> None:
        with uploading(run, [output], 1, run.path / "manifest") as found:
            (begun,) = shelf.client.list_multipart_uploads(Bucket=lake)["Uploads"]
            shelf.client.abort_multipart_upload(Bucket=lake, Key=begun["Key"], UploadId=begun["UploadId"])
            grow(output, bytes(PART))
            found.start()
            found.advance({output: PART})
            until(lambda: all(each.done() for each in found.growing[output].sending.values()))
            found.advance({output: PART})

    with pytest.raises(OutputFailed, match=f"s3://{lake}/out/grown.csv"):
        write()
    assert not has_uploads(run)
    assert not shelf.client.list_multipart_uploads(Bucket=lake).get("Uploads")
