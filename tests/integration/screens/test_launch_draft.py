"""The Launch page, what was typed: kept for one person in one browser, until it is launched or begun afresh."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from console import identity, jobs
from console.users import Role
from etl_batch.ui.shared import chosen
from tests.integration.screens.test_launch import field, inputs_field, inputs_of, save
from tests.support import SUCCESS


@pytest.fixture(autouse=True)
def session(monkeypatch) -> str:
    """The session that the pages belong to: the one thing of a browser that a page without one cannot have."""
    monkeypatch.setattr(identity, "current_session", lambda: "0123456789abcdef")
    return "0123456789abcdef"


@pytest.fixture
def typed(screen, fresh) -> AppTest:
    """The page with something typed, picked, ticked and chosen."""
    (fresh / "data" / "two.csv").write_text("city,rain\nParis,3\nRome,1\n")
    app = screen(fresh, "launch")
    inputs_field(app).set_value(["data/two.csv"]).run()
    field(app, "text_input", "CSV output").set_value("output/mine.csv").run()
    field(app, "number_input", "Workers").set_value(7)
    field(app, "checkbox", "Read as text whatever it looks like").check()
    field(app, "multiselect", "Null words").set_value(["-"])
    field(app, "selectbox", "Stratum").set_value("city")
    return app.run()


def told(app: AppTest) -> tuple[object, ...]:
    """What the fields of the fixture hold."""
    return (
        inputs_of(app),
        field(app, "text_input", "CSV output").value,
        field(app, "number_input", "Workers").value,
        field(app, "checkbox", "Read as text whatever it looks like").value,
        field(app, "multiselect", "Null words").value,
        chosen.meant(field(app, "selectbox", "Stratum").value),
    )


MINE = (["data/two.csv"], "output/mine.csv", 7, True, ["-"], "city")


FRESH = (["data/sales.csv"], "output/sales.csv", False, [], None, [])


def fresh_form(app: AppTest) -> tuple[object, ...]:
    """What the fields of the fixture hold, but for the number of the machine's cores; and whether there is a draft."""
    inputs, output, _workers, *others = told(app)
    return (inputs, output, *others, [button.key for button in app.button if button.key == "launch-afresh"])


def test_another_page_and_back(typed):
    """Streamlit forgets the fields of a page that is left; the page has them again, once and for all drawings."""
    for _ in range(2):
        typed.switch_page("../pages/home.py").run()
        typed.switch_page("../pages/launch.py").run()
        assert told(typed) == MINE
        assert told(typed.run()) == MINE
    typed.button(key="launch-go").click().run()


def test_a_reload(typed, screen, fresh):
    """A new connection of the same session has everything, and can change it."""
    app = screen(fresh, "launch")
    assert told(app) == MINE
    field(app, "number_input", "Workers").set_value(5).run()
    inputs_field(app).set_value(["data/two.csv", "data/sales.csv"]).run()
    again = screen(fresh, "launch")
    assert (field(again, "number_input", "Workers").value, inputs_of(again)) == (5, ["data/two.csv", "data/sales.csv"])


def test_nobody_else_has_it(typed, screen, fresh, monkeypatch):
    """Neither another user with the same number of a session, nor another session of the same user."""
    (fresh / "data" / "two.csv").unlink()
    screen(fresh, "launch", Role.VIEWER)
    monkeypatch.setattr(identity, "current_session", lambda: "fedcba9876543210")
    assert fresh_form(screen(fresh, "launch")) == FRESH


def test_an_address_begins_with_its_own_values(typed, screen, home, fresh):
    """An input and a run of the address come first; what is typed there is kept in its turn."""
    (fresh / "data" / "two.csv").unlink()
    app = screen(fresh, "launch", input="sales.csv")
    assert fresh_form(app) == FRESH
    field(app, "number_input", "Workers").set_value(3).run()
    assert field(screen(fresh, "launch", input="sales.csv"), "number_input", "Workers").value == 3
    left = screen(fresh, "launch")
    assert field(left, "number_input", "Workers").value == 3
    assert inputs_of(left) == ["data/sales.csv"]


def test_a_run_repeated_with_changes_is_come_back_to(screen, home):
    """The way by the navigation has no address: the settings are those of the run that was being changed."""
    app = screen(home, "launch", from_=SUCCESS)
    field(app, "number_input", "Workers").set_value(3).run()
    app = screen(home, "launch")
    assert field(app, "number_input", "Workers").value == 3
    app.button(key="launch-go").click().run()
    assert jobs.list_queue(home)[0].config.rerun_of == SUCCESS


def test_a_preset_begins_with_its_own_values(typed, screen, fresh):
    """It is chosen again when the page is come back to, and choosing it forgets what was typed."""
    save(fresh, workers=2)
    app = screen(fresh, "launch")
    field(app, "selectbox", "Preset").set_value("nightly").run()
    assert field(app, "number_input", "Workers").value == 2
    field(app, "number_input", "Workers").set_value(4).run()
    app = screen(fresh, "launch")
    assert (field(app, "selectbox", "Preset").value, field(app, "number_input", "Workers").value) == ("nightly", 4)
    (fresh / "data" / "two.csv").unlink()
    field(app, "selectbox", "Preset").select_index(0).run()
    assert fresh_form(app) == FRESH
    field(app, "selectbox", "Preset").set_value("nightly").run()
    assert field(app, "number_input", "Workers").value == 2


def test_a_launch_ends_it(typed, screen, fresh):
    """What was launched is over: the page begins anew, in this connection and in the next."""
    typed.button(key="launch-go").click().run()
    assert jobs.list_queue(fresh)[0].config.workers == 7
    (fresh / "data" / "two.csv").unlink()
    assert fresh_form(typed.switch_page("../pages/launch.py").run()) == FRESH
    assert fresh_form(screen(fresh, "launch")) == FRESH


def test_start_afresh(typed, screen, fresh):
    """One quiet button forgets it all, at once and for later."""
    (fresh / "data" / "two.csv").unlink()
    typed.button(key="launch-afresh").click().run()
    assert fresh_form(typed) == FRESH
    assert fresh_form(screen(fresh, "launch")) == FRESH
