"""A rotated audit log: one chain over its parts, for verification, search, export and the next append."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise

import pytest

from etl_batch.cli.main import main
from etl_batch.errors import OutputFailed
from etl_batch.security import audit_parts
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_parts import older_parts, open_whole
from etl_batch.security.audit_search import AuditFilter, fitting_blocks, names_seen, search

RECORDS = 30


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """A part is full after some six records."""
    monkeypatch.setattr(audit_parts, "PART_BYTES", 2000)


def fill(home, first=1, last=RECORDS):
    """A log with so many records."""
    log = AuditLog(home)
    for number in range(first, last + 1):
        log.append(user="ann" if number % 2 else "bob", action="run.start", target=f"output/{number}.csv")
    return log


def files_of(log):
    """The log's files, the oldest first."""
    return [*older_parts(log.files.log), log.files.log]


def verdict(log):
    """What verification says, shortly."""
    found = log.verify()
    return found.ok, found.records, found.torn, found.first_bad


def test_the_chain_goes_on_over_parts(tmp_path):
    """Parts are numbered, full and closed; their lines make one chain that verifies and agrees with head and anchor."""
    log = fill(tmp_path)
    parts = older_parts(log.files.log)
    assert [part.name for part in parts] == [f"etl_audit.log.{number:06d}" for number in range(1, len(parts) + 1)]
    assert len(parts) >= 3
    assert all(2000 <= part.stat().st_size < 2600 for part in parts)
    assert {path.stat().st_mode & 0o777 for path in files_of(log)} == {0o600}
    records = [json.loads(line) for path in files_of(log) for line in path.read_bytes().splitlines()]
    assert [record["seq"] for record in records] == list(range(1, RECORDS + 1))
    assert all(after["prev"] == before["mac"] for before, after in pairwise(records))
    assert verdict(log) == (True, RECORDS, False, None)
    assert f"{RECORDS} checkpoints" in log.verify().sentence
    assert json.loads(log.files.head.read_text())["size"] == log.files.log.stat().st_size


def test_reading_goes_over_parts(tmp_path):
    """The newest records, pages, searches in steps, exports and names are those of all parts together."""
    log = fill(tmp_path)
    everything = list(range(RECORDS, 0, -1))
    assert [record["seq"] for record in log.tail(100)] == everything
    assert [record["seq"] for record in log.tail(4, before=20)] == [19, 18, 17, 16]
    assert [record["seq"] for record in log.search(user="ann", limit=100)] == list(range(RECORDS - 1, 0, -2))
    found, resume = [], None
    while True:
        step = search(log.files.log, AuditFilter(), 7, resume)
        found += [record["seq"] for record in step.records]
        resume = step.resume
        if resume is None:
            break
    assert found == everything
    exported = fitting_blocks(log.files.log, AuditFilter())
    assert b"".join(exported) == b"".join(path.read_bytes() for path in files_of(log))
    assert names_seen(log.files.log).users == ("ann", "bob")


def test_a_search_goes_on_over_a_rotation(tmp_path):
    """Where a step halts stays the same place when the log is rotated before the next one."""
    log = fill(tmp_path, last=12)
    step = search(log.files.log, AuditFilter(), 3)
    fill(tmp_path, 13, 25)
    assert [record["seq"] for record in search(log.files.log, AuditFilter(), 3, step.resume).records] == [9, 8, 7]
    with open_whole(log.files.log) as whole:
        fill(tmp_path, 26, 40)
        assert len(whole.read().splitlines()) == 25


def test_a_rotation_between_opening_and_listing_counts_once(tmp_path, monkeypatch):
    """The growing file, opened and then rotated before the parts are looked for, is read once and not twice."""
    log = fill(tmp_path, last=14)
    whole = b"".join(path.read_bytes() for path in files_of(log))
    looked_for = audit_parts.older_parts

    def rotated_meanwhile(path):
        if path.exists():
            path.rename(f"{path}.000099")
            path.write_bytes(b"later")
        return looked_for(path)

    monkeypatch.setattr(audit_parts, "older_parts", rotated_meanwhile)
    with open_whole(log.files.log) as found:
        assert found.read() == whole


def removed_oldest(log):
    """The oldest part is gone."""
    older_parts(log.files.log)[0].unlink()
    return 1


def removed_middle(log):
    """A part between others is gone."""
    part = older_parts(log.files.log)[1]
    first = json.loads(part.read_bytes().splitlines()[0])["seq"]
    part.unlink()
    return first


def removed_newest_part(log):
    """The last closed part is gone, the growing file is there."""
    part = older_parts(log.files.log)[-1]
    first = json.loads(part.read_bytes().splitlines()[0])["seq"]
    part.unlink()
    return first


def removed_growing(log):
    """The growing file is gone: the same as a rollback to the last part."""
    first = json.loads(log.files.log.read_bytes().splitlines()[0])["seq"]
    log.files.log.unlink()
    return first


def swapped(log):
    """Two parts have changed their names."""
    first, second = older_parts(log.files.log)[:2]
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)
    return 1


def rolled_back(log):
    """A part is as it was before its last record."""
    part = older_parts(log.files.log)[1]
    lines = part.read_bytes().splitlines(keepends=True)
    part.write_bytes(b"".join(lines[:-1]))
    return json.loads(lines[-1])["seq"]


def torn(log):
    """A part lacks its last bytes."""
    part = older_parts(log.files.log)[1]
    seq = json.loads(part.read_bytes().splitlines()[-1])["seq"]
    part.write_bytes(part.read_bytes()[:-10])
    return seq


def changed(log):
    """A record of a part says something else."""
    part = older_parts(log.files.log)[1]
    seq = json.loads(part.read_bytes().splitlines()[2])["seq"]
    part.write_bytes(part.read_bytes().replace(f'"output/{seq}.csv"'.encode(), f'"outpuX/{seq}.csv"'.encode()))
    return seq


def repeated(log):
    """A part stands there twice."""
    part = older_parts(log.files.log)[-1]
    shutil.copy(part, audit_parts.next_part(log.files.log))
    return json.loads(part.read_bytes().splitlines()[-1])["seq"] + 1


def emptied(log):
    """A part has no bytes left."""
    part = older_parts(log.files.log)[1]
    first = json.loads(part.read_bytes().splitlines()[0])["seq"]
    part.write_bytes(b"")
    return first


TAMPERING = [removed_oldest, removed_middle, removed_newest_part, removed_growing, swapped, rolled_back, torn, changed,
             repeated, emptied]  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERING)
def test_tampering_with_parts_is_seen(tmp_path, capsys, tamper):
    """A part that is missing, moved, rolled back or changed does not verify: exit 9, the first bad record by number."""
    log = fill(tmp_path)
    first_bad = tamper(log)
    found = log.verify()
    assert (found.ok, found.first_bad) == (False, first_bad)
    assert main(["audit", "verify", "--home", str(tmp_path)]) == 9
    assert f"First bad record: {first_bad}" in "".join(capsys.readouterr())


def test_all_parts_rolled_back_with_head_are_seen_by_the_anchor(tmp_path):
    """Log, parts and head put back together to an earlier state: the anchor remembers more."""
    log = fill(tmp_path, last=14)
    kept = tmp_path / "kept"
    shutil.copytree(log.files.folder, kept)
    fill(tmp_path, 15, RECORDS)
    shutil.rmtree(log.files.folder)
    kept.rename(log.files.folder)
    assert verdict(log) == (False, 14, False, 15)
    with pytest.raises(OutputFailed, match="cannot be recorded"):
        fill(tmp_path, 15, 15)


def test_rotated_and_not_yet_written_is_whole(tmp_path):
    """Killed between the rename and the next record: the log ends with its last part, and goes on."""
    log = fill(tmp_path)
    log.files.log.rename(audit_parts.next_part(log.files.log))
    assert verdict(log) == (True, RECORDS, False, None)
    assert log.tail(1)[0]["seq"] == RECORDS
    assert names_seen(log.files.log).users == ("ann", "bob")
    assert fill(tmp_path, RECORDS + 1, RECORDS + 2).verify().records == RECORDS + 2
    log.files.log.write_bytes(b"")
    assert verdict(log)[0] is False


def test_what_stands_behind_a_last_part_is_not_passed_over(tmp_path):
    """A closed part that ends in a piece of a line has been changed: nothing is appended after it."""
    log = fill(tmp_path)
    part = audit_parts.next_part(log.files.log)
    log.files.log.rename(part)
    with part.open("ab") as out:
        out.write(b'{"seq":')
    with pytest.raises(OutputFailed, match="does not end with a record"):
        fill(tmp_path, 1, 1)


def test_a_torn_end_does_not_enter_a_part(tmp_path):
    """What a crash left of a line is cut off before the file becomes a part."""
    log = fill(tmp_path, last=6)
    while log.files.log.stat().st_size < 2000:
        fill(tmp_path, 7, 7)
    with log.files.log.open("ab") as out:
        out.write(b'{"seq":99,"ts"')
    records = log.verify().records
    assert verdict(log) == (True, records, True, None)
    fill(tmp_path, 8, 8)
    assert len(older_parts(log.files.log)) == 1
    assert verdict(log) == (True, records + 1, False, None)
