"""What the screens are made of is loaded when the console starts, not when somebody first opens one."""

from __future__ import annotations

import subprocess
import sys

from console.screens import NAVIGATION
from console.warming import views
from etl_batch.defaults import PROJECT_ROOT

LOADED = """
import sys
from console.warming import views, warm_up
import etl_batch.errors
wanted = {*views(), "pandas", "pyarrow.pandas_compat", "etl_batch.previews"}
assert not {"pandas", "etl_batch.previews"} & set(sys.modules)
warm_up().join()
print(sorted(wanted - set(sys.modules)))
"""
FIRST_FIGURE = """
import sys
from console.warming import warm_up
warm_up().join()
from etl_batch.ui.shared import figures, markup
before = set(sys.modules)
figures.blank(100, "x", "y")
print(sorted(name for name in set(sys.modules) - before if name.startswith("plotly")))
print(set(markup._ENVIRONMENT.list_templates(extensions=["html"])) - {name for _, name in markup._ENVIRONMENT.cache})
"""


def test_every_screen_is_among_them() -> None:
    """One view for each page of the navigation."""
    assert [name.split(".")[-2] for name in views()] == [page.name for page in NAVIGATION]


def test_nothing_is_left_to_load() -> None:
    """In a process that has loaded the console alone, the screens and their libraries are there afterwards."""
    done = subprocess.run([sys.executable, "-c", LOADED], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_first_chart_and_the_first_template_are_ready() -> None:
    """Plotly leaves most of its modules for its first figure, and a template is compiled when it is first asked for."""
    command = [sys.executable, "-c", FIRST_FIGURE]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "set()"]
