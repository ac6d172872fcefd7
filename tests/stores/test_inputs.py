"""Inputs that are objects: the same outputs as of files, no credential anywhere, a sentence for what is not right."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from etl_batch.demo import write_sales_csv
from tests.cluster.clusters import cluster
from tests.integration.engine.conftest import Home
from tests.stores.servers import KEY_ID, REGION, SECRET, TOKEN, Store, between
from tests.waiting import until

SMALL = ("--chunk-bytes", 100_000, "--stratum", "product")


def same(home: Home, one: str, other: str) -> None:
    """Equal outputs."""
    assert home.csv(one) == home.csv(other)
    assert pq.read_table(home.parquet(one)).equals(pq.read_table(home.parquet(other)))


def secrets_in(folder: Path) -> list[Path]:
    """Files with a credential, or a link that is signed by one."""
    words = [KEY_ID.encode(), SECRET.encode(), TOKEN.encode(), b"X-Amz-Signature", b"X-Amz-Credential"]
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if any(word in path.read_bytes() for word in words)]


def test_files_of_every_format(home: Home, shelf: Store, lake: str) -> None:
    """As a folder, by a glob and one by one; what is left beside the data is passed over."""
    shelf.put(lake, "raw/_SUCCESS", b"")
    shelf.put(lake, "raw/.hidden.csv", b"a,b\n1,2\n")
    shelf.put(lake, "raw/f.csv", b"")
    environment = shelf.environment(f"s3://{lake}/raw")
    here = home.run("-i", home.data, *SMALL, name="here")
    there = home.run("-i", f"s3://{lake}/raw/", *SMALL, name="there", env=environment)
    same(home, "there", "here")
    assert there["counts"] == here["counts"]
    assert [each["path"] for each in there["inputs"]] == [
        f"s3://{lake}/raw/{name}" for name in ("a.bin", "b.csv", "c.parquet", "d.csv.gz", "e.jsonl")
    ]
    assert {each["path"].rsplit("/", 1)[1] for each in there["passed_over"]} == {"_SUCCESS", ".hidden.csv", "f.csv"}
    home.run("-i", home.data / "a.bin", "-i", home.data / "b.csv", *SMALL, name="two")
    one_by_one = (f"s3://{lake}/raw/b.csv", f"s3://{lake}/raw/a.*")
    home.run("-i", one_by_one[0], "-i", one_by_one[1], *SMALL, name="picked", env=environment)
    same(home, "picked", "two")
    assert secrets_in(home.path) == []


def test_a_cluster_has_no_credentials(home: Home, shelf: Store, lake: str, tmp_path: Path) -> None:
    """Its workers follow links that were signed here."""
    home.run("-i", home.data, *SMALL, name="here")
    without = dict.fromkeys(shelf.environment(), "")
    with cluster(tmp_path / "cluster", workers=0) as one:
        for _ in range(2):
            one.join(**without)
        until(lambda: len(one.known()) == 2)
        environment = shelf.environment(f"s3://{lake}")
        home.run("-i", f"s3://{lake}/raw", *SMALL, "--cluster", one.address, name="there", env=environment)
        same(home, "there", "here")
    assert secrets_in(home.path) == secrets_in(tmp_path) == []


WRONG = [
    ("s3://{lake}/other/b.csv", 3, "Path traversal detected"),
    ("s3://{lake}", 3, "Path traversal detected"),
    ("s3://{lake}-other/raw/b.csv", 3, "Path traversal detected"),
    ("s3://{lake}/raw/../other/b.csv", 3, "Path traversal detected"),
    ("s3://{lake}/raw//b.csv", 3, "names no object"),
    ("s3://", 3, "names no object"),
    ("s3://{lake}/raw/none.csv", 3, "There is no"),
    ("s3://{lake}/raw/*.none", 3, "No file"),
]


@pytest.mark.parametrize(("url", "code", "said"), WRONG)
def test_what_is_not_read(home: Home, shelf: Store, lake: str, url: str, code: int, said: str) -> None:
    """What lies outside of the roots, is written otherwise, or is not there."""
    given = url.format(lake=lake)
    outcome = home.etl("-i", given, "-o", home.output / "x.csv", "--quiet", env=shelf.environment(f"s3://{lake}/raw"))
    assert (outcome.code, outcome.err.count("\n")) == (code, 1), outcome.err
    assert said in outcome.err, outcome.err
    assert not (home.output / "x.csv").exists()


def test_without_credentials(home: Home, shelf: Store, lake: str) -> None:
    """Nobody waits for those of a machine's role, where there is none."""
    environment = shelf.environment(f"s3://{lake}") | {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "HOME": str(home.path)}
    outcome = home.etl("-i", f"s3://{lake}/raw/b.csv", "-o", home.output / "x.csv", "--quiet", env=environment)
    assert (outcome.code, outcome.err.count("\n")) == (2, 1), outcome.err
    assert "AWS_ACCESS_KEY_ID" in outcome.err


def test_a_store_that_throttles(home: Home, shelf: Store, lake: str) -> None:
    """Every third request is refused for now; the run takes its time."""
    home.run("-i", home.data, *SMALL, name="here")
    with between(shelf, lambda _method, _path, number: 503 if number % 3 == 0 else None) as endpoint:
        environment = shelf.environment(f"s3://{lake}", endpoint=endpoint)
        home.run("-i", f"s3://{lake}/raw", *SMALL, name="there", env=environment)
    same(home, "there", "here")


def test_a_store_that_is_away(home: Home, shelf: Store, lake: str) -> None:
    """One sentence, that names the object and nothing that was signed."""
    environment = shelf.environment(f"s3://{lake}", endpoint="http://127.0.0.1:1")
    outcome = home.etl("-i", f"s3://{lake}/raw/b.csv", "-o", home.output / "x.csv", "--quiet", env=environment)
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert f"s3://{lake}/raw/b.csv" in outcome.err
    assert secrets_in(home.path) == []


@pytest.mark.parametrize("status", [503, 403])
def test_a_store_that_fails_for_good(home: Home, shelf: Store, lake: str, status: int) -> None:
    """In the middle of the run: refused once the tries are over, and nothing is published."""

    def fault(method: str, path: str, number: int) -> int | None:
        return status if method == "GET" and "X-Amz-Signature" in path and number > 30 else None

    with between(shelf, fault) as endpoint:
        environment = shelf.environment(f"s3://{lake}", endpoint=endpoint)
        outcome = home.etl(
            "-i", f"s3://{lake}/raw", *SMALL, "-o", home.output / "x.csv", "--quiet", "--retries", "0", env=environment
        )
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert not (home.output / "x.csv").exists()
    assert secrets_in(home.path) == []


def test_an_object_that_is_replaced(home: Home, shelf: Store, lake: str) -> None:
    """While it is read: what was read of it is not mixed with what stands there now."""
    write_sales_csv(home.path / "big.csv", 300_000, seed=8, dirt=True)
    whole = (home.path / "big.csv").read_bytes()
    shelf.put(lake, "raw/big.csv", whole)
    read: list[str] = []

    def fault(method: str, path: str, _number: int) -> int | None:
        if method == "GET" and "big.csv" in path and "X-Amz-Signature" in path:
            read.append(path)
            if len(read) == 20:
                shelf.put(lake, "raw/big.csv", whole[:-9] + b"9,9,9\n")
        return None

    with between(shelf, fault) as endpoint:
        environment = shelf.environment(f"s3://{lake}", endpoint=endpoint)
        outcome = home.etl("-i", f"s3://{lake}/raw/big.csv", "-o", home.output / "x.csv", "--quiet", env=environment)
    assert len(read) >= 20
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert "replaced" in outcome.err


def test_looks(home: Home, shelf: Store, lake: str) -> None:
    """The probe and `detect` read by ranges too."""
    environment = shelf.environment(f"s3://{lake}")
    here = home.etl("estimate", home.data / "b.csv", "--json").json
    there = home.etl("estimate", f"s3://{lake}/raw/b.csv", "--json", env=environment).json
    for name in ("format", "population_rows", "measures", "strata"):
        assert there[name] == here[name]
    found = home.etl("detect", f"s3://{lake}/raw/c.parquet", "--json", env=environment)
    assert found.code == 0, found.err
    assert os.environ.get("AWS_REGION") != REGION


def test_names_with_signs_of_globs(home: Home, shelf: Store, lake: str) -> None:
    """An object of that very name is meant; the same signs are a pattern where there is none."""
    shelf.put(lake, "odd/[1] a?b #%41.csv", b"a,b\n1,2\n")
    shelf.put(lake, "odd/1.csv", b"a,b\n3,4\n")
    environment = shelf.environment(f"s3://{lake}")
    record = home.run("-i", f"s3://{lake}/odd/[1] a?b #%41.csv", name="one", env=environment)
    assert [each["path"] for each in record["inputs"]] == [f"s3://{lake}/odd/[1] a?b #%41.csv"]
    assert home.csv("one") == b"a,b\n1,2\n"
    home.run("-i", f"s3://{lake}/odd/[1].csv", name="other", env=environment)
    assert home.csv("other") == b"a,b\n3,4\n"


@pytest.mark.parametrize("key", ["odd//b.csv", "odd/./b.csv", "odd/../b.csv"])
def test_keys_that_no_path_has(home: Home, shelf: Store, lake: str, key: str) -> None:
    """A folder with one of them is refused, by a sentence that names it: another object would be read in its stead."""
    shelf.put(lake, "odd/a.csv", b"a,b\n1,2\n")
    shelf.put(lake, "odd/b.csv", b"a,b\n5,6\n")
    shelf.put(lake, key, b"a,b\n3,4\n")
    given = ("-i", f"s3://{lake}/odd", "-o", home.output / "x.csv", "--quiet")
    outcome = home.etl(*given, env=shelf.environment(f"s3://{lake}"))
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert key.removeprefix("odd/") in outcome.err


def test_a_large_object_takes_few_requests(home: Home, shelf: Store, lake: str) -> None:
    """Whoever reads on is read ahead for: else a text is cut by a request for every 256 KiB of it."""
    write_sales_csv(home.path / "big.csv", 500_000, seed=8, dirt=True)
    size = (home.path / "big.csv").stat().st_size
    shelf.put(lake, "raw/big.csv", (home.path / "big.csv").read_bytes())
    asked: list[str] = []

    def count(method: str, path: str, _number: int) -> None:
        if method == "GET" and "X-Amz-Signature" in path:
            asked.append(path)

    with between(shelf, count) as endpoint:
        environment = shelf.environment(f"s3://{lake}", endpoint=endpoint)
        home.run("-i", f"s3://{lake}/raw/big.csv", env=environment)
    assert size > 20 << 20
    assert len(asked) < 80
