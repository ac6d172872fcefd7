"""Run the engine back to back beside a console, with faults at random, and see that nothing grows and nothing is wrong.

    python benchmarks/soak.py [--seconds 1800] [--seed N]

Each run meets one fault or none. After it the outputs must be the whole pair of one input, and after one that
succeeded nothing unfinished may be left. Prints a table in Markdown; exit 1 when anything was wrong or has grown.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from etl_batch.defaults import ENGINE  # noqa: E402
from etl_batch.security.audit import AuditLog  # noqa: E402

ROWS = 150_000
READY_SECONDS = 60.0
GROWN = {"console, MB": 12.0, "console's descriptors": 4.0, "engine's peak, MB": 40.0, "processes": 0.0, "files": 0.0}
"""By how much the median of the last third of a soak may be above that of the one before it."""


@dataclass
class Soak:
    """A home under load, and what was seen."""

    home: Path
    chance: random.Random
    pairs: dict[str, str] = field(default_factory=dict)
    """Digest of both outputs, and the input that they are of."""
    seen: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in GROWN})
    runs: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    deck: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Two inputs, and the outputs of each."""
        for name in ("data", "output", "report", ".secrets", "tmp"):
            (self.home / name).mkdir()
        for name in ("a", "b"):
            self.write(name)
            code = self.finish(self.start(name))
            assert code == 0, f"the run of {name} without a fault ended with {code}"
            self.pairs[self.digest()] = name

    def write(self, name: str) -> None:
        """The input of that name as it is when nobody has changed it."""
        text = "id,name,amount\n" + "".join(f"{row},{name} {row % 977},{row % 9973}.25\n" for row in range(ROWS))
        self.input(name).write_text(text)

    def input(self, name: str) -> Path:
        """Path of an input."""
        return self.home / "data" / f"{name}.csv"

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """A run of that input, with two workers and many chunks."""
        command = [sys.executable, str(ENGINE), "-i", str(self.input(name)), "-o", str(self.home / "output" / "x.csv")]
        return subprocess.Popen(
            [*command, "-w", "2", "--chunk-bytes", "100000", "--quiet"],
            env=os.environ | {"ETL_HOME": str(self.home), "TMPDIR": str(self.home / "tmp")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def finish(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a run; what it says must be a sentence."""
        _, said = process.communicate(timeout=300)
        if b"Traceback" in said:
            self.wrong.append(said.decode(errors="replace"))
        return process.returncode

    def digest(self) -> str:
        """Of both outputs."""
        both = hashlib.sha256()
        for name in ("x.csv", "x.parquet"):
            both.update(hashlib.sha256((self.home / "output" / name).read_bytes()).digest())
        return both.hexdigest()

    def round(self) -> None:
        """One run that meets a fault or none, and a look at what it has left."""
        if not self.deck:  # each fault once before any comes again, so that a short soak has all
            self.deck = self.chance.sample([*FAULTS], len(FAULTS))
        fault, name = self.deck.pop(), self.chance.choice("ab")
        process = self.start(name)
        with FAULTS[fault](self, process, name):
            code = self.finish(process)
        self.runs[f"{fault}: exit {code}"] += 1
        self.check(f"run {self.runs.total()}, {fault} on {name}, exit {code}", name, code)

    def check(self, what: str, name: str, code: int) -> None:
        """The outputs are one pair; of a run that succeeded they are its own, and nothing else is left."""
        if code != 0 and list((self.home / "output" / "runs").glob(".commit/*.json")):
            subprocess.run(
                [sys.executable, str(ENGINE), "runs", "list"],
                env=os.environ | {"ETL_HOME": str(self.home)},
                stdout=subprocess.DEVNULL,
                check=True,
            )
        of = self.pairs.get(self.digest())
        if of is None or (code == 0 and of != name):
            self.wrong.append(f"{what}: the outputs are those of {of}")
        left = self.unfinished()
        if code == 0 and left:
            self.wrong.append(f"{what}: left {left}")
        if code == 0:
            self.seen["files"].append(len(left) + len([*(self.home / "tmp").iterdir()]))
            self.seen["engine's peak, MB"].append(self.last_record()["peak_memory_bytes"] / 1e6)

    def last_record(self) -> dict[str, int]:
        """`metadata.json` of the newest run."""
        record: dict[str, int] = json.loads(max((self.home / "output" / "runs").glob("2*/metadata.json")).read_text())
        return record

    def unfinished(self) -> list[str]:
        """Staged files, turns, notes of open runs and manifests."""
        return [
            str(path.relative_to(self.home))
            for folder in ("output", "report")
            for path in (self.home / folder).rglob("*")
            if (path.name.endswith((".tmp", "turns.bin")) and not path.name.startswith(".progress"))
            or path.parent.name in (".open", ".commit")
        ]

    def look(self, console: psutil.Process, port: int) -> None:
        """What the console spends, and whether it answers."""
        for path in ("healthz", "login"):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=30) as answer:
                    answer.read()
            except OSError as error:
                self.wrong.append(f"/{path}: {error}")
        self.seen["console, MB"].append(console.memory_full_info().pss / 1e6)
        self.seen["console's descriptors"].append(console.num_fds())
        self.seen["processes"].append(len(psutil.Process().children()) - 1)


def workers(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The workers of a run as soon as there are some; none when it is over before."""
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(process.pid).children()
            if found:
                return found
        time.sleep(0.02)
    return []


@contextlib.contextmanager
def nothing(_soak: Soak, _process: subprocess.Popen[bytes], _name: str) -> Iterator[None]:
    """No fault."""
    yield


@contextlib.contextmanager
def killed_worker(soak: Soak, process: subprocess.Popen[bytes], _name: str) -> Iterator[None]:
    """One worker is gone."""
    found = workers(process)
    time.sleep(soak.chance.random() / 2)
    if found:
        with contextlib.suppress(psutil.Error):
            soak.chance.choice(found).kill()
    yield


@contextlib.contextmanager
def killed_engine(soak: Soak, process: subprocess.Popen[bytes], _name: str) -> Iterator[None]:
    """The engine is gone at any moment."""
    time.sleep(soak.chance.random() * 3)
    process.kill()
    yield


@contextlib.contextmanager
def cancelled(soak: Soak, process: subprocess.Popen[bytes], _name: str) -> Iterator[None]:
    """The run is told to stop."""
    workers(process)
    time.sleep(soak.chance.random())
    process.send_signal(signal.SIGTERM)
    yield


@contextlib.contextmanager
def full_quota(_soak: Soak, process: subprocess.Popen[bytes], _name: str) -> Iterator[None]:
    """No more than a megabyte may be written by any process of the run."""
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    yield


@contextlib.contextmanager
def changed_input(soak: Soak, process: subprocess.Popen[bytes], name: str) -> Iterator[None]:
    """The input is written anew, cut off or added to while it is read, and put right afterwards."""
    workers(process)
    path = soak.input(name)
    change = soak.chance.choice(("anew", "cut", "more"))
    if change == "anew":
        path.write_bytes(path.read_bytes()[::-1])
    elif change == "cut":
        os.truncate(path, path.stat().st_size // 3)
    else:
        with path.open("a") as out:
            out.write("1,more,2.5\n")
    yield
    soak.write(name)


FAULTS: dict[str, Callable[[Soak, subprocess.Popen[bytes], str], contextlib.AbstractContextManager[None]]] = {
    "none": nothing,
    "killed worker": killed_worker,
    "killed engine": killed_engine,
    "cancelled": cancelled,
    "full quota": full_quota,
    "changed input": changed_input,
}


@contextlib.contextmanager
def console_of(home: Path) -> Iterator[tuple[psutil.Process, int]]:
    """A console that serves, and its port."""
    with (home / "console.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "app.py"],
            cwd=ROOT,
            env=os.environ | {"ETL_HOME": str(home), "PORT": "0"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield psutil.Process(process.pid), _port(home / "console.log", process)
    finally:
        process.terminate()
        process.wait(30)


def _port(log: Path, process: subprocess.Popen[bytes]) -> int:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        for line in log.read_text().splitlines():
            if "Quantum ETL console: http://127.0.0.1:" in line:
                return int(line.rpartition("127.0.0.1:")[2].split("/")[0].split()[0])
        time.sleep(0.1)
    raise SystemExit(f"The console did not start:\n{log.read_text()}")


def grown(values: list[float]) -> float:
    """By how much the last third is above the one before it, by their medians."""
    third = len(values) // 3
    if not third:
        return 0.0
    return statistics.median(values[-third:]) - statistics.median(values[-2 * third : -third])


def slope(values: list[float], seconds: float) -> float:
    """Growth an hour, by least squares over the last two thirds."""
    kept = values[len(values) // 3 :]
    if len(kept) < 2:
        return 0.0
    step = seconds / len(values)
    return statistics.linear_regression([at * step for at in range(len(kept))], kept).slope * 3600


def main() -> int:
    """Soak a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parsed = parser.parse_args()
    print(f"seed {parsed.seed}")
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(Path(folder).resolve(), random.Random(parsed.seed))
        soak.begin()
        with console_of(soak.home) as (console, port):
            began = time.monotonic()
            while time.monotonic() - began < parsed.seconds and console.is_running():
                soak.round()
                soak.look(console, port)
            seconds = time.monotonic() - began
        if not AuditLog(soak.home).verify().ok:
            soak.wrong.append("the audit log does not verify")
    return told(soak, seconds)


def told(soak: Soak, seconds: float) -> int:
    """Print what was seen; returns the exit code."""
    print(f"\n{soak.runs.total()} runs in {seconds:.0f} s\n\n| fault | runs |\n| --- | --- |")
    for name, number in sorted(soak.runs.items()):
        print(f"| {name} | {number} |")
    print("\n| what | first | last | most | grown | an hour | allowed |\n| --- | --- | --- | --- | --- | --- | --- |")
    flat = True
    for name, allowed in GROWN.items():
        values = soak.seen[name] or [0.0]
        more = grown(values)
        flat = flat and more <= allowed
        print(
            f"| {name} | {values[0]:.0f} | {values[-1]:.0f} | {max(values):.0f} | {more:+.1f} "
            f"| {slope(values, seconds):+.1f} | {allowed:.0f} |"
        )
    print(f"\n{len(soak.wrong)} wrong outputs or words; {'flat' if flat else 'NOT FLAT'}")
    print(*soak.wrong, sep="\n")
    return int(bool(soak.wrong) or not flat)


if __name__ == "__main__":
    sys.exit(main())
