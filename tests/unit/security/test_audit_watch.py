"""Verification in the background: its result is kept, is private, and a later process finds it."""

from __future__ import annotations

import logging
import stat
import subprocess
import sys
import threading

import pytest

from etl_batch.defaults import PROJECT_ROOT
from etl_batch.security import audit_parts, audit_verify, audit_watch
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_watch import audit_state, verify_in_background, wait


def filled(home, records=300):
    """A home with some records."""
    log = AuditLog(home)
    for number in range(records):
        log.append(user="ann", action="note", target=str(number))
    return log


def checked(home):
    """The state after a verification."""
    verify_in_background(home)
    assert wait(home, 60)
    return audit_state(home)


def test_a_whole_log(tmp_path):
    """The result, its time and its length are kept, in a private file, and another process reads them."""
    assert audit_state(tmp_path) == audit_watch.AuditState(None, checking=False, fraction=0.0, since=None)
    filled(tmp_path)
    state = checked(tmp_path)
    assert (state.last.ok, state.last.records, state.last.torn, state.bad) == (True, 300, False, False)
    assert state.last.at.endswith("Z")
    assert state.last.seconds > 0
    assert stat.S_IMODE(audit_watch.result_file(tmp_path).stat().st_mode) == 0o600
    code = (
        "import sys, pathlib; from etl_batch.security.audit_watch import audit_state; "
        "print(audit_state(pathlib.Path(sys.argv[1])).last.sentence)"
    )
    other = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == state.last.sentence


def test_tampering_is_kept_and_logged(tmp_path, caplog):
    """A changed record is named, the state is bad until a later verification finds the log whole."""
    log = filled(tmp_path, 10)
    whole = log.files.log.read_bytes()
    log.files.log.write_bytes(whole.replace(b'"target":"4"', b'"target":"X"'))
    with caplog.at_level(logging.ERROR):
        state = checked(tmp_path)
    assert (state.bad, state.last.first_bad, state.last.records) == (True, 5, 4)
    assert "record 5 was changed" in caplog.text
    log.files.log.write_bytes(whole)
    assert not checked(tmp_path).bad


def test_a_torn_line_is_whole_and_torn(tmp_path):
    """What a crash leaves is no tampering."""
    log = filled(tmp_path, 3)
    with log.files.log.open("ab") as out:
        out.write(b'{"seq":4,"ts"')
    assert (checked(tmp_path).last.ok, audit_state(tmp_path).last.torn) == (True, True)


def test_only_one_at_a_time_and_the_progress_shows(tmp_path, monkeypatch):
    """A second click while a verification runs begins none, and its state says how far it is."""
    filled(tmp_path)
    reached, go_on, began = threading.Event(), threading.Event(), []
    tell = audit_watch._Job._tell

    def hold(job, done, total):
        tell(job, done, total)
        began.append(job)
        reached.set()
        go_on.wait(60)

    monkeypatch.setattr(audit_watch._Job, "_tell", hold)
    verify_in_background(tmp_path)
    assert reached.wait(60)
    verify_in_background(tmp_path)
    state = audit_state(tmp_path)
    assert state.checking
    assert 0 < state.fraction <= 1
    assert not wait(tmp_path, 0)
    go_on.set()
    assert wait(tmp_path, 60)
    assert len(set(began)) == 1
    assert not audit_state(tmp_path).checking


def test_what_has_come_since_is_counted_and_read_alone(tmp_path, monkeypatch):
    """The state says how many records have come; a look reads these, across a rotation too, and dates what it knew."""
    log = filled(tmp_path, 20)
    first = checked(tmp_path).last
    assert audit_state(tmp_path).current
    monkeypatch.setattr(audit_parts, "PART_BYTES", 1000)
    filled(tmp_path, 3)
    state = audit_state(tmp_path)
    assert (state.since, state.current, state.last) == (3, False, first)
    read = []
    monkeypatch.setattr(
        audit_verify._Chain, "_check_line", lambda chain, *words: read.append(words) or CHECK_LINE(chain, *words)
    )
    state = audit_watch.look(tmp_path, 60)
    assert (state.current, state.last.records, state.last.known, len(read)) == (True, 23, 20, 3)
    assert "23 records, in agreement with 23 checkpoints" in state.last.sentence
    assert state.last.read_at == first.at
    assert audit_watch.look(tmp_path, 60).last == state.last
    assert len(read) == 3
    verify_in_background(tmp_path)
    assert wait(tmp_path, 60)
    assert (audit_state(tmp_path).last.known, len(read)) == (0, 26)
    assert log.verify().ok


CHECK_LINE = audit_verify._Chain._check_line


@pytest.mark.parametrize("place", ["before", "last", "behind", "rolled back", "emptied", "anchor"])
def test_tampering_is_found_from_the_mark(tmp_path, place):
    """What no longer fits at the mark or behind it has all records read, and the first bad one named."""
    log = filled(tmp_path, 20)
    mark = log.verify().mark
    early = [path.read_bytes() for path in (log.files.log, log.files.head)]
    filled(tmp_path, 3)
    lines = log.files.log.read_bytes().splitlines(keepends=True)
    bad = {"before": 4, "last": 19, "behind": 21}.get(place)
    if bad is not None:
        lines[bad] = lines[bad].replace(b'"user":"ann"', b'"user":"eve"')
        log.files.log.write_bytes(b"".join(lines))
    elif place == "rolled back":
        log.files.log.write_bytes(early[0])
        log.files.head.write_bytes(early[1])
    elif place == "emptied":
        log.files.log.write_bytes(b"")
    else:
        log.files.anchor.write_bytes(b"".join(log.files.anchor.read_bytes().splitlines(keepends=True)[:10]))
    found, whole = log.verify(since=mark), log.verify()
    # Earlier records are not read again; an anchor that lost lines still agrees with all records, which are.
    assert (found.ok, found.known) == {"before": (True, 20), "anchor": (True, 0)}.get(place, (False, 0))
    assert found == whole or place == "before"
    assert whole.ok is (place == "anchor")


def test_a_result_that_cannot_be_read_is_none(tmp_path):
    """A damaged result file is as good as none: it only saves time."""
    filled(tmp_path, 1)
    checked(tmp_path)
    for text in ("", "[]", '{"ok": true}', "{"):
        audit_watch.result_file(tmp_path).write_text(text)
        audit_watch._kept.clear()
        assert audit_state(tmp_path).last is None
