"""Objects as they are read: what of them is asked for, and what is said when they may be read no more."""

from __future__ import annotations

import time

import pytest

from etl_batch.errors import InputRefused
from etl_batch.formats.objects import linked, relinked
from etl_batch.formats.version import Version
from etl_batch.stores.links import Link
from tests.unit.stores.answering import CONTENT, serving


@pytest.fixture
def url(request: pytest.FixtureRequest) -> str:
    """An object that this thread has read nothing of."""
    return f"s3://lake/{request.node.name}/x.csv"


def version(link: Link) -> Version:
    """The one that a link is to."""
    return Version("", 0, 0, len(CONTENT), 0, link.tag, link=link)


def test_whoever_reads_on_is_read_ahead_for(url: str) -> None:
    """The second reading brings twice as much, the third asks for nothing; whoever jumps gets what was asked for."""
    with serving([]) as (link, asked):
        file = linked(url, version(link))
        assert file.read(100, 0) == CONTENT[:100]
        assert file.read(100, 100) == CONTENT[100:200]
        assert file.read(100, 200) == CONTENT[200:300]
        assert [each for each, _ in asked] == ["bytes=0-99", "bytes=100-299"]
        assert file.read(10, 9000) == CONTENT[9000:9010]
        assert [each for each, _ in asked[2:]] == ["bytes=9000-9009"]


def test_what_was_read_ahead_is_of_one_version(url: str) -> None:
    """Another version of the same object has bytes of its own, and so has another object."""
    with serving([]) as (link, asked):
        one = version(link)
        other = Version("", 0, 0, len(CONTENT), 1, link.tag, link=link)
        for begin, path, each in ((0, url, one), (10, url, one), (20, url, other), (20, f"{url}.gz", one)):
            assert linked(path, each).read(10, begin) == CONTENT[begin : begin + 10]
    assert [each for each, _ in asked] == ["bytes=0-9", "bytes=10-29", "bytes=20-29", "bytes=20-29"]


def test_nothing_is_read_past_the_end(url: str) -> None:
    """However much there is room for."""
    room = memoryview(bytearray(100))
    with serving([]) as (link, asked):
        file = linked(url, version(link))
        assert file.read_into(room, len(CONTENT) - 5) == 5
        assert file.read_into(room, len(CONTENT)) == 0
    assert bytes(room[:5]) == CONTENT[-5:]
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("status", "said"), [(404, "was removed"), (412, "was replaced"), (403, "may not be read with these credentials")]
)
def test_an_object_that_may_be_read_no_more(url: str, status: int, said: str) -> None:
    """One sentence, with the object's name and nothing that was signed."""
    with serving([status]) as (link, _), pytest.raises(InputRefused, match=said) as raised:
        linked(url, version(link)).read(5, 0)
    assert url in raised.value.message
    assert "Signature" not in raised.value.message
    assert raised.value.facts["source"] == url


def test_what_needs_no_other_link(url: str) -> None:
    """A file, whatever is there, and an object whose link is good for a quarter of an hour."""
    good = version(Link("http://127.0.0.1:1/k", '"tag"', time.time() + 1000))
    file = Version("here", 1, 2, 3, 4)
    for each in (good, file, None):
        assert relinked(url, each) is each
