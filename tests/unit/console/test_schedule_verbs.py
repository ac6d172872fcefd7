"""`etl schedule ...` without the process: flags, answers and exit codes."""

from __future__ import annotations

import json

import pytest

from console import __main__ as command
from console import presets, schedules, users
from console.schedules import Missed
from console.users import Role
from etl_batch.config import RunConfig
from etl_batch.settings import SETTINGS, SettingKind


@pytest.fixture
def verbs(home, people, monkeypatch, capsys):
    """As `etl`, without the process: gives exit code, output and error output."""
    monkeypatch.chdir(home)
    monkeypatch.setenv("ETL_HOME", str(home))

    def run(*arguments: str) -> tuple[int, str, str]:
        code = command.main(["schedules", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_a_preset(home, verbs, people):
    """A preset is named instead of the flags; without a zone the machine's is taken."""
    config = RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)
    presets.save(home, "sales", config, people[Role.SUPER_ADMIN])
    _code, added, _err = verbs("add", "hourly", "--cron", "5 * * * *", "--preset", "sales", "--json")
    assert json.loads(added)["schedules"][0]["preset"] == "sales"
    assert schedules.find(home, "hourly").missed is Missed.SKIP


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("add", "n", "--cron", "x", "-i", "data", "-o", "output/x.csv"), 2, "five fields"),
        (("add", "n", "--cron", "0 6 * * *", "--tz", "Mars", "-i", "data", "-o", "output/x.csv"), 2, "time zone"),
        (("add", "n", "--cron", "0 6 * * *", "-i", "data"), 2, "no output"),
        (("add", "n", "--cron", "0 6 * * *", "-i", "data", "-o", "/etc/x.csv"), 3, "Path traversal"),
        (("add", "n", "--cron", "0 6 * * *", "--preset", "p", "-i", "data"), 2, "stands in the preset already"),
        (("add", "n", "--cron", "0 6 * * *", "--preset", "ghost"), 2, "no preset 'ghost'"),
        (("add", "n", "--cron", "0 6 * * *", "-i", "d", "-o", "output/x.csv", "--user", "viewer"), 2, "super_admin"),
        (("add", "n"), 2, "--cron"),
        (("remove", "ghost"), 2, "no schedule 'ghost'"),
    ],
)
def test_errors_are_one_line(home, verbs, arguments, code, words):
    """What makes no sense is said in one line with the exit code of its kind; nothing is kept."""
    exit_code, out, err = verbs(*arguments)
    assert (exit_code, out, err.count("\n")) == (code, "", 1)
    assert words in err
    exit_code, out, _err = verbs(*arguments, "--json")
    assert json.loads(out)["exit_code"] == exit_code == code
    assert schedules.list_schedules(home) == []


@pytest.mark.parametrize(
    "row",
    [row for row in SETTINGS if row.name not in {*presets.OF_THE_LAUNCH, "retries"}],
    ids=lambda row: row.name,
)
def test_a_preset_takes_no_settings_beside_it(home, verbs, row):
    """Each setting stands in the preset already, nought and no Parquet too; the flag is named."""
    value = () if row.kind is SettingKind.SWITCH else (row.choices[0] if row.choices else "0",)
    flags = [(row.flag, *value), *([row.negation[:1]] if row.negation else [])]
    for words in flags:
        code, _out, err = verbs("add", "n", "--cron", "0 6 * * *", "--preset", "p", *words)
        assert (code, f"--preset: {words[0]} stands in the preset already" in err) == (2, True)


def test_retries_are_the_schedule_s(home, verbs, people):
    """Beside a preset too; how many there may be is said."""
    config = RunConfig(inputs=("/in.csv",), output_csv=home / "output" / "out.csv", home=home)
    presets.save(home, "p", config, people[Role.SUPER_ADMIN])
    flags = ("add", "n", "--cron", "0 6 * * *", "--preset", "p", "--retries")
    code, _out, err = verbs(*flags, "21")
    assert (code, "a schedule takes 0 to 20" in err) == (2, True)
    code, out, _err = verbs(*flags, "4", "--json")
    assert (code, json.loads(out)["schedules"][0]["retries"]) == (0, 4)
    assert schedules.find(home, "n").retries == 4


def test_whose_it_is(home, verbs):
    """With several super_admins the owner has to be named; without any there is none."""
    flags = ("--cron", "0 6 * * *", "-i", "data", "-o", "output/x.csv")
    users.create(home, "second", Role.SUPER_ADMIN, "correct horse battery", "test")
    assert "second, super_admin" in verbs("add", "n", *flags)[2]
    assert verbs("add", "n", *flags, "--user", "SECOND")[0] == 0
    assert schedules.find(home, "n").owner == "second"
    bare = home.parent / "bare"
    bare.mkdir()
    assert "no super_admin yet" in verbs("add", "n", *flags, "--home", str(bare))[2]
