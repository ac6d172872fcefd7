"""The Runs and Report screens: filters in the address, pages, relatives, the comparison and the clean-up."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from console import history
from console.users import Role
from etl_batch import service
from etl_batch.retention import ACTION
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from tests.histories import make_history
from tests.records import json_of
from tests.support import AGAIN, FAILURE, HOSTILE, SUCCESS, config_of, demote_before, texts

KEYS = {"text": "runs-text", "status": "runs-status", "user": "runs-user", "input": "runs-input"}


@pytest.fixture
def crowd(tmp_path: Path) -> Path:
    """A home with 120 runs that no engine made."""
    for name in ("data", "output", "report"):
        (tmp_path / "crowd" / name).mkdir(parents=True)
    make_history(tmp_path / "crowd", 120)
    return tmp_path / "crowd"


def listed(app) -> list[str]:
    """Run ids in the list; none when no run fits."""
    reports = [run for table in app.dataframe[:1] if "Run" in table.value for run in table.value["Run"]]
    return reports or re.findall(r'name="compare" value="([^"]+)"', texts(app))


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, [FAILURE, SUCCESS]),
        ({"status": "success"}, [SUCCESS]),
        ({"text": "rejects"}, [FAILURE]),
        ({"user": "ada", "input": "sales", "text": "CSV"}, [FAILURE, SUCCESS]),
        ({"status": "queued"}, []),
        ({"user": "nobody"}, []),
        ({"since": "2100-01-01"}, []),
        ({"status": "nonsense", "since": "yesterday", "page_": "-3"}, [FAILURE, SUCCESS]),
        ({"page_": "99"}, [FAILURE, SUCCESS]),
    ],
)
def test_the_address_filters(screen, finished, parameters, found):
    """A link with filters shows what fits; what makes no sense in it is passed over."""
    app = screen(finished, "runs", **parameters)
    assert not app.exception
    assert listed(app) == found
    assert ("No run fits" in texts(app)) is (not found)


@pytest.mark.parametrize(
    ("name", "value"), [("text", "rejects"), ("status", "failed"), ("user", "ada"), ("input", "x")]
)
def test_a_field_writes_the_address(screen, finished, name, value):
    """Changing a filter puts it into the address and starts at the first page; clearing takes it out again."""
    app = screen(finished, "runs", page_="1")
    field = app.selectbox(key=KEYS[name]) if name in ("status", "user") else app.text_input(key=KEYS[name])
    field.set_value(value)
    app.run()
    assert not app.exception
    assert dict(app.query_params) == {name: value}
    app.button(key="runs-clear").click().run()
    assert dict(app.query_params) == {}
    assert listed(app) == [FAILURE, SUCCESS]
    assert (app.selectbox(key=KEYS[name]) if name in ("status", "user") else app.text_input(key=KEYS[name])).value == ""


def test_a_row_keeps_the_filters(screen, finished):
    """The way back from a run leads to the list that it was opened from."""
    app = screen(finished, "runs", status="failed")
    assert f'href="/runs?status=failed&amp;run={FAILURE}"' in texts(app)
    opened = screen(finished, "runs", status="failed", run=FAILURE)
    assert ("All runs", "status=failed") in links(opened)


def test_days_are_filtered_by_their_fields(screen, crowd):
    """Both days belong to the range, and stand in the address as people write them."""
    app = screen(crowd, "runs")
    app.date_input(key="runs-since").set_value(date(2025, 1, 2))
    app.date_input(key="runs-until").set_value(date(2025, 1, 2))
    app.run()
    assert not app.exception
    assert listed(app) == run_ids(crowd)[72:96]
    assert dict(app.query_params) == {"since": "2025-01-02", "until": "2025-01-02"}


def test_fifty_runs_a_page(screen, crowd):
    """Pages follow each other, the last one is shorter, and a page past the end is the last one."""
    pages = [screen(crowd, "runs", page_=str(number)) for number in (1, 2, 3, 7)]
    found = [listed(app) for app in pages]
    assert [len(ids) for ids in found] == [50, 50, 20, 20]
    assert found[0] + found[1] + found[2] == run_ids(crowd)
    assert found[2] == found[3]
    assert "51 to 100 of 120 runs" in texts(pages[1])


def test_the_address_names_the_run_to_show(screen, finished):
    """The run in the address is shown, and it alone, whether it fits the filters or not."""
    assert f"<code>{SUCCESS}</code>" in texts(screen(finished, "runs", run=SUCCESS, status="failed"))
    assert listed(screen(finished, "runs", run=SUCCESS)) == []


def links(app) -> list[tuple[str, str]]:
    """Label and parameters of each link of the page."""
    return [(link.proto.label, link.proto.query_string) for link in app.get("page_link")]


def test_a_repeated_run_and_its_repetition_know_each_other(screen, repeated):
    """The new run links to the one it repeats, that one to those that repeat it, and both can be run again."""
    again, first = screen(repeated, "runs", run=AGAIN), screen(repeated, "runs", run=SUCCESS)
    assert (f"Repeats run {SUCCESS}", f"run={SUCCESS}") in links(again)
    assert (f"Repeated by {AGAIN} (success)", f"run={AGAIN}") in links(first)
    assert "This run was repeated by 1 run" in texts(first)
    assert ("Run again with changes", f"from={AGAIN}") in links(again)
    assert "Repeats" not in [label[:7] for label, _ in links(screen(repeated, "runs", run=FAILURE))]


@pytest.mark.parametrize("rerun_of", ["20250101T000000Z-000000", HOSTILE, "../../etc"])
def test_a_repeated_run_that_is_gone_is_named(screen, repeated, rerun_of):
    """What a run repeats may be deleted or never have been: it is named as text and leads nowhere."""
    run = RunDirectory(repeated, AGAIN)
    run.write("metadata.json", json_of(run) | {"rerun_of": rerun_of})
    app = screen(repeated, "runs", run=AGAIN)
    assert not app.exception
    assert "is kept no longer" in texts(app)
    assert not any(label.startswith("Repeats run") for label, _ in links(app))
    assert "<img" not in texts(app)


def test_the_comparison_shows_the_changed_knob_first(screen, home):
    """The first table has one line, the changed setting with both values; totals follow, then speed, then the rest."""
    few, many = (f"20260104T00000{number}Z-dddddd" for number in (1, 2))
    service.execute(config_of(home, stratum="note", sample_frac=0.1), run_id=few)
    service.execute(config_of(home, stratum="note", sample_frac=0.5), run_id=many)
    shown = texts(screen(home, "runs", compare=f"{few},{many}"))
    tables = [part.partition("</table>")[0] for part in shown.split("<table>")[1:]]
    assert tables[0].count('scope="row"') == 1
    for part in ("Sample fraction", "<td>0.1</td>", "<td>0.5</td>"):
        assert part in tables[0]
    assert "Sample fraction" not in "".join(tables[1:])
    assert shown.index(">Settings</h2>") < shown.index(">Totals</h2>") < shown.index(">Time and memory</h2>")
    assert "same within the intervals" in shown
    assert "exact totals are the same" in shown
    assert "exact totals differ" not in shown


def test_a_comparison_says_names_and_states(screen, finished):
    """Each side by its input and in the colour of its state; what failed has published nothing."""
    shown = texts(screen(finished, "runs", compare=f"{SUCCESS},{FAILURE}"))
    sides = shown.partition('class="etl-sides"')[2].partition("</dl>")[0]
    assert sides.count("<b>sales.csv</b>") == 2
    assert 'etl-badge etl-good">success' in sides
    assert 'etl-badge etl-bad">failed' in sides
    (written,) = re.findall(r'<th scope="row">Written</th>(.*?)</tr>', shown)
    assert "<td>nothing published</td>" in written


def test_two_ticks_are_a_comparison(screen, finished):
    """As the list sends them; the address becomes one that can be shared, and any other number says what to do."""
    app = screen(finished, "runs", compare=[FAILURE, SUCCESS])
    assert "Two runs side by side" in texts(app)
    assert app.query_params["compare"] == f"{SUCCESS},{FAILURE}"
    for ticked in ([SUCCESS], [SUCCESS, FAILURE, AGAIN]):
        assert "tick two" in texts(screen(finished, "runs", compare=ticked))


@pytest.mark.parametrize(
    ("compared", "words"),
    [
        (f"{SUCCESS},{SUCCESS}", "This is one run twice"),
        (f"{SUCCESS},nothing", "No run"),
        ("../x,.hidden", "is not a run id"),
        (f"{SUCCESS},{FAILURE}", "There are no totals to compare"),
    ],
)
def test_what_cannot_be_compared_says_why(screen, finished, compared, words):
    """One run twice, a run that is none, and one without estimates give a sentence and no error."""
    app = screen(finished, "runs", compare=compared)
    assert not app.exception
    assert words in texts(app)
    assert ("Back to the runs", "") in links(app)


def test_a_run_that_goes_on_is_not_compared(screen, home):
    """Its numbers would be those of a moment."""
    RunDirectory(home, AGAIN).create().write("config.json", {"inputs": ["x"]})
    assert "is not over yet" in texts(screen(home, "runs", compare=f"{SUCCESS},{AGAIN}"))


def test_compare_from_the_details(screen, repeated):
    """The box has the repeated run first, and the button puts both into the address, the older one on the left."""
    app = screen(repeated, "runs", run=AGAIN)
    assert app.selectbox(key=f"compare-with-{AGAIN}").value == SUCCESS
    app.button(key=f"compare-{AGAIN}").click().run()
    assert app.query_params["compare"] == f"{SUCCESS},{AGAIN}"
    assert "Two runs side by side" in texts(app)


def test_a_hostile_comparison_is_text(screen, repeated):
    """Names, reasons and values of both runs come from files; the comparison shows them and obeys none."""
    run = RunDirectory(repeated, AGAIN)
    metadata = json_of(run)
    metadata |= {"rejects_by_reason": {HOSTILE: 1}, "user": HOSTILE, "schema": [{"name": HOSTILE, "type": HOSTILE}]}
    metadata["analytics"]["measures"] = {HOSTILE: {"estimate": 1, "exact": HOSTILE}}
    run.write("metadata.json", metadata | {"outputs": {HOSTILE: {"path": HOSTILE}}, "run_id": HOSTILE})
    app = screen(repeated, "runs", compare=f"{SUCCESS},{AGAIN}")
    assert not app.exception
    assert "<img" not in texts(app)
    assert "&lt;img" in texts(app)


def test_reports_are_searched_and_paged(screen, crowd):
    """Twenty a page; a search narrows them; a report that is gone is not listed, and a link to it says so."""
    gone = run_ids(crowd)[3]
    RunDirectory(crowd, gone).report.unlink()
    app = screen(crowd, "report")
    assert listed(app) == [name for name in run_ids(crowd) if name != gone][:20]
    assert "1 to 20 of 119 reports" in texts(app)
    app.text_input(key="report-text").set_value("bob sales-4").run()
    assert len(listed(app)) == 6
    assert app.get("iframe")[0].proto.src == f"/reports/{listed(app)[0]}"
    late = screen(crowd, "report", run=gone)
    assert f"Run {gone} has no report" in texts(late)
    assert not late.get("iframe")
    assert (f"Show the newest run, {run_ids(crowd)[0]}", f"run={run_ids(crowd)[0]}") in links(late)
    assert "No report fits" in texts(screen(crowd, "report", text="nowhere"))


def test_the_report_of_the_address(screen, crowd):
    """A link to one report shows it with a way to open, print and download it, whatever page the list is on."""
    oldest = run_ids(crowd)[-1]
    app = screen(crowd, "report", run=oldest)
    assert app.get("iframe")[0].proto.src == f"/reports/{oldest}"
    assert f'href="/reports/{oldest}" target="_blank">Open in a tab of its own, to read or to print' in texts(app)


def test_a_box_names_the_run_of_the_report_and_leads_to_others(screen, crowd):
    """Those of the list, and the one that is shown, which may be on another page of it; the list is folded away."""
    oldest, third = run_ids(crowd)[-1], run_ids(crowd)[2]
    app = screen(crowd, "report", run=oldest)
    assert not app.exception
    box = app.selectbox(key=f"report-pick-{oldest}")
    assert len(box.options) == 21
    assert box.options[0].startswith(f"{oldest} · ")
    (listing,) = app.expander
    assert not listing.proto.expanded
    box.select(third).run()
    assert dict(app.query_params) == {"run": third}
    assert app.get("iframe")[0].proto.src == f"/reports/{third}"
    assert app.selectbox(key=f"report-pick-{third}").value == third
    assert screen(crowd, "report", text="bob").expander[0].proto.expanded


def planned(screen, home, days: float):
    """The Runs screen with the list of what so many days would delete."""
    app = screen(home, "runs")
    app.number_input(key="clean-up-days").set_value(days)
    app.run()
    app.button(key="clean-up-show").click().run()
    assert not app.exception
    return app


def test_clean_up_shows_first_and_deletes_that(screen, crowd):
    """The list comes first and deletes nothing; the button wants a tick, and then deletes exactly the list."""
    app = planned(screen, crowd, 1.0)
    shown = list(app.dataframe[-1].value["Where"])
    assert len(shown) == 2 * (120 - 7)
    assert "113 runs, 113 reports and 0 backups would be deleted" in texts(app)
    assert len(run_ids(crowd)) == 120
    assert app.button(key="clean-up-delete").disabled
    app.checkbox(key="clean-up-sure").check().run()
    app.button(key="clean-up-delete").click().run()
    assert not app.exception
    assert "226 items deleted" in texts(app)
    assert len(run_ids(crowd)) == 7
    assert not any((crowd / name).exists() for name in shown)
    records = AuditLog(crowd).search(action=ACTION)
    assert sorted(name for record in records for name in record["detail"]["deleted"]) == sorted(shown)
    assert {record["user"] for record in records} == {"super_admin"}


def test_other_limits_take_the_list_away(screen, crowd):
    """A list of other limits than those shown could be deleted by mistake, so it goes."""
    app = planned(screen, crowd, 1.0)
    app.number_input(key="clean-up-days").set_value(2.0)
    app.run()
    assert "clean-up-delete" not in [button.key for button in app.button]
    assert "change one of them" in texts(planned(screen, crowd, 0.0))


def test_only_a_super_admin_cleans_up(screen, crowd):
    """Others do not see the part."""
    for role in (Role.VIEWER, Role.OPERATOR):
        assert "clean-up-show" not in [button.key for button in screen(crowd, "runs", role).button]


@pytest.mark.parametrize("step", ["plan", "prune"])
def test_a_click_after_a_demotion_cleans_up_nothing(screen, crowd, monkeypatch, step):
    """The part was drawn for a super_admin; at the service it is somebody who is none any more."""
    app = planned(screen, crowd, 1.0)
    if step == "prune":
        app.checkbox(key="clean-up-sure").check().run()
    demote_before(monkeypatch, history, step, crowd)
    app.button(key="clean-up-show" if step == "plan" else "clean-up-delete").click().run()
    assert "clean-up-show" not in [button.key for button in app.button]
    assert len(run_ids(crowd)) == 120
    assert AuditLog(crowd).search(action=ACTION) == []
    (refused,) = AuditLog(crowd).search(action="refused")
    assert (refused["target"], refused["detail"]) == (f"history.{step}", {"place": "runs", "address": "127.0.0.1"})


def test_the_settings_are_the_limits_to_begin_with(screen, crowd):
    """What the settings keep stands in the fields."""
    from console import settings

    for key, value in {"keep_days": 30, "keep_gb": 1.5, "keep_backups_days": 7, "keep_backups_gb": 0.25}.items():
        settings.put(crowd, key, value)
    fields = [field.value for field in screen(crowd, "runs").number_input]
    assert fields == [30, 1.5, 7, 0.25]
