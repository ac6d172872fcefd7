"""The home's own layouts: which ones a run may use, and changes that happen whole, once, and never in silence."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import EtlError, LayoutError, UsageError
from etl_batch.layouts import (
    LayoutChange,
    Origin,
    change_store,
    layout_names,
    load_layouts,
    read_catalogue,
    run_layouts,
    store_path,
    store_version,
)
from etl_batch.layouts.store import KEPT_BACKUPS

SHIPPED = sorted(load_layouts(None))
STOCK = {"struct": "<HI", "names": ["id", "amount"], "description": "Stock."}
WIDER = {"struct": "<HQ", "names": ["id", "amount"]}


def text(layout: dict[str, Any]) -> str:
    """A layout as the editor has it."""
    return json.dumps(layout)


def save(home: Path, name: str, layout: dict[str, Any] = STOCK, **more: Any) -> None:
    """One change that nobody records."""
    change_store(home, LayoutChange(name, text(layout), **more), lambda: None)


def version(home: Path, name: str) -> str:
    """What an editor that opens the layout now remembers."""
    return read_catalogue(home).entries[name].version


def write(home: Path, content: str) -> Path:
    """A store that was written by hand."""
    path = store_path(home)
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def test_a_home_without_a_store_knows_the_shipped_ones(tmp_path):
    """Nothing is made by looking, and runs find what ships."""
    assert sorted(run_layouts(tmp_path)) == SHIPPED
    assert read_catalogue(tmp_path).entries["default"].origin is Origin.SHIPPED
    assert store_version(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_saved_layout_is_used_beside_the_shipped_ones(tmp_path):
    """Runs, lists and names have it; the definition is kept as it was written."""
    save(tmp_path, "stock")
    assert run_layouts(tmp_path)["stock"].record_size == 6
    assert layout_names(tmp_path) == sorted([*SHIPPED, "stock"])
    entry = read_catalogue(tmp_path).entries["stock"]
    assert (entry.origin, entry.replaces_shipped) == (Origin.HOME, False)
    assert json.loads(run_layouts(tmp_path)["stock"].definition) == STOCK


def test_a_layout_file_of_the_run_goes_alone(tmp_path):
    """`--struct-config` means that file and nothing else, whatever the store holds."""
    write(tmp_path, "broken")
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps({"version": 1, "layouts": {"mine": STOCK}}))
    assert list(run_layouts(tmp_path, mine)) == ["mine"]


def test_a_shipped_name_is_taken_and_told(tmp_path):
    """The home's `default` wins over the shipped one, the list says so, and deleting it brings the other back."""
    save(tmp_path, "default")
    entry = read_catalogue(tmp_path).entries["default"]
    assert (entry.origin, entry.replaces_shipped) == (Origin.HOME, True)
    assert run_layouts(tmp_path)["default"].record_size == 6
    change_store(tmp_path, LayoutChange("default", begun_on=entry.version), lambda: None)
    assert run_layouts(tmp_path)["default"].record_size == 56


def test_the_store_is_for_its_owner_alone(tmp_path):
    """Folder, file, backup and lock are closed to everybody else, even when the folder was open before."""
    (tmp_path / ".secrets").mkdir(mode=0o755)
    save(tmp_path, "stock")
    save(tmp_path, "other")
    modes = {path.name[:18]: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / ".secrets").iterdir()}
    assert set(modes.values()) == {0o600}
    assert len(modes) == 2
    assert stat.S_IMODE((tmp_path / ".secrets").stat().st_mode) == 0o700


def test_the_previous_version_is_kept(tmp_path):
    """Each change leaves what was there before, and only the newest of those stay."""
    save(tmp_path, "stock")
    before = store_path(tmp_path).read_text()
    save(tmp_path, "stock", WIDER, begun_on=version(tmp_path, "stock"))
    (backup,) = store_path(tmp_path).parent.glob("*.bak.*")
    assert backup.read_text() == before
    for number in range(KEPT_BACKUPS + 3):
        save(tmp_path, f"n{number}")
    assert len(list(store_path(tmp_path).parent.glob("*.bak.*"))) == KEPT_BACKUPS
    assert not backup.exists()


def test_rename_and_delete(tmp_path):
    """A renamed layout keeps its place under its new name; the store goes away with its last layout."""
    for name in ("a", "b", "c"):
        save(tmp_path, name)
    save(tmp_path, "z", WIDER, renamed_from="b", begun_on=version(tmp_path, "b"))
    assert list(json.loads(store_path(tmp_path).read_text())["layouts"]) == ["a", "z", "c"]
    for name in ("a", "z", "c"):
        change_store(tmp_path, LayoutChange(name, begun_on=version(tmp_path, name)), lambda: None)
    assert not store_path(tmp_path).exists()
    assert layout_names(tmp_path) == SHIPPED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (LayoutChange("stock", text(STOCK)), "already a layout 'stock'"),
        (LayoutChange("other", text(STOCK), renamed_from="stock", begun_on="{stock}"), "already a layout 'other'"),
        (LayoutChange("stock", text(WIDER), begun_on="old"), "changed by somebody else"),
        (LayoutChange("stock", begun_on="old"), "changed by somebody else"),
        (LayoutChange("gone", begun_on="old"), "no layout 'gone' in this home any more"),
        (LayoutChange("gone", text(STOCK), renamed_from="gone", begun_on="old"), "no layout 'gone' in this home"),
        (LayoutChange("default", begun_on="any"), "ships with the engine and stays"),
        (LayoutChange(" x", text(STOCK)), "no blanks around it"),
        (LayoutChange("x" * 65, text(STOCK)), "1 to 64 characters"),
        (LayoutChange("auto", text(STOCK)), "cannot be named 'auto'"),
        (LayoutChange("x", '{"struct": "<Z", "names": ["a"]}'), "uses 'Z'"),
        (LayoutChange("x", '{"struct": '), "is not JSON"),
        (LayoutChange("x", "7"), "layout 'x'"),
        (LayoutChange("x", json.dumps({**STOCK, "description": "y" * 1_000_000})), "more than 1,000,000 characters"),
    ],
)
def test_changes_that_are_refused(tmp_path, change, said):
    """What collides with somebody's change, with a shipped layout or with the rules is refused and changes nothing."""
    save(tmp_path, "stock")
    save(tmp_path, "other")
    before = store_path(tmp_path).read_text()
    if change.begun_on == "{stock}":
        change = LayoutChange(change.name, change.text, change.renamed_from, version(tmp_path, "stock"))
    recorded: list[bool] = []
    with pytest.raises(UsageError) as refused:
        change_store(tmp_path, change, lambda: recorded.append(True))
    assert said in refused.value.message
    assert (store_path(tmp_path).read_text(), recorded) == (before, [])


def test_what_cannot_be_recorded_is_not_done(tmp_path):
    """The record comes first; when it fails, the store is as it was."""

    def refuse() -> None:
        raise EtlError("no record")

    with pytest.raises(EtlError, match="no record"):
        change_store(tmp_path, LayoutChange("stock", text(STOCK)), refuse)
    assert layout_names(tmp_path) == SHIPPED


BROKEN = {"version": 1, "layouts": {"good": STOCK, "bad": {"fields": [{"name": "a", "type": "u9"}]}}}


def test_a_broken_layout_is_told_and_the_others_stay(tmp_path):
    """The sentence names file, layout and field; runs that name a whole layout go on, all others are refused."""
    path = write(tmp_path, json.dumps(BROKEN))
    with pytest.raises(LayoutError) as refused:
        run_layouts(tmp_path)
    assert refused.value.exit_code == 2
    for part in (str(path), "layout 'bad'", "field 'a'", "'u9'"):
        assert part in refused.value.message
    assert run_layouts(tmp_path, wanted="default")["default"].record_size == 56
    assert run_layouts(tmp_path, wanted="good")["good"].record_size == 6
    with pytest.raises(LayoutError, match="field 'a'"):
        run_layouts(tmp_path, wanted="bad")
    with pytest.raises(LayoutError, match="field 'a'"):
        run_layouts(tmp_path, wanted="unknown")


def test_a_broken_layout_does_not_uncover_the_shipped_one(tmp_path):
    """A run that names a layout which the home replaced, badly, is refused: it must not read by another one."""
    write(tmp_path, json.dumps({"version": 1, "layouts": {"default": {"fields": []}}}))
    with pytest.raises(LayoutError, match="layout 'default'"):
        run_layouts(tmp_path, wanted="default")


@pytest.mark.parametrize("content", ["{", "[]", '{"version": 2, "layouts": {"a": {}}}', "\x00\x01"])
def test_a_store_that_is_no_layout_file_lets_nothing_run(tmp_path, content):
    """Nobody can tell which names it takes, so no layout of the home may be used; lists still show the shipped ones."""
    path = write(tmp_path, content)
    for wanted in ("auto", "default"):
        with pytest.raises(LayoutError) as refused:
            run_layouts(tmp_path, wanted=wanted)
        assert str(path) in refused.value.message
    catalogue = read_catalogue(tmp_path)
    assert sorted(catalogue.entries) == SHIPPED
    assert layout_names(tmp_path) == []
    with pytest.raises(LayoutError):
        save(tmp_path, "stock")
    assert path.read_text() == content


def test_a_broken_layout_can_be_put_right(tmp_path):
    """The editor's way out: the broken entry is opened, saved over, and the store is whole."""
    write(tmp_path, json.dumps(BROKEN))
    save(tmp_path, "bad", WIDER, begun_on=version(tmp_path, "bad"))
    assert read_catalogue(tmp_path).problem is None
    assert sorted(run_layouts(tmp_path)) == sorted(["bad", *SHIPPED, "good"])


SAVER = """
import sys
from pathlib import Path
from etl_batch.layouts import LayoutChange, change_store
home, first = Path(sys.argv[1]), int(sys.argv[2])
for number in range(first, first + 10):
    change_store(home, LayoutChange(f"n{number}", '{"struct": "<I", "names": ["a"]}'), lambda: None)
"""


def test_saves_of_many_processes_are_all_kept(tmp_path):
    """Four processes save forty layouts at once; none is lost, and no reader ever sees half a file."""
    savers = [
        subprocess.Popen([sys.executable, "-c", SAVER, str(tmp_path), str(first)], cwd=PROJECT_ROOT)
        for first in range(0, 40, 10)
    ]
    done, problems, looks = threading.Event(), [], []

    def look() -> None:
        while not done.is_set() or not looks:
            catalogue = read_catalogue(tmp_path)
            problems.extend([catalogue.problem] if catalogue.problem else [])
            looks.append(len(catalogue.entries))

    reader = threading.Thread(target=look)
    reader.start()
    codes = [saver.wait() for saver in savers]
    done.set()
    reader.join()
    assert codes == [0, 0, 0, 0]
    assert problems == []
    assert looks == sorted(looks)
    assert set(layout_names(tmp_path)) == {*SHIPPED, *(f"n{number}" for number in range(40))}
    assert [path.name for path in store_path(tmp_path).parent.glob(".*.tmp")] == []


FULL_DISK = """
import json, resource, signal, sys
from pathlib import Path
from etl_batch.errors import OutputFailed
from etl_batch.layouts import LayoutChange, change_store
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    change_store(Path(sys.argv[1]), LayoutChange("big", '{"struct": "<I", "names": ["a"]}'), lambda: None)
except OutputFailed as error:
    print(error.message)
"""


def test_a_full_disk_changes_nothing(tmp_path):
    """A write that fails in its middle leaves the old store and no litter."""
    save(tmp_path, "stock")
    before = store_path(tmp_path).read_text()
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert "Free the disk" in done.stdout
    assert store_path(tmp_path).read_text() == before
    assert list(store_path(tmp_path).parent.glob(".*.tmp")) == []
