"""What of a folder nobody means by its name: leftovers by their names, and globs held against paths."""

from __future__ import annotations

import fnmatch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl_batch.security.leftovers import Choice, Passed, covers, leftover, parts_of

LEFT = {
    Passed.HIDDEN: [".hidden", ".DS_Store", "._a.csv", ".part-0.csv.crc"],
    Passed.BACKUP: ["a.csv~", "~$a.xlsx", "a.csv.bak.20261122T100000Z"],
    Passed.PARTIAL: ["a.csv.part", "a.csv.PART", "b.filepart", "c.crdownload", "d.partial", "e.tmp"],
    Passed.MARKER: ["_SUCCESS", "_metadata", "_committed_123", "_temporary", "_delta_log"],
    Passed.SYSTEM: ["Thumbs.db", "THUMBS.DB", "desktop.ini", "__MACOSX"],
}


@pytest.mark.parametrize(("reason", "name"), [(reason, name) for reason, names in LEFT.items() for name in names])
def test_leftovers_are_told_by_their_names(reason: Passed, name: str) -> None:
    """Each with its reason, whatever its capitals are."""
    assert leftover(name) is reason


@pytest.mark.parametrize("name", ["a.csv", "part-00000.csv", "_data.csv", "success", "a.parted", "desktop.csv", "a~b"])
def test_data_is_no_leftover(name: str) -> None:
    """Names that only look alike."""
    assert leftover(name) is None


@pytest.mark.parametrize(
    ("name", "pattern"), [(".a", ".*"), ("a.part", "*.part"), ("a.bak.1", "*.bak.*"), ("a~", "*~"), ("_SUCCESS", "_S*")]
)
def test_a_pattern_may_ask_for_leftovers(name: str, pattern: str) -> None:
    """One that could itself be such a name."""
    assert leftover(name, pattern) is None
    assert leftover(name, "*") is not None


@pytest.mark.parametrize(
    ("pattern", "fit", "others"),
    [
        ("*.csv", ["a.csv", "x/a.csv"], ["a.CSV", "a.csv.gz", "a"]),
        ("x/*.csv", ["x/a.csv"], ["a.csv", "x/y/a.csv", "z/x/a.csv"]),
        ("x/**", ["x/a.csv", "x/y/a.csv"], ["a.csv", "z/x/a.csv"]),
        ("x/**/a.csv", ["x/a.csv", "x/y/a.csv", "x/y/z/a.csv"], ["a.csv", "x/b.csv"]),
        ("**/x/*", ["x/a.csv", "z/x/a.csv", "x/y/a.csv"], ["a.csv"]),
        ("**/*.csv", ["a.csv", "x/a.csv"], ["a.tsv"]),
        ("x", ["x", "x/a.csv", "z/x/a.csv"], ["xx/a.csv"]),
        ("x/", ["x/a.csv", "z/x/a.csv"], ["a.csv"]),
        ("/x", ["x/a.csv"], ["z/x/a.csv"]),
        ("[ab]?.csv", ["a1.csv"], ["c1.csv", "a.csv"]),
        ("", [], ["a.csv"]),
    ],
)
def test_globs_are_held_against_the_path_below_the_folder(pattern: str, fit: list[str], others: list[str]) -> None:
    """`*` stays within a name, `**` does not, and what fits a folder fits all that is in it."""
    for path in fit:
        assert Choice((pattern,)).verdict(path.split("/")) is None, path
        assert Choice(exclude=(pattern,)).verdict(path.split("/")) is Passed.EXCLUDED, path
    for path in others:
        assert Choice((pattern,)).verdict(path.split("/")) is Passed.NOT_INCLUDED, path
        assert Choice(exclude=(pattern,)).verdict(path.split("/")) is None, path


def slow_fits(names: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether a glob fits all of a path, tried in every way."""
    if not parts:
        return not names
    if parts[0] == "**":
        return any(slow_fits(names[skipped:], parts[1:]) for skipped in range(len(names) + 1))
    return bool(names) and fnmatch.fnmatchcase(names[0], parts[0]) and slow_fits(names[1:], parts[1:])


PART = st.sampled_from(["**", "*", "a", "b", "a*", "?", "[ab]"])


@given(st.lists(st.sampled_from(["a", "b", "ab", "c"]), min_size=1, max_size=5), st.lists(PART, max_size=5))
def test_globs_are_as_the_slow_way_has_them(names: list[str], parts: list[str]) -> None:
    """The walk with all places at once says what trying everything says, of the path and the folders above it."""
    heads = [tuple(names[:length]) for length in range(1, len(names) + 1)]
    assert covers(parts, names) is (bool(parts) and any(slow_fits(head, tuple(parts)) for head in heads))


def test_a_glob_without_a_slash_fits_at_any_depth() -> None:
    """Its parts begin with any number of folders."""
    assert parts_of("*.csv") == ("**", "*.csv")
    assert parts_of("./x//y") == ("x", "y")
