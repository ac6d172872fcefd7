"""The limits of a home, as the file has them and as engines read them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from etl_batch.errors import PathRefused, UsageError
from etl_batch.limits import Limits, limits_file, read_limits, to_json
from etl_batch.security.guard import Guard, allowed_roots
from etl_batch.stores.url import Url, url_of


def keep(home: Path, text: str) -> None:
    """Have the file say so."""
    limits_file(home).parent.mkdir(exist_ok=True)
    limits_file(home).write_text(text)


def test_folders_and_prefixes_are_read_as_they_were_written(tmp_path: Path) -> None:
    """A prefix of a store is written as its URL, and is one again when it is read."""
    limits = Limits((Path("/srv/in"), url_of("s3://lake/raw"), url_of("gs://lake")), keep_backups=2)
    kept = to_json(limits)
    assert kept["allowed_roots"] == ["/srv/in", "s3://lake/raw", "gs://lake"]
    keep(tmp_path, json.dumps(kept))
    found = read_limits(tmp_path)
    assert found == limits
    assert [type(root) is Url for root in found.allowed_roots] == [False, True, True]
    assert [str(root) for root in found.allowed_roots] == kept["allowed_roots"]


def test_a_prefix_opens_what_is_below_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And neither its neighbours nor a folder of that name on the disk."""
    keep(tmp_path, '{"allowed_roots": ["s3://lake/raw/", "file:///srv/in"]}')
    monkeypatch.chdir(tmp_path)
    guard = Guard.of_inputs(allowed_roots(tmp_path))
    for inside in (url_of("s3://lake/raw"), url_of("s3://lake/raw/a/b.csv"), Path("/srv/in/b.csv")):
        guard.check(inside)
    outside = (url_of("s3://lake/rawer/b.csv"), url_of("s3://lake/b.csv"), url_of("gs://lake/raw/b.csv"))
    for path in (*outside, Path("s3://lake/raw/b.csv").absolute()):
        with pytest.raises(PathRefused):
            guard.check(path)


@pytest.mark.parametrize(
    "root", ["data", "s3:/lake/raw", "http://lake/raw", "s3://", "s3://lake//raw", "s3://lake/../raw", "file://far/x"]
)
def test_what_is_no_root_is_damage(tmp_path: Path, root: str) -> None:
    """It stops every run in one sentence, instead of opening another place or none."""
    keep(tmp_path, json.dumps({"allowed_roots": ["/srv/in", root]}))
    with pytest.raises(UsageError, match=r"limits\.json is damaged; save the settings"):
        read_limits(tmp_path)
