"""Searching the audit log: the same records as reading all of it, in bounded steps, whatever stands in the log."""

from __future__ import annotations

import json

import pytest

from etl_batch.errors import InputRefused
from etl_batch.security import audit_search
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_format import Seal
from etl_batch.security.audit_search import AuditFilter, fitting_blocks, names_seen, search
from tests.unit.security.test_audit import read_bytes

RECORDS = 6_000


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log of some thousand records, one an hour, with a few that are rare."""
    home = tmp_path_factory.mktemp("searched")
    audit = AuditLog(home)
    audit.append(user="x", action="x", target="x")
    seal, prev = Seal(bytes.fromhex(audit.files.key.read_text().strip())), "0" * 64
    with audit.files.log.open("wb") as out:
        for seq in range(1, RECORDS + 1):
            line, prev = seal.line({**record(seq), "prev": prev})
            out.write(line)
    return audit.files.log


def record(seq: int) -> dict:
    """What stands in record `seq`."""
    rare = {7: "Österreich", 2_000: 'a "quoted" name', 5_999: "naïve Orders"}.get(seq, f"output/file-{seq}.csv")
    return {
        "seq": seq,
        "ts": f"2026-{1 + seq // 720:02d}-{1 + seq // 24 % 30:02d}T{seq % 24:02d}:00:00.000Z",
        "user": ("ann", "bob", "cyd")[seq % 3],
        "action": "run.start" if seq % 10 else "login",
        "target": rare,
        "outcome": "refused" if seq % 1000 == 0 else "ok",
        "detail": {"user": "ann", "workers": seq % 5},
    }


FILTERS = [
    {},
    {"user": "ann"},
    {"user": "an"},
    {"user": "bob", "action": "login", "outcome": "refused"},
    {"text": "FILE-17.csv"},
    {"text": "österreich"},
    {"text": '"QUOTED" name'},
    {"text": "orders naïve"},
    {"text": "ann workers 4"},
    {"text": "\u212a"},
    {"target": "le-5999"},
    {"target": "na\u00cfve"},
    {"since": "2026-03-01T00:00:00.000Z", "until": "2026-03-02T00:00:00.000Z"},
    {"since": "2026-08-30T00:00:00.000Z"},
    {"until": "2026-01-01T03:00:00.000Z"},
    {"since": "2030-01-01T00:00:00.000Z"},
    {"user": "cyd", "since": "2026-02-01T00:00:00.000Z", "until": "2026-02-03T00:00:00.000Z", "text": "start"},
]


def collect(log, wanted: AuditFilter, limit: int, **more) -> list[int]:
    """The numbers that all steps together find."""
    found, resume = [], None
    while True:
        step = search(log, wanted, limit, resume, **more)
        found += [each["seq"] for each in step.records]
        assert len(step.records) <= limit
        assert step.resume is None or resume is None or step.resume < resume
        if step.resume is None:
            return found
        resume = step.resume


@pytest.mark.parametrize("fields", FILTERS)
@pytest.mark.parametrize("limit", [7, 1000])
def test_steps_find_what_reading_everything_finds(log, fields, limit):
    """Whatever the filter and the page, the pages join to exactly the records that fit, newest first."""
    wanted = AuditFilter(**fields)
    expected = [seq for seq in range(RECORDS, 0, -1) if wanted.fits(record(seq))]
    assert collect(log, wanted, limit, most=300_000) == expected
    assert [json.loads(line)["seq"] for line in b"".join(fitting_blocks(log, wanted)).splitlines()] == expected[::-1]


def test_a_step_is_bounded_in_bytes(log):
    """A search that finds nothing reads no more than it may, says how far it came, and goes on from there."""
    before = read_bytes()
    step = search(log, AuditFilter(text="nowhere"), 50, most=400_000)
    assert read_bytes() - before < 1_200_000 < log.stat().st_size
    assert step.records == ()
    assert 0 < step.resume <= log.stat().st_size - 400_000
    assert step.reached == record(json.loads(log.read_bytes()[step.resume :].split(b"\n")[0])["seq"])["ts"]


def test_a_step_is_bounded_in_lines_it_parses(log, monkeypatch):
    """A filter that nearly fits everywhere stops after so many lines, and the next step begins at the next one."""
    monkeypatch.setattr(audit_search, "STEP_CANDIDATES", 100)
    wanted = AuditFilter(text="file workers ñ")
    step = search(log, wanted, 50)
    assert step.records == ()
    assert json.loads(log.read_bytes()[step.resume :].split(b"\n")[0])["seq"] == RECORDS - 100
    assert collect(log, AuditFilter(text="österreich"), 50) == [7]


def test_a_day_in_a_long_log_costs_little(log):
    """A search by date goes to that day and stops behind it, instead of reading its way there."""
    before = read_bytes()
    step = search(log, AuditFilter(since="2026-02-01T00:00:00.000Z", until="2026-02-02T00:00:00.000Z"), 50)
    assert len(step.records) == 24
    assert read_bytes() - before < log.stat().st_size / 2


def test_damage_hides_only_itself(tmp_path):
    """A line that is no record, one without an end and one too long for a block leave the others to be found."""
    log = AuditLog(tmp_path)
    for number in range(6):
        log.append(user="ann", action="note", target=f"t{number}")
    lines = log.files.log.read_bytes().splitlines(keepends=True)
    lines[1] = b"nonsense\n"
    lines[3] = b"x" * 3_000_000 + b"\n"
    log.files.log.write_bytes(b"".join(lines)[:-1])
    assert collect(log.files.log, AuditFilter(user="ann"), 2) == [5, 3, 1]
    assert collect(log.files.log, AuditFilter(), 50) == [5, 3, 1]
    assert [line[:10] for line in b"".join(fitting_blocks(log.files.log, AuditFilter(user="ann"))).splitlines()] == [
        lines[number][:10] for number in (0, 2, 4)
    ]


def test_a_log_that_is_not_there_and_one_that_cannot_be_read(tmp_path):
    """No log is an empty one; a folder in its place is refused; a moment that is none is refused in words."""
    assert search(tmp_path / "none", AuditFilter(), 5).records == ()
    assert list(fitting_blocks(tmp_path / "none", AuditFilter())) == []
    assert names_seen(tmp_path / "none").users == ()
    log = AuditLog(tmp_path)
    log.append(user="a", action="b", target="c")
    with pytest.raises(InputRefused, match="is not a moment"):
        search(log.files.log, AuditFilter(until="yesterday"), 5)


def test_names_are_those_of_the_newest_records(tmp_path):
    """Users, actions and outcomes are offered once each, and new ones as soon as they are recorded."""
    log = AuditLog(tmp_path)
    log.append(user="bob", action="login", target="console", outcome="refused")
    log.append(user="ann", action="login", target="console")
    assert names_seen(log.files.log) == audit_search.Names(("ann", "bob"), ("login",), ("ok", "refused"))
    log.append(user="cyd", action="logout", target="console")
    assert names_seen(log.files.log).users == ("ann", "bob", "cyd")
