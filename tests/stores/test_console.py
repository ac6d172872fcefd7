"""The console over runs whose inputs and outputs are objects: its screens, and downloads of what stands in a store."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterator

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from console import account, sessions, users
from console.screens import NAVIGATION
from console.users import Role
from etl_batch import aside
from etl_batch.datasets.surroundings import surroundings
from etl_batch.errors import InputRefused
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.runs.record.reject_view import RejectFilter, read_page
from tests.integration.console.test_console_web import Console, start, stop
from tests.integration.engine.conftest import Home
from tests.integration.screens.conftest import screen
from tests.stores.servers import Store
from tests.stores.test_inputs import secrets_in
from tests.stores.test_outputs import last_record
from tests.support import texts

__all__ = ["screen"]


@pytest.fixture
def written(home: Home, shelf: Store, lake: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket that a run has read from and written to; this process may use it too."""
    for name, value in shelf.environment(f"s3://{lake}").items():
        monkeypatch.setenv(name, value)
    # What looks into files has the environment of its start.
    monkeypatch.setattr(aside, "_STANDING", aside._Standing())
    outcome = home.etl("-i", f"s3://{lake}/raw/b.csv", "-o", f"s3://{lake}/out/x.csv", "--quiet", env={**os.environ})
    assert outcome.code == 0, outcome.err
    return lake


@pytest.mark.parametrize("page", sorted(page.name for page in NAVIGATION))
def test_screens(home: Home, written: str, page: str, screen: Callable[..., AppTest]) -> None:
    """Every screen, of that run where it is of one."""
    parameters = {"run": last_record(home)["run_id"]} if page in ("live", "report", "rejects", "analytics") else {}
    app = screen(home.path, page, **parameters)
    assert not app.exception
    said = texts(app)
    if page == "live":
        assert "x.csv" in said
    assert "X-Amz" not in said


def test_launch_begins_with_a_run_of_objects(
    home: Home, written: str, shelf: Store, screen: Callable[..., AppTest]
) -> None:
    """Its settings are taken over, its input is looked into, and it can be launched; other URLs are told of."""
    app = screen(home.path, "launch", **{"from": last_record(home)["run_id"]})
    assert not app.exception
    field = next(field for field in app.text_input if field.label == "CSV output")
    assert field.value == f"s3://{written}/out/x.csv"
    assert "from its header" in texts(app) or "file, " in texts(app)
    button = next(button for button in app.button if button.label == "Launch run")
    assert not button.disabled
    assert "to the store, written to the disk first" in texts(app)
    assert "on the disk" not in texts(app)
    for url, said in [
        ("s3://another/x.csv", "outside the allowed folders"),
        (f"s3://{written}/a//x.csv", "names no object"),
        (f"s3://{written}/raw/b.csv", "input"),
    ]:
        next(field for field in app.text_input if field.label == "CSV output").set_value(url).run()
        assert not app.exception
        assert said in texts(app), url
    assert shelf.client.list_objects_v2(Bucket=written, Prefix="out/")["KeyCount"] == 2
    admin = users.find(home.path, str(Role.SUPER_ADMIN))
    account.choose_language(home.path, admin, "pt_br")
    app = screen(home.path, "launch", **{"from": last_record(home)["run_id"]})
    assert "para o armazenamento, gravadas antes no disco" in texts(app)


def test_the_bytes_around_a_reject(home: Home, shelf: Store, written: str) -> None:
    """Of an object too, as long as it holds what the run has read."""
    run = RunDirectory(home.path, last_record(home)["run_id"])
    record = run.metadata()
    assert record is not None
    (reject,), facts = read_page(run.file("rejects.jsonl"), RejectFilter(), 0, 1), record.inputs[0]
    found = surroundings(home.path, reject, facts)
    whole = (home.data / "b.csv").read_bytes()
    assert found.before == whole[found.begin : reject.offset]
    shelf.put(written, "raw/b.csv", whole + b"1\n")
    with pytest.raises(InputRefused):
        surroundings(home.path, reject, facts)


@pytest.fixture
def console(home: Home, written: str) -> Iterator[Console]:
    """A console that serves over that home, and a viewer in it."""
    process, printed, reader = start(home.path)
    viewer = users.create(home.path, "vera", Role.VIEWER, "correct horse battery", "test")
    yield Console(
        printed[0].split()[-1], home.path, printed, process, {"vera": sessions.start(home.path, viewer, "test")}
    )
    stop(process, reader)
    assert written


def ask(console: Console, home: Home, name: str, **headers: str) -> httpx.Response:
    """An output of the newest run."""
    return console.ask("GET", f"/files/{last_record(home)['run_id']}/{name}", "vera", headers=headers)


def content(shelf: Store, bucket: str) -> bytes:
    """What stands in the store."""
    found: bytes = shelf.client.get_object(Bucket=bucket, Key="out/x.csv")["Body"].read()
    return found


def test_downloads(console: Console, home: Home, shelf: Store, written: str) -> None:
    """Whole and by ranges, as long as the object is that run's."""
    csv, record = content(shelf, written), last_record(home)["outputs"]["csv"]
    answer = ask(console, home, "x.csv")
    assert (answer.status_code, answer.content) == (200, csv)
    assert answer.headers["content-length"] == str(len(csv))
    assert answer.headers["etag"] == f'"{record["sha256"]}"'
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''x.csv"
    assert ask(console, home, "x.csv", **{"If-None-Match": answer.headers["etag"]}).status_code == 304
    size = len(csv)
    for given, status, part in [
        ("bytes=0-7", 206, slice(0, 8)),
        ("bytes=9-", 206, slice(9, None)),
        ("bytes=-4", 206, slice(-4, None)),
        (f"bytes={size - 9}-{size * 9}", 206, slice(size - 9, None)),
        (f"bytes={size}-", 416, None),
        ("bytes=-0", 416, None),
        ("lines=1-2", 400, None),
        ("bytes=0-1,4-5", 200, slice(None)),
    ]:
        answer = ask(console, home, "x.csv", Range=given)
        assert answer.status_code == status, given
        if part is not None:
            assert answer.content == csv[part], given
    assert secrets_in(home.path) == []


def test_downloads_of_parts(console: Console, home: Home, shelf: Store, written: str) -> None:
    """All of them as one archive, and each by its name and by ranges; not once another run's stand there."""
    given = ("-i", f"s3://{written}/raw/b.csv", "-p", f"s3://{written}/out/parts.parquet", "--parts", "--quiet")
    assert home.etl(*given, env={**os.environ}).code == 0
    first = last_record(home)["run_id"]
    listed = shelf.client.list_objects_v2(Bucket=written, Prefix="out/parts.parquet/")["Contents"]
    keys = {each["Key"].rpartition("/")[2]: each["Key"] for each in listed}
    stored = {name: shelf.client.get_object(Bucket=written, Key=key)["Body"].read() for name, key in keys.items()}
    answer = ask(console, home, "parts.parquet.tar")
    assert (answer.status_code, int(answer.headers["content-length"])) == (200, len(answer.content))
    with tarfile.open(fileobj=io.BytesIO(answer.content)) as archive:
        files = {each.name.rpartition("/")[2]: archive.extractfile(each) for each in archive.getmembers()}
        assert {name: file.read() for name, file in files.items() if file is not None} == stored
    part = next(name for name in stored if name.startswith("part-"))
    ranged = ask(console, home, part, Range="bytes=4-9")
    assert (ranged.status_code, ranged.content) == (206, stored[part][4:10])
    assert home.etl(*given, env={**os.environ}).code == 0
    assert console.ask("GET", f"/files/{first}/parts.parquet.tar", "vera").status_code == 410


def test_downloads_of_what_is_another_run_s(console: Console, home: Home, shelf: Store, written: str) -> None:
    """Its bytes are not handed out as this run's."""
    shelf.put(written, "out/x.csv", content(shelf, written))
    assert ask(console, home, "x.csv").status_code == 410
    shelf.client.delete_object(Bucket=written, Key="out/x.csv")
    assert ask(console, home, "x.csv").status_code == 404


def test_browsing(home: Home, written: str, screen: Callable[..., AppTest]) -> None:
    """A bucket is looked through like a folder, with what each object is; what is ticked is the input."""
    app, root = screen(home.path, "launch"), f"s3://{written}"

    def look(drawn: AppTest | None = None) -> None:
        """Draw the page with the folders open, which this browser forgets."""
        app.session_state["launch-browse"] = True
        (drawn or app).run()
        assert not app.exception

    look()
    look(next(box for box in app.selectbox if box.label == "Folder").select(root))
    look(next(button for button in app.button if button.label == "raw").click())
    boxes = {str(box.key): box for box in app.checkbox if str(box.key).startswith("launch-pick-s3")}
    names = ("a.bin", "b.csv", "c.parquet", "d.csv.gz", "e.jsonl")
    assert list(boxes) == [f"launch-pick-{root}/raw/{name}" for name in names]
    look(boxes[f"launch-pick-{root}/raw/c.parquet"].check())
    assert f"{root}/raw/c.parquet" in app.multiselect[0].value
