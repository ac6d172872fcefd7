"""One version of a file: held or opened again, told from every other, and never a byte past its end."""

from __future__ import annotations

import hashlib
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from etl_batch.errors import InputRefused
from etl_batch.formats.content import Content, changed, first_opened, holding
from etl_batch.formats.version import Change
from etl_batch.security.guard import Guard, Roots

TEXT = b"0123456789" * 20_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of 200,000 bytes."""
    found = tmp_path / "x"
    found.write_bytes(TEXT)
    return found


def over(path: Path) -> None:
    """Another file under its name."""
    path.with_name("y").write_bytes(TEXT)
    path.with_name("y").replace(path)


def anew(path: Path) -> None:
    """Other bytes, as many."""
    path.write_bytes(TEXT[::-1])


def longer(path: Path) -> None:
    """Other bytes, and more of them."""
    path.write_bytes(TEXT[::-1] + b"!")


def shorter(path: Path) -> None:
    """All but the last byte."""
    os.truncate(path, len(TEXT) - 1)


def grown(path: Path) -> None:
    """A byte more."""
    with path.open("ab") as file:
        file.write(b"!")


def touched(path: Path) -> None:
    """Other permissions, another link."""
    path.chmod(0o640)
    path.with_name("z").hardlink_to(path)


@contextmanager
def either(hold: bool) -> Iterator[None]:
    """Hold what is opened, or do not."""
    if hold:
        with holding():
            yield
    else:
        yield


def read(content: Content) -> bytes:
    """All of it."""
    with content.opened() as file:
        return file.read(1 << 20, 0)


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("change", [anew, longer, shorter])
def test_other_bytes_in_the_same_file(path: Path, change: Callable[[Path], None], hold: bool) -> None:
    """They are not read, held or not."""
    with either(hold):
        content = first_opened(str(path))
        change(path)
        with pytest.raises(InputRefused, match="became shorter" if change is shorter else "written anew"):
            read(content)
        with pytest.raises(InputRefused):
            changed(content)


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize(("change", "what"), [(grown, Change.GROWN), (touched, Change.NONE)])
def test_the_same_bytes(path: Path, change: Callable[[Path], None], what: Change, hold: bool) -> None:
    """Those that were there are read, and none behind them."""
    with either(hold):
        content = first_opened(str(path))
        change(path)
        assert changed(content) is what
        assert read(content) == TEXT


def test_another_file_at_its_path(path: Path) -> None:
    """What is held is read to its end, and it is said that another one stands there; what is not held is refused."""
    with holding():
        content = first_opened(str(path))
        over(path)
        assert read(content) == TEXT
        with pytest.raises(InputRefused, match="replaced"):
            changed(content)
    with pytest.raises(InputRefused, match="replaced"):
        read(content)


def test_no_file_at_its_path(path: Path) -> None:
    """What is held is whole, as long as nobody writes to it; what is not held is lost."""
    with holding(), path.open("r+b") as writer:
        content = first_opened(str(path))
        path.unlink()
        assert changed(content) is Change.REMOVED
        assert read(content) == TEXT
        writer.truncate(5)
        with pytest.raises(InputRefused, match="shorter"):
            changed(content)
    for use in (read, changed):
        with pytest.raises(InputRefused, match="removed"):
            use(content)


def test_on_another_machine(path: Path) -> None:
    """There the file has other numbers; its size and its time still tell."""
    content = first_opened(str(path))
    assert content.version is not None
    there = replace(content.version, machine="elsewhere", device=1, inode=1)
    assert read(Content(content.path, there)) == TEXT
    anew(path)
    with pytest.raises(InputRefused, match="anew"):
        read(Content(content.path, there))


def test_no_more_are_held_than_there_is_room_for(tmp_path: Path) -> None:
    """The others are opened when they are read; at the end none is open."""
    before = len(list(Path("/proc/self/fd").iterdir()))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * before + 40, limits[1]))
    try:
        with holding():
            contents = []
            for number in range(3 * before + 60):
                (tmp_path / str(number)).write_bytes(b"%d" % number)
                contents.append(first_opened(str(tmp_path / str(number))))
            with holding():
                assert [read(content) for content in contents] == [b"%d" % number for number in range(len(contents))]
            assert read(contents[0]) == b"0"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("hold", [True, False])
def test_what_is_no_regular_file(tmp_path: Path, hold: bool) -> None:
    """A FIFO that nobody writes to holds nobody up."""
    os.mkfifo(tmp_path / "fifo")
    with either(hold), pytest.raises(OSError, match="Invalid"):
        first_opened(str(tmp_path / "fifo"))


@pytest.fixture
def judged(tmp_path: Path) -> Content:
    """A file in a folder of a home's `data/`, opened for the first time under guard."""
    folder = tmp_path / "data" / "sub"
    folder.mkdir(parents=True)
    (folder / "x").write_bytes(b"0123456789")
    return first_opened(str(folder / "x"), guard=Guard.of_inputs(Roots(tmp_path)))


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_in_its_place(judged: Content, tmp_path: Path, what: str) -> None:
    """It is not followed when the file is opened again, though it leads to the same bytes."""
    path = Path(judged.path) if what == "file" else Path(judged.path).parent
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(InputRefused, match="was replaced"), judged.opened():
        pass
    assert judged.digest() is None


def test_the_digest_of_a_version(judged: Content) -> None:
    """Of its bytes alone, whatever has come behind them; of none when they are others."""
    expected = hashlib.sha256(b"0123456789").hexdigest()
    assert judged.digest() == expected
    with Path(judged.path).open("ab") as file:
        file.write(b"more")
    assert judged.digest() == expected
    Path(judged.path).write_bytes(b"other bytes altogether")
    assert judged.digest() is None
