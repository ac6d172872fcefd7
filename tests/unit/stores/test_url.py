"""URLs as paths: shown as they are written, and told from what is none."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from etl_batch.errors import PathRefused
from etl_batch.stores.url import Url, is_url, path_of, roots_of, url_of


def test_a_url_is_a_path() -> None:
    """With parts, a name, a suffix and a parent; it sorts and compares, and crosses process borders."""
    url = url_of("s3://bucket/a/b.csv.gz")
    assert (str(url), url.name, url.suffix) == ("s3://bucket/a/b.csv.gz", "b.csv.gz", ".gz")
    assert (url.scheme, url.bucket, url.key) == ("s3", "bucket", "a/b.csv.gz")
    assert str(url.parent) == "s3://bucket/a"
    assert str(url.parent / "c") == "s3://bucket/a/c"
    assert url.relative_to(url_of("s3://bucket")).parts == ("a", "b.csv.gz")
    assert url == pickle.loads(pickle.dumps(url)) == url_of(str(url))
    assert isinstance(pickle.loads(pickle.dumps(url)), Url)
    assert sorted([url, Path("/z"), url.parent])[0] == Path("/z")


@pytest.mark.parametrize("text", ["s3://bucket", "s3://bucket/", "s3://bucket/a/"])
def test_prefixes(text: str) -> None:
    """A slash at the end says no more than that it is one."""
    assert str(url_of(text)) == text.rstrip("/")


@pytest.mark.parametrize("text", ["s3://", "s3:///a", "s3://b//a", "s3://b/./a", "s3://b/a//"])
def test_keys_that_a_path_does_not_tell_from_others(text: str) -> None:
    """They are refused, for another object might be read."""
    with pytest.raises(PathRefused, match="names no object"):
        url_of(text)


def test_files_by_their_urls() -> None:
    """On this machine alone, signs of other encodings and blanks in them."""
    assert path_of("file:///data/a%20b.csv") == Path("/data/a b.csv")
    assert path_of("file://localhost/a") == Path("/a")
    with pytest.raises(PathRefused):
        path_of("file://other/a")
    assert not is_url("/s3://x")
    assert type(path_of("s3:/x")) is not Url


def test_roots() -> None:
    """Separated by colons, of which a scheme has one too."""
    found = roots_of("/a:s3://bucket/p:/b:s3://other")
    assert [*map(str, found)] == ["/a", "s3://bucket/p", "/b", "s3://other"]
    assert roots_of("") == []
