"""The Data screen: what stands where, pages, searches, checks, and a restore that only some may do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from console import history, users
from console.users import Forbidden, Role
from etl_batch import aside, sentences, service
from etl_batch.datasets import checksum, pages
from etl_batch.datasets.listing import backups, find_output
from etl_batch.datasets.restore import plan_restore
from etl_batch.errors import TimedOut
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from etl_batch.ui.data import preview
from tests.integration.screens.test_dashboard import dashboard
from tests.support import SUCCESS, become, config_of, copied, run_both, texts

SECOND = "20260103T000000Z-cccccc"


def run_with_other_data(folder: Path) -> None:
    """A home after a second run that wrote the same outputs from other data."""
    run_both(folder)
    (folder / "data" / "sales.csv").write_text("id,quantity,product\n" + "1,2,x\n" * 300)
    service.execute(config_of(folder), run_id=SECOND)


@pytest.fixture
def twice(made_once, tmp_path) -> Path:
    """That home, for the test alone."""
    return copied(made_once(run_with_other_data), tmp_path / "twice")


def button(app: AppTest, label: str):
    """The first button of that label."""
    return next(each for each in app.button if each.label == label)


def preview_rows(app: AppTest):
    """The table of the page that is shown."""
    return app.dataframe[1].value


def test_outputs_are_listed_with_what_is_known(screen, finished):
    """Both files with state, rows, size and run, and a link to the download and the run."""
    app = screen(finished, "data")
    table = app.dataframe[0].value
    assert list(table["File"]) == ["sales.csv", "sales.parquet"]
    assert set(table["State"]) == {"as written"}
    assert set(table["Run"]) == {SUCCESS}
    rows = RunDirectory(finished, SUCCESS).metadata().outputs["csv"].rows
    assert set(table["Rows"]) == {rows}
    assert f'href="/files/{SUCCESS}/sales.csv"' in texts(app)
    assert RunDirectory(finished, SUCCESS).metadata().outputs["csv"].sha256 in texts(app)
    assert len(preview_rows(app)) == 100


def test_an_output_is_found_by_name_and_by_run(screen, twice):
    """The search narrows the list; the page of a run begins with that run's outputs."""
    service.execute(config_of(twice, output_csv=twice / "output" / "other.csv", output_parquet=None))
    app = screen(twice, "data")
    assert app.selectbox(key="data-output").value.endswith("other.csv")
    app.text_input(key="data-search").set_value("sales parq").run()
    assert list(app.dataframe[0].value["File"]) == ["sales.parquet"]
    app.text_input(key="data-search").set_value("nothing like it").run()
    assert "No output has all these words" in texts(app)
    assert screen(twice, "data", run=SECOND).selectbox(key="data-output").value.endswith("sales.csv")


def test_pages_go_forth_and_back(screen, finished):
    """Next, last, a typed row and first each show the rows they say."""
    app = screen(finished, "data")
    rows = RunDirectory(finished, SUCCESS).metadata().outputs["csv"].rows
    lines = (finished / "output" / "sales.csv").read_text().count("\n")
    assert lines >= rows
    button(app, "Next").click().run()
    assert preview_rows(app)["Row"][0] == "101"
    button(app, "Last page").click().run()
    assert len(preview_rows(app)) == 100
    assert button(app, "Next").disabled
    field = next(field for field in app.number_input if field.label == "From row")
    field.set_value(500).run()
    assert preview_rows(app)["Row"][0] == "500"
    button(app, "Back").click().run()
    assert preview_rows(app)["Row"][0] == "400"
    button(app, "First page").click().run()
    assert preview_rows(app)["Row"][0] == "1"
    assert not app.exception


@pytest.mark.parametrize("name", ["sales.csv", "sales.parquet"])
def test_rows_are_found_by_conditions(screen, finished, name):
    """A condition finds its rows, counts them, and a value that does not suit says so in words."""
    app = screen(finished, "data")
    app.selectbox(key="data-output").set_value(str(finished / "output" / name)).run()
    column = next(box for box in app.selectbox if box.label == "Column")
    column.set_value(0).run()
    operator = next(box for box in app.selectbox if box.label == "Condition")
    operator.set_value("is at most").run()
    value = next(field for field in app.text_input if field.label == "Value")
    value.set_value("3").run()
    button(app, "Find").click().run()
    assert list(app.dataframe[2].value["id"]) == ["1", "2", "3"]
    button(app, "Count all that fit").click().run()
    assert "Rows that fit: 3 of " in texts(app)
    next(field for field in app.text_input if field.label == "Value").set_value("three").run()
    button(app, "Find").click().run()
    assert "is not a number" in texts(app)
    button(app, "Add a condition").click().run()
    assert len([box for box in app.selectbox if box.label == "Column"]) == 2
    assert not app.exception


def test_a_condition_chosen_while_another_column_is_drawn_counts(screen, finished):
    """From a number to a text, with the condition changed before the page is drawn for it: the condition stays."""
    app = screen(finished, "data")
    column = next(box for box in app.selectbox if box.label == "Column")
    places = {name: place for place, name in enumerate(column.options)}
    column.set_value(places["quantity"]).run()
    next(box for box in app.selectbox if box.label == "Column").set_value(places["product"])
    next(box for box in app.selectbox if box.label == "Condition").set_value("is").run()
    operator = next(box for box in app.selectbox if box.label == "Condition")
    assert (operator.value, operator.options[0]) == ("is", "contains")
    assert not app.exception


def test_a_search_that_is_too_long_says_what_to_do(screen, finished, monkeypatch):
    """The person reads a sentence, not an error."""

    call = aside.call

    def slow(function, *given, **named):
        if function is pages.count_rows:
            raise TimedOut(sentences.data.TOO_LONG.format(seconds=30))
        return call(function, *given, **named)

    monkeypatch.setattr(aside, "call", slow)
    app = screen(finished, "data")
    next(box for box in app.selectbox if box.label == "Condition").set_value("is not empty").run()
    button(app, "Count all that fit").click().run()
    assert "took longer than 30 seconds" in texts(app)


def test_the_check_tells_same_and_different(screen, home):
    """An untouched file is the same as its run wrote; one byte changed and it is different."""
    path = home / "output" / "sales.csv"
    app = screen(home, "data")
    button(app, "Check the file now").click().run()
    assert checksum.checked(path, home).wait(60)
    app.run()
    assert f"every byte is as run {SUCCESS} wrote it" in texts(app)
    times = (path.stat().st_mtime, path.stat().st_mtime)
    path.write_bytes(path.read_bytes()[:-2] + b"!\n")
    os.utime(path, times)
    app.run()
    assert "every byte is" not in texts(app)
    button(app, "Check the file now").click().run()
    assert checksum.checked(path, home).wait(60)
    app.run()
    assert "Different: these are not the bytes" in texts(app)


def test_changed_and_missing_files_are_said(screen, home):
    """A file that was written over, and one that is gone, each have their sentence, and no download is offered."""
    (home / "output" / "sales.csv").write_text("a,b\n1,2\n")
    app = screen(home, "data")
    assert list(app.dataframe[0].value["State"]) == ["changed since", "as written"]
    assert "No run in the history wrote what stands here now" in texts(app)
    assert f'href="/files/{SUCCESS}/sales.csv"' not in texts(app)
    assert list(preview_rows(app)["b"]) == ["2"]
    (home / "output" / "sales.csv").unlink()
    app = screen(home, "data")
    assert "was moved or deleted" in texts(app)
    assert not app.exception


def test_a_backup_is_restored_in_two_steps(screen, twice):
    """The first click shows both files, the second does it; then the screen says whose data stands there."""
    app = screen(twice, "data")
    (backup,) = backups(find_output(twice, twice / "output" / "sales.csv"))
    assert f'href="/backups/{SECOND}/{backup.path.name}"' in texts(app)
    button(app, "Restore this backup").click().run()
    assert f"{backup.path.name} goes back to output/sales.csv" in texts(app)
    assert "sales.parquet.bak." in texts(app)
    button(app, "Leave everything as it is").click().run()
    assert "goes back to" not in texts(app)
    assert AuditLog(twice).search(action="data.restore") == []
    button(app, "Restore this backup").click().run()
    button(app, "Yes, restore").click().run()
    assert not app.exception
    assert "Restored." in texts(app)
    assert f"holds the data of run {SUCCESS}" in texts(app)
    assert set(app.dataframe[0].value["Run"]) == {SUCCESS}
    assert AuditLog(twice).search(action="data.restore")[0]["user"] == "super_admin"
    assert checksum.checked(twice / "output" / "sales.csv", twice).wait(60)
    app.run()
    assert f"every byte is as run {SUCCESS} wrote it" in texts(app)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_who_may_not_restore_is_told(screen, twice, role):
    """Lower roles see and download backups and have no button."""
    app = screen(twice, "data", role)
    assert "A super_admin can restore a backup." in texts(app)
    assert "/backups/" in texts(app)
    assert "Restore this backup" not in [each.label for each in app.button]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_the_service_refuses_too(twice, role):
    """Whoever gets past the screen is refused by the service, which looks the user up again."""
    user = users.User(str(role), Role.SUPER_ADMIN)
    if users.find(twice, user.name) is None:
        users.create(twice, user.name, role, "correct horse battery", by="test")
    path = twice / "output" / "sales.csv"
    plan = plan_restore(twice, path, backups(find_output(twice, path))[0].path.name)
    before = path.read_bytes()
    with pytest.raises(Forbidden, match="restore a backup"):
        history.restore(twice, plan, user)
    assert path.read_bytes() == before
    assert AuditLog(twice).search(action="data.restore") == []


def test_a_click_after_a_demotion_restores_nothing(screen, twice, monkeypatch):
    """The confirmation was drawn for a super_admin; the click comes from somebody who is none any more."""
    app = screen(twice, "data")
    before = (twice / "output" / "sales.csv").read_bytes()
    button(app, "Restore this backup").click().run()
    users.create(twice, "low", Role.VIEWER, "correct horse battery", by="test")
    become(monkeypatch, users.User("low", Role.SUPER_ADMIN))
    button(app, "Yes, restore").click().run()
    assert (twice / "output" / "sales.csv").read_bytes() == before
    assert "you need the role super_admin" in texts(app)


def test_cells_and_names_are_shown_as_text(screen, home):
    """Hostile names, control characters and turned text are visible and obeyed by nobody."""
    name = "a<i>*[1]'\u202e.csv"
    header = '"<img src=x>","x","x"\n'
    (home / "data" / "sales.csv").write_text(header + '"**b** \u202e\x07","' + "y" * 5000 + '",3\n' + "1,2,3\n" * 5)
    service.execute(config_of(home, output_csv=home / "output" / name, output_parquet=None), run_id=SECOND)
    app = screen(home, "data")
    assert not app.exception
    table = preview_rows(app)
    assert list(table) == ["Row", "<img src=x>", "x", "x_2"]
    assert "U+202E" in table["<img src=x>"][0]
    assert "BEL" in table["<img src=x>"][0]
    assert len(table["x"][0]) <= preview.CELL_LENGTH
    assert "<i>" not in texts(app)
    assert "a&lt;i&gt;*[1]" in texts(app)
    assert "\u202e" not in texts(app)


def test_the_dashboard_has_the_tab(finished, twice, tmp_path):
    """Without a console the same view stands in the tab, with paths in the place of links, and a restore."""
    app = dashboard(twice, "Data")
    assert not app.exception
    assert "href=" not in texts(app)
    button(app, "Restore this backup").click().run()
    button(app, "Yes, restore").click().run()
    assert "Restored." in texts(app)
    assert AuditLog(twice).search(action="data.restore")[0]["user"] == "guest"
    empty = dashboard(tmp_path / "new", "Data")
    assert "There is no output yet" in texts(empty)
