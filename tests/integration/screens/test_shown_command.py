"""The command line that the Launch screen shows, run by a shell."""

from __future__ import annotations

import shlex
import subprocess

from etl_batch.command_line import command_line
from etl_batch.ui.launch.form import check, find_inputs, fresh_values


def test_the_command_writes_the_same_bytes(home, tmp_path, monkeypatch):
    """The shown line, run by a shell from another folder, makes the files that the configuration asks for."""
    outside = tmp_path / "it's outside"
    outside.mkdir()
    (outside / "more.csv").write_bytes((home / "data" / "sales.csv").read_bytes())
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", str(outside))
    values = fresh_values(home, [str(outside / "more.csv")]).having(output_csv="output/by line.csv", seed="7")
    values = values.having(output_parquet="", report="report/by line.html")
    config = check(values, home, "ada", find_inputs(home, values["inputs"])).config
    assert config is not None
    line = command_line(config)
    monkeypatch.delenv("ETL_ALLOWED_ROOTS")
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The home's own runs were over the same records.
    assert (home / "output" / "by line.csv").read_bytes() == (home / "output" / "sales.csv").read_bytes()
    assert (home / "report" / "by line.html").is_file()
    assert not (home / "output" / "by line.parquet").exists()
    assert shlex.split(line)[0] == f"ETL_ALLOWED_ROOTS={outside}"
