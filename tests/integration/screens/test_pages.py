"""The console's pages, each run whole as some user over a home with real runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from console import doors, jobs, users
from console.actions import BY_NAME
from console.screens import NAVIGATION
from console.users import Role
from etl_batch.defaults import PROJECT_ROOT
from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import counted
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from etl_batch.ui.analytics import view as analytics_view
from etl_batch.ui.analytics import wording as analytics_wording
from etl_batch.ui.analytics.view import Tab
from etl_batch.ui.shared import wording as shared_wording
from tests.records import json_of
from tests.support import FAILURE, SUCCESS, become, demote_before, texts
from tests.waiting import PATIENCE_SECONDS

PAGES = tuple(sorted(page.name for page in NAVIGATION))


def test_every_page_is_short():
    """A page is gate, inputs, one call: at most 80 lines."""
    scripts = sorted((PROJECT_ROOT / "pages").glob("*.py"))
    assert [path.stem for path in scripts] == sorted(PAGES)
    assert all(len(path.read_text().splitlines()) <= 80 for path in scripts)


@pytest.mark.parametrize("page", PAGES)
def test_a_super_admin_sees_every_page(screen, finished, page):
    """Each page runs without an exception and shows its title."""
    app = screen(finished, page)
    assert not app.exception
    assert "<h1>" in texts(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_the_way_out(screen, fresh, page):
    """The sidebar, which stands beside each of them, has the link by which one signs out."""
    app = screen(fresh, page)
    assert not app.exception
    beside = "".join(each.proto.body for each in app.sidebar.get("html"))
    assert re.findall(r'<a href="/logout"[^>]*>([^<]+)</a>', beside) == ["Sign out"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_stand_an_empty_home(screen, fresh, page):
    """Before the first run each page says what to do instead of failing."""
    app = screen(fresh, page)
    assert not app.exception


@pytest.mark.parametrize(
    ("role", "page", "sees"),
    [
        (Role.VIEWER, "home", True),
        (Role.VIEWER, "runs", True),
        (Role.VIEWER, "analytics", True),
        (Role.OPERATOR, "launch", True),
        (Role.SUPER_ADMIN, "audit", True),
        (Role.VIEWER, "launch", False),
        (Role.VIEWER, "audit", False),
        (Role.OPERATOR, "audit", False),
    ],
)
def test_the_navigation_follows_the_role(screen, finished, role, page, sees):
    """A page that the role does not allow is not in the navigation."""
    app = screen(finished, "home", role)
    if sees:
        assert not app.switch_page(f"../pages/{page}.py").run().exception
        return
    with pytest.raises(ValueError, match="navigation page"):
        app.switch_page(f"../pages/{page}.py")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lower", [None, Role.VIEWER, Role.OPERATOR])
def test_every_page_checks_the_role_itself(screen, finished, monkeypatch, page, lower):
    """A page that stays open after a demotion or a sign-out draws nothing that the role does not allow."""
    screen(finished, page)
    needed = BY_NAME[f"page.{page}"].role
    demoted = None if lower is None else users.find(finished, str(lower))
    become(
        monkeypatch,
        demoted or (lower and users.create(finished, str(lower), lower, "correct horse battery", by="test")),
    )
    script = PROJECT_ROOT / "pages" / f"{page}.py"
    alone = AppTest.from_file(str(script), default_timeout=PATIENCE_SECONDS).run()
    allowed = lower is not None and lower.allows(needed)
    assert bool(alone.error) is not allowed
    assert ("<h1>" in texts(alone)) is allowed


def test_home_leads_to_the_first_run(screen, fresh):
    """The first start has a way to Launch, and a viewer is told whom to ask."""
    assert screen(fresh, "home").button(key="home-launch").label == "Go to Launch"
    viewer = screen(fresh, "home", Role.VIEWER)
    assert not viewer.button
    assert "Ask a super_admin" in texts(viewer)


def test_one_click_launches(screen, fresh):
    """The first input is picked already: the click queues it with outputs named after it and leads to the live page."""
    app = screen(fresh, "launch")
    app.button(key="launch-go").click().run()
    assert not app.exception
    (job,) = jobs.list_queue(fresh)
    assert job.user == "super_admin"
    assert job.config.inputs == (str(fresh / "data" / "sales.csv"),)
    assert job.config.output_csv == fresh / "output" / "sales.csv"
    assert job.config.output_parquet == fresh / "output" / "sales.parquet"
    assert app.query_params["run"] == job.run_id
    assert "queued" in texts(app)
    assert job.run_id in texts(app)


def test_a_typed_path_is_refused_beside_its_field(screen, fresh):
    """An output outside the roots is said before the click, and the button is shut."""
    app = screen(fresh, "launch")
    field = next(field for field in app.text_input if field.label == "CSV output")
    field.set_value("../elsewhere.csv").run()
    assert "Path traversal detected" in texts(app)
    assert app.button(key="launch-go").disabled
    assert jobs.list_queue(fresh) == []


@pytest.mark.parametrize(
    ("typed", "refusals", "rows"), [("data/*.csv", 0, [20]), ("data/", 0, [20]), ("/etc/passwd", 1, [])]
)
def test_an_input_may_be_more_than_a_file(screen, home, typed, refusals, rows):
    """A glob or a folder is previewed by its first file; a path that leads out is refused once, below the picker."""
    run = RunDirectory(home, SUCCESS)
    run.write("config.json", json_of(run, "config.json") | {"inputs": [str(home / typed)]})
    app = screen(home, "launch", from_=SUCCESS)
    assert texts(app).count("Path traversal detected") == refusals
    assert app.button(key="launch-go").disabled is bool(refusals)
    assert [len(table.value) for table in app.dataframe][:1] == rows


def test_the_preview_follows_the_file(screen, fresh):
    """A file that was written again is read again."""
    app = screen(fresh, "launch")
    (fresh / "data" / "sales.csv").write_text("city,rain\nParis,3\n")
    app.run()
    assert list(app.dataframe[0].value) == ["city", "rain"]


def test_an_operator_sees_why_not(screen, fresh):
    """An operator has no form, is told why, and whom to ask while there is no preset."""
    app = screen(fresh, "launch", Role.OPERATOR)
    assert "presets only" in texts(app)
    assert "No preset has been saved yet" in texts(app)
    assert (list(app.button), list(app.text_input)) == ([], [])


def test_a_click_after_a_demotion_is_refused(screen, fresh, monkeypatch):
    """The form was drawn for a super_admin; the click comes from somebody who is none any more."""
    app = screen(fresh, "launch")
    users.create(fresh, "low", Role.VIEWER, "correct horse battery", by="test")
    become(monkeypatch, users.User("low", Role.SUPER_ADMIN))
    app.button(key="launch-go").click().run()
    assert jobs.list_queue(fresh) == []
    assert "The Launch screen needs the role operator; 'low' is viewer. Ask a super_admin." in texts(app)


def test_a_launch_during_a_demotion_is_refused(screen, fresh, monkeypatch):
    """Past the page's own check the service still asks, says so, and the log names action and screen."""
    app = screen(fresh, "launch")
    demote_before(monkeypatch, jobs, "enqueue", fresh)
    app.button(key="launch-go").click().run()
    assert jobs.list_queue(fresh) == []
    assert "To launch a run you need the role operator; " in texts(app)
    (refused,) = AuditLog(fresh).search(action="refused")
    assert (refused["target"], refused["detail"]) == ("run.launch", {"place": "launch", "address": "127.0.0.1"})


def test_run_again_brings_the_settings_along(screen, home):
    """The form repeats a run's settings, and the new run remembers which one it repeats."""
    app = screen(home, "launch", from_=FAILURE)
    assert next(field for field in app.text_input if field.label == "Most rejects").value == "0"
    app.button(key="launch-go").click().run()
    (job,) = jobs.list_queue(home)
    assert job.config.rerun_of == FAILURE
    assert job.config.max_rejects == 0


def test_live_shows_the_newest_run_and_any_other(screen, finished):
    """Without a parameter the newest run is shown, with one the run that it names."""
    assert FAILURE in texts(screen(finished, "live"))
    assert SUCCESS in texts(screen(finished, "live", run=SUCCESS))


def test_a_finished_run_offers_its_files(screen, finished):
    """Downloads are plain links to the streaming route, for outputs and run files alike."""
    shown = texts(screen(finished, "live", run=SUCCESS))
    for name in ("sales.csv", "sales.parquet", "metadata.json", f"{SUCCESS}.html", "rejects.jsonl"):
        assert f'href="/files/{SUCCESS}/{name}"' in shown


def test_an_output_that_was_replaced_is_not_offered(screen, home):
    """Its name now stands for another run's bytes."""
    (home / "output" / "sales.csv").write_text("other\n")
    shown = texts(screen(home, "live", run=SUCCESS))
    assert f'href="/files/{SUCCESS}/sales.csv"' not in shown
    assert "written again by a later run" in shown


def watching(screen, home: Path) -> tuple[AppTest, str]:
    """The live page of a run that was just launched and waits in the queue."""
    launch = screen(home, "launch")
    launch.button(key="launch-go").click().run()
    run_id = launch.query_params["run"]
    return screen(home, "live", run=run_id), run_id


def test_cancelling_a_queued_run_says_what_came_of_it(screen, fresh):
    """The button takes the run off the queue and the page tells processes, files and outputs."""
    app, run_id = watching(screen, fresh)
    app.button(key=f"cancel-{run_id}").click().run()
    assert RunDirectory(fresh, run_id).status() == "queued"
    app.button(key=f"cancel-yes-{run_id}").click().run()
    assert jobs.list_queue(fresh) == []
    assert RunDirectory(fresh, run_id).status() == "cancelled"
    assert "Processes left: none; unfinished files removed: none; outputs intact." in texts(app)
    assert "the run had not begun" in texts(app)
    assert "there was no earlier output, and there is none" in texts(app)
    assert "by super_admin, " in texts(screen(fresh, "live", run=run_id))


def test_cancelling_asks_first(screen, fresh):
    """The question can be answered with no, and then nothing has happened."""
    app, run_id = watching(screen, fresh)
    app.button(key=f"cancel-{run_id}").click().run()
    app.button(key=f"cancel-no-{run_id}").click().run()
    assert [button.key for button in app.button if button.key.startswith("cancel-")] == [f"cancel-{run_id}"]
    assert RunDirectory(fresh, run_id).status() == "queued"


def test_cancelling_needs_the_right_at_the_click(screen, fresh, monkeypatch):
    """The button drawn for one user is refused for another who holds the same page."""
    app, run_id = watching(screen, fresh)
    app.button(key=f"cancel-{run_id}").click().run()
    become(monkeypatch, users.create(fresh, "other", Role.OPERATOR, "correct horse battery", by="test"))
    app.button(key=f"cancel-yes-{run_id}").click().run()
    assert [job.run_id for job in jobs.list_queue(fresh)] == [run_id]
    assert "may cancel own runs only" in texts(app)


def test_a_viewer_has_no_cancel_button(screen, fresh):
    """Nor has an operator for somebody else's run."""
    _, run_id = watching(screen, fresh)
    for role in (Role.VIEWER, Role.OPERATOR):
        assert not [one for one in screen(fresh, "live", role).button if one.key.startswith("cancel-")]
    assert f"cancel-{run_id}" in [button.key for button in screen(fresh, "live").button]


def test_the_report_is_framed_from_its_route(screen, finished):
    """The report is never put into the page itself: its own route sandboxes it."""
    app = screen(finished, "report", run=SUCCESS)
    (frame,) = app.get("iframe")
    assert frame.proto.src == f"/reports/{SUCCESS}"
    assert not frame.proto.srcdoc
    assert f'href="/files/{SUCCESS}/{SUCCESS}.html"' in texts(app)


CHARTS = {
    Tab.TOTALS: {"totals", "larger"},
    Tab.STRATA: {"strata", "expansion", "shares"},
    Tab.EXPLORER: {f"explore-{SUCCESS}-figure"},
    Tab.HISTORY: {"coverage"},
}
"""What each tab of Analytics draws of one run, and nothing of another tab."""


@pytest.mark.parametrize("tab", Tab)
def test_an_analytics_tab_draws_its_own_charts_alone(screen, finished, tab):
    """The address says which tab is open, and the others cost nothing."""
    app = screen(finished, "analytics", tab=tab)
    assert {chart.key for chart in app.get("plotly_chart")} == CHARTS[tab]
    assert app.session_state[analytics_view.TAB_KEY] == analytics_wording.TABS[tab]


def test_analytics_begins_with_the_totals(screen, finished):
    """Without a tab in the address, or with one that there is none of, it is the first."""
    for parameters in ({}, {"tab": "nothing"}):
        app = screen(finished, "analytics", **parameters)
        assert {chart.key for chart in app.get("plotly_chart")} == CHARTS[Tab.TOTALS]
        measures = RunDirectory(finished, SUCCESS).metadata().analytics.measures
        assert len(app.dataframe[0].value) == len(measures)


def test_measures_of_which_the_same_is_to_be_said_share_a_sentence(screen, home):
    """Two that are certified are one notice, and so are those that are not, for one reason or for two."""
    run = RunDirectory(home, SUCCESS)
    metadata = json_of(run)
    one = next(iter(metadata["analytics"]["measures"].values()))
    doubts = {"c": "Too skewed.", "d": "Too skewed.", "e": "Too few."}
    measures = {name: one | {"certified": True, "reason": None} for name in "ab"}
    measures |= {name: one | {"certified": False, "reason": reason} for name, reason in doubts.items()}
    metadata["analytics"]["measures"] = measures
    run.write("metadata.json", metadata)
    notices = [
        part.value
        for part in screen(home, "analytics", run=SUCCESS).html
        if part.value.startswith('<div class="etl-notice')
    ]
    assert len(notices) == 2
    assert "Certified: a, b. Each interval can be trusted as it stands." in notices[0]
    assert "Not certified: c, d. Too skewed. Not certified: e. Too few." in notices[1]


def test_analytics_orders_strata_and_offers_each_chart_as_csv(screen, finished):
    """The strata can be put by size or by error, and the numbers of every chart can be taken along."""
    app = screen(finished, "analytics", tab="strata")
    sizes = app.dataframe[0].value["Rows"].to_list()
    assert sizes == sorted(sizes, reverse=True)
    app.selectbox(key="strata-order").select(analytics_wording.ORDERS[2]).run()
    table = app.dataframe[0].value
    off = (table["Estimate"] - table["Exact"]).abs().fillna(-1).to_list()
    assert off == sorted(off, reverse=True)
    for tab in ("totals", "strata"):
        app = screen(finished, "analytics", tab=tab)
        keys = [button.key for button in app.get("download_button") if button.label == shared_wording.DOWNLOAD]
        assert f"csv-{tab}" in keys


@pytest.mark.parametrize(("page", "leads"), [("home", False), ("live", True), ("runs", True)])
def test_errors_speak_the_language_of_the_console(screen, home, page, leads):
    """A field instead of a flag, a screen instead of a file of the server, and the way to that screen beside it."""
    app = screen(home, page, **({"run": FAILURE} if leads else {}))
    bodies = [each.proto.body for each in app.get("html")]
    (notice,) = [body for body in bodies if "etl-notice" in body and "records were rejected" in body]
    assert "More than “Most rejects: 0” records were rejected" in notice
    assert "Read the Rejects screen for the reasons" in notice
    assert [each for each in ("--", str(home), "rejects.jsonl") if each in notice] == []
    assert ("rejects" in [link.proto.page for link in app.get("page_link")]) is leads


def test_the_way_to_the_rejects_of_a_run_that_goes_on(screen, home, monkeypatch):
    """Live run leads there as soon as there are any, and there it is said how many, and that they come at the end."""
    # What is made up is that it goes on: no run of these lasts until a page is drawn.
    monkeypatch.setattr(doors, "status", lambda _run_id: RunStatus.RUNNING)
    rejected = RunDirectory(home, SUCCESS).progress().rejected
    live = screen(home, "live", run=SUCCESS)
    assert "rejects" in [link.proto.page for link in live.get("page_link")]
    assert f"still under way, with {counted(rejected, 'reject')} so far" in texts(screen(home, "rejects", run=SUCCESS))
