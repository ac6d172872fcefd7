"""How the page looks to a reader: contrast of its colours, and its width in a real Chromium."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

import etl_batch.reporting
from tests.records import report_of

STYLE = (Path(etl_batch.reporting.__file__).parent / "templates" / "report.css").read_text(encoding="utf-8")
DARK, LIGHT = (
    dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
)
PAIRS = [
    *((ink, ground) for ink in ("text", "muted", "accent", "good", "warn") for ground in ("page", "card", "well")),
    ("bad", "page"),
    ("bad", "card"),
    ("bad", "bad-back"),
    ("text", "bad-back"),
]
CHROMIUM = Path("/usr/bin/chromium")


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    shares = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["screen", "print"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_contrast(theme, ink, ground):
    """Every text colour stands out from every ground it is used on as WCAG AA asks: 4.5 to 1."""
    bright, dark = sorted((_luminance(theme[ink]), _luminance(theme[ground])), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["screen", "print"])
def test_exact_total_stands_out_from_the_interval(theme):
    """The tick of the exact total is told from the bar it lies on by the 3 to 1 that graphics need."""
    bright, dark = sorted((_luminance(theme["exact"]), _luminance(theme["range"])), reverse=True)
    assert (bright + 0.05) / (dark + 0.05) >= 3


@pytest.fixture(scope="module")
def browser():
    """A Chromium of the machine."""
    if not CHROMIUM.exists():
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"], chromium_sandbox=False
        )
        yield chromium
        chromium.close()


def _named(analytics, name):
    """The analytics of a run whose one measure and whose strata have that name."""
    measure = analytics["measures"]["quantity"] | {"reason": name}
    return analytics | {
        "stratum": name,
        "measures": {name: measure},
        "strata": [row | {"value": name, "measures": {name: measure}} for row in analytics["strata"]],
        "expected_errors": [
            entry | {"half_widths": {name: entry["half_widths"]["quantity"]}} for entry in analytics["expected_errors"]
        ],
    }


@pytest.fixture
def files(tmp_path, success, rejects, previous, failed):
    """An ordinary report, one full of hostile and unbreakable text, and one of a failed run."""
    attack = '"><img src="https://example.invalid/x" onerror=alert(1)></script><script>alert(2)</script>' + "W" * 300
    hostile = {
        **success,
        "user": attack,
        "run_id": "R" * 200,
        "notes": [attack],
        "schema": [{"name": attack, "type": attack}],
        "inputs": [{"path": attack, "format": "csv", "layout": attack, "dialect": attack}],
        "config": {attack: attack},
        "rejects_by_reason": {attack: 3},
        "system": {"cpu": attack, "gpu": [attack]},
        "analytics": _named(success["analytics"], attack),
    }
    pages = {
        "ordinary": report_of(success, rejects=rejects, previous=previous),
        "hostile": report_of(hostile, rejects=[{**rejects[4], "raw": attack, "reason": attack}], previous=previous),
        "failed": report_of(failed),
    }
    for name, text in pages.items():
        (tmp_path / f"{name}.html").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.browser
@pytest.mark.parametrize("name", ["ordinary", "hostile", "failed"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page_fits_its_width_and_asks_for_nothing(browser, files, name, width):
    """The page never scrolls sideways, draws its intervals, runs nothing and requests nothing but itself."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    requests, alarms = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: alarms.append(message.text))
    page.on("pageerror", lambda error: alarms.append(str(error)))
    page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    address = (files / f"{name}.html").as_uri()
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert (page.locator("svg.plot circle").count() > 0) is (name != "failed")
    assert (page.locator("svg line.curve").count() > 0) is (name != "failed")
    assert (requests, alarms) == ([address], [])
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 980])
def test_no_table_hides_anything_at_its_side(browser, files, width):
    """On a telephone, and in the console's frame on a desk, every column of every table is in sight."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((files / "ordinary.html").as_uri())
    boxes = page.locator(".scroll")
    assert boxes.count() >= 5
    hidden = "boxes => boxes.filter(box => box.scrollWidth > box.clientWidth).map(box => box.ariaLabel)"
    assert boxes.evaluate_all(hidden) == []
    page.close()


@pytest.mark.browser
def test_a_frame_as_high_as_the_report_has_no_links_of_its_own(browser, files):
    """Links in a frame scroll nothing outside it; whoever shows all of a report offers its sections beside it."""
    page = browser.new_page(viewport={"width": 980, "height": 900})
    page.goto((files / "ordinary.html").as_uri())
    assert page.locator("nav").is_visible()
    page.set_viewport_size({"width": 980, "height": 9000})
    assert not page.locator("nav").is_visible()
    page.close()


@pytest.mark.browser
def test_print_is_light_and_hides_nothing(browser, files):
    """On paper the page is light, the tables are as wide as the paper, and only the navigation is left out."""
    page = browser.new_page(viewport={"width": 690, "height": 900})
    page.emulate_media(media="print")
    page.goto((files / "ordinary.html").as_uri())
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") == 690
    assert not page.locator("nav").is_visible()
    assert page.locator("section").last.is_visible()
    page.close()
