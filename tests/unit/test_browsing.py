"""Looking through the input folders: what is listed, in which order, and what may not be seen."""

from __future__ import annotations

import os

import pytest

from etl_batch import browsing
from etl_batch.browsing import Order, browse, first_input, input_folders, some_inputs
from etl_batch.errors import InputRefused, PathRefused
from etl_batch.limits import limits_file
from etl_batch.record.originals import original_name
from etl_batch.security.guard import allowed_roots
from etl_batch.stores.url import url_of


@pytest.fixture
def home(tmp_path):
    """A home whose data/ has two folders, three files, and what must not be listed."""
    data = tmp_path / "data"
    for folder in (data / "b", data / "a", tmp_path / "output" / "runs" / "x", tmp_path / ".secrets"):
        folder.mkdir(parents=True)
    (data / "two.csv").write_text("city,rain\nParis,3\nRome,4\n")
    (data / "ten.csv").write_text("city,rain\n" + "Paris,3\n" * 100)
    (data / "one.txt").write_text("x\n")
    for number, name in enumerate(("two.csv", "ten.csv", "one.txt")):
        os.utime(data / name, (1_700_000_000 + number, 1_700_000_000 + number))
    for hidden in (".hidden.csv", "two.csv.bak.20260101T000000Z"):
        (data / hidden).write_text("a\n1\n")
    (tmp_path / "output" / "audit.anchor").write_text("{}\n")
    return tmp_path


def names(listing) -> list[str]:
    """The names of a page."""
    return [entry.path.name for entry in listing.entries]


@pytest.mark.parametrize(
    ("order", "files"),
    [
        (Order.NAME, ["one.txt", "ten.csv", "two.csv"]),
        (Order.NEWEST, ["one.txt", "ten.csv", "two.csv"]),
        (Order.LARGEST, ["ten.csv", "two.csv", "one.txt"]),
    ],
)
def test_folders_come_first(home, order, files):
    """Folders by name, then the files in the wanted order; hidden names and backups are left out."""
    listing = browse(home / "data", allowed_roots(home), order=order)
    assert names(listing) == ["a", "b", *files]
    assert (listing.files, listing.folders, listing.found, listing.pages) == (3, 2, 5, 1)


@pytest.mark.parametrize(
    ("text", "found"), [("TWO", ["two.csv"]), ("t*.csv", ["ten.csv", "two.csv"]), ("b", ["b"]), ("?", ["a", "b"])]
)
def test_the_search_takes_parts_and_patterns(home, text, found):
    """A part of a name whatever its case, or a pattern for the whole name."""
    assert names(browse(home / "data", allowed_roots(home), text=text)) == found


def test_a_file_says_what_it_is(home):
    """Format, size and the name before the upload; a file that fits no reader says why."""
    (home / "data" / "bad.csv").write_bytes(b"\x1f\x8b\x08" + bytes(100))
    (home / "data" / ".two.csv.json").write_text('{"original_name": "Städte.csv"}')
    entries = {entry.path.name: entry for entry in browse(home / "data", allowed_roots(home)).entries}
    two = entries["two.csv"]
    assert (two.format, two.layout, two.size, two.original_name) == ("csv", None, 25, "Städte.csv")
    assert "cannot be decompressed" in (entries["bad.csv"].problem or "")


def test_a_changed_file_is_looked_at_again(home):
    """What was found is kept by time and size, never by name alone."""
    roots = allowed_roots(home)
    assert browse(home / "data", roots, text="two.csv").entries[0].format == "csv"
    (home / "data" / "two.csv").write_bytes(b"")
    assert "is empty" in (browse(home / "data", roots, text="two.csv").entries[0].problem or "")


def test_pages(home):
    """A page holds twelve names, a number past the end is the last page, and only its files are opened."""
    for number in range(30):
        (home / "data" / "a" / f"{number:02}.csv").write_text(f"a\n{number}\n")
    before = browsing._glance.cache_info().misses
    last = browse(home / "data" / "a", allowed_roots(home), page=99)
    assert (last.page, last.pages, last.found) == (2, 3, 30)
    assert names(last) == [f"{number:02}.csv" for number in range(24, 30)]
    assert browsing._glance.cache_info().misses - before == 6


@pytest.mark.parametrize(
    ("folder", "error"),
    [("/etc", PathRefused), (".secrets", PathRefused), ("data/../..", PathRefused), ("data/none", InputRefused)],
)
def test_only_the_roots_are_seen(home, folder, error):
    """A folder outside the roots, the secrets, and a way out by `..` are refused; a missing folder is said."""
    with pytest.raises(error):
        browse(home / folder, allowed_roots(home))


def test_a_link_that_leads_out_is_not_followed(home, tmp_path_factory):
    """A linked file is listed with the reason why it cannot be picked; a linked folder does not open."""
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.csv").write_text("a\n1\n")
    (home / "data" / "link.csv").symlink_to(outside / "secret.csv")
    (home / "data" / "way").symlink_to(outside)
    entries = {entry.path.name: entry for entry in browse(home / "data", allowed_roots(home)).entries}
    assert "Path traversal detected" in (entries["link.csv"].problem or "")
    assert entries["link.csv"].format == ""
    with pytest.raises(PathRefused):
        browse(home / "data" / "way", allowed_roots(home))


def test_what_the_engine_keeps_is_left_out(home):
    """Run directories and the anchor of the audit log are no inputs."""
    (home / "output" / "sales.csv").write_text("a\n1\n")
    assert names(browse(home / "output", allowed_roots(home))) == ["sales.csv"]


def test_the_first_input(home):
    """A file of data/ itself goes before one of its folders; without any there is none."""
    assert first_input(home) == home / "data" / "one.txt"
    for path in (home / "data").glob("*.*"):
        path.unlink()
    assert first_input(home) is None
    (home / "data" / "b" / "deep.csv").write_text("a\n1\n")
    assert first_input(home) == home / "data" / "b" / "deep.csv"


def test_some_inputs_and_roots(home, tmp_path_factory, monkeypatch):
    """The suggestions are bounded, and an added root is one of the folders to begin with."""
    extra = tmp_path_factory.mktemp("extra")
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", f"{extra}:{extra}/none")
    assert [path.name for path in some_inputs(home, 2)] == ["one.txt", "ten.csv"]
    assert input_folders(allowed_roots(home)) == [home / "data", home / "output", extra]
    assert browse(extra, allowed_roots(home)).root == extra


def test_a_prefix_of_the_settings_is_one_of_the_folders(home):
    """It is not asked for before somebody looks into it, and the folders go on as they did."""
    limits_file(home).parent.mkdir(exist_ok=True)
    limits_file(home).write_text('{"allowed_roots": ["s3://lake/raw"]}')
    roots = allowed_roots(home)
    assert input_folders(roots) == [home / "data", home / "output", url_of("s3://lake/raw")]
    assert browse(home / "data" / "b", roots).root == home / "data"
    with pytest.raises(PathRefused, match="s3://lake/raw"):
        browse(url_of("s3://lake/other"), roots)


@pytest.mark.parametrize(
    ("companion", "name"),
    [(None, None), ('{"original_name": "Ärger.csv"}', "Ärger.csv"), ("{", None), ('{"original_name": 3}', None)],
)
def test_an_uploaded_file_keeps_its_name(home, companion, name):
    """The name of its companion file is shown, and a broken companion is no error."""
    if companion is not None:
        (home / "data" / ".two.csv.json").write_text(companion)
    assert original_name(home / "data" / "two.csv") == name
