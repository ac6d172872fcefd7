"""What the console's settings are called, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

SECTIONS = {
    "runs": "Runs",
    "files": "Files",
    "keeping": "What is kept",
    "console": "The console itself",
}
LABELS = {
    "runners": "Runs at a time",
    "runs_per_hour": "Runs per user and hour",
    "run_timeout_seconds": "Timeout of a new run",
    "run_memory_bytes": "Address space of a process",
    "run_tree_memory_bytes": "Memory of a run",
    "run_cpu_seconds": "CPU time of a run",
    "run_open_files": "Open files of a process",
    "run_input_bytes": "Largest input of a run",
    "run_output_bytes": "Largest outputs of a run",
    "run_disk_left_bytes": "Disk that a run leaves free",
    "allowed_roots": "Further folders or stores for inputs and outputs",
    "upload_max_bytes": "Largest upload",
    "disk_reserve_bytes": "Disk kept free",
    "keep_backups": "Backups of each output",
    "keep_days": "Keep runs for",
    "keep_gb": "Space for runs",
    "keep_backups_days": "Keep backups for",
    "keep_backups_gb": "Space for backups",
    "keep_rows_days": "Keep finished jobs and alerts for",
    "public_url": "Public address",
    "second_factor_required": "Require a second factor of super_admins",
    "second_factor_required_of_all": "Require a second factor of everybody",
    "metrics_token": "Token for /metrics",
}
HELP = {
    "runners": "How many runs of the queue may work at once. Each of them starts workers of its own.",
    "runs_per_hour": "A user who has started as many waits.",
    "run_timeout_seconds": "What the Launch form begins with. A run that takes longer is stopped.",
    "run_memory_bytes": (
        "The system refuses a process of a run more than this; it is no measure of memory in use, so leave room."
    ),
    "run_tree_memory_bytes": "A run whose processes together use more is stopped, and killed when it does not stop.",
    "run_cpu_seconds": "A run whose processes together use more is stopped.",
    "run_open_files": "The system refuses a process of a run more than this.",
    "run_input_bytes": "A run over more is refused before it reads it, whatever its own limit says.",
    "run_output_bytes": "A run whose outputs together become larger is stopped, and nothing of it is published.",
    "run_disk_left_bytes": "A run does not begin, and is stopped, when less is left on a disk that it writes to.",
    "allowed_roots": (
        "Absolute folders, or s3://bucket/prefix, one a line. Runs may read and write everything below them, from the "
        "next run on."
    ),
    "upload_max_bytes": "A larger file is refused before it is sent.",
    "disk_reserve_bytes": "Uploads leave this much free; the health check warns when less is left.",
    "keep_backups": "How many earlier versions of an output a run leaves beside it.",
    "keep_days": "Older runs go when the history is cleaned up.",
    "keep_gb": "Past this the oldest runs go when the history is cleaned up.",
    "keep_backups_days": "Older backups of outputs go when the history is cleaned up.",
    "keep_backups_gb": "Past this the oldest backups go when the history is cleaned up.",
    "keep_rows_days": "Older entries of the queue and of the list of alerts go; the runs themselves stay.",
    "public_url": "Where people reach this console, for the links in alerts: https://etl.example.org. Empty: no links.",
    "second_factor_required": (
        "A super_admin without one is signed out at once and sets it up at the next sign-in, before anything else."
    ),
    "second_factor_required_of_all": (
        "Whoever has none is signed out at once and sets it up at the next sign-in, before anything else."
    ),
    "metrics_token": "Monitoring sends it as a bearer token. The environment's ETL_METRICS_TOKEN goes before it.",
}
UNITS = {"GB": "GB", "days": "days", "seconds": "seconds"}
NOUGHTS = {"for ever": "for ever", "no limit": "no limit", "the system's own limit": "the system's own limit"}
"""What 0 means."""

become_table(__name__)
