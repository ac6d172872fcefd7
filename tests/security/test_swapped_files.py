"""Names that are swapped for links while they are looked at: nothing of `.secrets` comes out, nothing is written there.

Whoever may put files into `data/` or into the folder of an output tries to have the engine read or write another file
by exchanging names at the right moment. Here the moment is tried tens of thousands of times.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.errors import EtlError, OutputFailed, PathRefused
from etl_batch.files.beneath import Place
from etl_batch.files.commit import committed, manifest_of
from etl_batch.files.staging import discard, opened, stage, write_all
from etl_batch.formats.content import first_opened
from etl_batch.security.guard import Guard, allowed_roots
from etl_batch.security.paths import opened_input, resolve_inputs, resolve_output
from tests.integration.engine.conftest import Home, home, write
from tests.security.swapping import swapping

__all__ = ["home", "write"]
SWAPS = 50_000
SECRET = b"key,of\nthe,audit log\n"
PLAIN = b"a,b\n1,2\n"
Write = Callable[[str, bytes | str], Path]


@pytest.fixture
def secret(home: Home) -> Path:
    """What must not come out, and stays as it is."""
    path = home.path / ".secrets" / "a.key"
    path.write_bytes(SECRET)
    return path


def read_by_engine(path: Path, home: Path) -> bytes:
    """What the engine's readers get of an input, from the first look on and when it is opened again."""
    guard = Guard.of_inputs(allowed_roots(home))
    content = first_opened(str(path), None, guard)
    with content.opened() as file:
        return file.read(100, 0)


def read_by_screen(path: Path, home: Path) -> bytes:
    """What a screen shows of a file."""
    roots = allowed_roots(home)
    resolve_inputs([path], roots)
    with opened_input(path, roots) as descriptor:
        return os.read(descriptor, 100)


@pytest.mark.parametrize("read", [read_by_engine, read_by_screen])
@pytest.mark.parametrize("swapped", ["file", "folder"])
def test_an_input_swapped_for_a_link(
    home: Home, secret: Path, tmp_path: Path, read: Callable[[Path, Path], bytes], swapped: str
) -> None:
    """A file, or a folder above it, is exchanged for a link into `.secrets`: what is read is never from there."""
    folder = home.data / "sub"
    folder.mkdir()
    path = folder / "a.key"
    path.write_bytes(PLAIN)
    link = home.data / "link"
    link.symlink_to(secret if swapped == "file" else secret.parent)
    victim = path if swapped == "file" else folder
    seen: Counter[object] = Counter()
    with swapping(tmp_path, SWAPS, (victim, link)) as intruder:
        while intruder.busy:
            try:
                seen[read(path, home.path)] += 1
            except EtlError as error:
                seen[type(error)] += 1
            except OSError as error:
                seen[error.errno] += 1
    assert SECRET not in seen
    assert seen[PLAIN] > 0, seen
    assert seen[PathRefused] > 0, seen


def test_a_run_while_its_input_is_swapped(home: Home, secret: Path, write: Write, tmp_path: Path) -> None:
    """Whole runs: each publishes the rows of the file, or is refused; none has a word of the secret anywhere."""
    path, link = write("in.csv", PLAIN), home.data / "link"
    link.symlink_to(secret)
    codes = Counter[int]()
    with swapping(tmp_path, 10_000_000, (path, link)) as intruder:
        for _ in range(8):
            codes[home.etl("-i", path, "-o", home.output / "x.csv", "--quiet").code] += 1
        assert intruder.busy
    assert set(codes) <= {0, 3}, codes
    left = [file for folder in (home.output, home.path / "report") for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in left if b"audit log" in file.read_bytes()]


@pytest.mark.parametrize("name", ["hard", "hard.csv"])
def test_a_second_name_of_a_secret(home: Home, secret: Path, name: str) -> None:
    """A hard link is refused as an input, alone and in a folder, and as an output."""
    os.link(secret, home.data / name)
    os.link(secret, home.output / name)
    for path in (home.data / name, home.data):
        outcome = home.etl("-i", path, "-o", home.output / "x.csv", "--quiet")
        assert (outcome.code, "Path traversal detected" in outcome.err) == (3, True), outcome.err
    with pytest.raises(PathRefused, match="Path traversal detected"):
        resolve_output(home.output / name, allowed_roots(home.path))
    assert secret.read_bytes() == SECRET


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_secrets_mounted_elsewhere(home: Home, secret: Path, tmp_path: Path) -> None:
    """A second mount of `.secrets` is neither read nor written, whatever its folder is called."""
    inside, outside = home.data / "mounted", home.output / "mounted"
    for folder in (inside, outside):
        folder.mkdir()
    commands = [f"mount --bind {secret.parent} {folder}" for folder in (inside, outside)]
    tried = "import sys; from tests.security.test_swapped_files import try_mounted; try_mounted(sys.argv[1])"
    # A mount namespace of its own: nothing is left mounted, however this ends.
    command = ["unshare", "--mount", "sh", "-c", " && ".join([*commands, 'exec "$@"'])]
    done = subprocess.run(
        [*command, "sh", sys.executable, "-c", tried, str(home.path)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "PathRefused\n" * 4), done.stderr
    assert sorted(path.name for path in secret.parent.iterdir()) == ["a.key"]


def try_mounted(home: str) -> None:
    """Read and write beneath the mounts; prints what each try comes to."""
    roots = allowed_roots(Path(home))
    tries: list[Callable[[], object]] = [
        lambda: read_by_engine(Path(home, "data/mounted/a.key"), Path(home)),
        lambda: read_by_screen(Path(home, "data/mounted/a.key"), Path(home)),
        lambda: resolve_output(Path(home, "output/mounted/a.key"), roots),
        lambda: resolve_output(Path(home, "output/mounted/deep/new.csv"), roots),
    ]
    for each in tries:
        try:
            each()
        except PathRefused as error:
            print(type(error).__name__)
        else:
            print("done")


def test_secrets_of_another_home(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of that name is out of reach wherever it stands beneath a root."""
    other = tmp_path / "other" / ".secrets"
    other.mkdir(parents=True)
    (other / "audit.key").write_bytes(SECRET)
    monkeypatch.setenv("ETL_ALLOWED_ROOTS", str(tmp_path))
    roots = allowed_roots(home.path)
    with pytest.raises(PathRefused):
        resolve_inputs([other / "audit.key"], roots)
    with pytest.raises(PathRefused):
        resolve_output(other / "audit.key", roots)


@pytest.mark.parametrize("swapped", ["staged", "folder", "target"])
def test_an_output_swapped_for_a_link(home: Home, secret: Path, tmp_path: Path, swapped: str) -> None:
    """The staged file, the target or a folder above it is exchanged for a link: nothing is written through it."""
    folder, away = home.output / "sub", home.path / "elsewhere"
    for each in (folder, away):
        each.mkdir()
    target, link = folder / "a.key", home.path / "link"
    target.write_bytes(PLAIN)
    link.symlink_to(secret.parent if swapped == "folder" else secret)
    victim = {"staged": folder / ".a.key.run.tmp", "folder": folder, "target": target}[swapped]
    done: Counter[str] = Counter()
    with swapping(tmp_path, SWAPS, (victim, link)) as intruder:
        while intruder.busy:
            done[write_once(target, home.path)] += 1
            if swapped == "staged" and target.is_symlink():
                # Swapped between the last look and the rename: that is said, and the target is refused from then on,
                # so that nothing would be staged and swapped any more. The intruder gets the link back.
                target.replace(link)
    assert secret.read_bytes() == SECRET
    assert [path.name for path in secret.parent.iterdir()] == ["a.key"]
    assert done["done"] > 0, done
    for path in (*folder.rglob("*"), *away.rglob("*"), *home.output.rglob("*")):
        if path.is_file() and not path.is_symlink():
            assert SECRET not in path.read_bytes()


def write_once(target: Path, home: Path) -> str:
    """An output from the judgement of its path to its commit; what became of it."""
    manifest, staged = manifest_of(home, "run"), None
    try:
        place = resolve_output(target, allowed_roots(home))
        staged = stage(place, "run")
        with opened(staged) as descriptor:
            write_all(descriptor, [b"new"], 0)
        with committed([staged], manifest, 1):
            return "done"
    except (EtlError, OSError) as error:
        return type(error).__name__
    finally:
        manifest.unlink(missing_ok=True)
        if staged is not None:
            discard([staged])


def test_a_link_in_the_place_of_a_lock_or_a_draft(home: Home, secret: Path, write: Write) -> None:
    """Links under the names that the engine uses beside an output are not followed."""
    source = write("in.csv", PLAIN)
    (home.output / ".x.csv.lock").symlink_to(secret)
    outcome = home.etl("-i", source, "-o", home.output / "x.csv", "--quiet")
    assert outcome.code == 5, outcome.err
    assert secret.read_bytes() == SECRET


def test_a_backup_is_never_made_of_a_link(home: Home, secret: Path) -> None:
    """A target that has become a link is replaced, and what it leads to gets no second name."""
    target = home.output / "x.csv"
    staged = stage(Place.of(target), "run")
    target.symlink_to(secret)
    with committed([staged], manifest_of(home.path, "run"), 5) as commit:
        assert commit.backups == []
    assert not target.is_symlink()
    assert secret.stat().st_nlink == 1


def test_a_forged_manifest(home: Home, secret: Path) -> None:
    """A manifest that would put a file outside of the output roots is not carried out."""
    from etl_batch.files.commit import going_on
    from etl_batch.security.guard import trusted_folders

    (secret.parent / "evil").write_bytes(b"evil")
    staged = stage(Place(str(secret.parent), "a.key"), "run")
    manifest = manifest_of(home.path, "run")
    found = staged.staged.stat()
    manifest.parent.mkdir(parents=True)
    step = f'"root": "{secret.parent}", "below": "a.key", "staged": "{staged.name}", "backup": null'
    mark = f'"inode": {found.st_ino}, "size": {found.st_size}, "modified_ns": {found.st_mtime_ns}, "folder": 0'
    manifest.write_text(f'{{"steps": [{{{step}, {mark}}}], "keep_backups": 1, "then": null}}')
    roots = trusted_folders(allowed_roots(home.path))
    with pytest.raises(OutputFailed, match="no folder of outputs"), going_on(manifest, roots):
        pass
    assert secret.read_bytes() == SECRET
