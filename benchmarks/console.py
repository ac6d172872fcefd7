"""The console under load: server time of each screen, first visits after a start, and memory over many page loads.

    python benchmarks/console.py --runs 10000 --audit-lines 1000000 --loads 200

fills a home with past runs and audit records, keeps a run going, draws every screen as Streamlit's server does (a new
session, the script run whole), opens Launch and Analytics in a real browser as the first after a start, and loads all
screens in one for the memory. Its tables go to docs/performance.md.
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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import psutil  # noqa: E402 - the root must be on the path first
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from benchmarks import report  # noqa: E402
from benchmarks.audit import fill_audit  # noqa: E402
from console import identity, screens, sessions, space, users  # noqa: E402
from console.server import prepare_home  # noqa: E402
from console.users import Role, User  # noqa: E402
from etl_batch.demo import write_sales_binary, write_sales_csv  # noqa: E402
from etl_batch.runs.record.directory import RunDirectory  # noqa: E402
from etl_batch.security import audit_watch  # noqa: E402
from tests.browser.conftest import CHROMIUMS, Server, free_port  # noqa: E402
from tests.waiting import PATIENCE_SECONDS  # noqa: E402

ENGINE = ROOT / "etl_batch" / "etl_core.py"
STRATA_KEPT = 20
"""A past run keeps so many strata, that 10,000 of them fit on the disk."""
DRAWS = 15
STARTS = 5
"""So many consoles are started for the first visits of each kind."""
REST_SECONDS, REST_PERCENT = 2.0, 8.0
"""A console is at rest that takes no more than this of a core for so long."""
STRATA = 1_000
ROWS = 200_000
AT_THE_START_SECONDS = 600.0
OUTCOMES = ("success",) * 18 + ("failed", "cancelled")


def fill_runs(home: Path, count: int) -> None:
    """One real run with many strata, and `count` past ones that look like it, an hour apart."""
    write_sales_csv(home / "data" / "sales.csv", ROWS, seed=1, products=STRATA)
    command = [
        sys.executable,
        ENGINE,
        "-i",
        home / "data" / "sales.csv",
        "-o",
        home / "output" / "sales.csv",
        "--quiet",
    ]
    command += ["--stratum", "product", "--sample-frac", "0.05"]
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


def server_seconds(home: Path, user: User) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Seconds, and CPU seconds, that the server takes for each screen in a fresh session, but for the first draw.

    What a console reads once after its start, beside what it serves, is read before.
    """
    os.environ["ETL_HOME"] = str(home)
    identity.current_user = lambda: user
    audit_watch.verify_in_background(home)
    for once in (audit_watch.wait, space.wait):
        space.space(home)
        once(home, AT_THE_START_SECONDS)
    found: dict[str, list[float]] = {}
    spent: dict[str, list[float]] = {}
    for page in screens.NAVIGATION:
        for draw in range(DRAWS + 1):
            app = AppTest.from_file(str(ROOT / "console" / "main.py"), default_timeout=60)
            if page.name != "home":
                app = app.switch_page(f"../pages/{page.name}.py")
            before, used = time.perf_counter(), time.process_time()
            app.run()
            if draw:  # the first one imports
                found.setdefault(page.title, []).append(time.perf_counter() - before)
                spent.setdefault(page.title, []).append(time.process_time() - used)
            assert not app.exception, (page.name, app.exception)
    return found, spent


def first_visits(home: Path, user: User) -> dict[str, list[float]]:
    """Seconds from a click on Home until Launch, or Analytics of many strata, is drawn: the first after a start.

    At once, beside all that a console reads and makes ready when it starts, and when it has come to rest.
    """
    opened: dict[str, Callable[[Page], object]] = {
        "Launch": lambda page: page.get_by_role("heading", name="First records").wait_for(),
        "Analytics": lambda page: page.locator(".st-key-totals .js-plotly-plot").wait_for(),
    }
    found: dict[str, list[float]] = {}
    for (title, drawn), at_rest, _start in product(opened.items(), (True, False), range(STARTS)):
        with browsing(home, user) as (address, process, page):
            page.goto(address)
            settle(page)
            if at_rest:
                rest(process)
            before = time.perf_counter()
            page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True).click()
            drawn(page)
            words = "at rest" if at_rest else "at once"
            found.setdefault(f"{title}, {words}", []).append(time.perf_counter() - before)
    return found


def rest(process: psutil.Process) -> None:
    """Return when the console has had nothing to do for a while, but for the ticks of the page."""
    process.cpu_percent()
    while process.cpu_percent(REST_SECONDS) > REST_PERCENT:
        pass


def settle(page: Page) -> None:
    """Return when a page is drawn to its end."""
    page.get_by_role("heading", level=1).first.wait_for()
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()


@contextmanager
def browsing(home: Path, user: User) -> Iterator[tuple[str, psutil.Process, Page]]:
    """A console that has just been started, its address, its process, and a browser's page that is signed in there."""
    server = Server([sys.executable, "app.py"], ROOT, ETL_HOME=str(home), PORT=str(free_port()))
    try:
        address = server.wait_for(r"(http://127\.0\.0\.1:\d+)$")
        cookie = {"name": sessions.COOKIE, "value": sessions.start(home, user, "127.0.0.1"), "url": address}
        with sync_playwright() as playwright:
            path = next(filter(None, map(shutil.which, CHROMIUMS)))
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
            context = browser.new_context()
            context.set_default_timeout(PATIENCE_SECONDS * 1000)
            context.add_cookies([cookie])
            yield address, psutil.Process(server.process.pid), context.new_page()
            browser.close()
    finally:
        server.stop()


def memory_over_loads(home: Path, user: User, loads: int) -> list[tuple[int, int]]:
    """Resident bytes of the console after so many page loads in Chromium, sampled ten times."""
    samples: list[tuple[int, int]] = []
    with browsing(home, user) as (address, process, first):
        for load in range(loads):
            page = first.context.new_page()
            screen = screens.NAVIGATION[load % len(screens.NAVIGATION)]
            page.goto(f"{address}/{'' if screen.name == 'home' else screen.name}")
            settle(page)
            page.close()
            if (load + 1) % max(loads // 10, 1) == 0:
                samples.append((load + 1, process.memory_info().rss))
    return samples


def tables(
    seconds: dict[str, list[float]],
    spent: dict[str, list[float]],
    first: dict[str, list[float]],
    memory: list[tuple[int, int]],
) -> list[str]:
    """The results as Markdown."""
    head = ["screen", "median, ms", "quickest, ms", "slowest, ms"]
    served = [[*_row(found), f"{statistics.median(spent[found[0]]) * 1e3:.0f}"] for found in seconds.items()]
    loads = [[str(load), f"{rss / 1e6:.0f}"] for load, rss in memory]
    return [
        "### Server time of each screen\n\n" + report.table([*head, "CPU, median, ms"], served),
        "### First visits after a start\n\n" + report.table(head, map(_row, first.items())),
        "### Memory of the console over page loads\n\n"
        + report.table(["pages loaded", "resident, MB"], loads, words=0),
    ]


def _row(found: tuple[str, list[float]]) -> list[str]:
    name, times = found
    return [name, *(f"{of(times) * 1e3:.0f}" for of in (statistics.median, min, max))]


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
        first = first_visits(home, user)
        with run_in_progress(home):
            seconds, spent = server_seconds(home, user)
            memory = memory_over_loads(home, user, arguments.loads)
    words = f"--runs {arguments.runs} --audit-lines {arguments.audit_lines} --loads {arguments.loads}"
    heading = report.environment(f"make bench-console CONSOLE_ARGS='{words}'")
    sections = tables(seconds, spent, first, memory)
    print(heading, *sections, sep="\n")
    report.publish(ROOT / "docs" / "performance.md", heading, sections, mark="console")


if __name__ == "__main__":
    main()
