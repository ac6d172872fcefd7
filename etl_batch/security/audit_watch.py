"""Verification of the audit log in the background: begun by a person or at the console's start; its result is kept."""

from __future__ import annotations

import json
import logging
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from etl_batch.errors import EtlError
from etl_batch.files.beneath import Place, make_folder
from etl_batch.files.replacing import replace_text
from etl_batch.model import utc_now
from etl_batch.security.audit import AuditLog
from etl_batch.security.audit_verify import Verification

PAUSE_SECONDS = 0.0005
"""Rest between some hundred records, so that pages of the same process are drawn meanwhile."""
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


@dataclass(frozen=True, slots=True)
class AuditState:
    """What is known of a home's log: the last result (None: never verified), and how far one under way has come."""

    last: Verified | None
    checking: bool
    fraction: float

    @property
    def bad(self) -> bool:
        """Whether the last verification found the log tampered with."""
        return self.last is not None and not self.last.ok


class _Job:
    """One verification under way in a thread of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.fraction = home, 0.0
        self.thread = threading.Thread(target=self._run, name="audit-verification", daemon=True)

    def _run(self) -> None:
        started = time.monotonic()
        try:
            found = AuditLog(self.home).verify(tell=self._tell)
            _keep(self.home, _verified(found, time.monotonic() - started))
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


def verify_in_background(home: Path) -> None:
    """Begin a verification, unless one is under way."""
    with _jobs_lock:
        job = _jobs.get(home)
        if job is None or not job.thread.is_alive():
            job = _jobs[home] = _Job(home)
            job.thread.start()


def wait(home: Path, seconds: float) -> bool:
    """Give a verification under way some time; returns whether it is over."""
    job = _jobs.get(home)
    if job is not None:
        job.thread.join(seconds)
    return job is None or not job.thread.is_alive()


def audit_state(home: Path) -> AuditState:
    """The last result and the verification under way, at the cost of one `stat`."""
    job = _jobs.get(home)
    checking = job is not None and job.thread.is_alive()
    return AuditState(_last(home), checking, job.fraction if job is not None and checking else 0.0)


def _verified(found: Verification, seconds: float) -> Verified:
    return Verified(at=utc_now(), seconds=round(seconds, 3), **asdict(found))


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
        return Verified(**json.loads(text))
    except (ValueError, TypeError):
        return None
