"""Outputs that are objects: the same bytes as of files, there as a whole or not at all, whatever goes wrong."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_sales_csv
from tests.cluster.clusters import cluster
from tests.commands import Outcome
from tests.integration.engine.conftest import Home
from tests.stores.servers import Fault, Store, between
from tests.stores.test_inputs import secrets_in
from tests.waiting import until

OLD = b"what stood there before"
BIG_ROWS = 500_000
"""More than one part."""


@pytest.fixture
def bucket(home: Home, shelf: Store, lake: str) -> str:
    """A bucket with an older output in it."""
    shelf.put(lake, "out/x.csv", OLD)
    assert home.path
    return lake


def content(shelf: Store, bucket: str, key: str) -> bytes | None:
    """What an object has; None without one."""
    try:
        found: bytes = shelf.client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except shelf.client.exceptions.NoSuchKey:
        return None
    return found


def is_untouched(home: Home, shelf: Store, bucket: str) -> bool:
    """Nothing of a run is to be seen, and nothing of it is left."""
    before = content(shelf, bucket, "out/x.csv"), content(shelf, bucket, "out/x.parquet")
    return before == (OLD, None) and nothing_left(home, shelf, bucket)


def nothing_left(home: Home, shelf: Store, bucket: str) -> bool:
    """No upload is open, and no staged file and no note of an upload stands here."""
    left = [*home.output.rglob(".*.tmp"), *home.output.rglob("uploads.json")]
    return not shelf.client.list_multipart_uploads(Bucket=bucket).get("Uploads") and not left


def last_record(home: Home) -> dict[str, Any]:
    """What the newest run has on record."""
    newest = max(path.parent.name for path in home.output.glob("runs/2*/metadata.json"))
    record: dict[str, Any] = home.etl("runs", "show", newest, "--json").json
    return record


def write(home: Home, shelf: Store, bucket: str, *arguments: object, endpoint: str | None = None) -> Outcome:
    """A run of `b.csv` to `out/x.csv` and `out/x.parquet`."""
    environment = shelf.environment(f"s3://{bucket}/out", f"s3://{bucket}/raw", endpoint=endpoint)
    given = arguments or ("-i", home.data / "b.csv")
    return home.etl(*given, "-o", f"s3://{bucket}/out/x.csv", "--quiet", env=environment)


def test_same_bytes(home: Home, shelf: Store, bucket: str) -> None:
    """In several parts, from files and from objects; size and SHA-256 on the record."""
    write_sales_csv(home.data / "big.csv", BIG_ROWS, seed=8, dirt=True)
    shelf.put(bucket, "raw/big.csv", (home.data / "big.csv").read_bytes())
    home.run("-i", home.data / "big.csv", name="here")
    for given in (home.data / "big.csv", f"s3://{bucket}/raw/big.csv"):
        outcome = write(home, shelf, bucket, "-i", given)
        assert outcome.code == 0, outcome.err
        written = content(shelf, bucket, "out/x.csv") or b""
        assert written == home.csv("here")
        assert len(written) > 16 << 20
        parquet = pq.read_table(io.BytesIO(content(shelf, bucket, "out/x.parquet") or b""))
        assert parquet.equals(pq.read_table(home.parquet("here")))
        assert nothing_left(home, shelf, bucket)
        record = last_record(home)
        csv = record["outputs"]["csv"]
        assert csv["path"] == f"s3://{bucket}/out/x.csv"
        assert (csv["bytes"], csv["sha256"]) == (len(written), hashlib.sha256(written).hexdigest())
    assert secrets_in(home.path) == []


def test_replays(home: Home, shelf: Store, bucket: str) -> None:
    """The rejects of objects are read again, to objects, and shown where they stand; not of one that has changed."""
    odd = b"a,b\n1,2\n3\n4,5\n"
    shelf.put(bucket, "raw/odd.csv", odd)
    assert write(home, shelf, bucket, "-i", f"s3://{bucket}/raw/odd.csv").code == 0
    run_id = last_record(home)["run_id"]
    assert content(shelf, bucket, "out/x.csv") == b"a,b\n1,2\n4,5\n"
    environment = shelf.environment(f"s3://{bucket}/out", f"s3://{bucket}/raw")
    replayed = home.etl("replay", run_id, "--ragged", "pad", "--quiet", env=environment)
    assert replayed.code == 0, replayed.err
    assert content(shelf, bucket, "out/x.csv") == b"a,b\n1,2\n3,\n4,5\n"
    shelf.put(bucket, "raw/odd.csv", odd + b"6,7\n")
    refused = home.etl("replay", run_id, "--ragged", "pad", "--quiet", env=environment)
    assert refused.code == 3, refused.err


def test_one_here_and_one_there(home: Home, shelf: Store, bucket: str) -> None:
    """An output may stay on the disk."""
    home.run("-i", home.data / "b.csv", name="here")
    outcome = write(home, shelf, bucket, "-i", home.data / "b.csv", "-p", home.output / "y.parquet")
    assert outcome.code == 0, outcome.err
    assert content(shelf, bucket, "out/x.csv") == home.csv("here")
    assert content(shelf, bucket, "out/x.parquet") is None
    assert home.parquet("y").read_bytes() == home.parquet("here").read_bytes()


def test_of_a_cluster(home: Home, shelf: Store, bucket: str, tmp_path: Path) -> None:
    """From objects to objects, by workers that have no credentials."""
    home.run("-i", home.data / "b.csv", name="here")
    with cluster(tmp_path / "cluster", workers=0) as one:
        one.join(**dict.fromkeys(shelf.environment(), ""))
        until(lambda: len(one.known()) == 1)
        outcome = write(home, shelf, bucket, "-i", f"s3://{bucket}/raw/b.csv", "--cluster", one.address)
    assert outcome.code == 0, outcome.err
    assert content(shelf, bucket, "out/x.csv") == home.csv("here")


WRONG = [
    ("s3://{bucket}/other/x.csv", 3, "Path traversal detected"),
    ("s3://{bucket}-other/out/x.csv", 3, "Path traversal detected"),
    ("s3://{bucket}/out/../x.csv", 3, "Path traversal detected"),
    ("s3://{bucket}", 3, "names no object"),
    ("http://{bucket}/x.csv", 3, "only objects of s3://"),
    ("s3://{bucket}/raw/b.csv", 3, "input"),
    ("s3://nobody/x.csv", 5, "has no bucket"),
]


@pytest.mark.parametrize(("url", "code", "said"), WRONG)
def test_what_is_not_written(home: Home, shelf: Store, bucket: str, url: str, code: int, said: str) -> None:
    """Told of before anything is read."""
    environment = shelf.environment(f"s3://{bucket}/out", f"s3://{bucket}/raw", "s3://nobody")
    given = ("-i", f"s3://{bucket}/raw/b.csv", "-o", url.format(bucket=bucket), "--no-parquet", "--quiet")
    outcome = home.etl(*given, env=environment)
    assert (outcome.code, outcome.err.count("\n")) == (code, 1), outcome.err
    assert said in outcome.err, outcome.err
    assert content(shelf, bucket, "raw/b.csv") == (home.data / "b.csv").read_bytes()
    assert is_untouched(home, shelf, bucket)


def is_part(method: str, path: str) -> bool:
    """Whether a request puts a part."""
    return method == "PUT" and "partNumber" in path


@pytest.mark.parametrize("status", [503, 403, 404])
def test_parts_that_are_refused(home: Home, shelf: Store, bucket: str, status: int) -> None:
    """For good: one sentence, and nothing is left."""
    with between(shelf, lambda method, path, _number: status if is_part(method, path) else None) as endpoint:
        outcome = write(home, shelf, bucket, endpoint=endpoint)
    assert (outcome.code, outcome.err.count("\n")) == (5, 1), outcome.err
    assert f"s3://{bucket}/out/x" in outcome.err
    assert is_untouched(home, shelf, bucket)
    assert secrets_in(home.path) == []


def test_a_store_that_throttles(home: Home, shelf: Store, bucket: str) -> None:
    """Every third request is refused for now."""
    home.run("-i", home.data / "b.csv", name="here")
    with between(shelf, lambda _method, _path, number: 503 if number % 3 == 0 else None) as endpoint:
        outcome = write(home, shelf, bucket, endpoint=endpoint)
    assert outcome.code == 0, outcome.err
    assert content(shelf, bucket, "out/x.csv") == home.csv("here")


@contextmanager
def killed_at(home: Home, shelf: Store, bucket: str, moment: Fault, *given: object) -> Iterator[None]:
    """While the block goes on, a run has been killed at the first request that the moment says something of."""
    process: list[subprocess.Popen[bytes]] = []

    def fault(method: str, path: str, number: int) -> int | None:
        if process[0].poll() is None and moment(method, path, number) is not None:
            os.kill(process[0].pid, signal.SIGKILL)
            process[0].wait()
            return 500
        return None

    with between(shelf, fault) as endpoint:
        process.append(start(home, shelf, bucket, endpoint, *given))
        assert process[0].wait() == -signal.SIGKILL
    yield


def start(home: Home, shelf: Store, bucket: str, endpoint: str, *given: object) -> subprocess.Popen[bytes]:
    """A run as a process of its own: of `b.csv`, where nothing else is given."""
    environment = shelf.environment(f"s3://{bucket}", endpoint=endpoint)
    arguments = given or ("-i", home.data / "b.csv", "-o", f"s3://{bucket}/out/x.csv")
    command = [sys.executable, "etl_batch/etl_core.py", *map(str, arguments), "--home", str(home.path), "--quiet"]
    return subprocess.Popen(command, cwd=PROJECT_ROOT, env={**os.environ, **environment})


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 7), (signal.SIGINT, 7)])
def test_cancelled_while_it_uploads(home: Home, shelf: Store, bucket: str, how: signal.Signals, code: int) -> None:
    """Nothing is published and nothing left."""
    process: list[subprocess.Popen[bytes]] = []

    def fault(method: str, path: str, _number: int) -> int | None:
        if is_part(method, path):
            process[0].send_signal(how)
            return 503
        return None

    with between(shelf, fault) as endpoint:
        process.append(start(home, shelf, bucket, endpoint))
        assert process[0].wait() == code
    assert is_untouched(home, shelf, bucket)


def test_killed_while_it_uploads(home: Home, shelf: Store, bucket: str) -> None:
    """The next run aborts what is open; the killed one can be gone on with."""
    home.run("-i", home.data / "b.csv", name="here")
    with killed_at(home, shelf, bucket, lambda method, path, _number: 1 if is_part(method, path) else None):
        assert content(shelf, bucket, "out/x.csv") == OLD
        assert shelf.client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    environment = shelf.environment(f"s3://{bucket}")
    run_id = next(home.output.rglob("uploads.json")).parent.name
    assert home.etl("-i", home.data / "a.bin", "-o", home.output / "other.csv", env=environment).code == 0
    assert not shelf.client.list_multipart_uploads(Bucket=bucket).get("Uploads")
    assert content(shelf, bucket, "out/x.csv") == OLD
    outcome = home.etl("resume", run_id, "--quiet", env=environment)
    assert outcome.code == 0, outcome.err
    assert content(shelf, bucket, "out/x.csv") == home.csv("here")
    assert content(shelf, bucket, "out/x.parquet") == home.parquet("here").read_bytes()
    assert nothing_left(home, shelf, bucket)


def between_the_outputs() -> Fault:
    """The moment when one output is completed and the other one is about to be."""
    completing: list[str] = []

    def moment(method: str, path: str, _number: int) -> int | None:
        if method == "POST" and "uploadId" in path:
            completing.append(path)
        return 1 if len(completing) == 2 else None

    return moment


@pytest.mark.parametrize("forgotten", [False, True])
def test_killed_while_it_commits(home: Home, shelf: Store, bucket: str, forgotten: bool) -> None:
    """Between the one output and the other: whoever comes next finishes it, if it has to upload it once more."""
    home.run("-i", home.data / "b.csv", name="here")
    with killed_at(home, shelf, bucket, between_the_outputs()):
        assert content(shelf, bucket, "out/x.csv") == home.csv("here")
        assert content(shelf, bucket, "out/x.parquet") is None
    (upload,) = shelf.client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    if forgotten:
        shelf.client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])

    def lost(method: str, path: str, _number: int) -> str | None:
        """What stores say of an upload that they have forgotten; this one fails."""
        return "NoSuchUpload" if forgotten and method == "POST" and upload["UploadId"] in path else None

    with between(shelf, lost) as endpoint:
        listed = home.etl("runs", "list", "--json", env=shelf.environment(f"s3://{bucket}", endpoint=endpoint))
    assert listed.code == 0, listed.err
    assert content(shelf, bucket, "out/x.parquet") == home.parquet("here").read_bytes()
    assert nothing_left(home, shelf, bucket)
    assert last_record(home)["status"] == "success"


def test_pruning_aborts_what_was_forgotten(home: Home, shelf: Store, bucket: str) -> None:
    """As the next run does."""
    with killed_at(home, shelf, bucket, lambda method, path, _number: 1 if is_part(method, path) else None):
        pass
    environment = shelf.environment(f"s3://{bucket}")
    assert home.etl("runs", "prune", "--older-than", 1, env=environment).code == 0
    assert shelf.client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert home.etl("runs", "prune", "--older-than", 1, "--yes", env=environment).code == 0
    assert not shelf.client.list_multipart_uploads(Bucket=bucket).get("Uploads")


def test_a_commit_is_not_finished_outside_of_the_roots(home: Home, shelf: Store, bucket: str) -> None:
    """Nor is what a manifest says done to objects that this process may not write."""
    with killed_at(home, shelf, bucket, between_the_outputs()):
        pass
    assert home.etl("runs", "list", env=shelf.environment(f"s3://{bucket}/other")).code == 0
    assert content(shelf, bucket, "out/x.parquet") is None
    assert home.etl("runs", "list", env=shelf.environment(f"s3://{bucket}/out")).code == 0
    assert content(shelf, bucket, "out/x.parquet") is not None
