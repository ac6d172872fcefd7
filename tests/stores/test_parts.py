"""A folder of parts in a store: its manifest names what is whole, whatever goes wrong, and nothing else is touched."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.commands import LoadedEngine, Outcome
from tests.integration.engine.conftest import Home
from tests.stores.servers import Fault, Store, between
from tests.stores.test_inputs import secrets_in
from tests.stores.test_outputs import content, is_part, killed_at, last_record, nothing_left
from tests.waiting import until

ROWS = 270_000
FOLDER, MANIFEST = "out/x.parquet", "out/x.parquet/_manifest.json"
SMALL_CHUNKS = ("--chunk-bytes", 1 << 20)


def write_noise(folder: Path) -> None:
    """A CSV of some 20 MB that hardly compresses, so that there are several parts of 4 MiB, and a short one."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    words = random.Random(8)
    lines = (f"{n},{base64.b64encode(words.randbytes(48), b'xy').decode()},{n % 7}.5\n" for n in range(ROWS))
    (folder / "data" / "noise.csv").write_text("id,word,amount\n" + "".join(lines))
    (folder / "data" / "few.csv").write_text("id,word,amount\n" + "".join(f"{n},w{n},1.5\n" for n in range(50)))


@pytest.fixture(scope="module")
def here(made_once: Callable[[Callable[[Path], object]], Path], loaded_engine: LoadedEngine) -> Home:
    """A home in which both inputs have become single files. Tests do not write to it."""
    one = Home(made_once(write_noise), loaded_engine)
    for name in ("noise", "few"):
        one.run("-i", one.data / f"{name}.csv", *SMALL_CHUNKS, name=name)
    return one


@pytest.fixture
def bucket(home: Home, shelf: Store, here: Home, request: pytest.FixtureRequest) -> str:
    """An empty bucket, and a home with the inputs."""
    for path in here.data.iterdir():
        shutil.copy(path, home.data)
    bucket = f"parts-{abs(hash(request.node.nodeid))}"
    shelf.make(bucket)
    return bucket


def given(home: Home, bucket: str, name: str = "noise", folder: str = FOLDER) -> tuple[object, ...]:
    """Arguments of a run of an input to a folder of parts."""
    return "-i", home.data / f"{name}.csv", "-p", f"s3://{bucket}/{folder}", "--parts", *SMALL_CHUNKS


def write(home: Home, shelf: Store, bucket: str, name: str = "noise", endpoint: str | None = None) -> Outcome:
    """A run of an input to a folder of parts."""
    environment = shelf.environment(f"s3://{bucket}/out", endpoint=endpoint)
    return home.etl(*given(home, bucket, name), "--quiet", env=environment)


def written(home: Home, shelf: Store, bucket: str, name: str = "noise") -> dict[str, bytes]:
    """What stands in the bucket after a run that has succeeded."""
    outcome = write(home, shelf, bucket, name)
    assert (outcome.code, outcome.err) == (0, "")
    return objects(shelf, bucket)


def objects(shelf: Store, bucket: str) -> dict[str, bytes]:
    """All objects of a bucket, by their keys."""
    keys = [each["Key"] for each in shelf.client.list_objects_v2(Bucket=bucket).get("Contents", ())]
    return {key: content(shelf, bucket, key) or b"" for key in keys}


def manifest(there: dict[str, bytes]) -> dict[str, Any]:
    """What the manifest says."""
    said: dict[str, Any] = json.loads(there[MANIFEST])
    return said


def named(there: dict[str, bytes]) -> list[str]:
    """Keys of the parts that the manifest names, in its order."""
    return [f"{FOLDER}/{part['name']}" for part in manifest(there)["parts"]]


def listed(there: dict[str, bytes]) -> list[str]:
    """Keys of the Parquet files in the folder, as a reader that knows of no manifest has them."""
    return sorted(key for key in there if key.startswith(f"{FOLDER}/") and not key.rsplit("/", 1)[1].startswith("_"))


def table(there: dict[str, bytes], keys: Sequence[str]) -> pa.Table:
    """The rows of some objects, one behind the other."""
    return pa.concat_tables([pq.read_table(io.BytesIO(there[key])) for key in keys])


def is_whole(there: dict[str, bytes], here: Home, name: str = "noise") -> bool:
    """Whether the folder holds just what the single file does, by its manifest and by its listing."""
    single = pq.read_table(here.parquet(name))
    return all(table(there, keys).equals(single) for keys in (named(there), listed(there)))


def test_same_rows(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """In the same order, with the same columns, as in one file; the manifest and the record say what is there."""
    there = written(home, shelf, bucket)
    single, parts = pq.read_table(here.parquet("noise")), manifest(there)["parts"]
    assert len(parts) >= 3
    assert single.num_rows == ROWS
    assert is_whole(there, here)
    for key in named(there):
        assert pq.read_schema(io.BytesIO(there[key])).equals(single.schema)
    assert [(part["bytes"], part["rows"], part["sha256"]) for part in parts] == [
        (len(there[key]), pq.read_metadata(io.BytesIO(there[key])).num_rows, hashlib.sha256(there[key]).hexdigest())
        for key in named(there)
    ]
    record = last_record(home)
    assert [part["name"] for part in parts] == [
        f"part-{number:05}-{record['run_id']}.parquet" for number in range(len(parts))
    ]
    output = record["outputs"]["parquet"]
    assert output["path"] == f"s3://{bucket}/{FOLDER}"
    assert output["sha256"] == hashlib.sha256(there[MANIFEST]).hexdigest()
    assert output["parts"] == {"number": len(parts), "manifest_bytes": len(there[MANIFEST])}
    said = manifest(there)
    assert output["bytes"] == said["bytes"] == sum(part["bytes"] for part in parts)
    assert output["rows"] == said["rows"] == ROWS
    assert set(there) == {MANIFEST, *named(there)}
    assert nothing_left(home, shelf, bucket)
    assert secrets_in(home.path) == []


def test_parts_have_their_size(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """Each but the last one ends with the chunk that has it be as large as 4 MiB; a short output is one part."""
    sizes = [part["bytes"] for part in manifest(written(home, shelf, bucket))["parts"]]
    assert all(4 << 20 <= size < 6 << 20 for size in sizes[:-1]), sizes
    assert sizes[-1] < 6 << 20
    there = written(home, shelf, bucket, "few")
    assert len(named(there)) == 1
    assert is_whole(there, here, "few")


def test_one_csv_beside_it(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """The CSV is one object, as ever."""
    more = ("-o", f"s3://{bucket}/out/x.csv", "--quiet")
    outcome = home.etl(*given(home, bucket), *more, env=shelf.environment(f"s3://{bucket}/out"))
    assert (outcome.code, outcome.err) == (0, "")
    there = objects(shelf, bucket)
    assert there.pop("out/x.csv") == here.csv("noise")
    assert is_whole(there, here)
    assert "parts" not in last_record(home)["outputs"]["csv"]
    assert nothing_left(home, shelf, bucket)


def test_it_is_read(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """As an input: its parts in order, and the manifest is passed over."""
    written(home, shelf, bucket)
    environment = shelf.environment(f"s3://{bucket}/out")
    record = home.run("-i", f"s3://{bucket}/{FOLDER}", "--no-parquet", name="again", env=environment)
    assert [each["path"] for each in record["passed_over"]] == [f"s3://{bucket}/{MANIFEST}"]
    assert [each["path"] for each in record["inputs"]] == [
        f"s3://{bucket}/{key}" for key in named(objects(shelf, bucket))
    ]

    assert home.csv("again") == here.csv("noise")


@dataclass
class Seen:
    """What went by on the way to the store, and what stood there when an upload was about to be completed."""

    shelf: Store
    bucket: str
    answer: Fault = field(default=lambda _method, _path, _number: None)
    """What requests are answered with in the store's place."""
    completing: list[tuple[str, list[str]]] = field(default_factory=list)
    """Keys of what is completed, each with the keys that the bucket had before."""
    done: list[tuple[str, str]] = field(default_factory=list)
    """Completed and removed keys, in the order in which that was asked for."""

    def __call__(self, method: str, path: str, number: int) -> int | str | None:
        """See `Fault`."""
        key = path.partition("?")[0].removeprefix(f"/{self.bucket}/")
        if is_completion(method, path):
            self.completing.append((key, sorted(objects(self.shelf, self.bucket))))
        if is_completion(method, path) or is_removal(method, path):
            self.done.append((method, key))
        return self.answer(method, path, number)


def is_completion(method: str, path: str) -> bool:
    """Whether a request completes an upload."""
    return method == "POST" and "uploadId=" in path


def is_removal(method: str, path: str) -> bool:
    """Whether a request removes an object."""
    return method == "DELETE" and "uploadId=" not in path


def test_the_manifest_comes_last(home: Home, shelf: Store, bucket: str) -> None:
    """Nothing is there before the first part is completed, all parts before the manifest is."""
    seen = Seen(shelf, bucket)
    with between(shelf, seen) as endpoint:
        outcome = write(home, shelf, bucket, endpoint=endpoint)
    assert (outcome.code, outcome.err) == (0, "")
    parts = named(objects(shelf, bucket))
    assert len(parts) >= 3
    assert seen.completing == [(key, parts[:number]) for number, key in enumerate([*parts, MANIFEST])]


def test_a_second_run(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """The former parts are removed once no manifest names them; what others have put beside them stays."""
    old = written(home, shelf, bucket)
    shelf.put(bucket, f"{FOLDER}/_notes.txt", b"mine")
    shelf.put(bucket, f"{FOLDER}-other/part-00000-x.parquet", b"mine too")
    seen = Seen(shelf, bucket)
    with between(shelf, seen) as endpoint:
        outcome = write(home, shelf, bucket, "few", endpoint=endpoint)
    assert (outcome.code, outcome.err) == (0, "")
    there = objects(shelf, bucket)
    assert there.pop(f"{FOLDER}/_notes.txt") == b"mine"
    assert there.pop(f"{FOLDER}-other/part-00000-x.parquet") == b"mine too"
    assert set(there) == {MANIFEST, *named(there)}
    assert not set(named(there)) & set(named(old))
    assert is_whole(there, here, "few")
    completions = [("POST", key) for key in (*named(there), MANIFEST)]
    assert seen.done == completions + [("DELETE", key) for key in named(old)]
    assert is_whole(written(home, shelf, bucket) | {f"{FOLDER}/_notes.txt": b""}, here)


def test_a_store_that_removes_nothing(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """The run is a success, and who goes by the manifest has the new rows only."""
    old = written(home, shelf, bucket, "few")
    seen = Seen(shelf, bucket, lambda method, path, _number: 403 if is_removal(method, path) else None)
    with between(shelf, seen) as endpoint:
        outcome = write(home, shelf, bucket, endpoint=endpoint)
    assert (outcome.code, outcome.err) == (0, "")
    there = objects(shelf, bucket)
    assert [key for method, key in seen.done if method == "DELETE"] == named(old)
    assert set(there) == {MANIFEST, *named(there), *named(old)}
    assert not set(named(there)) & set(named(old))
    assert table(there, named(there)).equals(pq.read_table(here.parquet("noise")))
    assert last_record(home)["status"] == "success"
    assert nothing_left(home, shelf, bucket)


FOREIGN = [(f"{FOLDER}/notes.txt",), (f"{FOLDER}/deep/_manifest.json",), (FOLDER,), (FOLDER, MANIFEST)]


@pytest.mark.parametrize("keys", FOREIGN)
def test_what_is_not_replaced(home: Home, shelf: Store, bucket: str, keys: tuple[str, ...]) -> None:
    """Objects that no run has put below the key, or one at the key itself: told of before anything is read."""
    for key in keys:
        shelf.put(bucket, key, b"mine")
    outcome = write(home, shelf, bucket)
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert f"s3://{bucket}/{FOLDER}" in outcome.err
    assert objects(shelf, bucket) == dict.fromkeys(keys, b"mine")
    assert nothing_left(home, shelf, bucket)


OUTSIDE = [
    "s3://{bucket}/other/x.parquet",
    "s3://{bucket}/outer/x.parquet",
    "s3://{bucket}/out/../x.parquet",
    "s3://{bucket}-other/out/x.parquet",
]


@pytest.mark.parametrize("url", OUTSIDE)
def test_outside_of_the_roots(home: Home, shelf: Store, bucket: str, url: str) -> None:
    """Refused, as a single file is."""
    outcome = home.etl(
        *("-i", home.data / "noise.csv", "-p", url.format(bucket=bucket), "--parts", "--quiet"),
        env=shelf.environment(f"s3://{bucket}/out"),
    )
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert "Path traversal detected" in outcome.err, outcome.err
    assert objects(shelf, bucket) == {}
    assert nothing_left(home, shelf, bucket)


FORMER = [
    b"",
    b"{",
    b"\xff",
    b"[]",
    b"7",
    b"[" * 100_000,
    b'{"run_id": "a", "parts": []}',
    b'{"version": 2, "run_id": "a", "parts": []}',
    b'{"version": 1, "run_id": "a", "parts": [{"name": "x"}]}',
    b'{"version": 1, "run_id": "a", "parts": [{"name": "part-00000-a.parquet", "bytes": 1e999, "rows": 1, "sha256": ""}]}',
    b'{"version": 1, "run_id": "a", "parts": [{"name": "../x.csv", "bytes": 1, "rows": 1, "sha256": ""}]}',
    b'{"version": 1, "run_id": "a", "parts": [{"name": "notes.txt", "bytes": 1, "rows": 1, "sha256": ""}]}',
]


@pytest.mark.parametrize("former", FORMER, ids=lambda former: str(former[:70]))
def test_a_former_manifest_that_is_none(home: Home, shelf: Store, bucket: str, here: Home, former: bytes) -> None:
    """Damaged, or written by somebody else: it is replaced, and nothing is removed that it names."""
    others = {"out/x.csv": b"mine", f"{FOLDER}/notes.txt": b"mine", f"{FOLDER}/part-00000-a.parquet": b"mine"}
    for key, value in {**others, MANIFEST: former}.items():
        shelf.put(bucket, key, value)
    outcome = write(home, shelf, bucket, "few")
    assert (outcome.code, outcome.err) == (0, "")
    there = objects(shelf, bucket)
    assert {key: there.get(key) for key in others} == others
    assert set(there) == {MANIFEST, *named(there), *others}
    assert table(there, named(there)).equals(pq.read_table(here.parquet("few")))
