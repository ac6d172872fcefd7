"""The audit log: what a record is, what verification sees, what an append refuses, and reading from the end."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from etl_batch.errors import InputRefused, OutputFailed, UsageError
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_format import MAX_RECORD_BYTES, Seal, canonical
from etl_batch.security.audit_parts import older_parts

ROOT = Path(__file__).resolve().parents[3]
APPENDER = """
import sys
from pathlib import Path
from etl_batch.security import audit_parts
from etl_batch.security.audit import AuditLog
audit_parts.PART_BYTES = int(sys.argv[4])
log = AuditLog(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    log.append(user=sys.argv[2], action="run.start", target=f"output/{number}.csv")
"""


def fill(home, records=10):
    """A log with some records."""
    log = AuditLog(home)
    for number in range(1, records + 1):
        log.append(user="ann", action="run.start", target=f"output/{number}.csv", detail={"workers": number})
    return log


def lines_of(log):
    """The log's lines, newlines included."""
    return log.files.log.read_bytes().splitlines(keepends=True)


def put_lines(log, lines):
    """Replace the log, as an intruder would."""
    log.files.log.write_bytes(b"".join(lines))


def agree_head(log, lines):
    """Make head.json agree with a forged log: it is not signed."""
    last = json.loads(lines[-1])
    head = {"seq": last["seq"], "mac": last["mac"], "size": len(b"".join(lines))}
    log.files.head.write_text(json.dumps(head))


def test_a_record_has_the_keys_and_the_line_of_the_contract(tmp_path):
    """The line holds exactly the keys of the contract, in order, and is what `append` returned."""
    record = AuditLog(tmp_path).append(user="ann", action="login", target="console", detail={"b": 1, "a": [None, 1.5]})
    line = (tmp_path / ".secrets/etl_audit.log").read_text()
    assert list(json.loads(line)) == ["seq", "ts", "user", "action", "target", "outcome", "detail", "prev", "mac"]
    assert json.loads(line) == record
    assert (record["seq"], record["outcome"], record["prev"]) == (1, "ok", "0" * 64)


def test_a_third_party_verifies_with_the_standard_library(tmp_path):
    """The mac is plain HMAC-SHA256 over the line without its mac, and equally over the canonical form of the record."""
    log = fill(tmp_path, 3)
    key = bytes.fromhex((tmp_path / ".secrets/audit.key").read_text().strip())
    prev = "0" * 64
    for line in lines_of(log):
        record = json.loads(line)
        signed = line.rstrip(b"\n").replace(f',"mac":"{record["mac"]}"'.encode(), b"")
        assert signed == canonical(record)
        assert hmac.new(key, signed, hashlib.sha256).hexdigest() == record["mac"]
        assert record["prev"] == prev
        prev = record["mac"]


@pytest.mark.parametrize(
    ("tamper", "words"), [(None, "10 records hold"), ("changed", "5 is bad"), ("truncated", "missing")]
)
def test_the_documented_program_verifies(tmp_path, tamper, words):
    """The few lines that docs/audit.md gives to a third party run as they stand and come to the same answer."""
    log = fill(tmp_path)
    if tamper is not None:
        globals()[tamper](log, lines_of(log))
    program = (ROOT / "docs/audit.md").read_text().partition("```python\n")[2].partition("```")[0]
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert words in done.stdout + done.stderr
    assert (done.returncode == 0) is log.verify().ok


def test_after_an_alarm_a_new_log_begins(tmp_path):
    """With log, head and anchor moved aside, as docs/audit.md says, the next record is number 1 under the same key."""
    log = fill(tmp_path)
    truncated(log, lines_of(log))
    for path in (log.files.log, log.files.head, log.files.anchor):
        path.rename(path.with_name(path.name + ".old"))
    assert log.append(user="ann", action="audit.begin", target="etl_audit.log")["seq"] == 1
    assert log.verify().records == 1


@pytest.mark.parametrize("length", [1, 32, 64])
def test_the_prepared_mac_is_hmac_sha256(length):
    """The prepared states give what the standard library gives, for any key the block can hold."""
    key, text = bytes(range(length)), b"quantity" * 20
    assert Seal(key).mac(text) == hmac.new(key, text, hashlib.sha256).hexdigest()


def test_head_and_anchor_name_the_last_record(tmp_path):
    """head.json holds number, mac and size of the log; the anchor one checkpoint a record."""
    log = fill(tmp_path, 3)
    last = log.tail(1)[0]
    head = json.loads((tmp_path / ".secrets/head.json").read_text())
    assert head == {"seq": 3, "mac": last["mac"], "size": log.files.log.stat().st_size}
    checkpoints = [json.loads(line) for line in (tmp_path / "output/audit.anchor").read_text().splitlines()]
    assert [checkpoint["seq"] for checkpoint in checkpoints] == [1, 2, 3]
    assert checkpoints[-1] == {"seq": 3, "mac": last["mac"], "ts": last["ts"]}


def test_what_is_secret_is_private(tmp_path):
    """The folder is 0700 and its files 0600, also when they were left open before."""
    (tmp_path / ".secrets").mkdir(mode=0o755)
    log = fill(tmp_path, 1)
    log.files.log.chmod(0o644)
    log.append(user="ann", action="logout", target="console")
    assert stat.S_IMODE(log.files.folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in log.files.folder.iterdir()}
    assert modes == dict.fromkeys(["etl_audit.log", "audit.key", "audit.lock", "head.json"], 0o600)


@pytest.mark.parametrize(("writers", "records", "part_bytes"), [(8, 25, 2**26), (8, 25, 4_000)])
def test_processes_share_one_log(tmp_path, writers, records, part_bytes):
    """Processes that begin a log together, and rotate it meanwhile, lose nothing, make one key and one chain."""
    command = [sys.executable, "-c", APPENDER, str(tmp_path)]
    arguments = [str(records), str(part_bytes)]
    started = [subprocess.Popen([*command, f"user{number}", *arguments], cwd=ROOT) for number in range(writers)]
    assert [each.wait() for each in started] == [0] * writers
    log = AuditLog(tmp_path)
    found = log.verify()
    assert (found.ok, found.records, found.problem) == (True, writers * records, None)
    assert [len(log.search(user=f"user{number}")) for number in range(writers)] == [records] * writers
    assert bool(older_parts(log.files.log)) is (part_bytes < 2**26)


def test_an_empty_home_verifies(tmp_path):
    """Where nothing was recorded nothing is missing, and looking leaves no trace."""
    found = AuditLog(tmp_path).verify()
    assert (found.ok, found.records, found.first_bad) == (True, 0, None)
    assert AuditLog(tmp_path).tail(5) == []
    assert list(tmp_path.iterdir()) == []


def changed(log, lines):
    """A record in the middle says something else."""
    put_lines(log, [*lines[:4], lines[4].replace(b'"ann"', b'"eve"'), *lines[5:]])


def changed_last(log, lines):
    """The last record says something else."""
    put_lines(log, [*lines[:9], lines[9].replace(b'"ok"', b'"no"')])


def respaced(log, lines):
    """The same values in other spaces."""
    put_lines(log, [*lines[:4], lines[4].replace(b":", b": ", 1), *lines[5:]])


def removed(log, lines):
    """A record in the middle is gone."""
    put_lines(log, lines[:4] + lines[5:])


def removed_first(log, lines):
    """The first record is gone."""
    put_lines(log, lines[1:])


def repeated(log, lines):
    """A record stands twice."""
    put_lines(log, [*lines[:4], lines[3], *lines[4:]])


def forged(log, lines):
    """A record made without the key stands in the middle."""
    put_lines(log, [*lines[:4], lines[4].replace(b'"mac":"', b'"mac":"0')[:-4] + b'"}\n', *lines[4:]])


def appended(log, lines):
    """A record made without the key stands at the end."""
    put_lines(log, [*lines, lines[9].replace(b'{"seq":10', b'{"seq":11')])


def reordered(log, lines):
    """Two records have changed places."""
    put_lines(log, [*lines[:4], lines[5], lines[4], *lines[6:]])


def unparsable(log, lines):
    """A line is no record."""
    put_lines(log, [*lines[:4], b"#\n", *lines[5:]])


def broken_in_the_middle(log, lines):
    """A line has lost its end."""
    put_lines(log, [*lines[:4], lines[4][:50], *lines[5:]])


def truncated(log, lines):
    """The last records are gone."""
    put_lines(log, lines[:7])


def newline_cut(log, lines):
    """The last record has lost its newline, as if torn."""
    put_lines(log, [*lines[:9], lines[9][:-1]])


def emptied(log, lines):
    """The log is empty."""
    put_lines(log, [])


def deleted(log, lines):
    """The log is gone."""
    log.files.log.unlink()


def deleted_with_head(log, lines):
    """Log and head are gone."""
    log.files.log.unlink()
    log.files.head.unlink()


def deleted_with_anchor(log, lines):
    """Log and anchor are gone."""
    log.files.log.unlink()
    log.files.anchor.unlink()


def folder_deleted(log, lines):
    """Everything but the anchor is gone."""
    shutil.rmtree(log.files.folder)


def rolled_back(log, lines):
    """Log and head are those of one record ago."""
    put_lines(log, lines[:9])
    agree_head(log, lines[:9])


def head_deleted(log, lines):
    """The head is gone."""
    log.files.head.unlink()


def head_damaged(log, lines):
    """The head is no JSON."""
    log.files.head.write_text('{"seq": 10')


def head_forged(log, lines):
    """The head names another mac."""
    head = json.loads(log.files.head.read_text())
    log.files.head.write_text(json.dumps({**head, "mac": "0" * 64}))


def head_of_another_size(log, lines):
    """The head names another size."""
    head = json.loads(log.files.head.read_text())
    log.files.head.write_text(json.dumps({**head, "size": head["size"] + 1}))


def key_deleted(log, lines):
    """The key is gone."""
    log.files.key.unlink()


def key_replaced(log, lines):
    """The key is another one."""
    log.files.key.write_text("5a" * 32)


def key_damaged(log, lines):
    """The key is too short."""
    log.files.key.write_text("5a")


def anchor_forged(log, lines):
    """A checkpoint names another mac."""
    text = log.files.anchor.read_text()
    log.files.anchor.write_text(text.replace(json.loads(lines[2])["mac"], "0" * 64))


def anchor_goes_back(log, lines):
    """A checkpoint stands twice."""
    marks = log.files.anchor.read_text().splitlines(keepends=True)
    log.files.anchor.write_text("".join(marks + marks[4:5]))


def anchor_scribbled(log, lines):
    """The anchor ends in something else."""
    with log.files.anchor.open("a") as anchor:
        anchor.write("{scribble}\n")


def log_is_a_folder(log, lines):
    """A folder stands in the log's place."""
    log.files.log.unlink()
    log.files.log.mkdir()


def log_is_a_fifo(log, lines):
    """A FIFO stands in the log's place."""
    log.files.log.unlink()
    os.mkfifo(log.files.log)


def endless_line(log, lines):
    """The log ends in a line no record can be."""
    put_lines(log, [*lines, b"x" * (3 * MAX_RECORD_BYTES)])


TAMPERING = [
    (changed, 5),
    (changed_last, 10),
    (respaced, 5),
    (removed, 5),
    (removed_first, 1),
    (repeated, 5),
    (forged, 5),
    (appended, 11),
    (reordered, 5),
    (unparsable, 5),
    (broken_in_the_middle, 5),
    (truncated, 8),
    (newline_cut, 10),
    (emptied, 1),
    (deleted, 1),
    (deleted_with_head, 1),
    (deleted_with_anchor, 1),
    (folder_deleted, 1),
    (rolled_back, 10),
    (head_deleted, None),
    (head_damaged, None),
    (head_forged, 10),
    (head_of_another_size, 10),
    (key_deleted, None),
    (key_replaced, 1),
    (key_damaged, None),
    (anchor_forged, 3),
    (anchor_goes_back, 5),
    (anchor_scribbled, None),
    (log_is_a_folder, None),
    (log_is_a_fifo, None),
    (endless_line, 11),
]


@pytest.mark.parametrize(("tamper", "first_bad"), TAMPERING)
def test_tampering_is_seen(tmp_path, tamper, first_bad):
    """Whatever no crash can explain does not verify, and the first bad record is named."""
    log = fill(tmp_path)
    tamper(log, lines_of(log))
    found = log.verify()
    assert (found.ok, found.torn, found.first_bad) == (False, False, first_bad)
    assert found.problem in found.sentence
    assert first_bad is None or f"First bad record: {first_bad}." in found.sentence


# What an append sees is the end of the log; damage further up is for `verify`.
AT_THE_END = [
    changed_last,
    appended,
    truncated,
    newline_cut,
    emptied,
    deleted,
    deleted_with_head,
    deleted_with_anchor,
    folder_deleted,
    rolled_back,
    head_deleted,
    head_damaged,
    head_forged,
    head_of_another_size,
    key_deleted,
    key_replaced,
    key_damaged,
    anchor_scribbled,
    log_is_a_folder,
    log_is_a_fifo,
    endless_line,
]


@pytest.mark.parametrize("tamper", AT_THE_END)
def test_an_append_refuses_to_heal_the_end(tmp_path, tamper):
    """Nothing is written on a log whose end is in doubt, so the next verification still sees the tampering."""
    log = fill(tmp_path)
    tamper(log, lines_of(log))
    before = log.verify()
    with pytest.raises(OutputFailed, match="refused because it cannot be recorded"):
        log.append(user="eve", action="run.start", target="output/x.csv")
    assert log.verify() == before


@pytest.mark.parametrize("tamper", [changed, reordered])
def test_appending_does_not_heal_the_middle(tmp_path, tamper):
    """A record changed further up, where an append does not look, is still named after it."""
    log = fill(tmp_path)
    tamper(log, lines_of(log))
    log.append(user="eve", action="run.start", target="output/x.csv")
    assert (log.verify().ok, log.verify().first_bad) == (False, 5)


@pytest.mark.parametrize("tamper", [removed, repeated, unparsable, broken_in_the_middle])
def test_a_log_of_another_size_is_refused(tmp_path, tamper):
    """What changes the log's size further up stops the next append already."""
    log = fill(tmp_path)
    tamper(log, lines_of(log))
    with pytest.raises(OutputFailed, match="shorter or longer"):
        log.append(user="eve", action="run.start", target="output/x.csv")


def test_records_of_a_copied_log_do_not_fit(tmp_path):
    """Two homes that share a key after a copy do not lend each other records: each follows the one before it."""
    log = fill(tmp_path / "first", 4)
    shutil.copytree(tmp_path / "first", tmp_path / "second")
    other = AuditLog(tmp_path / "second")
    for target in "ab":
        log.append(user="ann", action="run.start", target=target)
        other.append(user="eve", action="run.start", target=target)
    lines = lines_of(log)[:5] + lines_of(other)[5:]
    put_lines(log, lines)
    agree_head(log, lines)
    log.files.anchor.unlink()
    found = log.verify()
    assert (found.ok, found.first_bad) == (False, 6)
    assert "does not follow" in found.sentence


def test_a_rollback_needs_the_anchor_of_the_second_place(tmp_path):
    """When log, head and local anchor are rolled back together, a copy of the anchor kept elsewhere sees it."""
    log = fill(tmp_path)
    kept = tmp_path / "elsewhere.anchor"
    shutil.copy(log.files.anchor, kept)
    rolled_back(log, lines_of(log))
    log.files.anchor.write_text("".join(kept.read_text().splitlines(keepends=True)[:9]))
    assert log.verify().ok
    found = log.verify(anchor=kept)
    assert (found.ok, found.records, found.first_bad) == (False, 9, 10)
    assert "rolled back" in found.sentence


def test_an_anchor_in_other_words_counts(tmp_path):
    """A copy that another JSON writer has spaced differently is the same checkpoint; a named one must exist."""
    log = fill(tmp_path)
    kept = tmp_path / "spaced.anchor"
    marks = [json.loads(line) for line in log.files.anchor.read_text().splitlines()]
    kept.write_text("".join(json.dumps(mark, sort_keys=True) + "\n" for mark in marks[3:]))
    assert "7 checkpoints" in log.verify(anchor=kept).sentence
    with pytest.raises(InputRefused, match="does not exist"):
        log.verify(anchor=tmp_path / "nowhere")


def test_without_an_anchor_the_sentence_warns(tmp_path):
    """A log without its checkpoints verifies, and it is said what would not be seen."""
    log = fill(tmp_path)
    log.files.anchor.unlink()
    found = log.verify()
    assert found.ok
    assert "would not be seen" in found.sentence


def test_the_environment_names_a_better_place(tmp_path, monkeypatch):
    """`ETL_AUDIT_ANCHOR` moves the checkpoints; a relative name counts from the home."""
    home, other = tmp_path / "home", tmp_path / "disk"
    other.mkdir()
    monkeypatch.setenv("ETL_AUDIT_ANCHOR", "../disk/anchor")
    assert fill(home, 2).verify().records == 2
    assert len((other / "anchor").read_text().splitlines()) == 2
    assert not (home / "output").exists()


@pytest.mark.parametrize("place", ["missing/anchor", ".", "/dev/full"])
def test_an_anchor_out_of_reach_refuses_the_action(tmp_path, monkeypatch, place):
    """When the checkpoint cannot be written, nothing is recorded and the action is refused."""
    log = fill(tmp_path, 2)
    monkeypatch.setenv("ETL_AUDIT_ANCHOR", place)
    with pytest.raises(OutputFailed, match="cannot be recorded"):
        AuditLog(tmp_path).append(user="ann", action="run.start", target="x")
    monkeypatch.delenv("ETL_AUDIT_ANCHOR")
    assert (log.verify().ok, log.verify().records) == (True, 2)


@pytest.mark.parametrize("name", ["etl_audit.log", "audit.lock", "head.json.new"])
def test_a_link_in_place_of_a_file_is_not_followed(tmp_path, name):
    """A symlink planted in the folder does not lead the writer elsewhere."""
    victim = tmp_path / "victim"
    victim.write_text("")
    (tmp_path / ".secrets").mkdir(mode=0o700)
    (tmp_path / ".secrets" / name).symlink_to(victim)
    with pytest.raises(OutputFailed):
        AuditLog(tmp_path).append(user="ann", action="login", target="console")
    assert victim.read_text() == ""


def test_every_way_to_tear_the_last_line_is_torn(tmp_path):
    """However much of the last line a crash left, the log is torn, not tampered, and the next append repairs it."""
    log = fill(tmp_path, 3)
    before = log.files.log.read_bytes()
    state = {path: path.read_bytes() for path in (log.files.head, log.files.anchor)}
    log.append(user="ann", action="run.start", target="output/4.csv")
    line = lines_of(log)[-1]
    for path, content in state.items():
        path.write_bytes(content)
    for length in range(1, len(line)):
        log.files.log.write_bytes(before + line[:length])
        found = log.verify()
        assert (found.ok, found.torn, found.records) == (True, True, 3)
    assert "torn" in found.sentence
    assert log.tail(1)[0]["seq"] == 3
    assert log.append(user="ann", action="run.start", target="output/5.csv")["seq"] == 4
    assert log.verify().sentence.startswith("The audit log is whole: 4 records, in agreement with 4")


def test_a_torn_checkpoint_is_passed_over(tmp_path):
    """A fragment at the anchor's end is closed by the next append, because an append-only file cannot be cut."""
    log = fill(tmp_path, 2)
    with log.files.anchor.open("a") as anchor:
        anchor.write('{"seq":3,"ma')
    assert log.verify().ok
    log.append(user="ann", action="logout", target="console")
    assert (log.verify().ok, log.verify().records) == (True, 3)
    assert len(log.files.anchor.read_text().splitlines()) == 4


@pytest.mark.parametrize("records", [1, 4])
@pytest.mark.parametrize("witnesses", [("head",), ("head", "anchor")])
def test_a_log_ahead_of_its_witnesses_is_whole(tmp_path, records, witnesses):
    """A crash after the record and before head or checkpoint leaves the log one ahead: whole, and made good."""
    log = fill(tmp_path, records - 1)
    files = {name: getattr(log.files, name) for name in witnesses}
    state = {path: path.read_bytes() if path.exists() else None for path in files.values()}
    log.append(user="ann", action="run.start", target="x")
    for path, content in state.items():
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
    assert (log.verify().ok, log.verify().records) == (True, records)
    log.append(user="ann", action="run.start", target="y")
    assert json.loads(log.files.head.read_text())["seq"] == records + 1
    assert log.verify().ok


@pytest.mark.parametrize(
    "detail",
    [
        {"password": "x"},
        {"New_Password": "x"},
        {"api_key": "x"},
        {"session": {"token": "x"}},
        {"users": [{"name": "ann", "secret": "x"}]},
        {"when": object()},
        {"ratio": float("nan")},
        {"raw": b"x"},
        {1: "x"},
        {"rows": ["x" * 200] * 200},
    ],
)
def test_secrets_and_contents_are_not_recorded(tmp_path, detail):
    """Names of secrets, values JSON has no word for, and copies of data are refused before anything is written."""
    with pytest.raises(UsageError):
        AuditLog(tmp_path).append(user="ann", action="users.add", target="bob", detail=detail)
    assert list(tmp_path.iterdir()) == []


def test_any_text_is_recorded_as_one_plain_line(tmp_path):
    """Line breaks, other scripts and bytes that are no Unicode come back readable, and the line stays ASCII."""
    log = AuditLog(tmp_path)
    log.append(user="Zoë\n", action="login", target="data/\udcff.csv", detail={"agent": "\x1b[2J"})
    assert log.verify().records == 1
    assert lines_of(log)[0].isascii()
    assert (log.tail(1)[0]["user"], log.tail(1)[0]["target"]) == ("Zoë\n", "data/\\udcff.csv")


def test_paging_reads_only_what_it_shows(tmp_path):
    """Pages run newest first and join without gaps; a page in a large log costs a small part of it."""
    log = fill(tmp_path, 1)
    seal, prev = Seal(bytes.fromhex(log.files.key.read_text().strip())), "0" * 64
    with log.files.log.open("wb") as out:
        for seq in range(1, 20_001):
            record = {"seq": seq, "ts": "", "user": "ann", "action": "a", "target": "t", "outcome": "ok", "detail": {}}
            line, prev = seal.line({**record, "prev": prev})
            out.write(line)
    for before in (None, 20_001, 15_000, 101, 2, 1):
        top = 20_000 if before is None else before - 1
        counter = read_bytes()
        page = log.tail(100, before=before)
        assert read_bytes() - counter < 3_000_000 < log.files.log.stat().st_size
        assert [record["seq"] for record in page] == list(range(top, max(0, top - 100), -1))


def read_bytes():
    """Bytes this process has read through system calls."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_a_torn_record_is_not_shown(tmp_path):
    """A record counts from its newline on: until then it was not acknowledged."""
    log = fill(tmp_path, 1)
    put_lines(log, [lines_of(log)[0][:-1]])
    assert log.tail(5) == []


def test_reading_passes_damage_over(tmp_path):
    """A damaged line does not hide the other records; `verify` is what names it."""
    log = fill(tmp_path)
    unparsable(log, lines_of(log))
    assert [record["seq"] for record in log.tail(20)] == [10, 9, 8, 7, 6, 4, 3, 2, 1]
    assert [record["seq"] for record in log.tail(2, before=7)] == [6, 4]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [5, 4, 3, 2, 1]),
        ({"limit": 2}, [5, 4]),
        ({"before": 3}, [2, 1]),
        ({"user": "ann"}, [4, 1]),
        ({"user": "an"}, []),
        ({"action": "run.start", "outcome": "failed"}, [3]),
        ({"text": "ORDERS"}, [3, 2]),
        ({"text": "müller"}, [5]),
        ({"text": 'say "hi"'}, [4]),
        ({"text": "workers"}, [2]),
        ({"text": "true"}, [3]),
        ({"text": "mac"}, []),
    ],
)
def test_search(tmp_path, filters, expected):
    """Filters combine; text is found in every value whatever its case, and in no name of the record's own."""
    log = AuditLog(tmp_path)
    log.append(user="ann", action="login", target="console")
    log.append(user="bob", action="run.start", target="output/Orders.csv", detail={"workers": 8})
    log.append(user="bob", action="run.start", target="output/orders.csv", outcome="failed", detail={"forced": True})
    log.append(user="ann", action="note", target="console", detail={"said": ['Say "hi"']})
    log.append(user="MÜLLER", action="login", target="console")
    assert [record["seq"] for record in log.search(**filters)] == expected
