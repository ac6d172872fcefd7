"""Measure the audit log: an append and what it spends, many processes at once, a million records verified and exported.

    python benchmarks/audit.py [--records 1000000] [--writers 8] [--appends 1000]

Prints a table in Markdown. `make bench-audit` writes it into docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import report  # noqa: E402
from console import audit_export  # noqa: E402
from etl_batch.security import audit_parts  # noqa: E402
from etl_batch.security.audit import AuditLog  # noqa: E402
from etl_batch.security.audit_format import AuditFiles, Seal, read_key  # noqa: E402
from etl_batch.security.audit_search import AuditFilter  # noqa: E402

APPENDS = """
import sys
from pathlib import Path
from etl_batch.security.audit import AuditLog
log = AuditLog(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    log.append(user=sys.argv[2], action="run.start", target=f"output/{number}.csv", detail={"number": number})
"""
MOMENT = "2026-01-01T00:00:00.000Z"


def fill_audit(home: Path, count: int) -> None:
    """Bring the audit log to `count` records that verify, as so many appends would have left it, parts included."""
    log, files = AuditLog(home), AuditFiles.of(home)
    first = log.append(user="benchmark", action="benchmark.begin", target=str(home))
    seal, prev, size = Seal(read_key(files.key)), first["mac"], files.log.stat().st_size
    lines = files.log.open("ab")
    with files.anchor.open("ab") as anchor:
        for seq in range(first["seq"] + 1, count):
            facts = {"user": f"user{seq % 7}", "action": "run.start", "target": f"run-{seq}", "outcome": "ok"}
            detail = {"inputs": ["data/sales.csv"], "workers": seq % 64}
            if size >= audit_parts.PART_BYTES:
                lines.close()
                files.log.rename(audit_parts.next_part(files.log))
                lines, size = files.log.open("ab"), 0
            line, prev = seal.line({"seq": seq, "ts": MOMENT, **facts, "detail": detail, "prev": prev})
            size += lines.write(line)
            anchor.write(f'{{"seq":{seq},"mac":"{prev}","ts":"{MOMENT}"}}\n'.encode())
    lines.close()
    files.head.write_text(json.dumps({"seq": count - 1, "mac": prev, "size": size}))
    log.append(user="benchmark", action="benchmark.fill", target=str(home))


@contextmanager
def counted(spent: dict[str, float]) -> Iterator[None]:
    """Add up the seconds that each kind of call to the disk takes meanwhile."""
    kept = {name: getattr(os, name) for name in ("fsync", "replace", "open")}

    def timed(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object, **named: object) -> object:
            begin = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                spent[name] = spent.get(name, 0.0) + time.perf_counter() - begin

        return run

    for name, call in kept.items():
        setattr(os, name, timed(name, call))
    try:
        yield
    finally:
        for name, call in kept.items():
            setattr(os, name, call)


@contextmanager
def clocks(row: list[str]) -> Iterator[None]:
    """Add the seconds by the wall's clock, and those of this process, to a row."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    row += [f"{time.perf_counter() - wall:.1f}", f"{time.process_time() - cpu:.1f}"]


def append_rows(home: Path, appends: int) -> list[list[str]]:
    """The median of an append, and the share of it that waits for the disk."""
    log, spent, times = AuditLog(home), {}, []
    log.append(user="benchmark", action="benchmark.begin", target="append")
    with counted(spent):
        for number in range(appends):
            begin = time.perf_counter()
            log.append(user="benchmark", action="run.start", target=f"output/{number}.csv")
            times.append(time.perf_counter() - begin)
    share = 100 * spent["fsync"] / sum(times)
    what = f"an append, the median of {appends:,}, {share:.0f} % of it in its four fsyncs"
    return [[what, f"{statistics.median(times):.4f}", ""]]


def process_rows(home: Path, writers: int, appends: int) -> list[list[str]]:
    """Many processes append to one log; the chain must hold."""
    command = [sys.executable, "-c", APPENDS, str(home)]
    begin = time.perf_counter()
    started = [subprocess.Popen([*command, f"user{each}", str(appends)], cwd=ROOT) for each in range(writers)]
    codes = [each.wait() for each in started]
    seconds = time.perf_counter() - begin
    found = AuditLog(home).verify()
    assert codes == [0] * writers
    assert (found.ok, found.records) == (True, writers * appends), found.sentence
    return [[f"{writers} processes append {appends:,} records each, one chain", f"{seconds:.1f}", ""]]


def whole_rows(home: Path, records: int) -> list[list[str]]:
    """Verification and export of a long log."""
    fill_audit(home, records)
    log, rows = AuditLog(home), [[f"verify {records:,} records"]]
    with clocks(rows[0]):
        found = log.verify()
    assert (found.ok, found.records) == (True, records), found.sentence
    for form in audit_export.MEDIA_TYPES:
        rows.append([f"export them as {form}"])
        with clocks(rows[-1]):
            size = sum(map(len, audit_export.pieces(log.files.log, AuditFilter(), form)))
        rows[-1][0] += f", {size / 1e6:.0f} MB"
    return rows


def main() -> None:
    """Measure, print and publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--appends", type=int, default=1_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = append_rows(Path(folder, "append"), arguments.appends)
        rows += process_rows(Path(folder, "processes"), arguments.writers, arguments.appends)
        rows += whole_rows(Path(folder, "whole"), arguments.records)
    words = f"--records {arguments.records} --writers {arguments.writers} --appends {arguments.appends}"
    heading = report.environment(f"make bench-audit AUDIT_ARGS='{words}'")
    table = report.table(["what", "seconds", "CPU s"], rows)
    print(heading, table, sep="\n")
    report.publish(ROOT / "docs" / "performance.md", heading, [table], mark="audit")


if __name__ == "__main__":
    main()
