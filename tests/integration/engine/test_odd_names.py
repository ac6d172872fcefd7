"""Files whose names are no UTF-8, or hold line ends, markup and dashes: read like others, and named legibly."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from etl_batch.spelling import spelled

NAMES = [b"caf\xe9", b"a\nb\x1b[2J", b"<b>&\"'", b"-x", b"y" * 250]


@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX"])
@pytest.mark.parametrize("raw", NAMES, ids=["no UTF-8", "control signs", "markup", "a dash", "long"])
def test_run_detected_and_estimated(home: Any, write: Callable[[str, str], Path], raw: bytes, locale: str) -> None:
    """The record keeps the name as it is; what is printed, logged and reported has it spelled on one line."""
    source, env = write(os.fsdecode(raw) + ".csv", "id,name\n1,a\n2\n"), {"LC_ALL": locale}
    run = home.run("-i", source, env=env)
    assert run["inputs"][0]["path"] == home.rejects(run)[0]["source"] == str(source)
    assert home.csv() == b"id,name\n1,a\n"
    said = home.etl("-i", source, "-o", home.output / f"{os.fsdecode(raw)[:9]}.csv", env=env)
    assert said.code == 0, said.err
    assert f"Parsing {spelled(str(source))}\n" in said.out
    log = (home.output / "runs" / run["run_id"] / "run.log").read_bytes().decode()
    assert log.count("Parsing ") == 1
    assert all(line.startswith("20") for line in log.splitlines())
    (home.path / "report" / f"{run['run_id']}.html").read_bytes().decode()
    for verb in ("detect", "estimate"):
        assert home.etl(verb, source, env=env).out.startswith(f"{spelled(str(source))}: csv")
        assert home.etl(verb, source, "--json", env=env).code == 0
    listed = home.etl("runs", "list", "--json", env=env).json["runs"]
    assert len(listed) == 2


def test_a_refusal_names_it(home: Any, write: Callable[[str, str], Path]) -> None:
    """In one sentence on one line, in the record as on the screen."""
    source = write(os.fsdecode(b"b\xe9\n.csv"), "%PDF-1.4 nothing")
    outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--json", "--quiet")
    assert outcome.code == 3
    assert r"/b\xe9\n.csv is PDF." in outcome.json["error"]["message"]
    assert outcome.err.count("\n") == 1
