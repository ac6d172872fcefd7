"""The way of a layout in a real browser: written with a mistake, put right, tried on a file, saved, and run."""

from __future__ import annotations

import json
import struct
from pathlib import Path

from playwright.sync_api import Page, expect

from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.browser.conftest import NAME, STORY, Console, choose, expect_status, launched, set_up, settled

pytestmark = STORY

FIELDS = [
    {"name": "serial", "type": "u32", "min": 1},
    {"name": "energy", "type": "u32", "decimals": 3},
    {"name": "state", "type": "u8", "enum": {"0": "off", "1": "on"}},
    {"type": "bytes", "size": 1, "skip": True},
    {"name": "site", "type": "char", "size": 6, "strip": "space", "pattern": "[A-Z]{2}[0-9]+"},
]
LAYOUT = {"endian": "big", "magic": {"hex": "4d545231"}, "header_bytes": 4, "fields": FIELDS}
RECORDS = 500
BAD_RECORD = 321


def meter_file(path: Path) -> None:
    """Readings behind four magic bytes; one of them has a state that the layout does not name."""
    rows = [
        struct.pack(">IIBx6s", number + 1, number * 1500, 7 if number == BAD_RECORD else number % 2, b"AB12  ")
        for number in range(RECORDS)
    ]
    path.write_bytes(b"MTR1" + b"".join(rows))


def write(page: Page, layout: dict[str, object]) -> None:
    """Type a layout into the editor, as a person who pastes it does."""
    text = page.get_by_role("textbox", name="Layout as JSON")
    text.fill(json.dumps(layout, indent=1))
    text.press("Control+Enter")


def test_from_a_mistake_to_the_csv(console: Console, visit) -> None:
    """A mistake is said at its field; put right, the layout decodes a file, ranks first, and makes the CSV."""
    meter_file(console.home / "data" / "meter.bin")
    page = visit().page()
    set_up(page, console)
    page.get_by_role("link", name="Layouts", exact=True).click()
    page.get_by_role("button", name="New layout").click()
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("meter")
    name.press("Enter")
    write(page, {**LAYOUT, "fields": [*FIELDS[:1], {**FIELDS[1], "type": "u34"}, *FIELDS[2:]]})
    mistakes = page.get_by_role("list", name="What is wrong with the layout")
    expect(mistakes).to_contain_text("Field energy: it has the unknown type 'u34'")
    expect(page.get_by_role("button", name="Save layout")).to_be_disabled()
    write(page, LAYOUT)
    expect(page.get_by_text("No mistakes: records of 16 bytes, 4 columns.")).to_be_visible()
    expect(mistakes).to_have_count(0)
    page.get_by_role("tab", name="Hex view").click()
    see_the_file(page)
    page.get_by_role("tab", name="Editor").click()
    page.get_by_role("button", name="Save layout").click()
    expect(page.get_by_text("The layout meter is saved.")).to_be_visible()
    (record,) = AuditLog(console.home).search(action="layout.save")
    assert (record["user"], record["target"]) == (NAME, "meter")
    page.get_by_role("tab", name="Which layout fits").click()
    expect(page.get_by_text("reads this file with the layout meter")).to_be_visible()
    expect(page.locator(".etl-fits h3").first).to_contain_text("meter fits 99.8")
    launch(page, console)


def see_the_file(page: Page) -> None:
    """The generated file in hex: each field in its own colour, decoded, and the bad record with its reason."""
    choose(page, "File", "data/meter.bin", exact=False)
    dump = page.get_by_role("region", name="Bytes of record 1")
    expect(dump.get_by_text("00 00 00 01")).to_be_visible()
    expect(page.get_by_role("combobox", name="Layout", exact=True)).to_have_value("meter, as it stands in the editor")
    settled(page)
    runs = dump.locator(".etl-run")
    expect(runs).to_have_count(len(FIELDS))
    colours = runs.evaluate_all("runs => runs.map(run => getComputedStyle(run).backgroundColor)")
    assert len(set(colours)) == len(FIELDS)
    assert [contrast >= 4.5 for contrast in runs.evaluate_all(CONTRAST)] == [True] * len(FIELDS)
    values = page.get_by_role("region", name="Fields and their values")
    expect(values.get_by_role("row", name="site")).to_contain_text("AB12")
    page.get_by_role("button", name="Next refused record").click()
    expect(page.get_by_role("heading", name=f"Record {BAD_RECORD + 1}", exact=True)).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("invalid_enum: state holds the bytes 07")
    expect(values.get_by_role("row", name="serial")).to_contain_text(str(BAD_RECORD + 1))
    expect(page.locator(".etl-run.etl-wrong")).to_have_attribute(
        "title", "state (u8, byte 8): has a value that the layout does not name"
    )


# The colour behind a run is mixed with the page's, so both are painted on a canvas and read back.
CONTRAST = """runs => runs.map(run => {
  const paint = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const behind = [];
  for (let at = run; at; at = at.parentElement) behind.unshift(getComputedStyle(at).backgroundColor);
  for (const colour of behind) { paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1); }
  const light = () => { const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3).map(value => {
    const part = value / 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4 });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b };
  const back = light();
  paint.fillStyle = getComputedStyle(run).color; paint.fillRect(0, 0, 1, 1);
  const front = light();
  return (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
})"""


def launch(page: Page, console: Console) -> None:
    """From the scores to Launch with the file picked, and from there to the values in the CSV."""
    page.get_by_role("link", name="Launch a run with this file").click()
    page.wait_for_url("**/launch?*")
    expect(page.get_by_text("meter", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Launch run").click()
    run_id = launched(page)
    expect_status(page, "success")
    record = RunDirectory(console.home, run_id).metadata()
    assert record.inputs[0].layout == "meter"
    assert record.layouts["meter"]["fields"] == FIELDS
    assert (record.counts.written, record.counts.rejected) == (RECORDS - 1, 1)
    lines = Path(record.outputs["csv"].path).read_text().splitlines()
    assert lines[:3] == ["serial,energy,state,site", "1,0.000,off,AB12", "2,1.500,on,AB12"]
