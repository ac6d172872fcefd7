"""The System screen: gauges, health, space, versions, and settings whose mistakes stand beside their fields."""

from __future__ import annotations

import pytest

from console import settings, users
from console.settings import SETTINGS
from console.users import Role
from console.views.system.settings_form import widget_key
from etl_batch.security.audit import AuditLog
from tests.support import become, texts


def save(app, section: str):
    """Press the button of a section's form."""
    app.button(key=f"settings-save-{section}").click()
    return app.run()


def test_everything_is_shown(screen, finished):
    """Gauges, health, space, versions and a field for every setting, each with its help."""
    app = screen(finished, "system")
    assert not app.exception
    shown = texts(app)
    for words in ("Processor", "Memory", "Core 1", "No GPU found.", "Database", "Backups", "pyarrow", "migration"):
        assert words in shown
    for setting in SETTINGS:
        kinds = (app.number_input, app.checkbox, app.text_input, app.text_area)
        (field,) = [field for kind in kinds for field in kind if field.key == widget_key(setting)]
        assert field.help == setting.help


def test_a_good_value_is_kept_and_recorded(screen, fresh):
    """Saved, said where the button was pressed, on the audit log; a size is typed in GB and kept in bytes."""
    app = screen(fresh, "system")
    app.number_input(key="setting-upload_max_bytes").set_value(2.5)
    app.text_area(key="setting-allowed_roots").set_value(f"{fresh / 'data'}\n\n")
    save(app, "FILES")
    assert settings.get(fresh, "upload_max_bytes") == 2_500_000_000
    assert settings.get(fresh, "allowed_roots") == [str(fresh / "data")]
    assert "2 settings changed: Further folders for inputs and outputs, Largest upload." in texts(app)
    targets = {record["target"] for record in AuditLog(fresh).tail(2)}
    assert targets == {"upload_max_bytes", "allowed_roots"}
    save(app, "FILES")
    assert "Nothing was changed." in texts(app)


def test_a_bad_value_is_said_beside_its_field(screen, fresh):
    """Nothing of the section is saved, what was typed stays, and the next good value takes the sentence away."""
    app = screen(fresh, "system")
    app.number_input(key="setting-runners").set_value(0)
    app.number_input(key="setting-runs_per_hour").set_value(7)
    save(app, "RUNS")
    assert "Runs at a time: give a number from 1 to 64." in texts(app)
    assert "Nothing was saved." in texts(app)
    assert app.number_input(key="setting-runs_per_hour").value == 7
    assert settings.get(fresh, "runs_per_hour") == 0
    app.number_input(key="setting-runners").set_value(2)
    save(app, "RUNS")
    assert "give a number from 1 to 64" not in texts(app)
    assert (settings.get(fresh, "runners"), settings.get(fresh, "runs_per_hour")) == (2, 7)


def test_a_token_is_set_and_removed_and_never_shown(screen, fresh):
    """The field is empty again after saving; an empty field keeps the token, the box removes it."""
    app = screen(fresh, "system")
    app.text_input(key="setting-metrics_token").set_value("s3cr3t-t0k3n")
    save(app, "CONSOLE")
    assert settings.get(fresh, "metrics_token") == "s3cr3t-t0k3n"
    assert app.text_input(key="setting-metrics_token").value == ""
    assert "s3cr3t" not in texts(app) + repr(app.session_state)
    save(app, "CONSOLE")
    assert settings.get(fresh, "metrics_token") == "s3cr3t-t0k3n"
    app.checkbox(key="setting-metrics_token-remove").check()
    save(app, "CONSOLE")
    assert settings.get(fresh, "metrics_token") == ""


@pytest.mark.parametrize("lower", [Role.VIEWER, Role.OPERATOR])
def test_a_click_after_a_demotion_is_refused(screen, fresh, monkeypatch, lower):
    """The form was drawn for a super_admin; the click comes from somebody who is none any more."""
    app = screen(fresh, "system")
    users.create(fresh, "low", lower, "correct horse battery", by="test")
    become(monkeypatch, users.User("low", Role.SUPER_ADMIN))
    app.number_input(key="setting-runners").set_value(9)
    save(app, "RUNS")
    assert settings.get(fresh, "runners") == 1
