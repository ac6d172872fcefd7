"""docs/architecture.md names what there is: every folder has its line, and every path it names exists."""

from __future__ import annotations

import re

from etl_batch.defaults import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "architecture.md"


def test_every_folder_has_its_line() -> None:
    """A package of the engine or the console that the map does not name is one that a newcomer does not find."""
    map_ = PAGE.read_text(encoding="utf-8").split("## The journey of a chunk")[0]
    engine = [path.parent.name for path in (PROJECT_ROOT / "etl_batch").glob("*/__init__.py")]
    console = [path.parent.name for path in (PROJECT_ROOT / "console").glob("*/__init__.py")]
    assert engine
    missing = [name for name in [*engine, *console] if not re.search(rf"\b{name}/", map_)]
    assert missing == []


def test_every_module_of_the_engine_s_root_has_its_line() -> None:
    """The modules that stand beside the folders."""
    map_ = PAGE.read_text(encoding="utf-8").split("## The journey of a chunk")[0]
    modules = {path.name for path in (PROJECT_ROOT / "etl_batch").glob("*.py")} - {"__init__.py"}
    assert {name for name in modules if name not in map_} == set()


def test_every_file_that_is_named_exists() -> None:
    """Paths in code spans, from the root or from the engine; those that a change would add are left out."""
    text = PAGE.read_text(encoding="utf-8")
    named = {span for span in re.findall(r"`([\w./-]+\.py)`", text) if "_pt_br" not in span}
    assert len(named) > 40
    roots = [PROJECT_ROOT, PROJECT_ROOT / "etl_batch"]
    lost = {name for name in named if not any((root / name).exists() or list(root.rglob(name)) for root in roots)}
    assert lost == set()
