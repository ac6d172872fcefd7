"""A folder of parts that a cluster has written is what one machine writes."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.cluster.clusters import cluster
from tests.integration.engine.conftest import Home

ROWS = 200_000


def write_noise(path: Path) -> None:
    """A CSV that hardly compresses, so that there are several parts of 4 MiB, with a bad row in some of its chunks."""
    words = random.Random(8)
    lines = (f"{n},{words.randbytes(40).hex()}\n" if n % 9_973 else f"{n}\n" for n in range(1, ROWS))
    path.write_text("id,word\n" + "".join(lines))


def parts_of(folder: Path) -> list[dict[str, Any]]:
    """What the manifest names, which is what stands in the folder."""
    parts: list[dict[str, Any]] = json.loads((folder / "_manifest.json").read_bytes())["parts"]
    assert {path.name for path in folder.iterdir()} == {"_manifest.json", *(part["name"] for part in parts)}
    contents = [(folder / part["name"]).read_bytes() for part in parts]
    assert [part["sha256"] for part in parts] == [hashlib.sha256(content).hexdigest() for content in contents]
    assert all(content[:4] == content[-4:] == b"PAR1" for content in contents)
    return parts


def rows_of(folder: Path) -> pa.Table:
    """The rows of the parts, in the order of the manifest."""
    return pa.concat_tables([pq.read_table(folder / part["name"]) for part in parts_of(folder)])


def test_the_same_parts(home: Home, tmp_path: Path) -> None:
    """By two workers: the rows of one machine's single file, and its parts to the byte, whoever wrote which chunk."""
    source = home.data / "noise.csv"
    write_noise(source)
    given = ("-i", source, "--chunk-bytes", 1 << 20)
    home.run(*given, name="single")
    here = home.run(*given, "--parts", name="here")
    with cluster(tmp_path / "cluster", workers=2) as one:
        there = home.run(*given, "--parts", "--cluster", one.address, name="there")
    digests = [(part["bytes"], part["rows"], part["sha256"]) for part in parts_of(home.parquet("there"))]
    assert len(digests) >= 3
    assert digests == [(part["bytes"], part["rows"], part["sha256"]) for part in parts_of(home.parquet("here"))]
    assert rows_of(home.parquet("there")).equals(pq.read_table(home.parquet("single")))
    assert home.csv("there") == home.csv("single")
    assert there["counts"] == here["counts"]
    assert there["counts"]["rejected"] > 0
    assert not list(home.output.rglob(".*.tmp"))
