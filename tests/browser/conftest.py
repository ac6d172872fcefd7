"""What the browser tests share: a real Chromium, a real console, and a watch on every request."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Request,
    TimeoutError,  # noqa: A004 - Playwright's own
    expect,
    sync_playwright,
)

from console import users
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_demo
from etl_batch.model import RunStatus
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.processes import tree
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.ui.shared.palette import PALETTES, Theme
from tests.support import copied
from tests.waiting import PATIENCE_SECONDS, until

NAME, PASSWORD = "ada", "correct horse battery"
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
CHARTS = {"Totals": ("totals", "larger"), "Strata": ("strata", "expansion", "shares"), "History": ("coverage",)}
"""Those that each tab of the Analytics screen draws of any run with estimates."""
STORY = [pytest.mark.browser, pytest.mark.timeout(1800)]
"""Marks of a whole story in a browser, on machines of any speed."""
STEP_MILLISECONDS, RUN_MILLISECONDS = int(PATIENCE_SECONDS * 1000), int(PATIENCE_SECONDS * 3000)
"""How long a step of a page may take, and a run with the queue before it. Among many other processes a browser takes
ten seconds for what it does in one."""
LIST_MILLISECONDS, LIST_ATTEMPTS = 20_000, 9
"""How long a list may take to open before it counts as shut again, and how often it is opened anew."""
STRIDE_SECONDS = 0.03
"""How far a run that is to be halted goes between two looks at it."""

expect.set_options(timeout=STEP_MILLISECONDS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Without one the tests are skipped aloud, and under CI=true they fail.

    For one file: Playwright keeps an event loop in the thread, in which later tests of the worker may want their own.
    """
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        sentence = "NO CHROMIUM: the browser tests did not run. Install it with `apt install chromium`."
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


@dataclass
class Visitor:
    """One browser profile and every address it asked for."""

    context: BrowserContext
    addresses: list[str] = field(default_factory=list)

    def note(self, request: Request) -> None:
        """Remember a request."""
        self.addresses.append(request.url)

    def page(self) -> Page:
        """A new tab."""
        return self.context.new_page()

    def outside(self) -> set[str]:
        """Hosts other than this machine that were asked for anything."""
        parts = [urlsplit(address) for address in self.addresses]
        return {str(part.hostname) for part in parts if part.scheme not in ("data", "blob")} - {"127.0.0.1"}


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """Opens fresh browser profiles; those still open are closed in the end."""
    opened: list[Visitor] = []

    def open_profile(width: int = 1440, height: int = 900) -> Visitor:
        visitor = Visitor(browser.new_context(viewport={"width": width, "height": height}, accept_downloads=True))
        visitor.context.set_default_timeout(STEP_MILLISECONDS)
        visitor.context.on("request", visitor.note)
        opened.append(visitor)
        return visitor

    yield open_profile
    for visitor in opened:
        visitor.context.close()


def free_port() -> int:
    """A port that nobody listens on, below those that outgoing connections are given: one of them might take it."""
    below = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", random.randrange(below // 2, below)))
            return int(listener.getsockname()[1])


class Server:
    """A server process whose output is read line by line."""

    def __init__(self, command: list[str], folder: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            with self._more:
                self.lines.append(line)
                self._more.notify_all()

    def wait_for(self, pattern: str) -> str:
        """The first group of the first line that fits, as soon as it is printed."""

        def found() -> re.Match[str] | None:
            return next(filter(None, (re.search(pattern, line) for line in self.lines)), None)

        with self._more:
            assert self._more.wait_for(found, PATIENCE_SECONDS), f"no line fits {pattern!r}:\n{''.join(self.lines)}"
            match = found()
        assert match is not None
        return match.group(1)

    def stop(self) -> None:
        """End the process as a service manager does; one that ended by itself fails the test, with its last words."""
        if self.process.poll() is not None:
            self._reader.join()
            pytest.fail(f"the server has ended with {self.process.returncode}:\n{''.join(self.lines[-100:])}")
        self.process.terminate()
        try:
            self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Restartable:
    """A console at a fixed port that can be killed and started again over the same home."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        self.server = self.start()

    def start(self) -> Server:
        """Serve; returns when the console says where."""
        self.server = Server([sys.executable, "app.py"], PROJECT_ROOT, ETL_HOME=str(self.home), PORT=str(self.port))
        self.address = self.server.wait_for(r"(http://127\.0\.0\.1:\d+)$")
        return self.server

    def kill(self) -> None:
        """SIGKILL, as a machine short of memory does it."""
        self.server.process.kill()
        self.server.process.wait()

    def kill_and_restart(self) -> None:
        """The same, and a new start."""
        self.kill()
        self.start()


@dataclass(frozen=True)
class Console:
    """A console that serves: its home, its address and, until somebody used it, its setup link."""

    home: Path
    address: str
    setup_link: str


def write_demo_data(home: Path) -> None:
    """What `make run` puts into a fresh home."""
    write_demo(home / "data", megabytes=20)


@pytest.fixture(scope="module")
def console(
    made_once: Callable[[Callable[[Path], object]], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Console]:
    """A console over a home with demo data, as `make run` starts it: fresh for the first test of a file."""
    home = copied(made_once(write_demo_data), tmp_path_factory.mktemp("console") / "home")
    server = Server([sys.executable, "app.py"], PROJECT_ROOT, ETL_HOME=str(home), PORT="0")
    try:
        address = server.wait_for(r"(http://127\.0\.0\.1:\d+)$")
        yield Console(home, address, server.wait_for(r"(http://\S+/setup\?token=\S+)"))
    finally:
        server.stop()


def set_up(page: Page, console: Console) -> None:
    """On the front page as the first super_admin, who is created through the setup link unless a test before did it."""
    if users.has_super_admin(console.home):
        sign_in(page, console)
    else:
        page.goto(console.setup_link)
        page.get_by_label("User name").fill(NAME)
        page.locator("#password").fill(PASSWORD)
        page.locator("#repeated").fill(PASSWORD)
        page.get_by_role("button").click()
    page.get_by_role("heading", name="Home").wait_for()


def settled(page: Page) -> None:
    """The page is drawn to its end, and nothing of the drawing before is left.

    After a click this says something only once a part of the new drawing was seen: the page does not know at once that
    it will be drawn anew.
    """
    expect(page.locator("[data-testid=stApp][data-test-script-state=notRunning]")).to_be_visible()
    expect(page.locator("[data-testid=stSkeleton]")).to_have_count(0)


def launch(page: Page) -> str:
    """From anywhere: the Launch screen, one click, and the id of the run whose live page opens."""
    page.get_by_role("link", name="Launch", exact=True).click()
    # Else the address of the run that was watched before would be taken for the new one's.
    page.wait_for_url("**/launch*")
    page.get_by_role("button", name="Launch run").click()
    return launched(page)


def launched(page: Page) -> str:
    """The id of the run whose live page opens."""
    page.wait_for_url("**/live?run=*")
    # The address changes before the page: a click in between may fall on what is about to be drawn anew, and be lost.
    page.get_by_role("heading", name="Live run").wait_for()
    return page.url.partition("run=")[2]


class Halting:
    """Halts a run of a home in its middle, so that what a browser does meanwhile happens in the middle of it.

    It is the next one that comes, or one that waits in the queue.

    The run is watched for from now on, in a thread: a browser may take longer to the page of a run than the run takes
    to its end. It goes on by small strides until the files that it writes are there.
    """

    def __init__(self, home: Path, waiting: RunDirectory | None = None) -> None:
        self._home, self._known, self._waiting = home, set(run_ids(home)), waiting
        self._halted: list[psutil.Process] = []
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        run, pause = self._waiting or self._next(), threading.Event()
        until(run.engine)
        while not run.final():
            self._halted = tree.run_processes(run)
            for each in self._halted:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.suspend()
            if (progress := run.progress()) and progress.staged:
                return
            self.go_on()
            pause.wait(STRIDE_SECONDS)

    def _next(self) -> RunDirectory:
        until(lambda: set(run_ids(self._home)) - self._known)
        (run_id,) = set(run_ids(self._home)) - self._known
        return RunDirectory(self._home, run_id)

    def wait_for(self, run_id: str) -> None:
        """Return when the run is halted."""
        self._watcher.join()
        assert RunDirectory(self._home, run_id).status() is RunStatus.RUNNING, "it was over before it could be halted"

    def go_on(self) -> None:
        """Let the run go on."""
        for each in self._halted:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.resume()


@pytest.fixture
def halting(console: Console) -> Iterator[Callable[[], Halting]]:
    """Begins to watch for the console's next run; none stays halted."""
    begun: list[Halting] = []

    def begin() -> Halting:
        begun.append(Halting(console.home))
        return begun[-1]

    yield begin
    for each in begun:
        each.go_on()


def expect_status(page: Page, status: str) -> None:
    """The run's badge, the first of the page, comes to say the status; the second has its place in the queue."""
    expect(page.locator(".etl-badge").first).to_have_text(status, timeout=RUN_MILLISECONDS)


def expect_charts(page: Page) -> None:
    """Each tab of the Analytics screen, opened one after the other, has its charts."""
    for tab, charts in CHARTS.items():
        page.get_by_role("tab", name=tab, exact=True).click()
        for chart in charts:
            expect(page.locator(f".st-key-{chart} .js-plotly-plot")).to_have_count(1)


def rgb(colour: str) -> str:
    """`#096b62` as a browser says it."""
    return "rgb({}, {}, {})".format(*(int(colour[start : start + 2], 16) for start in (1, 3, 5)))


def expect_theme(page: Page, theme: Theme) -> None:
    """The page comes to be shown in that theme, and its charts to be drawn for it."""
    expect(page.locator(f"html[data-etl-theme={theme}]")).to_be_attached()
    chart = page.locator(".main-svg").first
    if chart.count():
        expect(chart).to_have_css("background-color", rgb(PALETTES[theme].card))


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def choose(place: Page | Locator, label: str, option: str, *, nth: int = 0, exact: bool = True) -> None:
    """Choose from a list in a page or a part of it, once the page stands still.

    A page that scrolls as the field is clicked shuts the list again: then it is opened anew.
    """
    page = place.page if isinstance(place, Locator) else place
    field = place.get_by_role("combobox", name=label).nth(nth)
    wanted = page.get_by_role("option", name=option, exact=exact).first
    settled(page)
    for _attempt in range(LIST_ATTEMPTS):
        field.scroll_into_view_if_needed()
        if field.get_attribute("aria-expanded") != "true":
            field.click()
        with contextlib.suppress(TimeoutError):
            wanted.click(timeout=LIST_MILLISECONDS)
            return
    pytest.fail(f"the list {label!r} did not stay open")


def sign_in(page: Page, console: Console, target: str = "/") -> None:
    """Sign in on the way to a page."""
    page.goto(console.address + target)
    page.get_by_label("User name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
