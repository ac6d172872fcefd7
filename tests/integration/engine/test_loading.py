"""What a run loads, and when: what is fixed in a run is loading, and most of it goes by before the workers begin."""

from __future__ import annotations

import subprocess
import sys

import pytest

from etl_batch.defaults import PROJECT_ROOT

NEVER = ["pydantic", "numba", "pandas", "scipy", "duckdb", "streamlit", "asyncio"]
BESIDE_THE_WORKERS = ["jinja2", "sqlite3", "importlib.metadata", "etl_batch.reporting.render"]
"""What only the end of a run needs is loaded by a thread of the parent then."""
BEGINNING = "from etl_batch.cli import main; main._action('run'); code = 0"


@pytest.mark.parametrize("whole", [True, False], ids=["by its end", "before it begins"])
def test_what_it_need_not_load_is_not_loaded(home, write, whole):
    """Neither ever, nor before the workers are there what only the report takes."""
    path = write("a.csv", "k,v\n" + "a,1\n" * 30)
    doing = "from etl_batch.etl_core import main; code = main()" if whole else BEGINNING
    words = ["etl", "run", "-i", str(path), "-o", str(home.path / "output" / "a.csv"), "--home", str(home.path)]
    script = (
        f"import sys; sys.argv = {[*words, '--quiet', '-w', '1']!r}; sys.path.insert(0, {str(PROJECT_ROOT)!r});"
        f"{doing}; print('loaded:', *(name for name in {NEVER + BESIDE_THE_WORKERS} if name in sys.modules));"
        "sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split() == ["loaded:", *(BESIDE_THE_WORKERS if whole else [])]
