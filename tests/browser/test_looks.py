"""What a page looks like: its theme is the system's, the report is at its own height, and words stay whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from etl_batch.ui.shared import markup
from etl_batch.ui.shared.palette import PALETTES, THEMES, Theme
from tests.browser.conftest import STORY, Console, Visitor, expect_status, expect_theme, launch, rgb, set_up, settled

pytestmark = STORY

CHART = ".st-key-totals .main-svg"
LONGEST_WORD = 30
FRAME = "[data-testid=stIFrame]"
WORDS = """box => [...box.querySelectorAll("th, td")].flatMap(cell => {
  const text = cell.firstChild, broken = [];
  for (const found of text.data.matchAll(/\\S+/g)) {
    const word = document.createRange();
    word.setStart(text, found.index);
    word.setEnd(text, found.index + found[0].length);
    if (new Set([...word.getClientRects()].map(line => line.top)).size > 1) broken.push(found[0]);
  }
  return broken;
})"""
"""The words of a table that stand on more than one line."""


def shown_in(page: Page, theme: Theme) -> None:
    """The page, its own boxes and its charts are in that theme."""
    colours = PALETTES[theme]
    expect_theme(page, theme)
    expect(page.get_by_test_id("stApp")).to_have_css("background-color", rgb(colours.ground))
    expect(page.locator(".etl-good dd, .etl-good dt").first).to_have_css("color", rgb(colours.text))
    expect(page.locator(".etl-good").first).to_have_css("border-top-color", rgb(colours.accent))
    expect(page.locator(CHART).first).to_have_css("background-color", rgb(colours.card))
    expect(page.locator(".st-key-totals .xtick text").first).to_have_css("fill", rgb(colours.soft))


def test_the_report_and_the_theme(console: Console, visit: Callable[..., Visitor]) -> None:
    """One run; its analytics in the theme of the system, then of the other, and its report at its own height."""
    page = visit().page()
    page.emulate_media(color_scheme="light")
    set_up(page, console)
    run_id = launch(page)
    expect_status(page, "success")
    follow_the_system(page, console, run_id)
    open_tabs(page, console, run_id)
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        read_the_report(page, console, run_id)
    find_another_report(page, run_id)


def follow_the_system(page: Page, console: Console, run_id: str) -> None:
    """From light to dark and back, without a click; the pages before signing in follow too."""
    page.goto(f"{console.address}/analytics?run={run_id}")
    for theme in (*THEMES, THEMES[0]):
        page.emulate_media(color_scheme=theme)
        shown_in(page, theme)
    page.goto(f"{console.address}/account/passkey")
    for theme in reversed(THEMES):
        page.emulate_media(color_scheme=theme)
        expect(page.locator("section.card")).to_have_css("background-color", rgb(PALETTES[theme].card))


def open_tabs(page: Page, console: Console, run_id: str) -> None:
    """A tab that is clicked stands in the address, and the address opens it again."""
    page.goto(f"{console.address}/analytics?run={run_id}")
    page.get_by_role("tab", name="Strata", exact=True).click()
    expect(page.locator(".st-key-strata .js-plotly-plot")).to_have_count(1)
    page.wait_for_url("**/analytics?*tab=strata*")
    expect(page.locator(".st-key-totals")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("tab", name="Strata", exact=True)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".st-key-strata .js-plotly-plot")).to_have_count(1)


def read_the_report(page: Page, console: Console, run_id: str) -> None:
    """All of it is in sight without a scrollbar of its own, and its sections lead the page to them."""
    page.goto(f"{console.address}/report?run={run_id}")
    frame = page.frame_locator(FRAME)
    expect(frame.get_by_role("heading", name=run_id)).to_be_visible()
    section = page.get_by_role("navigation", name="Sections of the report").get_by_role("button", name="Configuration")
    expect(section).to_be_visible()
    assert_at_its_own_height(frame)
    inner = "() => document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth"
    assert page.evaluate(inner), "the page scrolls sideways"
    settled(page)
    section.click()
    heading = frame.get_by_role("heading", name="Configuration")
    expect(heading).to_be_in_viewport()
    box = heading.bounding_box()
    assert box is not None
    assert box["y"] < 120, "it is not on top"
    expect(frame.get_by_role("heading", name=run_id)).not_to_be_in_viewport()


def assert_at_its_own_height(frame: FrameLocator) -> None:
    """The report ends where its frame ends, at most a pixel before, and nothing of it is wider than the frame."""
    sizes = (
        "page => [page.scrollHeight, innerHeight, page.getBoundingClientRect().height, page.scrollWidth, innerWidth]"
    )
    whole, seen, content, width, room = frame.locator("html").evaluate(sizes)
    assert whole == seen
    assert 0 <= seen - content < 1
    assert width == room
    hidden = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.ariaLabel)"
    assert frame.locator(".scroll").evaluate_all(hidden) == []


def find_another_report(page: Page, run_id: str) -> None:
    """The list of all reports is folded away above the one that is shown, and the box names that one's run."""
    expect(page.get_by_role("combobox", name="Run", exact=True)).to_have_value(f"{run_id} · sales.bin · success")
    search = page.get_by_role("textbox", name="Search", exact=True)
    expect(search).not_to_be_visible()
    page.get_by_text("All reports (1)").click()
    expect(search).to_be_visible()


@pytest.mark.parametrize("width", [390, 560, 1200])
def test_words_stay_whole_in_tables(visit: Callable[..., Visitor], width: int) -> None:
    """However narrow the page is; only what is longer than any word is broken, and the page never scrolls sideways."""
    page = visit(width).page()
    path = "/srv/etl/" + "deep/" * 30 + "x" * 80
    names = ("Population", "Certified", "Held the total", "Ended below / began above", "Rows sampled", "Where")
    line = ("log-normal, sigma 1", "certified", "94.7 %", "insignificantly", "100 000", path)
    table = markup.render("rows.html", title="Study", names=names, rows=[line])
    style = (markup.TEMPLATES / "style.css").read_text()
    page.set_content(f"<style>{style}</style><body>{table}</body>")
    broken = page.locator(".etl-rows").evaluate(WORDS)
    assert [word for word in broken if len(word) < LONGEST_WORD] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
