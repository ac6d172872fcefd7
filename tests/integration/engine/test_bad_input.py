"""Bad input: one line on stderr that says what to do, the right exit code, no traceback, previous outputs untouched."""

from __future__ import annotations

import gzip
import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch import service
from etl_batch.config import RunConfig
from etl_batch.defaults import ENGINE
from tests.commands import Outcome
from tests.integration.engine.conftest import Home
from tests.support import copied

Write = Callable[[str, bytes | str], Path]
GOOD = "a,b\n1,2\n"


def run_before(folder: Path) -> None:
    """A good input and the outputs of an earlier run."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    (folder / "data" / "good.csv").write_text(GOOD)
    outputs = {"output_csv": folder / "output" / "x.csv", "output_parquet": folder / "output" / "x.parquet"}
    service.execute(RunConfig(inputs=(str(folder / "data" / "good.csv"),), home=folder, workers=1, **outputs))


@pytest.fixture
def previous(home: Home, made_once: Callable[[Callable[[Path], object]], Path]) -> bytes:
    """The earlier output, in the home where a command will be refused."""
    copied(made_once(run_before), home.path)
    return home.csv()


def assert_refused(home: Home, previous: bytes, outcome: Outcome, code: int, words: str) -> None:
    """The one way in which every refusal looks."""
    assert outcome.code == code, outcome.err
    lines = [line for line in outcome.err.splitlines() if line]
    assert len(lines) == 1
    assert words in lines[0]
    assert "Traceback" not in outcome.err + outcome.out
    assert home.csv() == previous
    left = [path.name for path in home.output.iterdir() if path.name.endswith(".tmp")]
    assert left == []


def etl(home: Home, *arguments: object, env: dict[str, str] | None = None) -> Outcome:
    """A run with its outputs where the earlier run's stand."""
    return home.etl("-o", home.output / "x.csv", "--quiet", *arguments, env=env)


FLAGS = [
    (["-w", "0"], 2, "--workers"),
    (["--sample-frac", "0"], 2, "--sample-frac"),
    (["--sample-frac", "1.5"], 2, "--sample-frac"),
    (["--chunk-bytes", "0"], 2, "--chunk-bytes"),
    (["--timeout", "0"], 2, "--timeout"),
    (["--nonsense"], 2, "nonsense"),
    (["--allocation", "zzz"], 2, "proportional"),
    (["--target-error", "200%"], 2, "--target-error"),
    (["--target-error", "soon"], 2, "--target-error"),
    (["--target-error", "1%", "--sample-frac", "0.5"], 2, "drop one of them"),
    (["--target-per", "stratum"], 2, "name the error too"),
    (["--layout", "zzz"], 2, "known are dbf, default"),
    (["--layout", "default"], 3, "56"),
    (["--max-size-gb", "0.000000001"], 3, "--max-size-gb"),
    (["--cluster", "tcp://127.0.0.1:1"], 2, "--cluster"),
]


@pytest.mark.parametrize(("flags", "code", "words"), FLAGS, ids=[" ".join(row[0]) for row in FLAGS])
def test_flags(home: Home, previous: bytes, flags: list[str], code: int, words: str) -> None:
    """A flag that makes no sense, or a limit that is passed."""
    assert_refused(home, previous, etl(home, "-i", home.data / "good.csv", *flags), code, words)


CONTENTS: list[tuple[str, bytes, str]] = [
    ("empty.csv", b"", "empty"),
    ("blank.csv", b"\n\n\n", "blank lines"),
    ("mark.csv", b"\xef\xbb\xbf", "blank lines"),
    ("noise.dat", bytes(range(256)) * 40 + b"\x00\x01\x02", "tried"),
    ("packed.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "decompressed"),
    ("cut.parquet", b"PAR1" + b"\x15\x04" * 100, "Parquet"),
]


@pytest.mark.parametrize(("name", "content", "words"), CONTENTS, ids=[row[0] for row in CONTENTS])
def test_contents(home: Home, previous: bytes, write: Write, name: str, content: bytes, words: str) -> None:
    """A file that cannot be read, by its content."""
    assert_refused(home, previous, etl(home, "-i", write(name, content)), 3, words)


def test_missing(home: Home, previous: bytes) -> None:
    """An input that does not exist."""
    assert_refused(home, previous, etl(home, "-i", home.data / "none.csv"), 3, "none.csv")


@pytest.mark.parametrize("typed", ["good.csv", "dta/good.csv"])
def test_mistyped(home: Home, previous: bytes, typed: str) -> None:
    """A name without its folder, or in one that is none."""
    assert_refused(home, previous, etl(home, "-i", typed), 3, f"There is no file {home.path / typed} in the folders")


@pytest.mark.parametrize("place", ["/etc/passwd", "data/../../x.csv"])
def test_outside_the_roots(home: Home, previous: bytes, place: str) -> None:
    """A path outside the allowed roots."""
    assert_refused(home, previous, etl(home, "-i", place), 3, "Path traversal detected")


def test_symlink_out_of_the_roots(home: Home, previous: bytes) -> None:
    """A symbolic link that leaves the allowed roots."""
    (home.data / "link.csv").symlink_to("/etc/passwd")
    assert_refused(home, previous, etl(home, "-i", home.data / "link.csv"), 3, "Path traversal detected")


def test_fifo(home: Home, previous: bytes) -> None:
    """A FIFO, which a reader would wait for without end."""
    os.mkfifo(home.data / "pipe.csv")
    assert_refused(home, previous, etl(home, "-i", home.data / "pipe.csv"), 3, "FIFO")


def test_output_outside_the_roots(home: Home, previous: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An output outside the allowed roots."""
    target = tmp_path_factory.mktemp("elsewhere") / "x.csv"
    outcome = home.etl("-i", home.data / "good.csv", "-o", target, "--quiet")
    assert_refused(home, previous, outcome, 3, "Path traversal detected")


def test_output_is_an_input(home: Home, previous: bytes) -> None:
    """An output that would replace an input."""
    assert_refused(home, previous, etl(home, "-i", home.output / "x.csv"), 3, "both an input and an output")


def test_no_output(home: Home, previous: bytes) -> None:
    """Neither `-o` nor `-p`."""
    assert_refused(home, previous, home.etl("-i", home.data / "good.csv", "--quiet"), 2, "-o")


def test_too_many_rejects(home: Home, previous: bytes, write: Write) -> None:
    """Past `--max-rejects` nothing is published and the rejects are kept."""
    path = write("dirty.csv", "a,b\n1,2\n3\n4\n5,6\n")
    outcome = etl(home, "-i", path, "--max-rejects", 1)
    assert_refused(home, previous, outcome, 4, "--max-rejects")
    runs = sorted((home.output / "runs").glob("*/rejects.jsonl"))
    assert len(runs[-1].read_text().splitlines()) == 2
    listed = home.etl("runs", "list").out
    assert re.search(r"failed +\d+ read +2 rejected", listed)
    assert re.search(r"success +1 written +0 rejected", listed)


def test_a_full_disk(home: Home, previous: bytes) -> None:
    """No space for the output: exit 5, nothing published. A file size limit stands in for the disk's end."""
    (home.data / "much.bin").write_bytes(struct.pack("<IQIq32s", 1, 2, 3, 4, b"x") * 200_000)
    command = [sys.executable, ENGINE, "-i", home.data / "much.bin", "-o", home.output / "x.csv", "--quiet"]
    done = subprocess.run(
        ["bash", "-c", 'trap "" XFSZ; ulimit -f 1000; exec "$@"', "-", *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, "ETL_HOME": str(home.path)},
        check=False,
    )
    assert_refused(home, previous, Outcome(done.returncode, done.stdout, done.stderr), 5, "Free space")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(home: Home, previous: bytes, write: Write) -> None:
    """A file without read permission."""
    path = write("secret.csv", GOOD)
    path.chmod(0)
    assert_refused(home, previous, etl(home, "-i", path), 3, "permission")


def test_rate_limit(home: Home, previous: bytes) -> None:
    """Past the user's runs per hour the answer is to wait; two runs in a row are always allowed."""
    env = {"ETL_RUNS_PER_HOUR": "1"}
    good = ["-i", home.data / "good.csv", "--user", "eve"]
    assert [etl(home, *good, env=env).code for _ in range(2)] == [0, 0]
    assert_refused(home, home.csv(), etl(home, *good, env=env), 8, "wait")


def test_unrecorded_is_refused(home: Home, previous: bytes) -> None:
    """A run that the audit log cannot record does not begin."""
    log = home.path / ".secrets" / "etl_audit.log"
    log.rename(log.with_suffix(".away"))
    log.mkdir()
    assert_refused(home, previous, etl(home, "-i", home.data / "good.csv"), 5, "recorded")


def test_json_errors(home: Home, previous: bytes) -> None:
    """With `--json` the error stands on stdout as one object too."""
    outcome = etl(home, "-i", home.data / "none.csv", "--json")
    assert outcome.json["exit_code"] == outcome.code == 3
    assert outcome.json["error"]["kind"]


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("../x.html", 3),
        ("report/../../x.html", 3),
        (".secrets/audit.key", 3),
        ("output/x.csv", 2),
        ("data/good.csv", 3),
    ],
)
def test_the_report_is_an_output_too(home: Home, previous: bytes, place: str, code: int) -> None:
    """`--report` stays inside the roots and replaces neither outputs nor inputs nor what the engine keeps."""
    outcome = etl(home, "-i", home.data / "good.csv", "--report", place)
    assert outcome.code == code
    assert home.csv() == previous
    assert (home.data / "good.csv").read_text() == GOOD
