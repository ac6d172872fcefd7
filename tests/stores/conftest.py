"""A home, and a store with what is read."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from etl_batch.demo import write_sales_binary, write_sales_csv
from tests.integration.engine.conftest import Home, home
from tests.stores.servers import Store, store
from tests.support import copied

__all__ = ["home"]


def write_inputs(folder: Path) -> None:
    """Files of every format."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    data = folder / "data"
    write_sales_binary(data / "a.bin", 20_000, seed=5)
    write_sales_csv(data / "b.csv", 10_000, seed=6, dirt=True)
    (data / "d.csv.gz").write_bytes(gzip.compress((data / "b.csv").read_bytes() * 3))
    (data / "e.jsonl").write_text("".join(f'{{"product": "p{n % 3}", "quantity": {n}}}\n' for n in range(5000)))
    write_sales_csv(folder / "clean.csv", 10_000, seed=7, dirt=False)
    pq.write_table(arrow_csv.read_csv(folder / "clean.csv"), data / "c.parquet", row_group_size=3000)
    (folder / "clean.csv").unlink()


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One server for all; each test has a bucket of its own."""
    with store(tmp_path_factory.mktemp("store")) as one:
        yield one


@pytest.fixture
def lake(
    home: Home, shelf: Store, made_once: Callable[[Callable[[Path], object]], Path], request: pytest.FixtureRequest
) -> str:
    """A bucket whose folder `raw` has what the home's `data/` has."""
    copied(made_once(write_inputs), home.path)
    bucket = f"lake-{abs(hash(request.node.nodeid))}"
    shelf.make(bucket)
    shelf.put_folder(bucket, "raw", home.data)
    return bucket
