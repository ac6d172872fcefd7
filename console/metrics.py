"""What monitoring sees: the Prometheus text, and who may read it."""

from __future__ import annotations

import hmac
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from console import machine, settings
from console.alerts import outbox_states
from console.liveness import queue_states
from etl_batch.runs.history.index import count_runs
from etl_batch.runs.record.resources import engine_version
from etl_batch.security.audit_watch import audit_state


def prometheus(home: Path) -> str:
    """The body of `/metrics` in the Prometheus text format, version 0.0.4."""
    now, last = machine.gauges(), audit_state(home).last
    families: tuple[tuple[str, str, str, Mapping[str, float] | float | None], ...] = (
        ("etl_queue_jobs", "state", "Jobs of the queue by state.", queue_states(home)),
        ("etl_runs", "status", "Runs in the history by status.", {str(k): v for k, v in count_runs(home).items()}),
        ("etl_alerts", "state", "Alerts in the outbox by state.", outbox_states(home)),
        ("etl_disk_free_bytes", "", "Free bytes on the disk of the home.", shutil.disk_usage(home).free),
        ("etl_sessions", "", "Sessions that are signed in.", machine.session_count(home)),
        ("etl_cpu_percent", "", "Use of all cores together.", round(now.cpu, 1)),
        ("etl_memory_available_bytes", "", "Memory of the machine that is available.", now.memory_available),
        ("etl_console_memory_bytes", "", "Resident memory of the console.", now.console_memory),
        ("etl_console_uptime_seconds", "", "Seconds since the console started.", round(now.console_seconds)),
        (
            "etl_audit_log_whole",
            "",
            "1 when the last verification found the log whole.",
            None if last is None else int(last.ok),
        ),
    )
    lines = [
        "# HELP etl_info Version of the console.",
        "# TYPE etl_info gauge",
        f'etl_info{{version="{engine_version()}"}} 1',
    ]
    for name, label, words, values in families:
        lines += _family(name, label, words, values)
    return "\n".join(lines) + "\n"


def _family(name: str, label: str, words: str, values: Mapping[str, float] | float | None) -> Iterator[str]:
    """One gauge: its help, its type and its lines; nothing when it is not known."""
    if values is None:
        return
    yield f"# HELP {name} {words}"
    yield f"# TYPE {name} gauge"
    if isinstance(values, Mapping):
        for key, value in values.items():
            yield f'{name}{{{label}="{key}"}} {value}'
    else:
        yield f"{name} {values}"


def bearer_token_good(home: Path, authorization: str) -> bool:
    """Whether an Authorization header carries the token of `ETL_METRICS_TOKEN` or of the settings."""
    token = os.environ.get("ETL_METRICS_TOKEN") or settings.get(home, "metrics_token")
    scheme, _space, given = authorization.partition(" ")
    if not token or scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(given.strip().encode(), token.encode())
