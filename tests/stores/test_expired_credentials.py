"""Credentials whose time is over in the middle of a run: one sentence, nothing published, nothing left for good."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from etl_batch.demo import write_sales_csv
from etl_batch.record.progress import Progress
from etl_batch.runs.record.directory import RunDirectory
from tests.commands import Outcome
from tests.integration.engine.conftest import Home
from tests.stores.servers import TOKEN, Store, between
from tests.stores.test_inputs import secrets_in
from tests.stores.test_outputs import (
    BIG_ROWS,
    OLD,
    content,
    is_part,
    is_untouched,
    last_record,
    nothing_left,
)


class Expiry:
    """A fault: from the so-manieth request of a kind on, every request is one of credentials whose time is over."""

    def __init__(self, kind: Callable[[str, str], bool], after: int, status: int) -> None:
        self.kind, self.after, self.status = kind, after, status
        self.seen, self.refused = 0, 0

    def __call__(self, method: str, path: str, _number: int) -> tuple[int, str] | None:
        """What is answered."""
        self.seen += self.kind(method, path)
        if self.seen <= self.after:
            return None
        self.refused += 1
        return self.status, "ExpiredToken"


def is_range(method: str, path: str) -> bool:
    """Whether a request follows a link to an input."""
    return method == "GET" and "X-Amz-Signature" in path


def chunks_are_in(home: Home) -> bool:
    """Whether a run has some of them in their places, as far as it has said so."""
    said = (json.loads(path.read_text()) for path in home.output.glob("runs/2*/progress.json"))
    return any(progress["chunks_done"] for progress in said)


def is_completing(method: str, path: str) -> bool:
    """Whether a request completes an upload."""
    return method == "POST" and "uploadId" in path


@pytest.fixture
def bucket(shelf: Store, lake: str) -> str:
    """A bucket with an older output in it."""
    shelf.put(lake, "out/x.csv", OLD)
    return lake


def reached(home: Home) -> Progress:
    """How far the only run has come."""
    (run_id,) = [path.parent.name for path in home.output.glob("runs/2*/progress.json")]
    progress = RunDirectory(home.path, run_id).progress()
    assert progress is not None
    return progress


def etl(home: Home, shelf: Store, bucket: str, *arguments: object, endpoint: str | None = None) -> Outcome:
    """A command of the engine, with credentials of a session."""
    environment = shelf.environment(f"s3://{bucket}/raw", f"s3://{bucket}/out", endpoint=endpoint)
    return home.etl(*arguments, env=environment | {"AWS_SESSION_TOKEN": TOKEN})


STATUS = pytest.mark.parametrize("status", [400, 403])
"""Amazon says 400 of a session that is over, and others 403."""


@STATUS
@pytest.mark.parametrize("stage", ["plan", "ingest"])
def test_while_inputs_are_read(home: Home, shelf: Store, bucket: str, stage: str, status: int) -> None:
    """When they are looked at, and when chunks of them are in place: it is not tried again, and good ones do it."""
    write_sales_csv(home.path / "big.csv", BIG_ROWS, seed=8, dirt=True)
    shelf.put(bucket, "raw/big.csv", (home.path / "big.csv").read_bytes())
    source = f"s3://{bucket}/raw/big.csv"
    given = ("-i", source, "-o", f"s3://{bucket}/out/x.csv", "--chunk-bytes", 100_000, "--quiet")

    def is_reading(method: str, path: str) -> bool:
        return is_range(method, path) and (stage == "plan" or chunks_are_in(home))

    expiry = Expiry(is_reading, 1, status)
    with between(shelf, expiry) as endpoint:
        outcome = etl(home, shelf, bucket, *given, "--retries", 2, endpoint=endpoint)
    said = f"etl: {source} may not be read with these credentials, or their time is over (ExpiredToken).\n"
    assert (outcome.code, outcome.err) == (3, said)
    assert 0 < expiry.refused < 15  # what was under way by then, each once: six tries of each would be more
    progress = reached(home)
    assert (progress.stage, progress.chunks_done > 0) == (stage, stage == "ingest")
    # The uploads of outputs begin with the first chunk; credentials that abort them come with the next run.
    assert (content(shelf, bucket, "out/x.csv"), content(shelf, bucket, "out/x.parquet")) == (OLD, None)
    assert is_untouched(home, shelf, bucket) is (stage == "plan")
    assert (last_record(home)["status"], reached(home).attempts) == ("failed", ())
    assert secrets_in(home.path) == []
    assert etl(home, shelf, bucket, *given).code == 0
    home.run("-i", home.path / "big.csv", name="here", env={"ETL_ALLOWED_ROOTS": str(home.path)})
    assert content(shelf, bucket, "out/x.csv") == home.csv("here")
    assert nothing_left(home, shelf, bucket)


@STATUS
def test_files_are_not_passed_over_for_it(home: Home, shelf: Store, bucket: str, status: int) -> None:
    """Where files that cannot be read are skipped, all of them cannot: nothing is made of those that were read."""
    given = ("-i", f"s3://{bucket}/raw", "--on-bad-file", "skip", "-o", f"s3://{bucket}/out/x.csv", "--quiet")
    with between(shelf, Expiry(is_range, 8, status)) as endpoint:
        outcome = etl(home, shelf, bucket, *given, endpoint=endpoint)
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert f"s3://{bucket}/raw" in outcome.err
    assert "their time is over" in outcome.err
    assert is_untouched(home, shelf, bucket)
    assert secrets_in(home.path) == []


@STATUS
@pytest.mark.parametrize("next_one", ["prune", "run"])
def test_while_parts_are_uploaded(home: Home, shelf: Store, bucket: str, status: int, next_one: str) -> None:
    """Not even the uploads can be aborted; whoever comes next with good ones does it."""
    write_sales_csv(home.data / "big.csv", BIG_ROWS, seed=8, dirt=True)
    given = ("-i", home.data / "big.csv", "-o", f"s3://{bucket}/out/x.csv", "--quiet")
    expiry = Expiry(is_part, 1, status)
    with between(shelf, expiry) as endpoint:
        outcome = etl(home, shelf, bucket, *given, "--retries", 2, endpoint=endpoint)
    denied = "may not be written with these credentials, or their time is over (ExpiredToken)."
    assert (outcome.code, outcome.err) == (5, f"etl: s3://{bucket}/out/x.csv {denied}\n")
    assert 0 < expiry.refused < 15  # what was under way by then, each once: six tries of each would be more
    assert content(shelf, bucket, "out/x.csv") == OLD
    assert content(shelf, bucket, "out/x.parquet") is None
    assert (last_record(home)["status"], reached(home).attempts) == ("failed", ())
    assert len(shelf.client.list_multipart_uploads(Bucket=bucket)["Uploads"]) == 2
    assert not [*home.output.rglob(".*.tmp")]
    assert secrets_in(home.path) == []
    if next_one == "prune":
        assert etl(home, shelf, bucket, "runs", "prune", "--older-than", 1, "--yes").code == 0
    else:
        assert etl(home, shelf, bucket, "-i", home.data / "a.bin", "-o", home.output / "other.csv").code == 0
    assert is_untouched(home, shelf, bucket)


@STATUS
def test_while_it_commits(home: Home, shelf: Store, bucket: str, status: int) -> None:
    """All is uploaded, and nothing to be seen before whoever comes next with good ones completes both outputs."""
    home.run("-i", home.data / "b.csv", name="here")
    given = ("-i", home.data / "b.csv", "-o", f"s3://{bucket}/out/x.csv", "--quiet")
    with between(shelf, Expiry(is_completing, 0, status)) as endpoint:
        outcome = etl(home, shelf, bucket, *given, endpoint=endpoint)
    denied = "may not be written with these credentials, or their time is over (ExpiredToken)."
    assert outcome.code == 5, outcome.err
    assert re.fullmatch(rf"etl: .*s3://{bucket}/out/x\.\w+ {re.escape(denied)}.*\n", outcome.err), outcome.err
    assert content(shelf, bucket, "out/x.csv") == OLD
    assert content(shelf, bucket, "out/x.parquet") is None
    assert secrets_in(home.path) == []
    assert etl(home, shelf, bucket, "runs", "list").code == 0
    assert content(shelf, bucket, "out/x.csv") == home.csv("here")
    assert content(shelf, bucket, "out/x.parquet") == home.parquet("here").read_bytes()
    assert last_record(home)["status"] == "success"
    assert nothing_left(home, shelf, bucket)
    assert secrets_in(home.path) == []
