"""What is known of objects without asking their store."""

from __future__ import annotations

import subprocess
import sys

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import UsageError
from etl_batch.stores.s3 import Stored, find_object
from etl_batch.stores.url import url_of


def test_what_is_listed_has_no_secret() -> None:
    """It is shown, compared and kept."""
    stored = Stored(url_of("s3://b/k"), 5, '"tag"', 10**9)
    assert stored == Stored(url_of("s3://b/k"), 5, '"tag"', 10**9)
    assert "s3://b/k" in repr(stored)


def test_the_client_is_loaded_when_it_is_needed() -> None:
    """Runs without objects pay nothing for them."""
    code = "import sys, etl_batch.stores.s3, etl_batch.stores.uploads; print('botocore' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"


def test_without_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has installed the engine alone is told what is lacking."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(UsageError, match=r"requirements-cluster\.txt"):
        find_object(url_of("s3://b/k"))
