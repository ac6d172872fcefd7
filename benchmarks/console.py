"""The console under load: server time of each screen, and memory over many page loads.

    python benchmarks/console.py --runs 10000 --audit-lines 1000000 --loads 200

fills a home with past runs and audit records, keeps a run going, draws every screen as Streamlit's server does (a new
session, the script run whole) and loads them in a real browser for the memory. Its tables go to docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402 - the root must be on the path first
from playwright.sync_api import sync_playwright  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from benchmarks import report  # noqa: E402
from benchmarks.audit import fill_audit  # noqa: E402
from console import identity, screens, sessions, users  # noqa: E402
from console.server import prepare_home  # noqa: E402
from console.users import Role, User  # noqa: E402
from etl_batch.demo import write_sales_binary, write_sales_csv  # noqa: E402
from etl_batch.runs.record.directory import RunDirectory  # noqa: E402
from tests.browser.conftest import CHROMIUMS, Server, free_port  # noqa: E402

ENGINE = ROOT / "etl_batch" / "etl_core.py"
STRATA_KEPT = 20
"""A past run keeps so many strata, that 10,000 of them fit on the disk."""
DRAWS = 15
OUTCOMES = ("success",) * 18 + ("failed", "cancelled")


def fill_runs(home: Path, count: int) -> None:
    """One real run, and `count` past ones that look like it, an hour apart."""
    write_sales_csv(home / "data" / "sales.csv", 5000, seed=1, dirt=True)
    command = [
        sys.executable,
        ENGINE,
        "-i",
        home / "data" / "sales.csv",
        "-o",
        home / "output" / "sales.csv",
        "--quiet",
    ]
    subprocess.run(command, check=True, env=os.environ | {"ETL_HOME": str(home)}, stdout=subprocess.DEVNULL)
    (real,) = (home / "output" / "runs").glob("2*")
    texts = {name: (real / name).read_text() for name in ("config.json", "progress.json", "events.jsonl", "run.log")}
    metadata = json.loads((real / "metadata.json").read_text())
    metadata["analytics"]["strata"] = metadata["analytics"]["strata"][:STRATA_KEPT]
    report_text = RunDirectory(home, real.name).report.read_text()
    for number in range(count):
        started = datetime.now(UTC) - timedelta(hours=number + 2)
        run = RunDirectory(home, f"{started:%Y%m%dT%H%M%SZ}-{number:06x}").create()
        for name, text in texts.items():
            run.file(name).write_text(text.replace(real.name, run.run_id))
        moment = started.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        status = OUTCOMES[number % len(OUTCOMES)]
        error = None if status == "success" else {"kind": "too_many_rejects", "message": "More than 5 were rejected."}
        facts = {"run_id": run.run_id, "status": status, "started_at": moment, "finished_at": moment, "error": error}
        run.write("metadata.json", metadata | facts)
        if number < 200:
            run.report.write_text(report_text)


@contextmanager
def run_in_progress(home: Path) -> Iterator[None]:
    """An engine that is at work all the while: tiny chunks make a small file last."""
    write_sales_binary(home / "data" / "long.bin", 8_000_000, seed=2)
    command = [sys.executable, ENGINE, "-i", home / "data" / "long.bin", "-o", home / "output" / "long.csv", "--quiet"]
    command += ["-w", "1", "--chunk-bytes", "1500"]
    process = subprocess.Popen(command, env=os.environ | {"ETL_HOME": str(home)}, stdout=subprocess.DEVNULL)
    try:
        yield
        print(
            "The run went on all the while." if process.poll() is None else "THE RUN HAD ENDED BEFORE THE MEASUREMENT."
        )
    finally:
        process.terminate()
        process.wait()


def server_seconds(home: Path, user: User) -> dict[str, list[float]]:
    """Seconds that the server takes for each screen in a fresh session; the first draw, which imports, is left out."""
    os.environ["ETL_HOME"] = str(home)
    identity.current_user = lambda: user
    found: dict[str, list[float]] = {}
    for page in screens.NAVIGATION:
        for draw in range(DRAWS + 1):
            app = AppTest.from_file(str(ROOT / "console" / "main.py"), default_timeout=60)
            if page.name != "home":
                app = app.switch_page(f"../pages/{page.name}.py")
            before = time.perf_counter()
            app.run()
            if draw:
                found.setdefault(page.title, []).append(time.perf_counter() - before)
            assert not app.exception, (page.name, app.exception)
    return found


def memory_over_loads(home: Path, user: User, loads: int) -> list[tuple[int, int]]:
    """Resident bytes of the console after so many page loads in Chromium, sampled ten times."""
    server = Server([sys.executable, "app.py"], ROOT, ETL_HOME=str(home), PORT=str(free_port()))
    samples: list[tuple[int, int]] = []
    try:
        address = server.wait_for(r"(http://127\.0\.0\.1:\d+)$")
        cookie = {"name": sessions.COOKIE, "value": sessions.start(home, user, "127.0.0.1"), "url": address}
        process = psutil.Process(server.process.pid)
        with sync_playwright() as playwright:
            path = next(filter(None, map(shutil.which, CHROMIUMS)))
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            context = browser.new_context()
            context.add_cookies([cookie])
            for load in range(loads):
                page = context.new_page()
                screen = screens.NAVIGATION[load % len(screens.NAVIGATION)]
                page.goto(f"{address}/{'' if screen.name == 'home' else screen.name}")
                page.get_by_role("heading", level=1).first.wait_for()
                page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
                page.close()
                if (load + 1) % max(loads // 10, 1) == 0:
                    samples.append((load + 1, process.memory_info().rss))
            browser.close()
    finally:
        server.stop()
    return samples


def tables(seconds: dict[str, list[float]], memory: list[tuple[int, int]]) -> list[str]:
    """Both results as Markdown."""
    lines = ["### Server time of each screen", "", "| screen | median, ms | slowest, ms |", "| --- | ---: | ---: |"]
    lines += [
        f"| {name} | {statistics.median(times) * 1e3:.0f} | {max(times) * 1e3:.0f} |" for name, times in seconds.items()
    ]
    lines += ["", "### Memory of the console over page loads", "", "| pages loaded | resident, MB |", "| ---: | ---: |"]
    lines += [f"| {load} | {rss / 1e6:.0f} |" for load, rss in memory]
    return ["\n".join(lines) + "\n"]


def main() -> None:
    """Fill a home, measure, print and publish."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--audit-lines", type=int, default=1_000_000)
    parser.add_argument("--loads", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        prepare_home(home)
        user = users.create(home, "ada", Role.SUPER_ADMIN, "correct horse battery", by="benchmark")
        fill_runs(home, arguments.runs)
        fill_audit(home, arguments.audit_lines)
        with run_in_progress(home):
            seconds = server_seconds(home, user)
            memory = memory_over_loads(home, user, arguments.loads)
    words = f"--runs {arguments.runs} --audit-lines {arguments.audit_lines} --loads {arguments.loads}"
    heading = report.environment(f"make bench-console CONSOLE_ARGS='{words}'")
    sections = tables(seconds, memory)
    print(heading, *sections, sep="\n")
    report.publish(ROOT / "docs" / "performance.md", heading, sections, mark="console")


if __name__ == "__main__":
    main()
