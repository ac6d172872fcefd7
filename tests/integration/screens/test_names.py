"""What the screens say of runs: uploads by their names, unknown runs, what was published, and where it is kept."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from console import needs
from console.users import Role
from etl_batch import service
from etl_batch.demo import write_sales_csv
from etl_batch.errors import TooManyRejects
from etl_batch.model import utc_now
from etl_batch.runs.history.index import RunFilter, find_runs
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.histories import make_run
from tests.support import AGAIN, FAILURE, SUCCESS, config_of, copied, demote_before, texts

STORED, ORIGINAL, READ_AS = "upload-20260101T000000Z-abc123.csv", "Städte <b>.csv", "Städte &lt;b&gt;.csv"
HEADLINE = 'class="etl-headline"'


def run_uploads(folder: Path) -> None:
    """A home in which an upload was run with success, twice to one output, and without."""
    for name in ("data", "output", "report"):
        (folder / name).mkdir(parents=True)
    source = folder / "data" / STORED
    write_sales_csv(source, 1000, seed=1, dirt=True)
    source.with_name(f".{STORED}.json").write_text(json.dumps({"original_name": ORIGINAL}))
    config = config_of(folder, inputs=(str(source),), sample_frac=0.3)
    service.execute(config, run_id=SUCCESS)
    with pytest.raises(TooManyRejects):
        service.execute(config.changed({"max_rejects": 0}), run_id=FAILURE)
    service.execute(config.changed({"seed": 5}), run_id=AGAIN)


@pytest.fixture(scope="session")
def once(made_once) -> Path:
    """That home, which no test may change."""
    return made_once(run_uploads)


@pytest.fixture
def uploads(once, tmp_path) -> Path:
    """A copy of it, for a test that changes something."""
    return copied(once, tmp_path / "uploads")


def said(app) -> str:
    """All that a page says, the options of its boxes and its tables too."""
    boxes = [option for box in app.selectbox for option in box.options]
    tables = [str(value) for table in app.dataframe for value in table.value.to_numpy().ravel()]
    return "\n".join([texts(app), *boxes, *tables])


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("home", {}),
        ("live", {"run": SUCCESS}),
        ("runs", {}),
        ("runs", {"run": FAILURE}),
        ("runs", {"compare": f"{SUCCESS},{AGAIN}"}),
        ("report", {}),
        ("analytics", {}),
        ("data", {}),
        ("rejects", {}),
        ("schedules", {}),
    ],
)
def test_an_upload_keeps_its_name(screen, once, page, parameters):
    """On every screen that names an input; as text, whatever stands in it."""
    shown = said(screen(once, page, **parameters))
    assert ORIGINAL in shown or READ_AS in shown
    assert ORIGINAL not in texts(screen(once, page, **parameters))


@pytest.mark.parametrize("wanted", [RunFilter(text="städte"), RunFilter(input="STÄDTE")])
def test_it_is_found_by_it(once, wanted):
    """By the search and by the filter for inputs, and by the stored name too."""
    assert [row.run_id for row in find_runs(once, wanted).rows] == [AGAIN, FAILURE, SUCCESS]
    assert find_runs(once, RunFilter(text=STORED)).total == 3
    assert find_runs(once, RunFilter(text="städte nowhere")).total == 0


def test_the_record_and_the_report_keep_it(screen, uploads):
    """Both outlive the note beside the file, and so do the lists."""
    (uploads / "data" / f".{STORED}.json").unlink()
    (read,) = RunDirectory(uploads, SUCCESS).metadata().inputs
    assert (Path(read.path).name, read.original_name) == (STORED, ORIGINAL)
    report = RunDirectory(uploads, SUCCESS).report.read_text()
    assert report.count(READ_AS) >= 2
    assert f"{READ_AS}, uploaded and stored as" in report
    (uploads / "output" / "runs" / ".index.db").unlink(missing_ok=True)
    assert READ_AS in texts(screen(uploads, "runs", text=SUCCESS))


@pytest.mark.parametrize("page", ["live", "runs", "report", "analytics", "data", "rejects"])
@pytest.mark.parametrize("name", ["20250101T000000Z-000000", "../x"])
def test_an_unknown_run_is_said_to_be_one(screen, once, page, name):
    """The newest that the screen could show is a link away, and no other run stands in its place."""
    app = screen(once, page, run=name)
    assert not app.exception
    assert f"There is no run “{name}” here" in texts(app)
    offered = {link.proto.label: link.proto.query_string for link in app.get("page_link")}
    assert offered.get(f"Show the newest run, {AGAIN}") == f"run={AGAIN}"
    assert HEADLINE not in texts(app)
    assert not app.get("iframe")
    assert not app.get("plotly_chart")


def test_a_run_without_outputs_is_not_another_one(screen, once):
    """Data says so of a run that failed, and Analytics shows that very run."""
    assert f"Run {FAILURE} has written nothing" in texts(screen(once, "data", run=FAILURE))
    assert FAILURE in screen(once, "analytics", run=FAILURE).selectbox[0].value


def cards(app) -> dict[str, str]:
    """The cards of a page, numbers without their separators."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", texts(app))
    return {name: value.replace("\N{NARROW NO-BREAK SPACE}", "") for name, value in found}


@pytest.mark.parametrize("page", ["live", "runs"])
def test_the_cards_add_up(screen, once, page):
    """What was read is written, rejected or skipped, and that is explained."""
    app = screen(once, page, run=SUCCESS)
    numbers = {name: int(value) for name, value in cards(app).items() if value.isdecimal()}
    assert numbers["Skipped"] > 0
    assert numbers["Records read"] == numbers["Written"] + numbers["Rejected"] + numbers["Skipped"]
    assert "blank lines" in texts(app)


@pytest.mark.parametrize("page", ["live", "runs"])
def test_a_failure_has_published_nothing(screen, once, page):
    """Its cards say how far it had read, and no number of what was written."""
    app = screen(once, page, run=FAILURE)
    assert "Written" not in cards(app)
    assert int(cards(app)["Read so far"]) > 0
    assert "nothing published" in texts(app)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_replaced_output_leads_to_its_backup(screen, once, kind):
    """The run before wrote other bytes or the same: its file is the backup that Data knows."""
    (backup,) = (once / "output").glob(f"sales.{kind}.bak.*")
    shown = texts(screen(once, "runs", run=SUCCESS))
    assert f'href="/backups/{SUCCESS}/{backup.name}"' in shown
    assert f"are kept as {backup.name}" in shown
    assert f'href="/files/{SUCCESS}/sales.{kind}"' not in shown
    assert f'href="/files/{AGAIN}/sales.{kind}"' in texts(screen(once, "runs", run=AGAIN))


def test_without_a_backup_that_is_said(screen, uploads):
    """Nothing is promised that is not there."""
    for backup in (uploads / "output").glob("*.bak.*"):
        backup.unlink()
    shown = texts(screen(uploads, "runs", run=SUCCESS))
    assert "/backups/" not in shown
    assert "written again by a later run" in shown


@pytest.fixture
def failures(tmp_path) -> tuple[Path, list[str]]:
    """A home in which two runs have failed this week, and both."""
    for name in ("data", "output", "report"):
        (tmp_path / "failing" / name).mkdir(parents=True)
    home = tmp_path / "failing"
    error = {"kind": "x", "message": "The disk was full."}
    recent = {"status": "failed", "error": error}
    made = [make_run(home, number, **recent) for number in range(2)]
    for run_id in made:
        run = RunDirectory(home, run_id)
        run.write("metadata.json", json.loads(run.file("metadata.json").read_text()) | {"started_at": utc_now()})
    return home, made[::-1]


def test_needs_you_is_acknowledged_one_by_one_and_all(screen, failures):
    """For everybody and every browser; the button is for those who may, and a new failure comes back."""
    home, (newer, older) = failures
    app = screen(home, "home", Role.OPERATOR)
    assert texts(app).count(HEADLINE) == 2
    app.button(key=f"acknowledge-{newer}").click().run()
    assert not app.exception
    viewer = screen(home, "home", Role.VIEWER)
    assert texts(viewer).count(HEADLINE) == 1
    assert older in texts(viewer).partition(HEADLINE)[2]
    assert "acknowledge-all" not in [button.key for button in viewer.button]
    app = screen(home, "home", Role.OPERATOR)
    app.button(key="acknowledge-all").click().run()
    assert "Needs you" not in texts(app)
    assert "Needs you" not in texts(screen(home, "home"))
    assert [each["user"] for each in AuditLog(home).search(action="needs.acknowledge")] == ["operator"] * 2
    path = RunDirectory(home, older).file("metadata.json")
    later = path.stat().st_mtime + 3600
    os.utime(path, (later, later))
    assert older in texts(screen(home, "home")).partition(HEADLINE)[2]


def test_a_click_after_a_demotion_acknowledges_nothing(screen, failures, monkeypatch):
    """The button was drawn for somebody who may no longer press it."""
    home, (newer, _older) = failures
    app = screen(home, "home")
    demote_before(monkeypatch, needs, "acknowledge", home)
    app.button(key=f"acknowledge-{newer}").click().run()
    assert "you need the role" in texts(app)
    assert "Needs you" in texts(app)
