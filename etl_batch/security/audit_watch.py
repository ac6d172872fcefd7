"""Verification of the audit log in the background; its result is kept.

All of it is read at the console's start and when a person asks for it. Whoever looks at the result has what has come
since read too, from where the last verification ended.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from etl_batch.errors import EtlError, Tampered
from etl_batch.files.beneath import Place, make_folder
from etl_batch.files.replacing import replace_text
from etl_batch.model import utc_now
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_format import AuditFiles, open_regular
from etl_batch.security.audit_verify import Mark, Verification

PAUSE_SECONDS = 0.0005
"""Rest between some hundred records, so that pages of the same process are drawn meanwhile."""
MOST_OF_HEAD = 4096
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Verified:
    """The result of one verification, when it ended and how long it took."""

    at: str
    seconds: float
    ok: bool
    records: int
    torn: bool
    first_bad: int | None
    problem: str | None
    sentence: str
    known: int = 0
    """Records that were not read again, because an earlier verification had found them whole."""
    mark: Mark | None = None
    """How far the log is whole; None where it is not, and in results of earlier versions."""
    read_at: str = ""
    """When all records were read the last time."""
    head: str = ""
    """What `head.json` held just before: another one is there when records have come."""


@dataclass(frozen=True, slots=True)
class AuditState:
    """What is known of a home's log: the last result (None: never verified), and how far one under way has come."""

    last: Verified | None
    checking: bool
    fraction: float
    since: int | None
    """Records that have come since the last result; None where nobody can tell."""

    @property
    def current(self) -> bool:
        """Whether the last result is about the log as it stands: its end is the same."""
        return self.since == 0

    @property
    def bad(self) -> bool:
        """Whether the last verification found the log tampered with."""
        return self.last is not None and not self.last.ok


class _Job:
    """One verification under way in a thread of its own."""

    def __init__(self, home: Path, since: Verified | None) -> None:
        self.home, self.since, self.fraction = home, since, 0.0
        self.thread = threading.Thread(target=self._run, name="audit-verification", daemon=True)

    def _run(self) -> None:
        started = time.monotonic()
        try:
            head = _head(self.home)
            found = AuditLog(self.home).verify(tell=self._tell, since=self.since.mark if self.since else None)
            _keep(self.home, _verified(found, time.monotonic() - started, self.since, head))
        except (EtlError, OSError) as error:
            _log.error("The audit log could not be verified: %s", error)

    def _tell(self, done: int, total: int) -> None:
        self.fraction = done / total if total else 0.0
        time.sleep(PAUSE_SECONDS)


_jobs: dict[Path, _Job] = {}
_jobs_lock = threading.Lock()
_kept: dict[Path, tuple[int, Verified | None]] = {}


def result_file(home: Path) -> Path:
    """Where the last result is kept. It is a convenience and proves nothing: the log itself does."""
    return home / ".secrets" / "audit_verified.json"


def verify_in_background(home: Path, since: Verified | None = None) -> None:
    """Begin a verification, unless one is under way; `since`: a result behind whose end alone records are read."""
    with _jobs_lock:
        job = _jobs.get(home)
        if job is None or not job.thread.is_alive():
            job = _jobs[home] = _Job(home, since)
            job.thread.start()


def look(home: Path, seconds: float) -> AuditState:
    """The state once what has come since the last result was verified too, or as far as that comes in some time."""
    state = audit_state(home)
    if not state.current and not state.checking:
        whole = state.last is not None and state.last.ok
        verify_in_background(home, state.last if whole else None)
        wait(home, seconds)
        state = audit_state(home)
    return state


def wait(home: Path, seconds: float) -> bool:
    """Give a verification under way some time; returns whether it is over."""
    job = _jobs.get(home)
    if job is not None:
        job.thread.join(seconds)
    return job is None or not job.thread.is_alive()


def audit_state(home: Path) -> AuditState:
    """The last result and the verification under way, at the cost of one `stat` and a small file."""
    job = _jobs.get(home)
    checking = job is not None and job.thread.is_alive()
    last = _last(home)
    return AuditState(last, checking, job.fraction if job is not None and checking else 0.0, _since(home, last))


def _since(home: Path, last: Verified | None) -> int | None:
    """How many records have come since a result, by the head that every append leaves."""
    if last is None:
        return None
    now = _head(home)
    if now == last.head:
        return 0
    more = _seq(now) - (last.records if last.ok else _seq(last.head))
    return more if more > 0 else None


def _head(home: Path) -> str:
    """What `head.json` holds; empty when it cannot be read."""
    try:
        with open_regular(AuditFiles.of(home).head) as file:
            return file.read(MOST_OF_HEAD).decode("ascii", errors="replace")
    except (OSError, Tampered):
        return ""


def _seq(head: str) -> int:
    try:
        return int(json.loads(head)["seq"])
    except (ValueError, KeyError, TypeError):
        return 0


def _verified(found: Verification, seconds: float, since: Verified | None, head: str) -> Verified:
    now = utc_now()
    read_at = since.read_at or since.at if found.known and since is not None else now
    return Verified(
        at=now,
        seconds=round(seconds, 3),
        ok=found.ok,
        records=found.records,
        torn=found.torn,
        first_bad=found.first_bad,
        problem=found.problem,
        sentence=found.sentence,
        known=found.known,
        mark=found.mark,
        read_at=read_at,
        head=head,
    )


def _keep(home: Path, result: Verified) -> None:
    level = logging.INFO if result.ok else logging.ERROR
    _log.log(level, "%s", result.sentence)
    path = result_file(home)
    make_folder(path.parent, 0o700)
    replace_text(Place.of(path), json.dumps(asdict(result)), mode=0o600)


def _last(home: Path) -> Verified | None:
    """The kept result, read again when its file has changed."""
    path = result_file(home)
    try:
        tag = path.stat().st_mtime_ns
        known = _kept.get(home)
        if known is None or known[0] != tag:
            known = _kept[home] = (tag, _parse(path.read_text(encoding="utf-8")))
    except OSError:
        return None
    return known[1]


def _parse(text: str) -> Verified | None:
    try:
        given = json.loads(text)
        mark = given.pop("mark", None)
        return Verified(**given, mark=Mark(**mark) if mark is not None else None)
    except (ValueError, TypeError, AttributeError):
        return None
