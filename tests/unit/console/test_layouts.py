"""Changing layouts as a person of the console: who may, and what the audit log keeps."""

from __future__ import annotations

import os
import threading

import pytest

from console import layouts, users
from console.users import Forbidden, Role, User
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.layouts import LayoutChange, layout_names, load_layouts, read_catalogue
from etl_batch.security.audit import AuditLog

SHIPPED = sorted(load_layouts(None))
TEXT = '{"struct": "<IQ", "names": ["id", "amount"]}'


@pytest.fixture
def people(tmp_path, monkeypatch) -> dict[Role, User]:
    """One user of each role in the home's database."""
    monkeypatch.setattr("console.passwords.BCRYPT_COST", 4)
    return {role: users.create(tmp_path, str(role), role, "correct horse battery", by="test") for role in Role}


def records(home) -> list[tuple[str, str, str, str]]:
    """User, action, target and outcome of the layouts' records, oldest first."""
    found = [record for record in AuditLog(home).tail(50) if record["action"].startswith("layout.")]
    return [tuple(record[name] for name in ("user", "action", "target", "outcome")) for record in reversed(found)]


def test_a_super_admin_saves_renames_and_deletes(tmp_path, people):
    """Each change is made and recorded under its own name; the text itself is not copied into the log."""
    ada = people[Role.SUPER_ADMIN]
    layouts.change(tmp_path, LayoutChange("stock", TEXT), ada)
    opened = read_catalogue(tmp_path).entries["stock"].version
    layouts.change(tmp_path, LayoutChange("goods", TEXT, renamed_from="stock", begun_on=opened), ada)
    opened = read_catalogue(tmp_path).entries["goods"].version
    layouts.change(tmp_path, LayoutChange("goods", begun_on=opened), ada)
    assert layout_names(tmp_path) == SHIPPED
    assert records(tmp_path) == [
        ("super_admin", "layout.save", "stock", "ok"),
        ("super_admin", "layout.rename", "goods", "ok"),
        ("super_admin", "layout.delete", "goods", "ok"),
    ]
    assert AuditLog(tmp_path).search(action="layout.rename")[0]["detail"]["renamed_from"] == "stock"
    assert "amount" not in AuditLog(tmp_path).files.log.read_text()


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_nobody_else_may(tmp_path, people, role):
    """The service looks the role up in the database; what the caller believes does not matter."""
    for user in (people[role], User(str(role), Role.SUPER_ADMIN), User("nobody", Role.SUPER_ADMIN)):
        with pytest.raises(Forbidden):
            layouts.change(tmp_path, LayoutChange("stock", TEXT), user)
    assert layout_names(tmp_path) == SHIPPED
    assert records(tmp_path) == []


def test_a_change_that_is_refused_leaves_no_record(tmp_path, people):
    """A layout with mistakes and a deletion of a shipped one are no actions."""
    for change in (LayoutChange("bad", "{}"), LayoutChange("default", begun_on="x")):
        with pytest.raises(UsageError):
            layouts.change(tmp_path, change, people[Role.SUPER_ADMIN])
    assert records(tmp_path) == []


def test_without_a_record_there_is_no_change(tmp_path, people):
    """When the log cannot be written, the layout is not saved."""
    (tmp_path / ".secrets" / "audit.key").write_text("spoilt")
    with pytest.raises(OutputFailed, match="cannot be recorded"):
        layouts.change(tmp_path, LayoutChange("stock", TEXT), people[Role.SUPER_ADMIN])
    assert layout_names(tmp_path) == SHIPPED


def test_a_record_of_what_then_failed_is_followed_by_another(tmp_path, people):
    """A disk that refuses after the record was written is on the log too."""
    (tmp_path / ".secrets" / f".struct_config.json.{os.getpid()}-{threading.get_native_id()}.tmp").mkdir()
    with pytest.raises(OutputFailed, match="Is a directory"):
        layouts.change(tmp_path, LayoutChange("stock", TEXT), people[Role.SUPER_ADMIN])
    assert [outcome for *_, outcome in records(tmp_path)] == ["ok", "failed"]
    assert layout_names(tmp_path) == SHIPPED
