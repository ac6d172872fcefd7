"""The audit log under SIGKILL and under a full disk: whatever happens, it verifies as whole or torn and goes on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from etl_batch.security.audit import AuditLog

ROOT = Path(__file__).resolve().parents[2]

# Kills an append at its first call into the interpreter's C code (open, write, fsync, rename and all between), then
# the same append of an equal home at its second, and so on until one comes through.
KILL_EVERYWHERE = """
import json, os, shutil, signal, sys
from pathlib import Path
from etl_batch.security import audit_parts
from etl_batch.security.audit import AuditLog

work, records = Path(sys.argv[1]), int(sys.argv[2])
audit_parts.PART_BYTES = int(sys.argv[3])
template = work / "template"
template.mkdir()
for number in range(records):
    AuditLog(template).append(user="ann", action="run.start", target=str(number))

def killed_at(home, point):
    pid = os.fork()
    if pid:
        return os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    calls = 0
    def count(frame, event, argument):
        nonlocal calls
        if event == "c_call":
            calls += 1
            if calls == point:
                os.kill(os.getpid(), signal.SIGKILL)
    log = AuditLog(home)
    sys.setprofile(count)
    log.append(user="ann", action="run.start", target="killed")
    sys.setprofile(None)
    os._exit(0)

outcomes, point, killed = [], 0, True
while killed:
    point += 1
    home = work / str(point)
    shutil.copytree(template, home)
    killed = killed_at(home, point)
    after_crash = AuditLog(home).verify()
    parts = len(audit_parts.older_parts(AuditLog(home).files.log))
    AuditLog(home).append(user="ann", action="run.start", target="next")
    repaired = AuditLog(home).verify()
    outcomes.append([after_crash.ok, after_crash.records, repaired.ok, repaired.torn, repaired.records, parts])
    shutil.rmtree(home)
print(json.dumps(outcomes))
"""

APPEND_FOR_EVER = """
import sys
from pathlib import Path
from etl_batch.security.audit import AuditLog
log = AuditLog(Path(sys.argv[1]))
while True:
    print(log.append(user="ann", action="run.start", target="x" * 2000)["seq"], flush=True)
"""

FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from etl_batch.errors import OutputFailed
from etl_batch.security.audit import AuditLog
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    while True:
        AuditLog(Path(sys.argv[1])).append(user="ann", action="run.start", target="x" * 500)
except OutputFailed as error:
    print(error)
"""


def start(script, *arguments):
    """A real process that runs a script of this module."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def killed_everywhere(folder, records, part_bytes):
    """What is found after each of the kills: whether the log is whole, its records, and so on as the script prints."""
    driver = start(KILL_EVERYWHERE, folder, records, part_bytes)
    outcomes = json.loads(driver.communicate()[0])
    assert driver.returncode == 0
    kept = [after for _, after, *_ in outcomes]
    assert kept == sorted(kept)
    assert set(kept) == {records, records + 1}
    assert [each[:5] for each in outcomes if each[:5] != [True, each[1], True, False, each[1] + 1]] == []
    return outcomes


@pytest.mark.parametrize("records", [0, 2])
def test_killed_at_every_point_of_an_append(tmp_path, records):
    """SIGKILL between any two calls of an append leaves a whole log, with or without the record, and the next works."""
    assert len(killed_everywhere(tmp_path, records, 10**6)) > 50


def test_killed_at_every_point_of_a_rotation(tmp_path):
    """SIGKILL between any two calls of an append that rotates the log to its second part loses nothing."""
    outcomes = killed_everywhere(tmp_path, 2, 250)
    parts = [each[5] for each in outcomes]
    assert parts == sorted(parts)
    assert parts[-1] == parts[0] + 1
    renamed_only = [each for each in outcomes if each[5] == parts[-1] and each[1] == 2]
    assert len(renamed_only) > 3


def test_killed_again_and_again(tmp_path):
    """A writer killed in full flight, twelve times on one log: every acknowledged record is there each time."""
    log = AuditLog(tmp_path)
    for round_number in range(12):
        writer = start(APPEND_FOR_EVER, tmp_path)
        for _ in range(1 + round_number % 4):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        rest = writer.communicate()[0].split("\n")[:-1]
        acknowledged = int(rest[-1]) if rest else acknowledged
        found = log.verify()
        assert (found.ok, found.problem) == (True, None)
        assert acknowledged <= found.records <= acknowledged + 1
    record = log.append(user="ann", action="run.start", target="last")
    assert (log.verify().records, log.verify().torn) == (record["seq"], False)


@pytest.mark.parametrize("limit", range(5000, 5901, 100))
def test_a_full_disk_refuses_and_leaves_the_log_whole(tmp_path, limit):
    """A record that finds no room is refused and taken back, and the log goes on once there is room."""
    writer = start(FULL_DISK, tmp_path, limit)
    assert "Make that place writable and free the disk" in writer.communicate()[0]
    log = AuditLog(tmp_path)
    found = log.verify()
    assert (found.ok, found.torn) == (True, False)
    assert log.append(user="ann", action="run.start", target="x")["seq"] == found.records + 1
    assert log.verify().ok
