"""A folder of parts in a store: its manifest names what is whole, whatever goes wrong, and nothing else is touched."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import shutil
import signal
import subprocess
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
from tests.stores.test_outputs import content, is_part, killed_at, last_record, nothing_left, start

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
        assert there[key][:4] == there[key][-4:] == b"PAR1"
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
    """The run is a success, and who goes by the manifest has the new rows only; a later run removes what is left."""
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
    assert is_whole(written(home, shelf, bucket, "few"), here, "few")


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


def test_it_is_no_input_of_itself(home: Home, shelf: Store, bucket: str) -> None:
    """As a folder, by one of its parts, or by a pattern: told of before anything is replaced."""
    old = written(home, shelf, bucket, "few")
    (part,) = named(old)
    environment = shelf.environment(f"s3://{bucket}/out")
    for source in (FOLDER, part, f"{FOLDER}/part-*.parquet"):
        to = ("-p", f"s3://{bucket}/{FOLDER}", "--parts", "--quiet")
        outcome = home.etl("-i", f"s3://{bucket}/{source}", *to, env=environment)
        assert (outcome.code, outcome.err.count("\n")) == (3, 1), (source, outcome.err)
        assert objects(shelf, bucket) == old
    assert nothing_left(home, shelf, bucket)


INSIDE = [
    ("out/x.parquet/x.csv", 2, "--parts replaces as a whole"),
    ("out/x.parquet/deep/x.csv", 2, "--parts replaces as a whole"),
    ("out/x.parquet", 2, "are the same file"),
]


@pytest.mark.parametrize(("key", "code", "said"), INSIDE)
def test_nothing_else_goes_into_it(home: Home, shelf: Store, bucket: str, key: str, code: int, said: str) -> None:
    """The CSV has a place of its own."""
    more = ("-o", f"s3://{bucket}/{key}", "--quiet")
    outcome = home.etl(*given(home, bucket, "few"), *more, env=shelf.environment(f"s3://{bucket}/out"))
    assert (outcome.code, outcome.err.count("\n")) == (code, 1), outcome.err
    assert said in outcome.err, outcome.err
    assert objects(shelf, bucket) == {}
    assert nothing_left(home, shelf, bucket)


@pytest.mark.parametrize("folder", ["out/some day=1/é+%20.parquet", "out/no-ending"])
def test_odd_names(home: Home, shelf: Store, bucket: str, here: Home, folder: str) -> None:
    """What a URL says otherwise than a key does: the folder is written, replaced and read all the same."""
    environment = shelf.environment(f"s3://{bucket}/out")
    for name in ("noise", "few"):
        outcome = home.etl(*given(home, bucket, name, folder), "--quiet", env=environment)
        assert (outcome.code, outcome.err) == (0, "")
        there = {FOLDER + key.removeprefix(folder): value for key, value in objects(shelf, bucket).items()}
        assert set(there) == {MANIFEST, *named(there)}
        assert is_whole(there, here, name)
    home.run("-i", f"s3://{bucket}/{folder}", "--no-parquet", name="again", env=environment)
    assert home.csv("again") == here.csv("few")


def test_without_rows(home: Home, shelf: Store, bucket: str) -> None:
    """There is one part with the columns, which replaces several."""
    written(home, shelf, bucket)
    (home.data / "few.csv").write_text("id,word,amount\n")
    there = written(home, shelf, bucket, "few")
    assert set(there) == {MANIFEST, *named(there)}
    assert len(named(there)) == 1
    assert table(there, named(there)).num_rows == manifest(there)["rows"] == 0
    assert table(there, named(there)).column_names == ["id", "word", "amount"]


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
    b'{"version": 1, "run_id": "a", "parts": [{"name": "part-00000-a.parquet", "bytes": 1e999, "rows": 1}]}',
    b'{"version": 1, "run_id": "a", "parts": [{"name": "../x.csv", "bytes": 1, "rows": 1, "sha256": ""}]}',
    b'{"version": 1, "run_id": "a", "parts": [{"name": "notes.txt", "bytes": 1, "rows": 1, "sha256": ""}]}',
]


@pytest.mark.parametrize("former", FORMER, ids=lambda former: str(former[:70]))
def test_a_former_manifest_that_is_none(home: Home, shelf: Store, bucket: str, former: bytes) -> None:
    """Damaged, or written by somebody else: the folder is not taken for one of parts, and nothing in it is touched."""
    others = {"out/x.csv": b"mine", f"{FOLDER}/notes.txt": b"mine", f"{FOLDER}/part-00000-a.parquet": b"mine"}
    for key, value in {**others, MANIFEST: former}.items():
        shelf.put(bucket, key, value)
    outcome = write(home, shelf, bucket, "few")
    assert (outcome.code, outcome.err.count("\n")) == (3, 1), outcome.err
    assert "has files that no run with --parts has written" in outcome.err
    assert objects(shelf, bucket) == {**others, MANIFEST: former}
    assert nothing_left(home, shelf, bucket)


def is_second_part(method: str, path: str) -> bool:
    """Whether a request uploads bytes of the second part: the first one is uploaded by then."""
    return is_part(method, path) and "/part-00001-" in path


@pytest.mark.parametrize("status", [503, 403, 404])
def test_parts_that_are_refused(home: Home, shelf: Store, bucket: str, status: int) -> None:
    """For good, when others have been taken: one sentence, what stood there stays, and nothing of the run is left."""
    old = written(home, shelf, bucket, "few")
    with between(shelf, lambda method, path, _number: status if is_second_part(method, path) else None) as endpoint:
        outcome = write(home, shelf, bucket, endpoint=endpoint)
    assert (outcome.code, outcome.err.count("\n")) == (5, 1), outcome.err
    assert f"s3://{bucket}/{FOLDER}/part-00001-" in outcome.err
    assert objects(shelf, bucket) == old
    assert nothing_left(home, shelf, bucket)
    assert last_record(home)["status"] == "failed"
    assert secrets_in(home.path) == []


def test_a_manifest_that_is_refused(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """When the parts are there: the former manifest holds until whoever comes next finishes it."""
    old = written(home, shelf, bucket, "few")

    def fault(method: str, path: str, _number: int) -> int | None:
        return 403 if is_completion(method, path) and "_manifest.json" in path else None

    with between(shelf, fault) as endpoint:
        outcome = write(home, shelf, bucket, endpoint=endpoint)
    assert (outcome.code, outcome.err.count("\n")) == (5, 1), outcome.err
    there = objects(shelf, bucket)
    assert {key: there[key] for key in old} == old
    assert home.etl("runs", "list", env=shelf.environment(f"s3://{bucket}/out")).code == 0
    there = objects(shelf, bucket)
    assert set(there) == {MANIFEST, *named(there)}
    assert is_whole(there, here)
    assert last_record(home)["status"] == "success"
    assert nothing_left(home, shelf, bucket)


def test_a_store_that_throttles(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """Every fourth request is refused for now."""
    written(home, shelf, bucket, "few")
    with between(shelf, lambda _method, _path, number: 503 if number % 4 == 0 else None) as endpoint:
        outcome = write(home, shelf, bucket, endpoint=endpoint)
    assert (outcome.code, outcome.err) == (0, "")
    assert is_whole(objects(shelf, bucket), here)
    assert nothing_left(home, shelf, bucket)


def test_cancelled_while_it_uploads(home: Home, shelf: Store, bucket: str) -> None:
    """What stood there stays, and nothing of the run is left."""
    old = written(home, shelf, bucket, "few")
    process: list[subprocess.Popen[bytes]] = []

    def fault(method: str, path: str, _number: int) -> int | None:
        if is_second_part(method, path):
            process[0].send_signal(signal.SIGTERM)
            return 503
        return None

    with between(shelf, fault) as endpoint:
        process.append(start(home, shelf, bucket, endpoint, *given(home, bucket)))
        assert process[0].wait() == 7
    assert objects(shelf, bucket) == old
    assert nothing_left(home, shelf, bucket)


@pytest.mark.parametrize("before", ["nothing", "another run", "runs prune"])
def test_killed_while_it_uploads(home: Home, shelf: Store, bucket: str, here: Home, before: str) -> None:
    """Whoever comes next aborts all that is open; the killed run can be gone on with, and comes to the same parts."""
    old = written(home, shelf, bucket, "few")
    moment: Fault = lambda method, path, _number: 1 if is_second_part(method, path) else None  # noqa: E731
    with killed_at(home, shelf, bucket, moment, *given(home, bucket)):
        assert len(shelf.client.list_multipart_uploads(Bucket=bucket)["Uploads"]) > 3
        assert objects(shelf, bucket) == old
    environment = shelf.environment(f"s3://{bucket}")
    run_id = next(home.output.rglob("uploads.json")).parent.name
    others = {
        "another run": ("-i", home.data / "few.csv", "-o", home.output / "other.csv", "--quiet"),
        "runs prune": ("runs", "prune", "--older-than", 1, "--yes"),
    }
    if before in others:
        outcome = home.etl(*others[before], env=environment)
        assert outcome.code == 0, outcome.err
        assert not shelf.client.list_multipart_uploads(Bucket=bucket).get("Uploads")
        assert objects(shelf, bucket) == old
    outcome = home.etl("resume", run_id, "--quiet", env=environment)
    assert outcome.code == 0, outcome.err
    there = objects(shelf, bucket)
    assert set(there) == {MANIFEST, *named(there)}
    assert is_whole(there, here)
    assert manifest(there)["run_id"] == run_id
    sums = [hashlib.sha256(there[key]).hexdigest() for key in named(there)]
    assert [part["sha256"] for part in manifest(there)["parts"]] == sums
    assert nothing_left(home, shelf, bucket)


def nth(number: int, matches: Callable[[str, str], bool]) -> Fault:
    """The moment when so many requests of a kind have come, the last one of which is not answered yet."""
    come: list[str] = []

    def moment(method: str, path: str, _number: int) -> int | None:
        if matches(method, path):
            come.append(path)
        return 1 if len(come) >= number else None

    return moment


@pytest.mark.parametrize("forgotten", [False, True])
@pytest.mark.parametrize("completed", [1, 2])
def test_killed_while_it_commits(
    home: Home, shelf: Store, bucket: str, here: Home, completed: int, forgotten: bool
) -> None:
    """Between two parts: no manifest names them until whoever comes next finishes it, if it has to upload them anew."""
    old = written(home, shelf, bucket, "few")
    with killed_at(home, shelf, bucket, nth(completed + 1, is_completion), *given(home, bucket)):
        there = objects(shelf, bucket)
        assert {key: there[key] for key in old} == old
        assert len(set(there) - set(old)) == completed
    left = shelf.client.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert len(left) >= 3
    lost = [each["UploadId"] for each in left] if forgotten else []
    for each in left if forgotten else ():
        shelf.client.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])

    def fault(method: str, path: str, _number: int) -> str | None:
        """What stores say of an upload that they have forgotten; this one fails."""
        return "NoSuchUpload" if method == "POST" and any(each in path for each in lost) else None

    seen = Seen(shelf, bucket, fault)
    with between(shelf, seen) as endpoint:
        listing = home.etl("runs", "list", "--json", env=shelf.environment(f"s3://{bucket}", endpoint=endpoint))
    assert listing.code == 0, listing.err
    there = objects(shelf, bucket)
    assert set(there) == {MANIFEST, *named(there)}
    assert is_whole(there, here)
    at_last = [before for key, before in seen.completing if key == MANIFEST][-1]
    assert set(named(there)) <= set(at_last)
    assert nothing_left(home, shelf, bucket)
    assert last_record(home)["status"] == "success"


def test_killed_before_it_removes(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """When the new manifest is there and the former parts are as well: whoever comes next removes them."""
    old = written(home, shelf, bucket)
    with killed_at(home, shelf, bucket, nth(2, is_removal), *given(home, bucket)):
        there = objects(shelf, bucket)
        assert len(set(named(old)) - set(there)) == 1
        assert not set(named(there)) & set(named(old))
        assert table(there, named(there)).equals(pq.read_table(here.parquet("noise")))
    assert home.etl("runs", "list", env=shelf.environment(f"s3://{bucket}")).code == 0
    there = objects(shelf, bucket)
    assert set(there) == {MANIFEST, *named(there)}
    assert is_whole(there, here)
    assert nothing_left(home, shelf, bucket)


def test_a_commit_is_not_finished_outside_of_the_roots(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """Neither is an upload completed nor an object removed that this process may not write."""
    written(home, shelf, bucket, "few")
    with killed_at(home, shelf, bucket, nth(2, is_completion), *given(home, bucket)):
        before = objects(shelf, bucket)
    assert home.etl("runs", "list", env=shelf.environment(f"s3://{bucket}/other")).code == 0
    assert objects(shelf, bucket) == before
    assert home.etl("runs", "list", env=shelf.environment(f"s3://{bucket}/out")).code == 0
    assert is_whole(objects(shelf, bucket), here)


def test_a_replay(home: Home, shelf: Store, bucket: str) -> None:
    """What is read again goes to parts as well, which replace those of the run before."""
    (home.data / "few.csv").write_text("a,b\n1,2\n3\n4,5\n")
    before = written(home, shelf, bucket, "few")
    assert table(before, named(before)).num_rows == 2
    environment = shelf.environment(f"s3://{bucket}/out")
    outcome = home.etl("replay", last_record(home)["run_id"], "--ragged", "pad", "--quiet", env=environment)
    assert outcome.code == 0, outcome.err
    there = objects(shelf, bucket)
    assert set(there) == {MANIFEST, *named(there)}
    assert table(there, named(there)).num_rows == 3


def test_the_same_again_after_a_kill(home: Home, shelf: Store, bucket: str, here: Home) -> None:
    """Parts that the first run ever has left without a manifest are no foreign ones to the next run."""
    with killed_at(home, shelf, bucket, nth(2, is_completion), *given(home, bucket)):
        (left,) = objects(shelf, bucket)
    assert left.startswith(f"{FOLDER}/part-00000-")
    there = written(home, shelf, bucket)
    assert left not in there
    assert set(there) == {MANIFEST, *named(there)}
    assert is_whole(there, here)
    assert nothing_left(home, shelf, bucket)
