"""What a run announces, and what is said of its end: sentences in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# stages that a run announces
STARTING = "Starting Quantum ETL Pipeline"
PARSING = "Parsing {path}"
INGESTED = "Ingestion complete"
ANALYSING = "Running Quantum-Inspired Analytics"
ANALYSED = "Analytics complete: {status}"
REPORTED = "Report generated: {path}"
SUCCESS = "Pipeline Success!"

# how a run ends
TOO_LONG = "The run took longer than --timeout allows; nothing was published. Raise the limit."
TOO_MANY_REJECTS = (
    "More than --max-rejects {limit} records were rejected; nothing was published. Read {rejects} for the reasons, "
    "or raise the limit."
)
COUNTS_DIFFER = "The counts do not add up ({counts}); nothing was published. Please report it."
CTRL_C = "The run was stopped with Ctrl-C; nothing was published."
BUG = "{kind}: {reason}. This is a bug; the run's log has the details."
STOPPED_BY = "The run was stopped by {signal}; nothing was published."
OVER = "The run is over."
STOPPED = "The run was stopped."
CANCELLED = "The run was cancelled before it had finished; start it again when you like."
TIMED_OUT = "The run took longer than its --timeout and was stopped; allow it more time."
CUT_OFF = "The run was cut off before it had begun; start it again."

# processes
NOT_STARTED = "Run {run_id} could not be started: {reason}. Free memory or disk, then start it again."
WORKER_DIED = (
    "A worker process died (it was killed, or the machine ran out of memory); nothing was published. Try fewer "
    "--workers or smaller --chunk-bytes."
)
WORKER_FAILED = "A worker process failed: {kind}: {reason}. This is a bug; the log has the details."

# runs that there are
NONE_YET = "No run stands under {folder} yet; start one with `run -i PATH -o PATH`."
NO_RUN = "No run {run_id!r} under {folder}; `runs list` shows those there are."
NO_RUN_ID = "{run_id!r} is not a run id; `runs list` shows them."
REJECTS_UNREADABLE = "{name} cannot be read ({reason})."
NO_LIMITS = "Days and gigabytes to keep are numbers from 0 to {most:,}; 0 keeps everything."
TOO_MANY_STARTED = "{user} has started {started} runs within the hour, the limit is {limit}; wait {wait} seconds."
LIMITS_UNREADABLE = "{path} cannot be read ({reason}); fix its owner and permissions."
LIMITS_DAMAGED = "{path} is damaged; save the settings on the console's System screen again."

# cleaning up
RUN_LEFT = "its run was left"
CHANGED_SINCE_LISTED = "it has changed since it was listed"
OUTSIDE_HOME = "it leads outside the home's folders"
GOING_ON = "it is going on"
NOT_DELETED = "it could not be deleted: {reason}"

become_table(__name__)
