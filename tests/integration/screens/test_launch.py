"""The Launch page: picking, browsing, every field, presets, and who may do what."""

from __future__ import annotations

import json
import os

import pytest
from streamlit.testing.v1 import AppTest

from console import jobs, presets, users
from console.users import Role
from etl_batch import previews, service
from etl_batch.errors import InputRefused
from etl_batch.limits import limits_file
from etl_batch.reporting.formatting import coarse, quantity
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.settings import SETTINGS, Setter, set_by
from etl_batch.ui.launch import files as launch_files
from etl_batch.ui.launch import wording
from etl_batch.ui.launch.form import FORM
from etl_batch.ui.shared import chosen
from tests.records import json_of
from tests.support import FAILURE, SUCCESS, become, config_of, texts


def field(app: AppTest, kind: str, label: str):
    """The field of that kind with that label."""
    return next(each for each in getattr(app, kind) if each.label == label)


def box(app: AppTest, name: str):
    """The box of a file in the list of a folder."""
    return next(each for each in app.checkbox if each.label.replace("\\", "") == name)


def inputs_of(app: AppTest) -> list[str]:
    """What is picked."""
    return list(inputs_field(app).value)


def inputs_field(app):
    """The field that shows what is picked."""
    return next(field for field in app.multiselect if str(field.key).startswith(launch_files.FIELD))


@pytest.fixture
def browsing_page(screen, fresh) -> AppTest:
    """The page with its browser open over data/ with a folder, a second file and a stranger in it."""
    (fresh / "data" / "more").mkdir()
    (fresh / "data" / "more" / "*b*.csv").write_text("city,rain\nParis,3\n")
    (fresh / "data" / "two.csv").write_bytes((fresh / "data" / "sales.csv").read_bytes())
    (fresh / "data" / "bad.zip").write_bytes(b"PK\x03\x04" + bytes(30))
    app = screen(fresh, "launch")
    app.session_state["launch-browse"] = True
    return app.run()


def save(home, name="nightly", **changes) -> None:
    """A preset, saved by a super_admin."""
    admin = users.find(home, "admin") or users.create(home, "admin", Role.SUPER_ADMIN, "correct horse battery", by="t")
    presets.save(home, name, config_of(home, **changes), admin)


def test_closed_folders_are_not_listed(screen, fresh):
    """Until it is opened the browser draws no line."""
    assert not [box for box in screen(fresh, "launch").checkbox if str(box.key).startswith("launch-pick")]


def test_two_files_are_picked_and_run_together(browsing_page, fresh):
    """A second tick adds a file; the outputs are named anew, and the run reads both."""
    app = browsing_page
    assert inputs_of(app) == ["data/bad.zip"]
    box(app, "bad.zip").uncheck().run()
    for name in ("sales.csv", "two.csv"):
        box(app, name).check().run()
    assert inputs_of(app) == ["data/sales.csv", "data/two.csv"]
    assert field(app, "text_input", "CSV output").value == "output/merged.csv"
    app.button(key="launch-go").click().run()
    (job,) = jobs.list_queue(fresh)
    assert job.config.inputs == tuple(str(fresh / "data" / name) for name in ("sales.csv", "two.csv"))


def test_a_file_that_fits_no_reader_says_so(browsing_page):
    """Its line has the reason, and while it is picked the button is shut."""
    assert "cannot be decompressed" in texts(browsing_page)
    assert [link.proto.page for link in browsing_page.get("page_link")][-1:] == ["layouts"]
    assert browsing_page.button(key="launch-go").disabled


def test_into_a_folder_and_back(browsing_page, fresh):
    """A folder opens, its name is no Markdown, it can be taken whole, and the way leads up again."""
    app = browsing_page
    app.button(key=f"launch-open-{fresh}/data/more").click().run()
    (box,) = [box for box in app.checkbox if str(box.key).startswith("launch-pick")]
    assert box.label == r"\*b\*\.csv"
    app.button(key="launch-whole").click().run()
    assert inputs_of(app) == ["data/more"]
    assert list(app.dataframe[0].value) == ["city", "rain"]
    app.button(key="launch-up").click().run()
    assert app.button(key=f"launch-open-{fresh}/data/more")


def test_a_pattern_takes_all_that_fit(browsing_page, fresh):
    """What was searched for with a star is picked with the star, so that later files come along."""
    app = browsing_page
    field(app, "text_input", wording.SEARCH).set_value("*.csv").run()
    assert "3 files and 1 folder in data, 2 of them fit" in texts(app)
    app.button(key="launch-pattern").click().run()
    assert inputs_of(app) == ["data/*.csv"]
    app.button(key="launch-go").click().run()
    assert jobs.list_queue(fresh)[0].config.inputs == (str(fresh / "data" / "*.csv"),)


def test_pages_of_a_large_folder(screen, fresh):
    """Twelve names a page; a search begins on the first page again."""
    for number in range(30):
        (fresh / "data" / f"{number:02}.csv").write_text(f"a\n{number}\n")
    app = screen(fresh, "launch")
    app.session_state["launch-browse"] = True
    app.run().button(key="launch-next").click().run()
    assert "Page 2 of 3" in texts(app)
    assert app.checkbox(key="launch-pick-data/12.csv")
    field(app, "text_input", wording.SEARCH).set_value("csv").run()
    assert "Page 1 of 3" in texts(app)


def test_another_root_is_browsed(screen, fresh, tmp_path):
    """A folder that the settings allow is one of the folders, and a file in it can be picked and run."""
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "rain.csv").write_text("city,rain\nParis,3\n")
    limits_file(fresh).parent.mkdir(exist_ok=True)
    limits_file(fresh).write_text(json.dumps({"allowed_roots": [str(extra)]}))
    app = screen(fresh, "launch")
    app.session_state["launch-browse"] = True
    app.run()
    field(app, "selectbox", wording.FOLDER).set_value(str(extra)).run()
    inputs_field(app).set_value([]).run()
    assert "Pick at least one" in texts(app)
    app.checkbox(key=f"launch-pick-{extra}/rain.csv").check().run()
    app.button(key="launch-go").click().run()
    assert jobs.list_queue(fresh)[0].config.inputs == (str(extra / "rain.csv"),)


def test_every_field_reaches_the_run(screen, fresh):
    """What is typed into each field is what the queue holds."""
    app = screen(fresh, "launch")
    texts_typed = {
        "CSV output": "output/x.csv",
        "Parquet output": "",
        "Seed": "9007199254740993",
        "Most rejects": " 7 % ",
        "Report copy": "report/x.html",
        "Column for the file's name": " file ",
    }
    for label, value in texts_typed.items():
        field(app, "text_input", label).set_value(value)
    numbers = {"Workers": 3, "Sample fraction": 0.25, "Timeout in seconds": 0.5}
    numbers |= {"Chunk size in bytes": 4096, "Largest input in GB": 1.5, "Retries": 0}
    for label, value in numbers.items():
        field(app, "number_input", label).set_value(value)
    field(app, "multiselect", "Measures").set_value(["value"])
    field(app, "selectbox", "Stratum").set_value("product")
    field(app, "checkbox", "Read as text whatever it looks like").check()
    field(app, "checkbox", "Folders key=value become columns").check()
    field(app, "multiselect", "Only these files of a folder").set_value(["*.bin", "2024/**"])
    field(app, "selectbox", "When a file cannot be read").set_value("skip")
    app.run().button(key="launch-go").click().run()
    (job,) = jobs.list_queue(fresh)
    config = job.config
    assert (config.output_csv, config.output_parquet) == (fresh / "output" / "x.csv", None)
    assert (config.seed, config.report) == (9007199254740993, fresh / "report" / "x.html")
    assert (config.workers, config.sample_frac, config.max_rejects, config.timeout) == (3, 0.25, "7%", 0.5)
    assert (config.chunk_bytes, config.max_size_gb, config.retries) == (4096, 1.5, 0)
    assert (config.measures, config.stratum, config.force_text_fallback) == (("value",), "product", True)
    assert (config.include, config.exclude, config.on_bad_file) == (("*.bin", "2024/**"), (), "skip")
    assert (config.hive, config.source_column) == (True, "file")


def test_what_is_said_of_the_reading_can_be_declared(screen, fresh):
    """Lines above the table are told in the form's words, and a click declares how the numbers are written."""
    rows = "".join(f"{day};{day}.{day}00,5;x{day}\n" for day in range(1, 10))
    (fresh / "data" / "german.csv").write_text("Report of the month\n\nday;price;name\n" + rows)
    app = screen(fresh, "launch", input="german.csv")
    assert "data/german.csv: 2 lines above the table were passed over" in texts(app)
    assert "“Lines to pass over” and “Header” say otherwise" in texts(app)
    assert "Text that looks like numbers or dates: price." in texts(app)
    button = app.button(key="launch-declare-0-0")
    assert button.label == "Set decimal sign “,” and thousands sign “.”"
    button.click().run()
    assert field(app, "selectbox", "Decimal sign").value == ","
    assert "looks like numbers" not in texts(app)
    app.button(key="launch-go").click().run()
    (job,) = jobs.list_queue(fresh)
    assert (job.config.decimal, job.config.thousands) == (",", ".")


def test_null_words_join_those_that_are_there(screen, fresh):
    """A word that is suggested is one more of the field's."""
    rows = "".join(f"{day};{'n/a' if day == 3 else day * 2}\n" for day in range(1, 30))
    (fresh / "data" / "gaps.csv").write_text("day;price\n" + rows)
    app = screen(fresh, "launch", input="gaps.csv")
    field(app, "multiselect", "Null words").set_value(["-"]).run()
    app.button(key="launch-declare-0-0").click().run()
    assert field(app, "multiselect", "Null words").value == ["-", "n/a"]
    assert "looks like numbers" not in texts(app)


def test_every_setting_has_its_field(browsing_page, monkeypatch):
    """Each setting that a form may set stands on the page once, with the table's label and help, and no other does."""
    monkeypatch.setenv("ETL_CLUSTER", "tcp://10.0.0.1:8786")  # without one there is nothing to choose
    app = browsing_page.run()
    kinds = (app.text_input, app.text_area, app.number_input, app.selectbox, app.multiselect, app.checkbox)
    found = [(each.label, each.help) for kind in kinds for each in kind]
    assert {row.name: found.count((row.label, row.form.help)) for row in FORM} == {row.name: 1 for row in FORM}
    labels = {label for label, _help in found}
    assert {row.name for row in SETTINGS if row.label in labels} == set_by(Setter.SUPER_ADMIN)


def test_every_control_has_a_label_and_a_help(browsing_page):
    """No field of the form stands without words for what it does."""
    app = browsing_page
    kinds = (app.text_input, app.number_input, app.selectbox, app.multiselect)
    fields = [each for kind in kinds for each in kind]
    assert len(fields) > 15
    assert all(each.label and each.help for each in fields)


def test_a_folded_problem_is_named_on_top(screen, fresh):
    """A mistake under `More settings` is told beside the field, and its name stands where it can be seen."""
    app = screen(fresh, "launch")
    field(app, "text_input", "Seed").set_value("seven").run()
    assert "a whole number from 0" in texts(app)
    assert "To change before the run can start: Seed." in texts(app)
    assert app.button(key="launch-go").disabled


def test_the_cards_say_what_a_run_will_come_to(screen, home):
    """Time, size and rows are there before the click, each said as an estimate."""
    shown = texts(screen(home, "launch"))
    assert "on this machine; a first guess" in shown
    rows = coarse(previews.preview(home / "data" / "sales.csv", home).rows_estimate)
    assert 900 < rows < 1100
    assert f"1 file, about {quantity(rows)} rows" in shown
    assert "on the disk" in shown
    assert "to the store" not in shown


def test_a_full_disk_is_said_before_the_click(screen, fresh, monkeypatch):
    """The sentence stands on the page, and the button stays open: it is an estimate."""
    monkeypatch.setattr("etl_batch.ui.launch.outlook.room_sentence", lambda _needs: "The outputs will need about 9 TB.")
    app = screen(fresh, "launch")
    assert "The outputs will need about 9 TB." in texts(app)
    assert not app.button(key="launch-go").disabled


def test_an_uploaded_file_is_picked(screen, fresh):
    """The address names the file that has just come; a name that is not there says so."""
    (fresh / "data" / "upload-1.csv").write_text("city,rain\nParis,3\n")
    (fresh / "data" / ".upload-1.csv.json").write_text('{"original_name": "Städte.csv"}')
    app = screen(fresh, "launch", input="upload-1.csv")
    assert inputs_of(app) == ["data/upload-1.csv"]
    assert "Städte.csv as data/upload-1.csv" in str(inputs_field(app).options)
    assert "There is no file" in texts(screen(fresh, "launch", input="gone.csv"))


def test_run_again_says_what_is_missing(screen, home):
    """An input that is gone since is named, and a run that never was is said."""
    run = RunDirectory(home, SUCCESS)
    run.write(
        "config.json", json_of(run, "config.json") | {"inputs": [str(home / "data" / "gone.csv"), str(home / "data")]}
    )
    app = screen(home, "launch", from_=SUCCESS)
    assert "There is no file" in texts(app)
    assert "gone.csv" in texts(app)
    assert app.button(key="launch-go").disabled
    inputs_field(app).set_value(["data"]).run()
    app.button(key="launch-go").click().run()
    assert jobs.list_queue(home)[0].config.rerun_of == SUCCESS
    for name in ("20200101T000000Z-000000", "../../etc"):
        assert "There is no run" in texts(screen(home, "launch", from_=name))


def test_run_again_keeps_every_field_through_the_form(screen, home):
    """What the page launches untouched is what the run had."""
    run = RunDirectory(home, FAILURE)
    changes = {"chunk_bytes": 4096, "seed": 2**60, "layout": "auto", "retries": 1, "timeout": 12.5, "max_size_gb": 3.5}
    config = (
        json_of(run, "config.json")
        | changes
        | {"report": str(home / "report" / "x.html"), "max_rejects": 5, "measures": ["value"]}
    )
    run.write("config.json", config)
    app = screen(home, "launch", from_=FAILURE)
    app.button(key="launch-go").click().run()
    (job,) = jobs.list_queue(home)
    assert job.config.to_json() == config | {"rerun_of": FAILURE, "user": "super_admin", "language": "en"}


def test_a_preset_is_saved_updated_and_deleted(screen, fresh):
    """The settings on the screen under a name; the same name again updates it; deleting asks first."""
    app = screen(fresh, "launch")
    assert app.button(key="launch-preset-save").disabled
    app.text_input(key="launch-preset-name-None").set_value("nightly").run()
    app.button(key="launch-preset-save").click().run()
    assert "The preset nightly is saved." in texts(app)
    field(app, "number_input", "Workers").set_value(7).run()
    app.text_input(key="launch-preset-name-None").set_value("Nightly").run()
    assert app.button(key="launch-preset-save").label == "Update the preset"
    app.button(key="launch-preset-save").click().run()
    (saved,) = presets.list_presets(fresh).values()
    assert saved.workers == 7
    (name,) = presets.list_presets(fresh)
    app.selectbox(key="launch-preset-going").set_value(name).run()
    assert app.button(key="launch-preset-delete").disabled
    app.checkbox(key=f"launch-preset-sure-{name}").check().run()
    app.button(key="launch-preset-delete").click().run()
    assert presets.list_presets(fresh) == {}


def test_a_preset_fills_the_form(screen, fresh):
    """Choosing one brings its inputs and settings; choosing none brings fresh ones."""
    (fresh / "data" / "two.csv").write_bytes((fresh / "data" / "sales.csv").read_bytes())
    save(fresh, inputs=(str(fresh / "data" / "two.csv"),), workers=5, seed=9)
    app = screen(fresh, "launch")
    app.selectbox(key="launch-preset").set_value("nightly").run()
    assert inputs_of(app) == ["data/two.csv"]
    assert field(app, "number_input", "Workers").value == 5
    assert field(app, "text_input", "Seed").value == "9"
    app.selectbox(key="launch-preset").set_value(chosen.NONE).run()
    assert inputs_of(app) == ["data/sales.csv"]
    assert field(app, "text_input", "Seed").value == "0"


def test_no_preset_has_words_when_it_is_drawn_again(screen, fresh):
    """Streamlit draws an option None, once the session holds it, as a box in which nothing was chosen."""
    save(fresh)
    app = screen(fresh, "launch")
    app.run()
    drawn = app.selectbox(key="launch-preset").proto
    assert drawn.HasField("default")
    assert drawn.options[drawn.default] == wording.FRESH


@pytest.mark.parametrize("button", ["launch-preset-save", "launch-go"])
def test_a_click_after_a_demotion_changes_nothing(screen, fresh, monkeypatch, button):
    """The form was drawn for a super_admin; the click comes from an operator, who gets the list instead."""
    app = screen(fresh, "launch")
    app.text_input(key="launch-preset-name-None").set_value("mine").run()
    become(monkeypatch, users.create(fresh, "low", Role.OPERATOR, "correct horse battery", by="test"))
    app.button(key=button).click().run()
    assert "presets only" in texts(app)
    assert presets.list_presets(fresh) == {}
    assert jobs.list_queue(fresh) == []


def test_an_operator_sees_presets_in_words_and_launches_one(screen, fresh):
    """Input, outputs and limits in words; the click queues the preset as it stands."""
    save(fresh, max_rejects=3, max_size_gb=2.0)
    app = screen(fresh, "launch", Role.OPERATOR)
    shown = texts(app)
    shown = shown.replace("\N{NARROW NO-BREAK SPACE}", " ")
    for words in ("nightly", "data/sales.csv", "output/sales.parquet", "at most 3 rejects", "inputs up to 2.00 GB"):
        assert words in shown
    assert [button.key for button in app.button] == ["preset-nightly"]
    app.button(key="preset-nightly").click().run()
    (job,) = jobs.list_queue(fresh)
    assert (job.user, job.config.max_rejects) == ("operator", 3)
    assert app.query_params["run"] == job.run_id


def test_an_operator_cannot_reach_the_form(screen, fresh):
    """Neither an input nor a run in the address brings a field to an operator's page."""
    save(fresh)
    for parameters in ({"input": "sales.csv"}, {"from_": SUCCESS}):
        app = screen(fresh, "launch", Role.OPERATOR, **parameters)
        assert (list(app.text_input), list(app.multiselect), list(app.code)) == ([], [], [])


def test_a_preset_that_changed_under_an_operator(screen, fresh):
    """A preset that was deleted meanwhile launches nothing and says so."""
    save(fresh)
    app = screen(fresh, "launch", Role.OPERATOR)
    presets.delete(fresh, "nightly", users.find(fresh, "admin"))
    save(fresh, "other")
    app.button(key="preset-nightly").click().run()
    assert jobs.list_queue(fresh) == []


def test_a_preset_without_its_input_cannot_be_launched(screen, fresh):
    """The missing input is named, and the button is shut."""
    save(fresh, inputs=(str(fresh / "data" / "gone.csv"),))
    app = screen(fresh, "launch", Role.OPERATOR)
    assert "data/gone.csv is not there now" in texts(app)
    assert app.button(key="preset-nightly").disabled


def test_the_browser_is_told_what_is_picked_at_every_drawing(screen, fresh):
    """A drawing that another one cut off never reached the browser, whose empty field would come back as the choice."""
    app = screen(fresh, "launch")
    for _ in range(2):
        app.run()
        proto = inputs_field(app).proto
        assert [proto.options[place] for place in proto.default] == ["data/sales.csv"]


ODD_NAMES = [b"caf\xe9.csv", b"a\nb.csv", b"<b>&\"'.csv", b"-x.csv", b"y" * 251 + b".csv"]


@pytest.mark.parametrize("name", ODD_NAMES, ids=["no UTF-8", "a line end", "markup", "a dash", "long"])
def test_a_file_whose_name_holds_anything(screen, fresh, name):
    """It is listed, picked, previewed and run from here; its run is shown on the other screens too."""
    path = fresh / "data" / os.fsdecode(name)
    path.write_text("id,price\n1,2.50\n2\n")
    (fresh / "data" / "sales.csv").unlink()
    app = screen(fresh, "launch")
    assert inputs_of(app) == [f"data/{name.decode(errors='backslashreplace')}"]
    app.session_state["launch-browse"] = True
    app.run()
    assert not app.exception
    record = service.execute(config_of(fresh, inputs=(str(path),)), run_id=SUCCESS)
    assert record.counts.rejected == 1
    for page in ("home", "runs", "report", "rejects", "analytics", "data"):
        shown = screen(fresh, page)
        assert not shown.exception, page
    for line in "\n".join(texts(screen(fresh, "rejects"))).splitlines():
        line.encode()


@pytest.mark.parametrize("typed", ["sales.csv", "dta/sales.csv"])
def test_a_mistyped_input_is_not_there(screen, fresh, typed):
    """A name without its folder, or in a folder that is none, is no attack: it does not exist where runs may read."""
    app = screen(fresh, "launch")
    inputs_field(app).set_value([typed]).run()
    assert f"There is no file {typed} in the folders that runs may read (data, output)" in texts(app)
    assert "Path traversal" not in texts(app)
    assert app.button(key="launch-go").disabled


def test_a_refused_configuration_is_no_failed_run(screen, fresh):
    """Home counts what began: what was refused to somebody at once needs nobody; of a schedule it does."""
    config = config_of(fresh, inputs=(str(fresh / "data" / "gone.csv"),))
    for run_id, unattended in ((SUCCESS, False), (FAILURE, True)):
        with pytest.raises(InputRefused):
            service.execute(config.changed({"unattended": unattended}), run_id=run_id)
        assert json_of(RunDirectory(fresh, run_id), "metadata.json")["status"] == "failed"
    shown = texts(screen(fresh, "home"))
    assert SUCCESS not in shown
    assert "There is no file data/gone.csv" in shown
    assert FAILURE in shown


def test_the_shown_command_says_the_language_of_the_run(screen, fresh):
    """A shell may speak another one than the page; the launched run has the page's."""
    app = screen(fresh, "launch")
    (shown,) = [block.value for block in app.code if "etl_core.py" in block.value]
    assert "--language en" in shown
