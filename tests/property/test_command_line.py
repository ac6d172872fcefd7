"""The command that is shown is the configuration, whatever its names look like; so is what `config.json` keeps."""

from __future__ import annotations

import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch import command_line
from etl_batch.cli.arguments import parse_arguments
from etl_batch.cli.configuration import run_config
from etl_batch.config import RunConfig, build_config
from etl_batch.language import ENGLISH
from tests.property.configurations import NASTY, configurations

HOMES = ("home", "it's a home", "-home\nof two lines", "größe $HOME")


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Folders that a configuration may call its home."""
    folders = [tmp_path_factory.mktemp("homes") / name for name in HOMES]
    for folder in folders:
        folder.mkdir()
    return folders


def in_a_shell(config: RunConfig) -> RunConfig:
    """The configuration when an English shell launches it: where it says no language, it is the launcher's."""
    return replace(config, language=config.language or ENGLISH)


@given(data=st.data())
def test_the_shown_command_is_the_configuration(homes: list[Path], data: st.DataObject) -> None:
    """Taken apart as a shell does and parsed again, the line gives the configuration that it was made from."""
    config = data.draw(configurations(homes))
    _python, _engine, *words = shlex.split(command_line.command_line(config))
    assert run_config(parse_arguments(words)) == in_a_shell(config)


@given(data=st.data())
def test_the_kept_configuration_is_the_configuration(homes: list[Path], data: st.DataObject) -> None:
    """What the run directory keeps as JSON, and the started engine reads, is the same again."""
    config = data.draw(configurations(homes))
    assert build_config(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("name", [name for name in NASTY if name], ids=repr)
def test_a_shell_takes_the_line_as_it_is_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A real `sh -c` hands the engine the very words, with the allowed roots in its environment."""
    engine = tmp_path / "the engine.py"
    engine.write_text("import json, os, sys; print(json.dumps([sys.argv[1:], os.environ['ETL_ALLOWED_ROOTS']]))")
    monkeypatch.setattr(command_line, "ENGINE", engine)
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", f"/mnt/{name}")
    config = RunConfig(
        inputs=(name, f"{name}.csv"), output_csv=tmp_path / name, home=tmp_path, stratum=name, measures=(name, "x")
    )
    line = command_line.command_line(config)
    monkeypatch.delenv("ETL_ALLOWED_ROOTS")
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [command_line.arguments(config), f"/mnt/{name}"]
    assert run_config(parse_arguments(command_line.arguments(config))) == in_a_shell(config)
