"""Settings: defaults, checks in sentences, and records of every change."""

from __future__ import annotations

import json
import resource

import pytest

from console import settings
from console.settings import BY_KEY, DEFAULTS, SETTINGS, ValueKind
from console.users import Forbidden, Role
from etl_batch.config import RunConfig
from etl_batch.errors import OutputFailed, UsageError
from etl_batch.limits import Limits, limits_file, read_limits
from etl_batch.model import RunStatus
from etl_batch.reporting.formatting import file_size, quantity
from etl_batch.runs.processes import spawning
from etl_batch.runs.record.directory import RunDirectory
from etl_batch.security.audit import AuditLog
from etl_batch.security.guard import allowed_roots
from etl_batch.stores.url import url_of
from etl_batch.ui.launch.form import fresh_values
from tests.records import json_of


def test_the_table_is_sound(home):
    """Each setting has words for its form, and its default passes its own check."""
    assert len(BY_KEY) == len(SETTINGS)
    for setting in SETTINGS:
        assert setting.label
        assert setting.help.endswith(".")
        assert settings.check(setting, setting.default, home) == setting.default
        assert settings.get(home, setting.key) == DEFAULTS[setting.key]
    assert settings.get_all(home) == DEFAULTS


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("runners", 0, "Runs at a time: give a number from 1 to 64."),
        ("runners", True, "type int"),
        ("runners", 1.5, "type int"),
        ("runs_per_hour", 1, f"from 2 to {quantity(100_000)}, or 0 (no limit)."),
        ("upload_max_bytes", 10**16, f"from {file_size(1)} to {file_size(10**15)}."),
        ("disk_reserve_bytes", -1, f"from {file_size(0)} to {file_size(10**15)}."),
        ("run_memory_bytes", 10**9, f"from {file_size(2 * 10**9)} to {file_size(10**15)}, or 0 (no limit)."),
        ("keep_gb", -0.5, "or 0 (no limit)"),
        ("keep_gb", float("nan"), "or 0 (no limit)"),
        ("public_url", "etl.example.org", "write it as https://etl.example.org"),
        ("public_url", "javascript:alert(1)", "is not an address"),
        ("public_url", "https://x.org/?a=b", "is not an address"),
        ("public_url", "https://ada:pw@x.org", "is not an address"),
        ("metrics_token", "two words", "without spaces"),
        ("metrics_token", "x" * 600, "up to 512"),
        ("allowed_roots", ["data"], "is not an absolute folder"),
        ("allowed_roots", ["/tmp/../etc"], "is not an absolute folder"),
        ("allowed_roots", ["/nowhere/at/all"], "create it first"),
        ("allowed_roots", ["/"], "belongs to the system"),
        ("allowed_roots", ["/etc"], "belongs to the system"),
        ("allowed_roots", ["/proc/self/cwd"], "belongs to the system"),
        ("allowed_roots", "/tmp", "list of str"),
        ("allowed_roots", ["/tmp", "https://lake/raw"], "https://lake/raw: only objects of s3:// and gs://"),
        ("allowed_roots", ["s3://"], "'s3://' names no object"),
        ("allowed_roots", ["s3://lake//raw"], "'s3://lake//raw' names no object"),
        ("allowed_roots", ["s3://lake/./raw"], "'s3://lake/./raw' names no object"),
        ("allowed_roots", ["s3://lake/raw/../other"], "s3://lake/raw/../other has a '..' component"),
        ("allowed_roots", ["s3:/lake/raw"], "or as s3://bucket/prefix"),
        ("allowed_roots", ["s3://lake/ra\tw"], "is not an absolute folder"),
        ("allowed_roots", ["file:///etc"], "belongs to the system"),
        ("allowed_roots", ["file:///tmp/%2e%2e/etc"], "is not an absolute folder"),
        ("allowed_roots", ["file:///tmp/%0a"], "is not an absolute folder"),
        ("allowed_roots", ["file://far/tmp"], "names no object"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence(home, people, key, value, words):
    """The error names the field and says what is possible; nothing is changed and nothing recorded."""
    before = len(AuditLog(home).tail(100))
    with pytest.raises(UsageError) as caught:
        settings.change(home, {"runners": 2, key: value}, people[Role.SUPER_ADMIN])
    assert caught.value.field == key
    assert words in caught.value.message
    assert settings.get_all(home) == DEFAULTS
    assert len(AuditLog(home).tail(100)) == before


def test_prefixes_of_stores_are_roots(home, tmp_path):
    """Each once, as it is written in a URL; nobody asks the store whether it is there."""
    typed = [" s3://lake/raw/ ", "", "s3://lake/raw", "gs://lake", str(tmp_path), f"file://{tmp_path}"]
    settings.put(home, "allowed_roots", typed)
    kept = ["s3://lake/raw", "gs://lake", str(tmp_path)]
    assert settings.get(home, "allowed_roots") == kept
    assert json.loads(limits_file(home).read_text())["allowed_roots"] == kept
    assert allowed_roots(home).extra == (url_of(kept[0]), url_of(kept[1]), tmp_path)
    settings.put(home, "runners", 2)
    assert [str(root) for root in read_limits(home).allowed_roots] == kept


def test_the_secrets_are_no_root(home):
    """The folder of the console's secrets is not opened, not even through a link."""
    (home / ".secrets").mkdir(exist_ok=True)
    (home / "link").symlink_to(home / ".secrets")
    for path in (home / ".secrets", home / "link"):
        with pytest.raises(UsageError, match="holds the console's secrets"):
            settings.check(BY_KEY["allowed_roots"], [str(path)], home)


def test_a_change_is_recorded(home, people):
    """The audit log has the old and the new value, of a token only that it is set; what stays is not recorded."""
    admin = people[Role.SUPER_ADMIN]
    changed = settings.change(home, {"runners": 3, "keep_days": 0, "metrics_token": "s3cr3t-t0k3n"}, admin)
    assert changed == ["runners", "metrics_token"]
    token, runners = AuditLog(home).tail(2)
    assert (runners["user"], runners["action"], runners["target"]) == ("super_admin", "settings.change", "runners")
    assert runners["detail"] == {"before": 1, "after": 3}
    assert token["detail"] == {"before": "empty", "after": "set"}
    assert "s3cr3t-t0k3n" not in (home / ".secrets" / "etl_audit.log").read_text()
    assert settings.change(home, {"runners": 3}, admin) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_only_a_super_admin_changes_settings(home, people, role):
    """The role is the database's, whatever the page believes."""
    with pytest.raises(Forbidden):
        settings.change(home, {"runners": 2}, people[role])
    assert settings.get(home, "runners") == 1


def test_a_change_is_recorded_or_refused(home, people):
    """With the audit log out of order nothing is changed, in the database and in the limits' file."""
    log = home / ".secrets" / "etl_audit.log"
    log.unlink()
    log.mkdir()
    with pytest.raises(OutputFailed):
        settings.change(home, {"keep_backups": 2}, people[Role.SUPER_ADMIN])
    assert settings.get(home, "keep_backups") == 5
    assert not limits_file(home).exists()


def test_engines_read_the_limits(home, tmp_path):
    """What concerns runs stands in a private file; a damaged one stops a run instead of opening or closing folders."""
    assert read_limits(home) == Limits()
    settings.put(home, "allowed_roots", [str(tmp_path)])
    settings.put(home, "keep_backups", 2)
    settings.put(home, "run_timeout_seconds", 60)
    settings.put(home, "run_memory_bytes", 8 * 10**9)
    assert read_limits(home) == Limits((tmp_path,), 2, 60, 8 * 10**9)
    assert limits_file(home).stat().st_mode & 0o777 == 0o600
    for text in ("{", "[]", '{"keep_backups": "5"}', '{"allowed_roots": ["data"]}'):
        limits_file(home).write_text(text)
        with pytest.raises(UsageError, match="damaged"):
            allowed_roots(home)
    settings.export(home)
    assert read_limits(home).keep_backups == 2


STAND_IN = """
import json, os, resource, sys
from pathlib import Path
_verb, run_id, _flag, home = sys.argv[1:]
run = Path(home, "output", "runs", run_id)
(run / "metadata.json").write_text(json.dumps({"status": "success", "limit": resource.getrlimit(resource.RLIMIT_AS)}))
"""


@pytest.mark.parametrize("limit", [0, 4 * 10**9])
def test_a_launched_run_has_its_address_space(home, tmp_path, limit):
    """The process that a console starts has the limit of the setting, or none."""
    settings.put(home, "run_memory_bytes", limit)
    (tmp_path / "engine.py").write_text(STAND_IN)
    config = RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)
    spawning.spawn(config, "20260101T000000Z-aaaaaa", engine=tmp_path / "engine.py")
    run = RunDirectory(home, "20260101T000000Z-aaaaaa")
    while run.metadata() is None:
        assert run.status() is not RunStatus.FAILED
    expected = [limit, limit] if limit else [resource.RLIM_INFINITY] * 2
    assert json_of(run)["limit"] == expected


def test_the_launch_form_begins_with_the_timeout(home):
    """A new run's timeout is the setting's."""
    settings.put(home, "run_timeout_seconds", 77)
    assert fresh_values(home, ["data/sales.csv"])["timeout"] == 77.0


def test_secrets_are_hidden_by_kind():
    """The one setting that is a secret is marked as one."""
    assert [setting.key for setting in SETTINGS if setting.kind is ValueKind.HIDDEN] == ["metrics_token"]
