"""What is known of objects without asking their store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

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


LINK = """
import time
from etl_batch.stores.s3 import link_to
from etl_batch.stores.url import url_of
link = link_to(url_of("s3://b/k"), '"tag"')
print(round((link.until - time.time()) / 60), "testing-key" in link.address)
"""


@pytest.mark.parametrize(
    ("minutes", "good_for"), [(180, 60), (61, 60), (50, 10), (20, 10), (12, 10), (None, 60)], ids=str
)
def test_a_link_is_good_no_longer_than_the_credentials(tmp_path: Path, minutes: int | None, good_for: int) -> None:
    """A role's are renewed in time, and what they have signed is over with them; others last."""
    until = None if minutes is None else (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    said = {
        "Version": 1,
        "AccessKeyId": "testing-key",
        "SecretAccessKey": "s",
        "SessionToken": "t",
        "Expiration": until,
    }
    (tmp_path / "said.json").write_text(json.dumps({name: value for name, value in said.items() if value is not None}))
    (tmp_path / "config").write_text(f"[default]\ncredential_process = cat {tmp_path / 'said.json'}\n")
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own |= {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none")}
    command = [sys.executable, "-c", LINK]
    told = subprocess.run(command, cwd=PROJECT_ROOT, env=own, capture_output=True, text=True, check=True)
    assert told.stdout == f"{good_for} True\n"


def test_without_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has installed the engine alone is told what is lacking."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    with pytest.raises(UsageError, match=r"requirements-cluster\.txt"):
        find_object(url_of("s3://b/k"))
