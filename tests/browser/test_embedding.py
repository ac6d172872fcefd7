"""`etl_dashboard()` in a bare app of somebody else's, installed as docs/embedding.md says, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.ui.report import wording as report_wording
from etl_batch.ui.shared import wording
from etl_batch.ui.shared.palette import PALETTES
from supply.locks import ENGINE
from tests.browser.conftest import STORY, Server, Visitor, expect_charts, expect_status, free_port, rgb, settled
from tests.installed import Environment, install, make_environment

pytestmark = STORY

OPTIONS = ("--server.headless=true", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false")
EXAMPLES = re.findall(r"^```python\n(.*?)^```", (PROJECT_ROOT / "docs" / "embedding.md").read_text(), re.M | re.S)
"""The code of the page: the app, and the part of one with several pages."""
CUSTOMERS = "customer_segment_name,lifetime_value\n" + "".join(
    f"{('private', 'business', 'public')[row % 3]},{700_000_000 + row * row % 99_991}\n" for row in range(4000)
)
"""Names and numbers that are long for a card, and fit on a telephone."""
BROKEN_WORDS = """() => {
  const broken = [];
  for (const cell of document.querySelectorAll(".etl-card dt, .etl-card dd:not(.etl-note)")) {
    const text = cell.firstChild;
    for (const word of text.data.matchAll(/[^ \\n-]+/g)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((line) => line.top)).size > 1) broken.push(word[0]);
    }
  }
  return broken;
}"""
"""Words and numbers of cards that stand on two lines; a narrow space within a number is no place to break it."""


@dataclass(frozen=True)
class App:
    """An app that runs: the folder it was started in, its address, and what it has printed."""

    folder: Path
    address: str
    server: Server


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A fresh environment, installed by the lock of the engine."""
    made = make_environment(tmp_path_factory.mktemp("embedding") / "env", ENGINE)
    install(made)
    return made


@contextmanager
def serving(environment: Environment, folder: Path, code: str) -> Iterator[App]:
    """An app of that code, started as the page says, over a home with an input."""
    (folder / "my_app.py").write_text(code)
    (folder / "data").mkdir()
    (folder / "data" / "customers.csv").write_text(CUSTOMERS)
    command = [str(environment.python), "-m", "streamlit", "run", "my_app.py", f"--server.port={free_port()}", *OPTIONS]
    server = Server(command, folder, **environment.variables, PYTHONPATH="")
    try:
        yield App(folder, server.wait_for(r"(http://127\.0\.0\.1:\d+)"), server)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def app(environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The page's own app."""
    with serving(environment, tmp_path_factory.mktemp("theirs"), EXAMPLES[0]) as served:
        yield served


def open_tab(page: Page, name: str) -> None:
    """Open one of the dashboard's tabs, and see it drawn to its end."""
    tab = page.get_by_role("tab", name=name, exact=True).first
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    settled(page)


def test_a_bare_app_with_the_dashboard(app: App, visit: Callable[..., Visitor]) -> None:
    """Launch, watch, analytics and the report work without the console, and nothing leaves the machine."""
    visitor = visit()
    page = visitor.page()
    page.goto(app.address)
    page.get_by_role("button", name="Launch run").click()
    expect_status(page, "success")
    assert app.server.wait_for(r"(Home of the dashboard: \S+);") == f"Home of the dashboard: {app.folder}"
    assert (app.folder / "output" / "customers.csv").is_file()
    page.get_by_role("tab", name="Analytics").click()
    expect_charts(page)
    page.get_by_role("tab", name="Report").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=report_wording.DOWNLOAD).click()
    assert download.value.suggested_filename.endswith(".html")
    frame = page.locator(".st-key-report-page iframe")
    expect(frame.content_frame.get_by_role("heading", level=1)).to_contain_text("Run ")
    # All of it is in sight: the frame is as high as what it holds, and has no scrollbar of its own.
    page.wait_for_function(
        "frame => { const page = frame.contentDocument.documentElement;"
        " return page.scrollHeight > 2000 && Math.abs(page.scrollHeight - frame.clientHeight) < 2 }",
        arg=frame.element_handle(),
    )
    assert visitor.outside() == set()


@pytest.mark.parametrize("width", [1440, 390])
def test_words_stay_whole(app: App, visit: Callable[..., Visitor], width: int) -> None:
    """At Streamlit's own width and on a telephone no word or number of a card is broken, and the page is not wider."""
    page = visit(width).page()
    page.goto(app.address)
    for tab in wording.TABS.values():
        open_tab(page, tab)
        assert page.evaluate(BROKEN_WORDS) == [], tab
        wide = page.evaluate("() => { const m = document.querySelector('[data-testid=stMain]'); return m.scrollWidth }")
        assert wide <= width, tab


def test_no_script_of_a_report_runs(app: App, visit: Callable[..., Visitor]) -> None:
    """Another file in the report's place is shown, and what it would do is forbidden."""
    page = visit().page()
    page.goto(app.address)
    page.get_by_role("button", name="Launch run").click()
    expect_status(page, "success")
    newest = max((app.folder / "report").glob("2*.html"))
    newest.write_text("<h1>Not ours</h1><script>parent.document.title = 'owned'; document.title = 'owned'</script>")
    open_tab(page, "Report")
    frame = page.locator(".st-key-report-page iframe")
    expect(frame.content_frame.get_by_role("heading", name="Not ours")).to_be_visible()
    assert page.title() != "owned"
    assert frame.content_frame.locator("html").evaluate("page => page.ownerDocument.title") != "owned"


def test_charts_follow_the_theme(app: App, visit: Callable[..., Visitor]) -> None:
    """A chart is light on a light page and dark on a dark one, and follows when the page changes."""
    visitor = visit()
    page = visitor.page()
    page.emulate_media(color_scheme="light")
    page.goto(app.address)
    page.get_by_role("button", name="Launch run").click()
    expect_status(page, "success")
    page.get_by_role("tab", name="Analytics", exact=True).click()
    ground = page.locator(".st-key-totals .js-plotly-plot .main-svg").first
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        expect(ground).to_have_css("background-color", rgb(PALETTES[theme].card))


def test_an_app_of_several_pages(environment: Environment, tmp_path: Path, visit: Callable[..., Visitor]) -> None:
    """Each page has its dashboard with its home, none has anything of another's, and the open tab is found again."""
    code = EXAMPLES[0].partition("st.title")[0] + EXAMPLES[1]
    code = code.replace("/srv/sales", str(tmp_path)).replace("/srv/stock", str(tmp_path / "stock"))
    code = code.replace("st.navigation([", "def plain():\n    st.write('a page')\n\n\nst.navigation([st.Page(plain), ")
    with serving(environment, tmp_path, code) as served:
        page = visit().page()
        page.goto(served.address)
        page.get_by_role("link", name="sales", exact=True).click()
        page.get_by_role("button", name="Launch run").click()
        expect_status(page, "success")
        page.get_by_role("link", name="plain", exact=True).click()
        expect(page.get_by_text("a page", exact=True)).to_be_visible()
        settled(page)
        page.get_by_role("link", name="sales", exact=True).click()
        expect(page.get_by_role("tab", name="Live", exact=True)).to_have_attribute("aria-selected", "true")
        expect_status(page, "success")
        page.get_by_role("link", name="stock", exact=True).click()
        expect(
            page.get_by_text(f"Put a binary, CSV or Parquet file into the folder {tmp_path}/stock/data")
        ).to_be_visible()
        expect(page.get_by_text("from your computer")).to_have_count(0)
        open_tab(page, "Runs")
        page.get_by_role("link", name="sales", exact=True).click()
        expect(page.get_by_role("button", name="Launch run")).to_be_visible()
        open_tab(page, "Runs")
        expect_status(page, "success")
        expect(page.locator("[data-testid=stException]")).to_have_count(0)
