"""Path checks as properties: whatever is asked for, nothing outside the roots is ever answered."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from etl_batch.errors import InputRefused
from etl_batch.security.guard import allowed_roots
from etl_batch.security.paths import resolve_inputs, resolve_output

PARTS = st.sampled_from(
    ["data", "output", "report", ".secrets", "runs", "a", "b", "link", "..", ".", "*", "**", "?", "[!x]*"]
)
PATHS = st.one_of(st.lists(PARTS, min_size=1, max_size=5).map("/".join), st.text(max_size=20))
LINKS = st.lists(st.tuples(st.sampled_from(["data/link", "data/a/link", "output/link"]), PATHS), max_size=3)


def build(home, links):
    """A home with files in and out of reach, and symlinks wherever the example wants them."""
    for name in ("data/a/a", "data/b", "output/a/b", "output/runs/a", ".secrets/a", "report/a", "a"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")
    for name, target in links:
        if "\0" not in target and target.isprintable() and target and not os.path.lexists(home / name):
            (home / name).symlink_to(home / target)


@given(path=PATHS, links=LINKS, absolute=st.booleans())
def test_no_answer_lies_outside_the_roots(path, links, absolute):
    """Every input is a regular file that really lies under a root; every output's folder does; else it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(os.path.realpath(folder)) / "home"
        build(home, links)
        roots = allowed_roots(home)
        asked = f"{home}/{path}" if absolute else path
        try:
            inputs = resolve_inputs([asked], roots)
        except InputRefused:
            inputs = []
        for real in (Path(os.path.realpath(found)) for found in inputs):
            assert real.is_file()
            assert real.is_relative_to(home / "data") or real.is_relative_to(home / "output")
        try:
            target = resolve_output(asked, roots).path
        except InputRefused:
            return
        assert target == Path(os.path.realpath(target))
        assert target.is_relative_to(home / "output") or target.is_relative_to(home / "report")
        assert not target.is_relative_to(home / "output/runs")
