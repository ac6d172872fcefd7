"""The layouts of a run are loaded when one is asked for, and no file is judged without those that may claim it."""

from __future__ import annotations

import json

import pytest

from etl_batch import layouts
from etl_batch.errors import LayoutError
from etl_batch.layouts import RunLayouts, run_layouts, store_path


def test_the_same_layouts_as_at_once(tmp_path):
    """All names, and each layout."""
    lazy = RunLayouts(tmp_path)
    assert dict(lazy) == run_layouts(tmp_path)
    assert len(lazy) == len(run_layouts(tmp_path))


@pytest.mark.parametrize(("name", "claimed"), [("x.bin", []), ("x.csv", []), ("wtmp.1", ["utmp"]), ("a.stl", ["stl"])])
def test_shipped_layouts_claim_files_by_their_names(tmp_path, name, claimed):
    """A look at their text is enough for all other files: and it is right."""
    path = tmp_path / name
    lazy = RunLayouts(tmp_path)
    assert [layout.name for layout in lazy.speaking(path)] == claimed
    assert ("_loaded" in vars(lazy)) == bool(claimed)
    assert [layout.name for layout in run_layouts(tmp_path).values() if layout.matches(str(path))] == claimed


def test_a_layout_of_the_home_claims_its_files(tmp_path):
    """A store is read for every file, and its globs count."""
    store_path(tmp_path).parent.mkdir()
    short = {
        "version": 1,
        "layouts": {"mine": {"record_size": 4, "match": ["*.dat"], "fields": [{"name": "id", "type": "u32"}]}},
    }
    store_path(tmp_path).write_text(json.dumps(short))
    lazy = RunLayouts(tmp_path)
    assert [layout.name for layout in lazy.speaking(tmp_path / "a.dat")] == ["mine"]
    assert lazy.speaking(tmp_path / "a.csv") == []
    alone = RunLayouts(tmp_path / "elsewhere", struct_config=store_path(tmp_path))
    assert [layout.name for layout in alone.speaking(tmp_path / "a.dat")] == ["mine"]
    assert alone.speaking(tmp_path / "a.stl") == []


def test_a_broken_store_is_told_at_the_first_look(tmp_path):
    """As `run_layouts` tells it, for any file."""
    store_path(tmp_path).parent.mkdir()
    store_path(tmp_path).write_text("{")
    with pytest.raises(LayoutError):
        RunLayouts(tmp_path).speaking(tmp_path / "a.csv")


def test_every_public_name_is_there():
    """What the package says it holds can be imported from it, and nothing else."""
    assert all(getattr(layouts, name) is not None for name in layouts.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        layouts.nothing  # noqa: B018
