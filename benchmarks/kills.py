"""Kill the engine at many moments, go on from what it leaves, and see that nothing is lost and nothing stays.

    python benchmarks/kills.py [--kills 200] [--seed N]

Each run reads one of four formats with one or two workers, over the outputs of an earlier run. It is killed with all
its processes at a random moment or at a named step of its commit, or one of its workers is. Then `etl resume` goes on,
which may be killed too, or another run comes. Prints a table in Markdown for docs/reliability.md; exit 1 on a fault.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from etl_batch.defaults import ENGINE  # noqa: E402
from etl_batch.demo import write_sales_binary  # noqa: E402
from etl_batch.runs.processes.verdict import CHECKPOINTS  # noqa: E402
from etl_batch.security.audit import AuditLog  # noqa: E402

ROWS = 60_000
CHUNK_BYTES = 60_000
TARGETS = ("x.csv", "x.parquet")
STEPS = {
    "the outputs synced": ("etl_batch.publishing:sync", 1, "after"),
    "a report staged": ("etl_batch.publishing:stage_text", 1, "after"),
    "the record staged": ("etl_batch.publishing:stage_text", 3, "after"),
    "the steps planned": ("etl_batch.files.commit:_planned", 1, "after"),
    "the manifest in place": ("etl_batch.files.commit:_carry_out", 1, "before"),
    "the old CSV linked": ("os:link", 1, "after"),
    "the CSV in place": ("etl_batch.files.commit:_carry_out_in", 1, "after"),
    "the old Parquet file linked": ("os:link", 2, "after"),
    "the Parquet file in place": ("etl_batch.files.commit:_carry_out_in", 2, "after"),
    "the report in place": ("etl_batch.files.commit:_carry_out_in", 3, "after"),
    "the latest report in place": ("etl_batch.files.commit:_carry_out_in", 4, "after"),
    "the record in place": ("etl_batch.files.commit:_carry_out_in", 5, "after"),
    "the end not yet on the audit log": ("etl_batch.journal:Journal.record_end", 1, "before"),
    "the end on the audit log": ("etl_batch.journal:Journal.record_end", 1, "after"),
    "the manifest about to go": ("etl_batch.files.commit:_settle", 1, "before"),
    "the manifest gone": ("etl_batch.files.commit:_settle", 1, "after"),
    "all said": ("etl_batch.journal:Journal.succeeded", 1, "after"),
}
"""The steps of a commit, each as the call that the engine is killed before or after."""
AT_STEP = """
import importlib, os, signal, sys
where, nth, when = sys.argv[1], int(sys.argv[2]), sys.argv[3]
del sys.argv[1:4]
module, _, path = where.partition(":")
owner = importlib.import_module(module)
*parts, name = path.split(".")
for part in parts:
    owner = getattr(owner, part)
real, calls = getattr(owner, name), 0
def call(*arguments, **keywords):
    global calls
    calls += 1
    mine = calls == nth
    if mine and when == "before":
        os.killpg(0, signal.SIGKILL)
    try:
        return real(*arguments, **keywords)
    finally:
        if mine:
            os.killpg(0, signal.SIGKILL)
setattr(owner, name, call)
from etl_batch.etl_core import main
sys.exit(main())
"""


def write_csv(folder: Path) -> Path:
    """Rows of three columns, some of them short, and at the end one that makes a column of numbers text."""
    lines = (f"{n},{'abc'[n % 3]},{n * 0.25}\n" if n % 997 else f"{n},short\n" for n in range(ROWS))
    (folder / "in.csv").write_text("id,k,v\n" + "".join(lines) + "0,a,=no number\n")
    return folder / "in.csv"


def write_jsonl(folder: Path) -> Path:
    """An object a line, some of them cut off."""
    lines = (json.dumps({"id": n, "k": "abc"[n % 3], "v": n * 0.25})[: None if n % 997 else 9] for n in range(ROWS))
    (folder / "in.jsonl").write_text("\n".join(lines) + "\n")
    return folder / "in.jsonl"


def write_records(folder: Path) -> Path:
    """Records of the `default` layout, and half a record behind them."""
    write_sales_binary(folder / "in.bin", ROWS)
    with (folder / "in.bin").open("ab") as out:
        out.write(b"half")
    return folder / "in.bin"


def write_parquet(folder: Path) -> Path:
    """The same rows in some thirty row groups."""
    columns = {"id": range(ROWS), "k": ["abc"[n % 3] for n in range(ROWS)], "v": [n * 0.25 for n in range(ROWS)]}
    table = pa.table(columns)
    pq.write_table(table, folder / "in.parquet", row_group_size=ROWS // 30)
    return folder / "in.parquet"


FORMATS: dict[str, Callable[[Path], Path]] = {
    "CSV": write_csv,
    "JSON Lines": write_jsonl,
    "fixed records": write_records,
    "Parquet": write_parquet,
}


@dataclass(frozen=True)
class Whole:
    """What an undisturbed run of an input comes to, and how long it takes."""

    source: Path
    result: dict[str, Any]
    seconds: float


@dataclass(frozen=True)
class Kill:
    """What is killed, of which run."""

    what: str
    """`tree`, `worker`, or the name of a step."""
    format: str
    workers: int

    @property
    def kind(self) -> str:
        """Its row of the table."""
        names = {"tree": "all its processes, at a random moment", "worker": "a worker, at a random moment"}
        return names.get(self.what, "all its processes, at a step of the commit")


@dataclass
class Kills:
    """A home in which runs are killed, and what was seen."""

    home: Path
    chance: random.Random
    old: dict[str, bytes] = field(default_factory=dict)
    wholes: dict[str, Whole] = field(default_factory=dict)
    seen: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @property
    def runs(self) -> Path:
        """Where runs stand."""
        return self.home / "output" / "runs"

    def begin(self) -> None:
        """The inputs, what each comes to, and the outputs of an earlier run."""
        for name in ("data", "output", "report", ".secrets"):
            (self.home / name).mkdir()
        for name, write in FORMATS.items():
            source = write(self.home / "data")
            began = time.monotonic()
            code, said = self.finish(self.start(self.command(source, 2)))
            assert code == 0, (name, said)
            seconds = time.monotonic() - began
            self.wholes[name] = Whole(source, self.result(max(self.run_ids())), seconds)
        (self.home / "data" / "old.csv").write_text("a,b\n1,old\n")
        assert self.next_run() == 0
        self.old = self.outputs()

    def command(self, source: Path, workers: int) -> list[str]:
        """A run of an input to the outputs."""
        output = self.home / "output" / TARGETS[0]
        size = ["--chunk-bytes", str(CHUNK_BYTES)]
        return ["-i", str(source), "-o", str(output), "-w", str(workers), *size, "--quiet"]

    def start(self, arguments: Sequence[str], step: str | None = None) -> subprocess.Popen[bytes]:
        """The engine, in a group of processes of its own."""
        hook = ["-c", AT_STEP, *map(str, STEPS[step])] if step else [str(ENGINE)]
        return subprocess.Popen(
            [sys.executable, *hook, *arguments],
            env=os.environ | {"ETL_HOME": str(self.home), "PYTHONPATH": str(ROOT)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def finish(self, process: subprocess.Popen[bytes]) -> tuple[int, str]:
        """Wait for it; what it says must be a sentence."""
        said = process.communicate(timeout=300)[1].decode(errors="replace")
        if "Traceback" in said or "internal error" in said:
            self.wrong.append(said)
        return process.returncode, said

    def next_run(self) -> int:
        """Another run to the same outputs; how it ends."""
        return self.finish(self.start(self.command(self.home / "data" / "old.csv", 1)))[0]

    def outputs(self) -> dict[str, bytes]:
        """What stands at the targets."""
        return {name: (self.home / "output" / name).read_bytes() for name in TARGETS}

    def run_ids(self) -> set[str]:
        """All runs."""
        return {path.name for path in self.runs.iterdir() if path.name.startswith("2")}

    def result(self, run_id: str) -> dict[str, Any]:
        """All that a run has come to: the outputs, the sample and the rejects, byte for byte, counts and estimates."""
        record = json.loads((self.runs / run_id / "metadata.json").read_text())
        files = {name: (self.runs / run_id / name).read_bytes() for name in ("sample.parquet", "rejects.jsonl")}
        digests = {name: hashlib.sha256(content).hexdigest() for name, content in (self.outputs() | files).items()}
        return {"status": record["status"], "counts": record["counts"], "analytics": record["analytics"], **digests}

    def round(self, kill: Kill) -> str:
        """One kill, and what comes after it; returns what became of the run."""
        for name, content in self.old.items():
            draft = self.home / "output" / f"{name}.old"
            draft.write_bytes(content)
            draft.replace(self.home / "output" / name)
        before = self.run_ids()
        whole = self.wholes[kill.format]
        arguments = self.command(whole.source, kill.workers)
        process = self.start(arguments, kill.what if kill.what in STEPS else None)
        hit = self.hit(kill, process, whole.seconds)
        code, said = self.finish(process)
        self.alone(process)
        run_ids = self.run_ids() - before
        if kill.what == "worker" or code != -signal.SIGKILL:
            outcome = "went on" if hit else "was over"
            faults = list(self.ended(run_ids, code, said, whole))
        else:
            outcome, faults = self.gone_on(max(run_ids, default=None), whole)
        faults += self.left()
        self.seen.setdefault(kill.kind, Counter()).update([outcome, *["fault" for _ in faults]])
        self.wrong += [f"{kill}, {outcome}: {fault}" for fault in faults]
        if faults:
            self.next_run()  # so that the next round does not find them again
        return outcome

    def hit(self, kill: Kill, process: subprocess.Popen[bytes], seconds: float) -> bool:
        """Kill at a moment; whether there was anything to kill."""
        if kill.what in STEPS:
            return True
        try:
            process.wait(self.chance.uniform(0.1, 1.05) * seconds)
        except subprocess.TimeoutExpired:
            if kill.what == "tree":
                os.killpg(process.pid, signal.SIGKILL)
                return True
            return self._hit_worker(process)
        return False

    def _hit_worker(self, process: subprocess.Popen[bytes]) -> bool:
        try:
            engine = psutil.Process(process.pid)
            workers = [each for each in engine.children() if each.cmdline() == engine.cmdline()]
            if workers:
                self.chance.choice(workers).kill()
            return bool(workers)
        except psutil.Error:
            return False

    def alone(self, process: subprocess.Popen[bytes]) -> None:
        """Nothing of the group lives on."""
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.01)
        self.wrong.append(f"processes of {process.pid} live on")

    def ended(self, run_ids: set[str], code: int, said: str, whole: Whole) -> Iterator[str]:
        """What is wrong with a run that came to its end by itself."""
        if code:
            yield f"exit {code}: {said}"
        elif len(run_ids) != 1 or self.result(max(run_ids)) != whole.result:
            yield "another result than that of an undisturbed run"

    def gone_on(self, run_id: str | None, whole: Whole) -> tuple[str, list[str]]:
        """What became of a run that was killed, and what is wrong with that."""
        faults = list(self.torn(whole))
        if run_id is None or self.chance.random() < 0.2:
            code = self.next_run()
            done = code == 0 and self.outputs() == self.old
            return "another run", faults + ([] if done else [f"the next run: exit {code}, or other outputs"])
        again = 0
        while self.chance.random() < 0.3:
            again += self.killed_again(run_id, whole)
            faults += self.torn(whole)
        code, said = self.finish(self.start(["resume", run_id, "--quiet"]))
        if code == 0:
            same = self.result(run_id) == whole.result
            return "resumed" + " again" * bool(again), faults + ([] if same else ["another result than undisturbed"])
        published = self.outputs() != self.old
        if code == 2 and published and "(success)" in said:
            faults += [] if self.result(run_id) == whole.result else ["another result than undisturbed"]
            self.next_run()  # clears what was kept to be gone on from
            return "was over", faults
        if code == 2 and not published and not (self.runs / run_id / CHECKPOINTS).exists():
            next_code = self.next_run()
            return "had not begun", faults + ([f"the next run: exit {next_code}"] if next_code else [])
        return "resumed", [*faults, f"resume: exit {code}, published: {published}: {said}"]

    def killed_again(self, run_id: str, whole: Whole) -> bool:
        """Kill the resume too, at a random moment or a step; whether it was still at it."""
        step = self.chance.choice([None, *STEPS]) if self.chance.random() < 0.5 else None
        process = self.start(["resume", run_id, "--quiet"], step)
        if step is None:
            self.hit(Kill("tree", "", 0), process, whole.seconds)
        code = self.finish(process)[0]
        self.alone(process)
        return code == -signal.SIGKILL

    def torn(self, whole: Whole) -> Iterator[str]:
        """Outputs that are neither the old nor the new ones, before anybody has put anything right."""
        for name, content in self.outputs().items():
            if content != self.old[name] and hashlib.sha256(content).hexdigest() != whole.result[name]:
                yield f"{name} is torn"

    def left(self) -> list[str]:
        """Staged files, turns, checkpoints, notes of open runs and manifests."""
        ends = (".tmp", ".old", "turns.bin", CHECKPOINTS)
        found = [path for name in ("output", "report", ".secrets") for path in (self.home / name).rglob("*")]
        return [
            f"left {path.relative_to(self.home)}"
            for path in found
            if path.name.endswith(ends) or path.name.startswith("unique-") or path.parent.name in (".open", ".commit")
        ]


def deck(number: int, chance: random.Random) -> list[Kill]:
    """So many kills: six of ten of everything at random, two of a worker, two at the steps in turn."""
    steps = cycle(chance.sample([*STEPS], len(STEPS)))
    turns = ["tree", "tree", "step", "worker", "tree", "tree", "step", "tree", "worker", "tree"]
    whats = list(islice(cycle(turns), number))
    # Of each kind in turn, so that every kind meets every format with one worker and with two.
    runs = {what: cycle((name, workers) for workers in (1, 2) for name in FORMATS) for what in set(whats)}
    kills = []
    for what in whats:
        name, workers = next(runs[what])
        kills.append(Kill(next(steps) if what == "step" else what, name, 2 if what == "worker" else workers))
    return kills


def main() -> int:
    """Kill in a home of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parsed = parser.parse_args()
    print(f"seed {parsed.seed}", flush=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kills = Kills(Path(folder).resolve(), random.Random(parsed.seed))
        kills.begin()
        for number, kill in enumerate(deck(parsed.kills, kills.chance), 1):
            known = len(kills.wrong)
            outcome = kills.round(kill)
            print(f"{number} {kill}: {outcome}", *kills.wrong[known:], sep="\n  ", file=sys.stderr, flush=True)
        verified = AuditLog(kills.home).verify().ok
    if not verified:
        kills.wrong.append("the audit log does not verify")
    return told(kills, time.monotonic() - began)


def told(kills: Kills, seconds: float) -> int:
    """Print what was seen; returns the exit code."""
    outcomes = sorted({name for seen in kills.seen.values() for name in seen} - {"fault"})
    heads = ["killed", "times", *outcomes, "faults"]
    print(f"\n| {' | '.join(heads)} |\n" + "| --- " * len(heads) + "|")
    for kind, seen in sorted(kills.seen.items()):
        cells = [kind, seen.total() - seen["fault"], *(seen[name] for name in outcomes), seen["fault"]]
        print("|", " | ".join(map(str, cells)), "|")
    print(f"\n{seconds:.0f} s; {len(kills.wrong)} faults", *kills.wrong, sep="\n")
    return int(bool(kills.wrong))


if __name__ == "__main__":
    sys.exit(main())
