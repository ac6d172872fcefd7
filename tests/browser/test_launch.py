"""The Launch screen in a real browser: pick, check, run; upload with progress; presets and who may launch what."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Page, expect

from console import jobs, presets
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_sales_csv
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory
from tests.browser.conftest import PASSWORD, STORY, Console, choose, expect_status, launched, set_up, settled

pytestmark = STORY

OPERATOR = "otto"
UPLOAD_BYTES = 50_000_000
SLOW_BYTES_PER_SECOND, FAST_BYTES_PER_SECOND = 200_000, 6_000_000
"""Minutes for an upload that is cancelled, and seconds for one that comes to its end."""
WATCH_PROGRESS = """() => {
    window.seen = [];
    const look = () => window.seen.push(Number(document.querySelector(".etl-upload [role=progressbar]").ariaValueNow));
    const where = { subtree: true, attributes: true, attributeFilter: ["aria-valuenow"] };
    new MutationObserver(look).observe(document.querySelector(".etl-upload"), where);
}"""

LONG_LINE = """() => {
    const listen = WebSocket.prototype.addEventListener;
    WebSocket.prototype.addEventListener = function (kind, hear, ...rest) {
        const late = kind === "message" ? event => setTimeout(() => hear(event), 1500) : hear;
        return listen.call(this, kind, late, ...rest);
    };
}"""
"""What the server says reaches the page a second and a half later."""


@pytest.fixture
def stocked(console: Console) -> Console:
    """The console with two more files in a folder of their own."""
    folder = console.home / "data" / "2026 *new*"
    folder.mkdir(exist_ok=True)
    for seed, name in enumerate(("a.csv", "b.csv")):
        write_sales_csv(folder / name, 2000, seed=seed, dirt=True)
    return console


def digests(home: Path) -> dict[str, str]:
    """SHA-256 of each output."""
    paths = (home / "output").glob("merged.*")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths if ".bak." not in path.name}


def open_launch(page: Page, console: Console) -> None:
    """The Launch screen, drawn to its end."""
    page.goto(f"{console.address}/launch")
    expect(page.get_by_role("heading", name="Launch", exact=True)).to_be_visible()


def test_from_the_folder_to_the_operator(stocked, visit):
    """Two files are picked and run, by the button and by the shown line; an operator launches the preset alone."""
    visitor = visit()
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visitor.page()
    set_up(page, stocked)
    open_launch(page, stocked)
    pick_two_files(page)
    mistake_is_said_before_the_click(page)
    line = copied_line(page)
    save_preset(page, "nightly *run*")
    page.get_by_role("button", name="Launch run").click()
    expect_status(page, "success")
    by_console = digests(stocked.home)
    assert set(by_console) == {"merged.csv", "merged.parquet"}
    for output in by_console:
        (stocked.home / "output" / output).unlink()
    plain = {name: value for name, value in os.environ.items() if not name.startswith("ETL_")}
    subprocess.run(["sh", "-c", line], cwd="/", env=plain, check=True, capture_output=True)
    assert digests(stocked.home) == by_console
    operator_launches_the_preset_alone(page, stocked, visit)


def pick_two_files(page: Page) -> None:
    """Into the folder, both files ticked, the file that was picked before let go."""
    page.get_by_text("Browse the folders").click()
    page.get_by_text("sales.bin", exact=True).click()
    expect(page.get_by_text("Pick at least one file, folder or pattern.")).to_be_visible()
    page.get_by_role("button", name="2026 *new*").click()
    for name, files in (("a.csv", "1 file,"), ("b.csv", "2 files,")):
        page.get_by_text(name, exact=True).click()
        expect(page.locator(".etl-card", has_text="Size")).to_contain_text(files)
        settled(page)  # what is still drawn moves the boxes away under the next click
    expect(page.get_by_role("textbox", name="CSV output")).to_have_value("output/merged.csv")


def mistake_is_said_before_the_click(page: Page) -> None:
    """A path outside the folders stands beside its field, and the button is shut until it is right."""
    output = page.get_by_role("textbox", name="CSV output")
    output.fill("../elsewhere.csv")
    output.press("Tab")
    expect(page.get_by_role("alert").filter(has_text="Path traversal detected")).to_be_visible()
    expect(page.get_by_role("button", name="Launch run")).to_be_disabled()
    output.fill("output/merged.csv")
    output.press("Tab")
    expect(page.get_by_role("button", name="Launch run")).to_be_enabled()
    expect(page.get_by_role("alert").filter(has_text="Path traversal detected")).to_have_count(0)


def copied_line(page: Page) -> str:
    """The command line, as the copy button puts it on the clipboard: what is shown, to the letter."""
    page.get_by_text("The same from the command line").click()
    block = page.get_by_test_id("stCode")
    expect(block).to_be_visible()
    block.hover()
    block.get_by_role("button", name="Copy to clipboard").click()
    line = block.locator("code").text_content()
    read = "line => navigator.clipboard.readText().then(copied => copied === line)"
    page.wait_for_function(read, arg=line)
    return line


def save_preset(page: Page, name: str) -> None:
    """The settings on the screen under a name."""
    page.get_by_text("Presets", exact=True).click()
    field = page.get_by_role("textbox", name="Preset name")
    field.fill(name)
    field.press("Tab")
    page.get_by_role("button", name="Save as preset").click()
    expect(page.get_by_text(f"The preset {name} is saved.")).to_be_visible()


def operator_launches_the_preset_alone(admin: Page, console: Console, visit) -> None:
    """An operator finds the preset and no form, runs it, and is refused once it is gone; a file is refused as well."""
    add = [sys.executable, "-m", "console", "users", "add", OPERATOR, "--role", "operator", "--password-stdin"]
    environment = {**os.environ, "ETL_HOME": str(console.home)}
    subprocess.run(add, cwd=PROJECT_ROOT, env=environment, input=PASSWORD, text=True, check=True, capture_output=True)
    page = visit().page()
    page.goto(f"{console.address}/launch?input=sales.bin")
    page.get_by_label("User name").fill(OPERATOR)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".etl-preset h3")).to_have_text("nightly *run*")
    expect(page.locator(".etl-preset")).to_contain_text("output/merged.csv, output/merged.parquet")
    settled(page)
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("button", name="Launch run")).to_have_count(0)
    page.get_by_role("button", name="Launch nightly *run*").click()
    run_id = launched(page)
    expect_status(page, "success")
    record = RunDirectory(console.home, run_id).metadata()
    assert (record.user, record.inputs[0].path) == (OPERATOR, f"{console.home}/data/2026 *new*/a.csv")
    send = "async () => (await fetch('/upload', {method: 'POST', body: new FormData()})).status"
    assert page.evaluate(send) == 403
    open_launch(page, console)
    button = page.get_by_role("button", name="Launch nightly *run*")
    expect(button).to_be_enabled()
    delete_preset(admin, console)
    runs = run_ids(console.home)
    button.click()
    expect(button).to_have_count(0)
    expect(page.get_by_text("No preset has been saved yet")).to_be_visible()
    assert (run_ids(console.home), jobs.list_queue(console.home)) == (runs, [])


def delete_preset(page: Page, console: Console) -> None:
    """Choose it, say that it is meant, delete it."""
    open_launch(page, console)
    page.get_by_text("Presets", exact=True).click()
    choose(page, "Preset to delete", "nightly", exact=False)
    page.get_by_text("Yes, delete it").click()
    page.get_by_role("button", name="Delete a preset").click()
    expect(page.get_by_text("The preset nightly *run* is deleted.")).to_be_visible()
    assert presets.list_presets(console.home) == {}


def test_an_upload_with_progress(console, visit, tmp_path):
    """A refusal is told in place, a cancelled upload leaves nothing, and 50 MB move the bar and are picked."""
    page = visit().page()
    set_up(page, console)
    open_launch(page, console)
    page.get_by_text("Upload a file").click()
    chooser, send = page.locator("#etl-upload-file"), page.get_by_role("button", name="Upload", exact=True)
    chooser.set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": b"PK\x03\x04" + bytes(100)})
    send.click()
    expect(page.locator(".etl-upload-wrong")).to_contain_text("is a ZIP archive; unpack it")
    before = sorted((console.home / "data").iterdir())
    file = tmp_path / "rain fall.csv"
    file.write_bytes(b"city,rain\n" + b"Paris,3\nRome,4\n" * (UPLOAD_BYTES // 15))
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow_down(network, SLOW_BYTES_PER_SECOND)
    page.evaluate(WATCH_PROGRESS)
    chooser.set_input_files(file)
    send.click()
    page.get_by_role("button", name="Cancel the upload").click()
    expect(page.locator(".etl-upload-said")).to_have_text("The upload was cancelled; nothing was kept.")
    page.evaluate("() => { window.seen.length = 0 }")
    slow_down(network, FAST_BYTES_PER_SECOND)
    # By keyboard this time: the form is sent as any form is.
    chooser.set_input_files(file)
    send.press("Enter")
    page.wait_for_url("**/launch?input=upload-*")
    seen = page.evaluate("() => window.seen")
    assert sorted(seen) == seen
    assert len({value for value in seen if 0 < value < 100}) >= 3
    expect(page.locator(".etl-upload-said")).to_have_text("Uploaded rain fall.csv. It is picked as the input.")
    expect(page.locator("[data-testid=stMultiSelect]").first).to_contain_text("rain fall.csv as data/upload-")
    expect(page.get_by_role("textbox", name="CSV output")).to_have_value("output/rain_fall.csv")
    name = page.url.partition("input=")[2]
    after = sorted((console.home / "data").iterdir())
    assert {path.name for path in set(after) - set(before)} == {name, f".{name}.json"}
    assert (console.home / "data" / name).stat().st_size == file.stat().st_size
    without_its_script(page)


DROP = """files => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([text], name, { type: "text/csv" }));
    const zone = document.querySelector(".etl-drop");
    for (const kind of ["dragover", "drop"]) {
        zone.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }
}"""
"""What a browser tells a page of files that are dropped: no script can move a real pointer with files."""


def test_several_files_are_dropped(console, visit):
    """Each has its line: one is taken off, one is refused there, and the others come one after the other."""
    page = visit().page()
    set_up(page, console)
    open_launch(page, console)
    page.get_by_text("Upload a file").click()
    expect(page.locator(".etl-upload-drop")).to_be_visible()
    rows = "city,rain\n" + "Paris,3\nRome,4\n" * 50
    page.evaluate(
        DROP, [["one.csv", rows], ["zip.csv", "PK\x03\x04" + "0" * 99], ["gone.csv", rows], ["two.csv", rows]]
    )
    lines = page.get_by_role("list", name="Files to upload").get_by_role("listitem")
    expect(lines).to_have_count(4)
    expect(lines.first).to_contain_text("Waits for its turn.")
    page.get_by_role("button", name="Take gone.csv off the list").click()
    expect(lines).to_have_count(3)
    expect(page.locator("#etl-upload-file")).to_be_focused()
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.locator(".etl-upload-said")).to_have_text("Uploaded 2 files. They are picked as the input.")
    expect(lines.nth(1).get_by_role("alert")).to_contain_text("is a ZIP archive; unpack it")
    picked = page.locator("[data-testid=stMultiSelect]").first
    for name in ("one.csv as data/upload-", "two.csv as data/upload-"):
        expect(picked).to_contain_text(name)
    expect(page.locator(".etl-card", has_text="Size")).to_contain_text("2 files,")
    names = sorted(path.name for path in (console.home / "data").glob("upload-*.csv"))
    settled(page)
    page.reload()
    expect(page.locator(".etl-card", has_text="Size")).to_contain_text("2 files,")
    assert [name.rpartition(".")[2] for name in names].count("csv") >= 2


def test_what_was_typed_is_there_again(console, visit):
    """On another screen and back, by the browser's own way back, and over a reload; one button forgets it."""
    page = visit().page()
    set_up(page, console)
    open_launch(page, console)
    workers = page.get_by_role("spinbutton", name="Workers")
    expect(workers).to_be_visible()
    settled(page)
    workers.fill("3")
    workers.press("Tab")
    expect(page.get_by_role("button", name="Start afresh")).to_be_visible()
    page.get_by_role("link", name="Data", exact=True).click()
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible()
    page.get_by_role("link", name="Launch", exact=True).click()
    expect(workers).to_have_value("3")
    settled(page)
    page.get_by_role("textbox", name="CSV output").fill("output/mine.csv")
    page.get_by_role("textbox", name="CSV output").press("Tab")
    settled(page)
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("textbox", name="CSV output")).to_have_value("output/mine.csv")
    expect(workers).to_have_value("3")
    page.reload()
    expect(page.get_by_role("textbox", name="CSV output")).to_have_value("output/mine.csv")
    expect(workers).to_have_value("3")
    page.get_by_role("button", name="Start afresh").click()
    expect(page.get_by_role("textbox", name="CSV output")).not_to_have_value("output/mine.csv")
    expect(page.get_by_role("button", name="Start afresh")).to_have_count(0)


def test_a_click_that_leaves_a_field_leads_where_it_says(console, visit):
    """A slow browser sends what was typed after the click on another screen; it is no wish to stay, and is kept."""
    page = visit().page()
    set_up(page, console)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
    for number in range(4):
        open_launch(page, console)
        field = page.get_by_label("CSV output", exact=True)
        expect(field).to_be_visible()
        settled(page)
        field.fill(f"output/typed-{number}.csv")
        page.get_by_role("link", name="Runs", exact=True).click()
        expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
        settled(page)
        expect(page).to_have_url(f"{console.address}/runs")
        page.get_by_role("link", name="Launch", exact=True).click()
        expect(field).to_have_value(f"output/typed-{number}.csv")


def test_names_of_files_are_read_out_as_they_are(stocked, visit):
    """The box of a file is called what the file is called, not what Markdown is given."""
    page = visit().page()
    set_up(page, stocked)
    open_launch(page, stocked)
    page.get_by_text("Browse the folders").click()
    page.get_by_role("button", name="2026 *new*").click()
    for name in ("a.csv", "b.csv"):
        expect(page.get_by_role("checkbox", name=name, exact=True)).to_be_visible()


def slow_down(network: CDPSession, bytes_per_second: int) -> None:
    """Let the browser send no faster, so that there is a middle to look at on a machine of any speed."""
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
    network.send("Network.emulateNetworkConditions", limits)


def without_its_script(page: Page) -> None:
    """The form posts as any form does, comes back, and the file is picked from the address, after a reload too."""
    before = page.url
    page.evaluate("() => { document.querySelector('.etl-upload').onsubmit = null }")
    page.locator("#etl-upload-file").set_input_files(
        {"name": "rain.csv", "mimeType": "text/csv", "buffer": b"city,rain\n" + b"Paris,1\nRome,2\n" * 50}
    )
    page.get_by_role("button", name="Upload", exact=True).click()
    page.wait_for_url(lambda url: "input=upload-" in url and url != before)
    page.reload()
    expect(page.locator("[data-testid=stMultiSelect]").first).to_contain_text("rain.csv as data/upload-")


def test_what_is_picked_over_a_long_line_stays_picked(stocked, visit):
    """What the page sends before it has heard of a pick, as its timers do, takes no pick back and gives none."""
    page = visit().page()
    set_up(page, stocked)
    page.add_init_script(f"({LONG_LINE})()")
    open_launch(page, stocked)
    page.get_by_text("Browse the folders").click()
    page.get_by_role("button", name="2026 *new*").click()
    size = page.locator(".etl-card", has_text="Size")
    page.get_by_text("a.csv", exact=True).click()
    expect(size).to_contain_text("2 files,")
    page.get_by_text("b.csv", exact=True).click()
    expect(size).to_contain_text("3 files,")
    page.wait_for_timeout(5000)
    expect(size).to_contain_text("3 files,")
    for name in ("a.csv", "b.csv"):
        expect(page.get_by_test_id("stCheckbox").filter(has_text=name).get_by_role("checkbox")).to_be_checked()
