"""From flags to a configuration: paths, defaults that depend on the caller, and what contradicts itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from etl_batch.cli.arguments import parse_arguments
from etl_batch.cli.configuration import given, run_config
from etl_batch.config import RunConfig
from etl_batch.defaults import machine_cores
from etl_batch.errors import UsageError
from etl_batch.settings import SETTINGS, Setting, SettingKind


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, named by the environment; the command is called from another folder."""
    (tmp_path / "home").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("ETL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOGNAME", "ada")
    monkeypatch.chdir(tmp_path / "elsewhere")
    return tmp_path / "home"


def config_of(*words: str) -> RunConfig:
    """The configuration that a command line asks for."""
    return run_config(parse_arguments(["run", *words]))


def test_defaults(home: Path) -> None:
    """What is not said is the table's default, the machine's or the caller's; Parquet stands beside the CSV."""
    config = config_of("-i", "data/*.csv", "-o", "x.csv")
    here = Path.cwd()
    paths = {"output_csv": here / "x.csv", "output_parquet": here / "x.parquet", "home": home}
    assert config == RunConfig(inputs=("data/*.csv",), **paths, user="ada", language="en")
    assert config.workers == machine_cores()


def test_inputs_stay_as_they_were_written(home: Path) -> None:
    """A name that looks like a flag, or like a path that could be shortened, is nobody's to change."""
    names = ("-i.csv", "./a//b/../c.csv", "a b", "")
    assert config_of(*(f"--input={name}" for name in names), "-o", "x.csv").inputs == names


def test_paths_become_absolute(home: Path) -> None:
    """Each path is taken from the current folder, because the engine may work from another one."""
    here = Path.cwd()
    flags = {"-o": "a.csv", "-p": "b.parquet", "--report": "r.html", "--struct-config": "l.json", "--home": "../home"}
    config = config_of("-i", "x", *(word for pair in flags.items() for word in pair))
    assert (config.output_csv, config.output_parquet) == (here / "a.csv", here / "b.parquet")
    assert (config.report, config.struct_config) == (here / "r.html", here / "l.json")
    assert config.home == here / "../home"


@pytest.mark.parametrize(
    ("words", "csv", "parquet"),
    [
        (("-o", "x.csv"), "x.csv", "x.parquet"),
        (("-o", "x"), "x", "x.parquet"),
        (("-o", "x.csv", "--no-parquet"), "x.csv", None),
        (("-p", "y.parquet"), None, "y.parquet"),
        (("-o", "x.csv", "-p", "y.parquet"), "x.csv", "y.parquet"),
        (("-o", "x.parquet", "--no-parquet"), "x.parquet", None),
    ],
)
def test_which_outputs(home: Path, words: tuple[str, ...], csv: str | None, parquet: str | None) -> None:
    """Both, or the one that was asked for."""
    config = config_of("-i", "a", *words)
    wanted = tuple(None if name is None else Path.cwd() / name for name in (csv, parquet))
    assert (config.output_csv, config.output_parquet) == wanted


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-o", "x.csv"), "-i/--input: name at least one"),
        (("-i", "a"), "no output: give -o/--output-csv"),
        (("-i", "a", "-o", "x.csv", "-p", "y", "--no-parquet"), "--no-parquet and -p contradict each other"),
        (("-i", "a", "-o", "x.parquet"), "-o names a .parquet file"),
        (("-i", "a", "-o", "x", "-p", "x"), "are the same file"),
        (("-i", "a", "-o", "x.csv", "--home", "/no/such"), "--home: /no/such is not a folder"),
        (("-i", "a", "-o", "x.csv", "-w", "0"), "--workers: Input should be greater than or equal to 1 (given: 0)."),
        (("-i", "a", "-o", "x.csv", "--seed", "-1"), "--seed: "),
        (("-i", "a", "-o", "x.csv", "--sample-frac", "1.5"), "--sample-frac: "),
        (("-i", "a", "-o", "x.csv", "--target-error", "1%", "--sample-frac", "0.1"), "drop one of them"),
        (("-i", "a", "-o", "x.csv", "--target-per", "stratum"), "name the error too"),
    ],
)
def test_what_makes_no_sense_is_said(words: tuple[str, ...], told: str) -> None:
    """Each mistake is a usage error that names the flag, before anything is read."""
    with pytest.raises(UsageError) as caught:
        config_of(*words)
    assert told in caught.value.message


def test_a_user_without_a_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container the user id may have no name; the run still has a user."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2**31 - 7)
    assert config_of("-i", "a", "-o", "x.csv").user == "cli"


def said(row: Setting) -> tuple[str, Any]:
    """A value for a setting's flag that is not its default, and what it means."""
    if row.kind is SettingKind.WHOLE:
        return "7", 7
    if row.kind in (SettingKind.NUMBER, SettingKind.SHARE):
        return "0.25", 0.25
    if row.kind is SettingKind.LIMIT:
        return "7%", "7%"
    if row.choices:
        return row.choices[-1], row.choices[-1]
    if row.kind.many:
        return "other", ("other",)
    return ("/other", Path("/other")) if row.kind.path else ("other", "other")


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
def test_every_flag_reaches_the_configuration(row: Setting) -> None:
    """What a flag says is the field of that name, for each setting of the table."""
    if row.kind is SettingKind.SWITCH:
        assert given(parse_arguments([row.flag])) == {row.name: True}
        return
    word, value = said(row)
    for flag in row.flags:
        assert given(parse_arguments([flag, word])) == {row.name: value}
