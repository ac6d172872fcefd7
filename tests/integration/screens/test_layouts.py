"""The Layouts screen: the list, the editor's instant check, roles, a file in hex, and the way from layout to run."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from console import jobs, users
from console.users import Forbidden, Role
from etl_batch import service
from etl_batch.layouts import LayoutChange, change_store, layout_names, load_layouts, read_catalogue, store_path
from etl_batch.model import Counts
from etl_batch.security.audit import AuditLog
from tests.support import HOSTILE, become, texts

SHIPPED = sorted(load_layouts(None))
STOCK = {
    "fields": [
        {"name": "item", "type": "u16"},
        {"name": "price", "type": "i32", "decimals": 2, "min": 0},
        {"name": "shop", "type": "char", "size": 6},
    ]
}
TEXT = json.dumps(STOCK)


@pytest.fixture
def stocked(fresh: Path) -> Path:
    """A fresh home with a file of stock records; record 30 has a price below nought."""
    records = [struct.pack("<Hi6s", n, -5 if n == 30 else n * 125, b"north") for n in range(100)]
    (fresh / "data" / "aaa.bin").write_bytes(b"".join(records))
    return fresh


def keep(home: Path, name: str = "stock", text: str = TEXT) -> None:
    """Put a layout into the home's store."""
    change_store(home, LayoutChange(name, text), lambda: None)


def open_tab(app: AppTest, name: str) -> AppTest:
    """What a click on a tab does."""
    app.session_state["layouts-wanted-tab"] = name
    return app.run()


def field(app: AppTest, kind: str, label: str):
    """The input field with that label."""
    return next(each for each in getattr(app, kind) if each.label == label)


def begin(app: AppTest, name: str, text: str) -> AppTest:
    """Begin a new layout and type it."""
    app.button(key="layouts-new").click().run()
    field(app, "text_input", "Name").set_value(name)
    field(app, "text_area", "Layout as JSON").set_value(text)
    return app.run()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_everybody_sees_and_nobody_else_edits(screen, stocked, role):
    """A viewer and an operator see lists, details and files; there is no editor for them and no button."""
    keep(stocked)
    app = screen(stocked, "layouts", role)
    assert not app.exception
    assert [button.key for button in app.button if (button.key or "").startswith("layouts-")] == []
    assert field(app, "selectbox", "Layout").options == sorted([*SHIPPED, "stock"])
    open_tab(app, "Hex view")
    assert 'class="etl-hex"' in texts(app)
    open_tab(app, "Editor")
    assert not app.exception
    assert not app.text_area
    assert app.session_state["layouts-tab"] == "Layouts"


def test_the_list_says_where_layouts_come_from(screen, stocked):
    """Shipped, of this home, and of this home instead of a shipped one are told apart; details follow."""
    keep(stocked)
    keep(stocked, "default")
    app = screen(stocked, "layouts")
    table = app.dataframe[0].value
    assert dict(zip(table["Layout"], table["From"], strict=True)) == dict.fromkeys(SHIPPED, "shipped") | {
        "default": "this home, instead of the shipped one",
        "stock": "this home",
    }
    field(app, "selectbox", "Layout").select("stock").run()
    assert list(app.dataframe[1].value["Field"]) == ["item", "price", "shop"]
    assert "2 to 5 (4 bytes)" in texts(app)


def test_mistakes_are_told_at_the_field_as_it_is_typed(screen, stocked):
    """Every mistake names its field, the map shows what could be placed, and there is no saving until all is right."""
    app = begin(screen(stocked, "layouts"), "stock", TEXT.replace("i32", "i23").replace('"size": 6', '"size": 0'))
    assert "<strong>Field price:</strong> it has the unknown type" not in texts(app)
    assert "<strong>Field shop:</strong> `size`: Input should be greater than or equal to 1" in texts(app)
    assert app.button(key="layouts-save").disabled
    field(app, "text_area", "Layout as JSON").set_value(TEXT.replace("i32", "i23")).run()
    assert "<strong>Field price:</strong> it has the unknown type &#39;i23&#39;" in texts(app)
    assert "<b>gap</b><span>2 (1 byte)</span>" in texts(app)
    field(app, "text_area", "Layout as JSON").set_value(TEXT[:-1]).run()
    assert "it is not JSON" in texts(app)
    field(app, "text_area", "Layout as JSON").set_value(TEXT).run()
    assert "No mistakes: records of 12 bytes, 3 columns." in texts(app)
    assert not app.button(key="layouts-save").disabled
    assert layout_names(stocked) == SHIPPED


def test_save_edit_rename_and_delete(screen, stocked):
    """The way of a layout through the screen; each step is on the audit log under the user's name."""
    app = begin(screen(stocked, "layouts"), "stock", TEXT)
    app.button(key="layouts-save").click().run()
    assert not app.exception
    assert "The layout stock is saved." in texts(app)
    assert field(app, "selectbox", "Layout").value == "stock"
    app.button(key="layouts-edit").click().run()
    field(app, "text_input", "Name").set_value("goods")
    field(app, "text_area", "Layout as JSON").set_value(TEXT.replace('"item"', '"article"')).run()
    app.button(key="layouts-save").click().run()
    assert layout_names(stocked) == sorted([*SHIPPED, "goods"])
    assert "article" in read_catalogue(stocked).entries["goods"].definition
    app.button(key="layouts-delete").click().run()
    assert layout_names(stocked) == sorted([*SHIPPED, "goods"])
    app.button(key="layouts-really").click().run()
    assert not app.exception
    assert "The layout goods was deleted." in texts(app)
    assert not store_path(stocked).exists()
    actions = [record["action"] for record in AuditLog(stocked).search(user="super_admin", text="layout.")]
    assert actions == ["layout.delete", "layout.rename", "layout.save"]


def test_shipped_layouts_are_copied_and_not_changed(screen, stocked):
    """Edit and Delete are shut for a shipped layout; Duplicate opens a copy under a free name."""
    app = screen(stocked, "layouts")
    assert app.button(key="layouts-edit").disabled
    assert app.button(key="layouts-delete").disabled
    app.button(key="layouts-duplicate").click().run()
    assert field(app, "text_input", "Name").value == "default-2"
    app.button(key="layouts-save").click().run()
    assert read_catalogue(stocked).entries["default-2"].draft.layout.fields == (
        read_catalogue(stocked).entries["default"].draft.layout.fields
    )


def test_the_short_form_is_written_out_for_the_table(screen, stocked):
    """One click turns struct and names into fields that mean the same; a table without edits changes nothing."""
    app = screen(stocked, "layouts")
    app.button(key="layouts-duplicate").click().run()
    assert "The table shows the list" in texts(app)
    app.button(key="layouts-long").click().run()
    text = field(app, "text_area", "Layout as JSON").value
    assert [each["name"] for each in json.loads(text)["fields"]] == ["id", "timestamp", "quantity", "value", "product"]
    assert "No mistakes: records of 56 bytes, 5 columns." in texts(app)
    app.button(key="layouts-apply").click().run()
    assert not app.exception
    assert field(app, "text_area", "Layout as JSON").value == text


def test_a_click_keeps_what_was_just_typed(screen, stocked):
    """Name and text that were typed before the page is drawn anew are not put back by a button below."""
    app = screen(stocked, "layouts")
    app.button(key="layouts-duplicate").click().run()
    field(app, "text_input", "Name").set_value("other")
    app.button(key="layouts-long").click().run()
    assert field(app, "text_input", "Name").value == "other"
    field(app, "text_input", "Name").set_value("third")
    app.button(key="layouts-apply").click().run()
    assert field(app, "text_input", "Name").value == "third"
    field(app, "text_area", "Layout as JSON").set_value(TEXT)
    app.button(key="layouts-apply").click().run()
    assert field(app, "text_area", "Layout as JSON").value == TEXT
    assert not app.exception


def test_a_page_that_stayed_open_saves_nothing(screen, stocked, monkeypatch):
    """After a demotion the door asks again: neither the page as it was nor its button changes anything."""
    app = begin(screen(stocked, "layouts"), "stock", TEXT)
    from console.doors import doors_for

    super_admin = users.find(stocked, "super_admin")
    doors = doors_for(super_admin)
    become(monkeypatch, users.create(stocked, "low", Role.VIEWER, "correct horse battery", by="test"))
    app.button(key="layouts-save").click().run()
    assert layout_names(stocked) == SHIPPED
    become(monkeypatch, users.User("somebody", Role.SUPER_ADMIN))
    with pytest.raises(Forbidden):
        doors.change_layout(LayoutChange("stock", TEXT))
    become(monkeypatch, None)
    with pytest.raises(Forbidden, match="session has ended"):
        doors.change_layout(LayoutChange("stock", TEXT))
    assert layout_names(stocked) == SHIPPED


def test_two_editors_do_not_overwrite_each_other(screen, stocked):
    """Who saves second is told that the layout was changed meanwhile."""
    keep(stocked)
    app = screen(stocked, "layouts")
    field(app, "selectbox", "Layout").select("stock").run()
    app.button(key="layouts-edit").click().run()
    opened = read_catalogue(stocked).entries["stock"].version
    other = TEXT.replace("shop", "store")
    change_store(stocked, LayoutChange("stock", other, begun_on=opened), lambda: None)
    field(app, "text_area", "Layout as JSON").set_value(TEXT.replace("item", "thing")).run()
    app.button(key="layouts-save").click().run()
    assert "changed by somebody else meanwhile" in texts(app)
    assert "store" in read_catalogue(stocked).entries["stock"].definition


def test_the_edited_layout_is_tried_before_it_is_saved(screen, stocked):
    """Hex view and scores use the text in the editor; going to another tab and back loses nothing."""
    app = begin(screen(stocked, "layouts"), "stock", TEXT)
    open_tab(app, "Hex view")
    assert field(app, "selectbox", "Layout").value == "stock, as it stands in the editor"
    field(app, "number_input", "Record").set_value(30).run()
    assert 'title="price (i32, bytes 2 to 5): 36.25"' in texts(app)
    assert "A run would reject" not in texts(app)
    app.button(key="layouts-next").click().run()
    assert field(app, "number_input", "Record").value == 31
    assert "out_of_range: price is -0.05" in texts(app)
    app.button(key="layouts-next").click().run()
    assert "No record from 32 on would be rejected." in texts(app)
    open_tab(app, "Which layout fits")
    shown = texts(app)
    assert shown.index("stock, as it stands in the editor") < shown.index("<h3>default")
    assert "no saved layout fits it" in shown
    open_tab(app, "Editor")
    assert field(app, "text_area", "Layout as JSON").value == TEXT
    app.button(key="layouts-save").click().run()
    open_tab(app, "Which layout fits")
    assert "reads this file with the layout stock" in texts(app)
    app.button(key="layouts-see").click().run()
    assert app.session_state["layouts-tab"] == "Hex view"
    assert field(app, "selectbox", "Layout").value == "stock"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("/etc/passwd", "Path traversal detected"),
        ("../fresh/.secrets/audit.key", "Path traversal detected"),
        ("data/none.bin", "There is no file"),
        ("data", "choose a file"),
    ],
)
def test_files_that_are_not_there_or_not_allowed(screen, stocked, asked, said):
    """A path that leads out or nowhere is refused in words, in both tabs that read files."""
    app = screen(stocked, "layouts", file=asked)
    for tab in ("Hex view", "Which layout fits"):
        open_tab(app, tab)
        assert not app.exception
        assert said in texts(app)
        assert 'class="etl-hex"' not in texts(app)


def test_a_text_file_is_said_to_be_one(screen, stocked):
    """No layout is put on a CSV: the screen says what a run would do with it."""
    app = open_tab(screen(stocked, "layouts", file="data/sales.csv"), "Which layout fits")
    assert "reads this file as text (CSV), without a record layout" in texts(app)
    assert "the file is a text file" in texts(app)


def test_a_text_file_shows_its_own_bytes(screen, stocked):
    """The hex view puts no layout on a CSV by itself: it says what the file is, and shows any part of its bytes."""
    path = stocked / "data" / "sales.csv"
    app = open_tab(screen(stocked, "layouts", file="data/sales.csv"), "Hex view")
    shown = texts(app)
    assert "reads this file as text (CSV), without a record layout" in shown
    assert "No layout fits this file" not in shown
    assert 'class="etl-hex"' not in shown
    assert path.read_bytes()[:8].hex(" ") in shown
    field(app, "number_input", "From byte").set_value(1024).run()
    assert path.read_bytes()[1024:1032].hex(" ") in texts(app)
    assert "00000400" in texts(app)
    field(app, "selectbox", "Layout").select("default").run()
    assert 'class="etl-hex"' in texts(app)


def test_a_link_opens_a_record(screen, stocked):
    """`?file=&layout=&record=` leads to that record, as the list of rejects may ask for it."""
    keep(stocked)
    app = screen(stocked, "layouts", file="data/aaa.bin", layout="stock", record="31")
    assert "Record 31" in texts(app)
    assert "out_of_range" in texts(app)


def test_a_broken_store_is_told_and_can_be_opened(screen, stocked):
    """The screen names file, layout and field, shows the mistakes, and opens the broken layout in the editor."""
    keep(stocked)
    path = store_path(stocked)
    path.write_text(path.read_text().replace("i32", "i23"))
    app = screen(stocked, "layouts")
    assert "layout &#39;stock&#39;, field &#39;price&#39;" in texts(app)
    field(app, "selectbox", "Layout").select("stock").run()
    assert "Field price:" in texts(app)
    app.button(key="layouts-edit").click().run()
    assert "i23" in field(app, "text_area", "Layout as JSON").value
    path.write_text("{")
    for tab in ("Layouts", "Editor", "Hex view", "Which layout fits"):
        assert not open_tab(app, tab).exception
        assert "is not a layout file" in texts(app)


def test_hostile_names_are_shown_as_text(screen, stocked):
    """Names, descriptions and values that look like markup stay text in every tab."""
    hostile = HOSTILE[:40]
    text = json.dumps({"fields": [{"name": hostile, "type": "char", "size": 12}], "description": HOSTILE})
    keep(stocked, hostile, text)
    (stocked / "data" / "aaa.bin").write_bytes(b"<b>x</b>\0\0\0\0" * 50)
    app = screen(stocked, "layouts")
    for tab in ("Layouts", "Hex view", "Which layout fits"):
        open_tab(app, tab)
        assert not app.exception
        # The JSON text stands in a code block, which Streamlit draws as text by itself.
        assert "<img" not in "".join(block.proto.body for block in app.get("html"))


def test_launch_takes_a_layout_of_the_home(screen, stocked):
    """The picker of the Launch screen has it, and the queued run names it; the engine then reads the file with it."""
    keep(stocked)
    app = screen(stocked, "launch", input="aaa.bin")
    picker = next(box for box in app.selectbox if "stock" in box.options)
    picker.select("stock").run()
    app.button(key="launch-go").click().run()
    assert not app.exception
    (job,) = jobs.list_queue(stocked)
    assert job.config.layout == "stock"
    record = service.execute(job.config, run_id=job.run_id)
    assert record.counts == Counts(records_in=100, written=99, rejected=1, skipped=0)
    assert (job.config.output_csv or Path()).read_text().splitlines()[2] == "1,1.25,north"


def test_a_file_nobody_knows_has_a_draft_to_begin_with(screen, fresh):
    """The hex view offers a draft of what no layout fits; a click opens it in the editor, without a mistake."""
    records = [struct.pack("<IhB5s", 90_000 + n, n * 37 % 900, n % 3, b"abcde") for n in range(2000)]
    (fresh / "data" / "aaa.dat").write_bytes(b"".join(records))
    app = open_tab(screen(fresh, "layouts"), "Hex view")
    assert "Bytes 12 apart are alike" in texts(app)
    app.button(key="layouts-use-draft").click().run()
    assert app.session_state["layouts-tab"] == "Editor"
    assert field(app, "text_input", "Name").value == "aaa"
    assert json.loads(field(app, "text_area", "Layout as JSON").value)["record_size"] == 12
    assert "No mistakes" in texts(app)
    viewer = open_tab(screen(fresh, "layouts", Role.VIEWER), "Hex view")
    assert "Bytes 12 apart are alike" in texts(viewer)
    assert "layouts-use-draft" not in [button.key for button in viewer.button]


def test_noise_has_no_draft(screen, fresh):
    """The hex view says why there is none."""
    (fresh / "data" / "aaa.dat").write_bytes(np.random.default_rng(1).bytes(50_000))
    app = open_tab(screen(fresh, "layouts"), "Hex view")
    assert "no draft can be made" in texts(app)
    assert "layouts-use-draft" not in [button.key for button in app.button]
