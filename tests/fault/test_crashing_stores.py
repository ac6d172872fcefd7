"""Power cuts while the audit log grows or a text is replaced, after each call: what was said to be kept is there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from etl_batch.files.beneath import Place
from etl_batch.files.replacing import replace_text
from etl_batch.security.audit import AuditLog
from tests.fault.crashing_disk import MODELS, Crash, build, crashes, left_of
from tests.fault.recorded_calls import Names, Recording
from tests.fault.test_crashing_disk import recorded

SAID = "said-"
AUDIT = """
from etl_batch.security import audit_parts
from etl_batch.security.audit import AuditLog
audit_parts.PART_BYTES = 500
for number in range(1, 5):
    AuditLog(home).append(user="ada", action="a.b", target=str(number))
    (home / f"said-{number}").touch()
"""
REPLACED = """
from etl_batch.files.beneath import Place
from etl_batch.files.replacing import replace_text
for number in range(1, 4):
    replace_text(Place.of(home / "in" / "layouts.json"), f"text {number} " * 1000, durable=True)
    (home / f"said-{number}").touch()
"""
ONCE = """
from etl_batch.files.replacing import make_once
make_once(home / "key", b"key" * 2000)
(home / "said-1").touch()
"""


def said(recording: Recording, point: int) -> int:
    """The last number that was said to be kept by then."""
    names = [name for each in recording.operations[:point] if isinstance(each, Names) for (_, name), _ in each.entries]
    return max((int(name.removeprefix(SAID)) for name in names if name.startswith(SAID)), default=0)


def check_audit(home: Path, number: int) -> None:
    """Nothing that was acknowledged is gone, the log verifies, and grows."""
    log = AuditLog(home)
    found = log.verify()
    assert found.ok, found
    targets = [each["target"] for each in reversed(log.tail(10))]
    assert targets == [str(each) for each in range(1, len(targets) + 1)]
    assert number <= len(targets) <= number + 1
    log.append(user="ada", action="a.b", target="more")
    assert log.verify().ok


def check_replaced(home: Path, number: int) -> None:
    """The text that was said to be kept, or the next one, whole; and it can be replaced."""
    path = home / "in" / "layouts.json"
    text = path.read_text() if path.exists() else ""
    assert text in {f"text {each} " * 1000 if each else "" for each in (number, number + 1)}
    replace_text(Place.of(path), "more", durable=True)
    assert path.read_text() == "more"


def check_once(home: Path, number: int) -> None:
    """Whole or not there."""
    path = home / "key"
    assert path.read_bytes() == b"key" * 2000 if number or path.exists() else True


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("work", "check"),
    [(AUDIT, check_audit), (REPLACED, check_replaced), (ONCE, check_once)],
    ids=["log", "text", "key"],
)
def test_what_was_said_to_be_kept(tmp_path: Path, work: str, check: Callable[[Path, int], None], model: str) -> None:
    """After a power cut at any point it is there, and what was under way is there whole or not at all."""
    home, known = tmp_path / "home", set[tuple[bytes, int]]()
    home.mkdir()
    recording = recorded(home, work)
    for crash in crashes(recording, model, 3, 20_261_129):
        disk, number = left_of(recording, crash), said(recording, crash.point)
        if (disk.digest(), number) in known:
            continue
        known.add((disk.digest(), number))
        shutil.rmtree(home)
        home.mkdir()
        build(disk, home)
        try:
            check(home, number)
        except BaseException as error:
            error.add_note(f"{crash} after {recording.operations[max(crash.point - 1, 0)]}")
            raise
    assert len(known) >= 8


def test_what_is_not_durable_may_be_lost(tmp_path: Path) -> None:
    """The disk does lose what was not synced: without it a text that was said to be kept is gone or torn."""
    home = tmp_path / "home"
    home.mkdir()
    recording = recorded(home, REPLACED.replace("durable=True", "durable=False"))
    disk = left_of(recording, Crash("ordered", len(recording.operations), "names kept"))
    shutil.rmtree(home)
    home.mkdir()
    build(disk, home)
    with pytest.raises(AssertionError):
        check_replaced(home, 3)
