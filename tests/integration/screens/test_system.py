"""The System screen: gauges, health, space, versions, and settings whose mistakes stand beside their fields."""

from __future__ import annotations

import pytest

from console import account, settings, users
from console.settings import SETTINGS
from console.users import Role
from console.views.system.settings_form import widget_key
from etl_batch.language import speaking
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
    assert "2 settings changed: Further folders or stores for inputs and outputs, Largest upload." in texts(app)
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


def test_prefixes_of_stores_are_further_folders(screen, fresh):
    """Named beside folders, shown as they are kept, and no disk of this machine; a wrong one is said at the field."""
    app = screen(fresh, "system")
    field = app.text_area(key="setting-allowed_roots")
    assert "s3://bucket/prefix" in field.help
    for wrong, said in [
        ("https://lake/raw", "only objects of s3:// and gs:// are read"),
        ("s3://lake//raw", "names no object"),
        ("s3://lake/raw/..", "Path traversal detected"),
    ]:
        app.text_area(key="setting-allowed_roots").set_value(f"{fresh / 'data'}\n{wrong}")
        save(app, "FILES")
        assert said in texts(app)
        assert settings.get(fresh, "allowed_roots") == []
    app.text_area(key="setting-allowed_roots").set_value(f"{fresh / 'data'}\ns3://lake/raw/\n")
    save(app, "FILES")
    assert "1 setting changed: Further folders or stores for inputs and outputs." in texts(app)
    assert settings.get(fresh, "allowed_roots") == [str(fresh / "data"), "s3://lake/raw"]
    again = screen(fresh, "system")
    assert not again.exception
    assert again.text_area(key="setting-allowed_roots").value == f"{fresh / 'data'}\ns3://lake/raw"
    assert (str(fresh / "data") in texts(again), "s3://lake/raw" in texts(again)) == (True, False)


def test_the_further_folders_in_portuguese(screen, fresh):
    """What is typed, what it is for, and why it is refused."""
    admin = users.create(fresh, str(Role.SUPER_ADMIN), Role.SUPER_ADMIN, "correct horse battery", by="test")
    account.choose_language(fresh, admin, "pt_br")
    app = screen(fresh, "system")
    field = app.text_area(key="setting-allowed_roots")
    assert field.label == "Outras pastas ou armazenamentos para entradas e saídas"
    assert "s3://bucket/prefixo" in field.help
    for wrong, said in [
        ("s3:/lake", "ou como s3://bucket/prefixo"),
        ("https://lake/raw", "só objetos de s3:// e gs:// são lidos"),
    ]:
        app.text_area(key="setting-allowed_roots").set_value(wrong)
        with speaking("pt_br"):  # the test's own page names options by their words
            save(app, "FILES")
        assert said in texts(app)


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
