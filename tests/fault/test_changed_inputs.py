"""Inputs that are changed while a run reads them: one version is read to its end, or nothing is published."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl_batch.defaults import ENGINE
from etl_batch.demo import write_sales_binary
from tests.fault.test_killed_runs import last_run, nothing_left, start
from tests.integration.engine.conftest import Home
from tests.waiting import PATIENCE_SECONDS

ROWS = 60_000
CHUNK_BYTES = 50_000


def write_csv(path: Path) -> None:
    """Rows of text."""
    path.write_text("k,n\n" + "".join(f"name {row},{row}\n" for row in range(ROWS)))


def write_records(path: Path) -> None:
    """Fixed records."""
    write_sales_binary(path, ROWS, seed=1)


def write_parquet(path: Path) -> None:
    """Row groups of some pages."""
    table = pa.table({"k": [f"name {row}" for row in range(ROWS)], "n": range(ROWS)})
    pq.write_table(table, path, row_group_size=ROWS // 4, use_dictionary=False, compression="none")


WRITERS = {"in.csv": write_csv, "in.bin": write_records, "in.parquet": write_parquet}


def replace(path: Path) -> None:
    """The same bytes in another file, under its name."""
    other = path.with_name("other")
    shutil.copy(path, other)
    other.replace(path)


def recreate(path: Path) -> None:
    """Deleted and written again."""
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


def rewrite(path: Path) -> None:
    """In place, no byte longer."""
    content = path.read_bytes()
    with path.open("r+b") as file:
        file.write(content[::-1])


def rewrite_longer(path: Path) -> None:
    """In place, and longer than it was: not what has grown."""
    with path.open("r+b") as file:
        file.write(path.read_bytes()[::-1] + b"more")


def halve(path: Path) -> None:
    """Its second half is gone."""
    os.truncate(path, path.stat().st_size // 2)


def append(path: Path) -> None:
    """Bytes come behind, as a log grows."""
    with path.open("ab") as file:
        file.write(b"more," * 1000)


def only_its_node(path: Path) -> None:
    """Permissions, links and the time of reading: nothing of its content."""
    path.chmod(0o600)
    path.with_name(".link").hardlink_to(path)
    found = path.stat()
    os.utime(path, ns=(found.st_atime_ns + 10**9, found.st_mtime_ns))


def changed_while_read(home: Home, name: str, change: Callable[[Path], None]) -> tuple[subprocess.Popen[str], str]:
    """A run over an input that is changed when the workers have begun; returns it when it is over, with its words."""
    source = home.data / name
    (home.output / "x.csv").write_bytes(b"before")
    WRITERS[name](source)
    process = start(home, "-i", source, "-w", 2, "--chunk-bytes", CHUNK_BYTES, "--no-parquet")
    change(source)
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=PATIENCE_SECONDS)
    return process, err


HARMFUL = {
    replace: "was replaced by another file",
    recreate: "was replaced by another file",
    rewrite: "was written anew",
    rewrite_longer: "was written anew",
    halve: "became shorter",
}
HARMLESS: dict[Callable[[Path], None], str | None] = {
    append: "has grown while it was read",
    Path.unlink: "was removed while it was read",
    only_its_node: None,
}


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("change", HARMFUL, ids=lambda change: change.__name__)
def test_refused(home: Home, name: str, change: Callable[[Path], None]) -> None:
    """Exit 3, in one sentence that names what has happened; the earlier output stands."""
    process, err = changed_while_read(home, name, change)
    assert process.returncode == 3
    assert err.startswith(f"etl: {home.data / name} {HARMFUL[change]} while it was read.")
    assert err.count("\n") == 1
    nothing_left(home, b"before")
    assert last_run(home)["status"] == "failed"


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("change", HARMLESS, ids=lambda change: change.__name__)
def test_read_as_it_was(home: Home, name: str, change: Callable[[Path], None]) -> None:
    """The bytes that were planned are the ones in the output, to the byte; what happened is noted."""
    process, err = changed_while_read(home, name, change)
    assert process.returncode == 0, err
    said = [note for note in notes(home) if str(home.data / name) in note]
    expected = HARMLESS[change]
    assert [expected in note for note in said] == [True] if expected else said == []
    changed = home.csv()
    WRITERS[name](home.data / name)
    home.run("-i", home.data / name, "--no-parquet")
    assert home.csv() == changed


def notes(home: Home) -> list[str]:
    """Those of the newest run."""
    found: Any = last_run(home)["notes"]
    return list(found)


def test_more_files_than_descriptors(home: Home) -> None:
    """They are all read: those that are not held are opened again, each as the version that was looked at."""
    for number in range(300):
        (home.data / f"{number:03}.csv").write_text(f"n\n{number}\n")
    command = [
        sys.executable,
        str(ENGINE),
        "-i",
        str(home.data),
        "-o",
        str(home.output / "x.csv"),
        "-w",
        "2",
        "--quiet",
    ]
    outcome = subprocess.run(
        ["bash", "-c", 'ulimit -n 128 && exec "$@"', "bash", *command],
        env={**os.environ, "ETL_HOME": str(home.path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert home.csv().split() == [b"n", *(b"%d" % number for number in range(300))]
