"""Path checks: what inputs stand for, what is refused and in which words, outputs, and the check of the descriptor."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from etl_batch.errors import InputRefused, PathRefused, UsageError
from etl_batch.security.guard import Roots, allowed_roots
from etl_batch.security.paths import opened_input, resolve_inputs, resolve_output

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home with a few files, as the current directory; `outside` stands beside it."""
    home = tmp_path / "home"
    names = ["a.csv", "b.bin", "sub/c.csv", "sub/deep/d.csv", ".hidden.csv", ".git/x.csv", "a.csv.bak.20261122T100000Z"]
    for name in [
        *(f"data/{name}" for name in names),
        "output/e.csv",
        "output/runs/1/sample.parquet",
        ".secrets/audit.key",
    ]:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x\n")
    (home / "output/audit.anchor").write_text("{}\n")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.csv").write_text("x\n")
    monkeypatch.chdir(home)
    return home


def names_of(paths, home):
    """Paths relative to the home."""
    return [str(path.relative_to(home)) for path in paths]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["data/a.csv"], ["data/a.csv"]),
        (["{home}/data/a.csv", "data/a.csv", "./data//a.csv"], ["data/a.csv"]),
        (["data"], ["data/a.csv", "data/b.bin", "data/sub/c.csv", "data/sub/deep/d.csv"]),
        (["data/sub", "data/a.csv"], ["data/a.csv", "data/sub/c.csv", "data/sub/deep/d.csv"]),
        (["data/*.csv"], ["data/a.csv"]),
        (["data/*"], ["data/a.csv", "data/b.bin"]),
        (["data/*/*.csv"], ["data/sub/c.csv"]),
        (["data/s?b/c.csv"], ["data/sub/c.csv"]),
        (["data/**/*.csv"], ["data/a.csv", "data/sub/c.csv", "data/sub/deep/d.csv"]),
        (["data/**/deep/*"], ["data/sub/deep/d.csv"]),
        (["data/**"], ["data/a.csv", "data/b.bin", "data/sub/c.csv", "data/sub/deep/d.csv"]),
        (["data/[ab].*"], ["data/a.csv", "data/b.bin"]),
        (["data/.hidden.csv"], ["data/.hidden.csv"]),
        (["data/.h*"], ["data/.hidden.csv"]),
        (["data/a.csv.bak.20261122T100000Z"], ["data/a.csv.bak.20261122T100000Z"]),
        (["data/*.bak.*"], ["data/a.csv.bak.20261122T100000Z"]),
        (["output"], ["output/e.csv"]),
        (["output/runs/1/sample.parquet"], ["output/runs/1/sample.parquet"]),
    ],
)
def test_inputs_are_found(home, patterns, expected):
    """Files, directories and globs become absolute files, each once, sorted by path."""
    patterns = [pattern.format(home=home) for pattern in patterns]
    assert names_of(resolve_inputs(patterns, allowed_roots(home)), home) == expected


def test_a_name_with_wildcards_is_a_file_when_it_exists(home):
    """`[1].csv` names the file of that name before it is a pattern."""
    (home / "data/x[1].csv").write_text("x\n")
    (home / "data/x1.csv").write_text("x\n")
    assert names_of(resolve_inputs(["data/x[1].csv"], allowed_roots(home)), home) == ["data/x[1].csv"]


@pytest.mark.parametrize(
    "pattern",
    [
        "../outside/secret.csv",
        "data/../data/a.csv",
        "data/sub/..",
        "data/../*.csv",
        "{outside}/secret.csv",
        "{outside}/missing.csv",
        "{outside}",
        "{outside}/*.csv",
        "/etc/passwd",
        "/etc/pass*",
        "/**",
        "*/a.csv",
        ".",
        ".secrets/audit.key",
        ".secrets/*",
        "report/x.html",
    ],
)
def test_paths_outside_the_roots_are_refused(home, pattern):
    """A `..` component and whatever lies outside the roots are traversal, whether it exists or not."""
    with pytest.raises(PathRefused, match=r"^Path traversal detected: ") as caught:
        resolve_inputs([pattern.format(outside=home.parent / "outside")], allowed_roots(home))
    assert caught.value.exit_code == 3
    assert ".." in pattern or "ETL_ALLOWED_ROOTS" in str(caught.value)


@pytest.mark.parametrize("typed", ["a.csv", "dta/a.csv", "{home}/a.csv", "console/main.py"])
@pytest.mark.parametrize("there", [True, False], ids=["there", "not there"])
def test_a_name_without_its_folder_is_not_there(home, typed, there):
    """What is mistyped within the home is said not to be among what runs may read, and not whether it exists."""
    path = home / typed.format(home=home)
    if there:
        path.parent.mkdir(exist_ok=True)
        path.write_text("a\n1\n")
    with pytest.raises(InputRefused, match=r"There is no file .* in the folders that runs may read") as caught:
        resolve_inputs([typed.format(home=home)], allowed_roots(home))
    assert (caught.value.exit_code, f"({home}/data, {home}/output" in str(caught.value)) == (3, True)


def test_a_name_that_is_nowhere_is_not_there(home, tmp_path, monkeypatch):
    """From another folder too; a file that is there, outside the roots, stays refused."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    for typed in ("sales.csv", "data/sales.csv", str(home / "data" / "sales.csv")):
        with pytest.raises(InputRefused, match="There is no file"):
            resolve_inputs([typed], allowed_roots(home))
    (elsewhere / "sales.csv").write_text("a\n1\n")
    with pytest.raises(PathRefused, match="Path traversal detected"):
        resolve_inputs(["sales.csv"], allowed_roots(home))


@pytest.mark.parametrize("pattern", ["data/leak", "data/leak/secret.csv", "data/leak/*", "data", "data/*", "data/**/*"])
@pytest.mark.parametrize("target", ["outside", "outside/secret.csv", ".secrets", "missing"])
def test_symlinks_that_leave_the_roots_are_refused(home, pattern, target):
    """A symlink to a place outside, named or met in a directory or a glob, refuses the whole input."""
    place = home / target if target == ".secrets" else home.parent / target
    (home / "data/leak").symlink_to(place)
    with pytest.raises(PathRefused, match="Path traversal detected"):
        resolve_inputs([pattern], allowed_roots(home))


def test_symlinks_inside_the_roots_count_once(home):
    """A link that stays inside is followed; what it leads to is read once, and a loop ends."""
    (home / "data/link.csv").symlink_to(home / "data/sub/c.csv")
    (home / "data/loop").symlink_to(home / "data")
    (home / "data/out").symlink_to(home / "output")
    found = names_of(resolve_inputs(["data"], allowed_roots(home)), home)
    assert found == ["data/a.csv", "data/b.bin", "data/link.csv", "data/out/e.csv", "data/sub/deep/d.csv"]


@pytest.mark.parametrize("target", ["missing.csv", "around"])
def test_a_symlink_to_nowhere_is_refused(home, target):
    """A dangling or circular link in a directory is said, not passed over in silence."""
    (home / "data/around").symlink_to(home / "data" / target)
    with pytest.raises(InputRefused, match="around"):
        resolve_inputs(["data"], allowed_roots(home))


def test_roots_may_be_symlinks(home, tmp_path):
    """A home reached through a symlink, and a `data/` on another disk, are the roots they lead to."""
    disk = tmp_path / "disk"
    (home / "data").rename(disk)
    (home / "data").symlink_to(disk)
    (tmp_path / "alias").symlink_to(home)
    roots = allowed_roots(tmp_path / "alias")
    assert resolve_inputs(["data/a.csv"], roots) == [home / "data/a.csv"]
    assert resolve_inputs([tmp_path / "alias/data/a.csv"], roots) == [tmp_path / "alias/data/a.csv"]
    assert resolve_output(tmp_path / "alias/output/x.csv", roots).path == home / "output/x.csv"


def make_fifo(path):
    """A FIFO at `path`."""
    os.mkfifo(path)


def make_socket(path):
    """The socket of a server that is gone."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))


def make_device(path):
    """A way to a device."""
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize(
    ("make", "words"), [(make_fifo, "is a FIFO"), (make_socket, "is a socket"), (make_device, "is a character device")]
)
def test_what_is_no_regular_file_is_refused(home, tmp_path, monkeypatch, make, words):
    """A FIFO, a socket or a device that is named is refused in words; a FIFO met in a directory is left out."""
    place = tmp_path / "s"
    place.mkdir()
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", f"{place}:/dev")
    make(place / "x")
    with pytest.raises(PathRefused, match=words):
        resolve_inputs([place / "x"], allowed_roots(home))
    with pytest.raises(PathRefused, match=words), opened_input(place / "x", allowed_roots(home)):
        pass
    (place / "y.csv").write_text("x\n")
    assert resolve_inputs([place], allowed_roots(home)) == [place / "y.csv"]


@pytest.mark.parametrize(
    ("pattern", "error", "words"),
    [
        ("data/missing.csv", InputRefused, "There is no file"),
        ("data/a.csv/x", InputRefused, "There is no file"),
        ("data/*.parquet", InputRefused, "No file matches"),
        ("data/missing/*", InputRefused, "No file matches"),
        ("data/empty", InputRefused, "holds no files"),
        ("data/" + "x" * 300, InputRefused, "File name too long"),
        ("data/" + "x/" * 4000, InputRefused, "File name too long"),
        ("data/\0.csv", PathRefused, "NUL"),
        ("data/\0*", PathRefused, "NUL"),
        ("", PathRefused, "empty"),
        ("data/\ud800.csv", PathRefused, "no file name can hold"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(home, pattern, error, words):
    """A missing, empty or impossible name is one short printable sentence, never a traceback of the system's."""
    (home / "data/empty").mkdir()
    with pytest.raises(error, match=words) as caught:
        resolve_inputs([pattern], allowed_roots(home))
    assert type(caught.value) is error
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 800


AS_NOBODY = """
import os, sys
from pathlib import Path
from etl_batch.errors import InputRefused
from etl_batch.security.guard import allowed_roots
from etl_batch.security.paths import opened_input, resolve_inputs
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
home = Path(sys.argv[1])
for check in (lambda: resolve_inputs([sys.argv[2]], allowed_roots(home)),
              lambda: opened_input(Path(sys.argv[2]), allowed_roots(home)).__enter__()):
    try:
        check()
    except InputRefused as error:
        print(error)
"""


@pytest.mark.parametrize(("name", "words"), [("a.csv", "may not be read"), ("sub", "Permission denied")])
def test_the_unreadable_is_refused(name, words):
    """A file or folder without permission is refused when the inputs are resolved, not in the middle of a run."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own folder is closed to other users
        home = Path(folder)
        home.chmod(0o755)
        (home / "data/sub").mkdir(parents=True)
        (home / "data/a.csv").write_text("x\n")
        (home / "data" / name).chmod(0o000)
        command = [sys.executable, "-c", AS_NOBODY, str(home), str(home / "data" / name)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        (home / "data" / name).chmod(0o755)
    first, second = done.stdout.splitlines()
    assert words in first
    assert name in second


def test_the_environment_and_the_settings_add_roots(home, tmp_path, monkeypatch):
    """`ETL_ALLOWED_ROOTS` and the settings open folders for both directions, but never `.secrets`."""
    outside = tmp_path / "outside"
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", f":{outside}:/srv/none")
    roots = allowed_roots(home, extra=[home])
    assert roots.inputs == (home / "data", home / "output", outside, Path("/srv/none"), home)
    assert roots.outputs == (home / "output", home / "report", outside, Path("/srv/none"), home)
    assert resolve_inputs([outside], roots) == [outside / "secret.csv"]
    assert resolve_output(outside / "x.csv", roots).path == outside / "x.csv"
    with pytest.raises(PathRefused, match="traversal"):
        resolve_inputs([".secrets/audit.key"], roots)
    with pytest.raises(PathRefused, match="traversal"):
        resolve_output(".secrets/audit.key", roots)


def test_a_relative_root_is_a_mistake(home, monkeypatch):
    """A root that changes with the current directory is refused as configuration."""
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", "data")
    with pytest.raises(UsageError, match="absolute"):
        allowed_roots(home)


def test_roots_cross_process_borders(home):
    """Workers get the roots with their task."""
    roots = Roots(home, (Path("/srv"),))
    assert pickle.loads(pickle.dumps(roots)) == roots


@pytest.mark.parametrize("path", ["output/x.csv", "{home}/output/new/folder/x.csv", "report/x.html", "output/e.csv"])
def test_outputs_are_resolved(home, path):
    """An output is absolute, may lie in folders not yet made, and may replace a regular file."""
    path = path.format(home=home)
    assert resolve_output(path, allowed_roots(home)).path == home / path


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("data/x.csv", "traversal"),
        ("../x.csv", "traversal"),
        ("output/../output/x.csv", "traversal"),
        ("/tmp/x.csv", "traversal"),
        ("x.csv", "traversal"),
        ("/", "traversal"),
        ("output/leak/x.csv", "traversal"),
        ("output/leak/new/x.csv", "traversal"),
        ("output/leak", "traversal"),
        ("output", "is a directory"),
        ("output/runs", "kept by the engine"),
        ("output/runs/1/metadata.json", "kept by the engine"),
        ("output/audit.anchor", "kept by the engine"),
        ("output/inner.csv", "is a symbolic link"),
        ("output/fifo", "is a FIFO"),
        ("output/e.csv/x.csv", "is not a directory"),
        ("output/e.csv/new/x.csv", "is not a directory"),
        ("output/" + "x" * 300, "File name too long"),
        ("output/\0", "NUL"),
        ("", "empty"),
    ],
)
def test_outputs_are_refused(home, path, words):
    """An output that leaves the roots, that the engine keeps, or that would replace no regular file is refused."""
    (home / "output/leak").symlink_to(home.parent / "outside")
    (home / "output/inner.csv").symlink_to(home / "output/e.csv")
    os.mkfifo(home / "output/fifo")
    with pytest.raises(InputRefused, match=words):
        resolve_output(path, allowed_roots(home))


def test_the_anchor_named_by_the_environment_is_no_output(home, monkeypatch):
    """Wherever `ETL_AUDIT_ANCHOR` points, a run does not write over it."""
    monkeypatch.setenv("ETL_AUDIT_ANCHOR", "report/anchor")
    with pytest.raises(PathRefused, match="kept by the engine"):
        resolve_output("report/anchor", allowed_roots(home))


def test_an_input_is_opened(home):
    """The descriptor reads the file, blocks, and is not inherited."""
    with opened_input(home / "data/a.csv", allowed_roots(home)) as descriptor:
        assert os.read(descriptor, 10) == b"x\n"
        assert os.get_blocking(descriptor)
        assert not os.get_inheritable(descriptor)


def open_descriptors():
    """The numbers of this process's open descriptors."""
    return {entry.name for entry in Path("/proc/self/fd").iterdir()}


def test_an_input_swapped_at_the_last_moment_is_caught(home):
    """Between the check and the opening the file becomes a symlink to the outside: the descriptor gives it away."""
    victim = home / "data/a.csv"
    swapped = []

    def swap(event, arguments):
        # The system's own event of the opening stands for the intruder who is just in time.
        if event == "open" and arguments[0] == victim.name and not swapped:
            swapped.append(event)
            victim.unlink()
            victim.symlink_to(home.parent / "outside/secret.csv")

    sys.addaudithook(swap)
    before = open_descriptors()
    with pytest.raises(PathRefused, match="Path traversal detected"), opened_input(victim, allowed_roots(home)):
        pass
    assert swapped == ["open"]
    assert open_descriptors() == before


def test_an_input_swapped_for_a_fifo_does_not_block(home):
    """Between the check and the opening the file becomes a FIFO without a writer: refused at once."""
    victim = home / "data/b.bin"
    swapped = []

    def swap(event, arguments):
        if event == "open" and arguments[0] == victim.name and not swapped:
            swapped.append(event)
            victim.unlink()
            os.mkfifo(victim)

    sys.addaudithook(swap)
    with pytest.raises(PathRefused, match="is a FIFO"), opened_input(victim, allowed_roots(home)):
        pass
    assert swapped == ["open"]
