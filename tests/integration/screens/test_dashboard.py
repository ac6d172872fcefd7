"""`etl_dashboard()` in a bare app of somebody else's, without a console."""

from __future__ import annotations

import html
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.demo import write_demo
from etl_batch.language import speaking
from etl_batch.model import RunStatus
from etl_batch.record.progress import LimitUse
from etl_batch.runs.history.index import run_ids
from etl_batch.runs.processes import ownership
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from etl_batch.ui.report import wording as report_wording
from etl_batch.ui.shared import markup, wording
from etl_batch.ui.shared import wording_pt_br as portuguese
from tests.support import FAILURE, SUCCESS, copied, texts
from tests.waiting import PATIENCE_SECONDS, until


def dashboard(home: Path, tab: str | None = None) -> AppTest:
    """A bare app that calls `etl_dashboard()`, with a tab open."""

    def script(home: str) -> None:
        from pathlib import Path

        import streamlit as st

        from etl_batch.etl_integration_ui import etl_dashboard

        st.title("Somebody's app")
        etl_dashboard(Path(home), user="guest")

    app = AppTest.from_function(script, args=(str(home),), default_timeout=PATIENCE_SECONDS)
    if tab is not None:
        app.session_state["etl-tab"] = tab
    return app.run()


@pytest.mark.parametrize("tab", wording.TABS.values())
def test_every_tab_draws(finished, tab):
    """Each tab runs without an exception over a home with runs."""
    app = dashboard(finished, tab)
    assert not app.exception
    shown = texts(app) + str([box.options for box in app.selectbox])
    assert {"Launch": "sales.csv", "Data": "sales.csv", "Analytics": SUCCESS, "Layouts": "56 bytes"}.get(
        tab, FAILURE
    ) in shown


@pytest.mark.parametrize("tab", wording.TABS.values())
def test_an_empty_folder_becomes_a_home(tmp_path, tab):
    """The folders are made, and each tab says what to do."""
    assert not dashboard(tmp_path / "new", tab).exception
    assert (tmp_path / "new" / "data").is_dir()


def call(words: str) -> AppTest:
    """A bare app in which the dashboard is called with these words."""
    code = f"from pathlib import Path\nfrom etl_batch.etl_integration_ui import etl_dashboard\n{words}"
    return AppTest.from_string(code, default_timeout=PATIENCE_SECONDS).run()


def test_a_home_as_text(finished):
    """A path may be given as text, with or without the name of its owner's home."""
    app = call(f"etl_dashboard({str(finished)!r})")
    assert not app.exception
    assert app.session_state["etl-home"] == str(finished)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("5", wording.HOME_NO_PATH.format(kind="int")),
        ("b'/srv'", wording.HOME_NO_PATH.format(kind="bytes")),
        ("' '", wording.HOME_NO_NAME),
        ("'/tmp/\\0'", wording.HOME_NO_NAME),
        ("'~nobody-of-that-name/etl'", wording.HOME_OF_NOBODY.format(home="~nobody-of-that-name/etl")),
        ("'/proc/etl'", wording.HOME_NOT_MADE.format(home="/proc/etl", reason="No such file or directory")),
        ("HOME, user=None", wording.USER_NO_TEXT.format(kind="NoneType")),
        ("HOME, user=''", wording.USER_NO_NAME),
        ("HOME, user='a\\nb'", wording.USER_NO_NAME),
    ],
)
def test_what_is_given_is_checked(finished, given, sentence):
    """A home that is no folder and a user that is no name: one sentence in the dashboard's place, and no traceback."""
    app = call(f"etl_dashboard({given.replace('HOME', repr(str(finished)))})")
    assert not app.exception
    assert not app.tabs
    assert html.escape(sentence, quote=True).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in texts(app)


def test_a_second_one_on_a_page_is_refused(finished):
    """The first stays as it is; the second says what to do."""
    app = call(f"etl_dashboard({str(finished)!r})\netl_dashboard({str(finished)!r})")
    assert not app.exception
    assert [each.label for each in app.tabs[: len(wording.TABS)]] == list(wording.TABS.values())
    assert wording.ONE_A_PAGE in texts(app)


PAGES = """
import streamlit as st
from etl_batch.etl_integration_ui import etl_dashboard

page = st.radio("Page", ["one", "two", "nothing"])
if page != "nothing":
    etl_dashboard(st.session_state["homes"][page])
"""


def test_an_app_with_several(finished, tmp_path):
    """Each dashboard has its own home, and nothing of another's; what belongs to the app stays."""
    app = AppTest.from_string(PAGES, default_timeout=PATIENCE_SECONDS)
    app.session_state["homes"] = {"one": str(finished), "two": str(tmp_path / "two")}
    app.session_state["etl-tab"] = "Live"
    app.session_state["theirs"] = "stays"
    app.run()
    app.session_state["etl-parameters"] = {"run": SUCCESS}
    app.run()
    assert f"<code>{SUCCESS}</code>" in texts(app)
    app.radio[0].set_value("nothing").run()
    app.radio[0].set_value("one").run()
    assert app.session_state["etl-tab"] == "Live"
    assert f"<code>{SUCCESS}</code>" in texts(app)
    app.radio[0].set_value("two").run()
    assert not app.exception
    assert (app.session_state["etl-tab"], app.session_state["etl-parameters"]) == ("Launch", {})
    assert SUCCESS not in texts(app)
    assert app.session_state["theirs"] == "stays"


def test_no_upload_is_promised(tmp_path):
    """An empty home names the folder to put a file into, and no way that there is not."""
    app = dashboard(tmp_path / "new")
    assert str(tmp_path / "new" / "data") in texts(app)
    assert "from your computer" not in texts(app)


def test_the_report_is_in_its_tab(finished):
    """The whole page in a frame, behind a policy that forbids scripts whatever stands in the file."""
    (frame,) = dashboard(finished, "Report").get("iframe")
    report = (finished / "report" / f"{FAILURE}.html").read_text()
    assert frame.proto.srcdoc == markup.render("no_scripts.html") + report
    assert frame.proto.alt == report_wording.FRAME.format(run_id=FAILURE)


def test_a_layout_is_written(fresh):
    """Layouts are listed, and a copy of one is kept in the home under the user's name."""
    app = dashboard(fresh, "Layouts")
    app.button(key="layouts-duplicate").click().run()
    app.button(key="layouts-save").click().run()
    assert not app.exception
    assert AuditLog(fresh).search(action="layout.save")[0]["user"] == "guest"


def test_a_file_without_a_layout_leads_to_layouts(fresh):
    """Launch refuses it, and the link opens the tab on that file."""
    (fresh / "data" / "sales.csv").unlink()
    (fresh / "data" / "odd.bin").write_bytes(bytes(range(256)) * 40)
    app = dashboard(fresh)
    link = app.button(key="etl-link-Find or describe a layout that fits this file-layouts-data/odd.bin")
    link.click().run()
    assert not app.exception
    assert app.session_state["etl-tab"] == "Layouts"
    assert app.session_state["layouts-file"] == "data/odd.bin"


def test_files_are_named_and_not_linked(finished):
    """Without the console there is no route to download from: the paths on disk are shown."""
    app = dashboard(finished, "Live")
    assert "href=" not in texts(app)
    assert str(finished / "output" / "runs" / FAILURE / "metadata.json") in texts(app)


def test_one_click_runs_to_the_end(fresh):
    """The click starts a real engine, the live tab opens, and the run ends in success under the given user."""
    app = dashboard(fresh)
    app.button(key="launch-go").click().run()
    assert not app.exception
    (run_id,) = run_ids(fresh)
    assert app.session_state["etl-tab"] == "Live"
    wait_for_end(RunDirectory(fresh, run_id))
    app.run()
    assert "success" in texts(app)
    assert AuditLog(fresh).search(user="guest", action="run.start")[0]["target"] == run_id
    app.button(key=f"etl-link-See the analytics-analytics-{run_id}").click().run()
    assert app.session_state["etl-tab"] == "Analytics"
    assert {"totals", "larger"} == {chart.key for chart in app.get("plotly_chart")}


def wait_for_end(run: RunDirectory) -> None:
    """Until the engine's process is gone."""
    engine = run.engine()
    if engine is not None:
        engine.wait(60)


def test_cancel_is_recorded_first(home):
    """The button of a run that still goes on stops it, and the log has who did it."""
    run = RunDirectory(home, "20260103T000000Z-cccccc").create()
    run.write("config.json", RunDirectory(home, SUCCESS).config().values)
    app = dashboard(home, "Live")
    app.button(key=f"cancel-{run.run_id}").click().run()
    app.button(key=f"cancel-yes-{run.run_id}").click().run()
    assert run.status() == "cancelled"
    assert AuditLog(home).search(action="run.cancel")[0]["user"] == "guest"
    assert "outputs intact" in texts(app)


def test_the_dashboard_needs_no_console():
    """Importing the door imports nothing of the console's."""
    code = "import sys, etl_batch.etl_integration_ui; sys.exit(any(n.split('.')[0] == 'console' for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, check=False).returncode == 0


def test_it_knows_of_a_console(finished):
    """Beside a console it says so, and leaves dead runs to the console; two dashboards know nothing of one another."""
    sentence = wording.CONSOLE_THERE.format(address="http://127.0.0.1:9")
    with ownership.owning(finished, "http://127.0.0.1:9"):
        assert sentence in [each.value for each in dashboard(finished).caption]
    assert sentence not in [each.value for each in dashboard(finished).caption]


@pytest.mark.parametrize("tab", ["Live", "Runs"])
def test_a_limit_that_was_hit_is_shown(finished, tmp_path, tab):
    """On the run's page, with what was used and which it is; the sentence says what to do."""
    home = copied(finished, tmp_path / "home")
    run = RunDirectory(home, FAILURE)
    seen = (LimitUse("time", 3, 60), LimitUse("cpu", 12, 10))
    run.write_progress(replace(run.progress(), limits=seen))
    app = dashboard(home, tab)
    if tab == "Runs":
        app.session_state["etl-parameters"] = {"run": FAILURE}
        app.run()
    assert not app.exception
    words = texts(app).replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "3.00 s of 1 min 00 s" in words
    assert "CPU time" in words
    assert "12.0 s, past the limit of 10.0 s" in words


def test_the_dashboard_speaks_another_language(fresh):
    """The one that the host names, in its tabs and in the report of a run that is launched there."""
    write_demo(fresh / "data", megabytes=1)
    app = call(f"etl_dashboard({str(fresh)!r}, language='pt_br')")
    assert not app.exception
    assert [tab.label for tab in app.tabs] == list(portuguese.TABS.values())
    (launch,) = [button for button in app.button if button.label == "Iniciar execução"]
    with speaking("pt_br"):  # the test itself asks for the words of what is chosen
        launch.click().run()
    assert not app.exception
    (run_id,) = run_ids(fresh)
    run = RunDirectory(fresh, run_id)
    until(lambda: run.final() is not None and not run.alive())
    assert run.final() is RunStatus.SUCCESS
    assert '<html lang="pt-BR"' in run.report.read_text()


@pytest.mark.parametrize("given", ["'tlh'", "5", "['pt_br']"])
def test_a_language_that_is_not_there(tmp_path, given):
    """It is said which there are, and nothing is drawn."""
    app = call(f"etl_dashboard({str(tmp_path)!r}, language={given})")
    assert not app.exception
    assert "give one of en, pt_br" in texts(app)
    assert not app.tabs
