"""What a run announces, and what is said of its end: the sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

REPAIRED = {
    "padded": "Rows that had too few cells and were filled with empty ones, as --ragged pad asks: {number:,}.",
    "truncated": "Rows that had too many cells and were cut, as --ragged truncate asks: {number:,}.",
}

# stages that a run announces
STARTING = "Starting Quantum ETL Pipeline"
PARSING = "Parsing {path}"
WITHOUT_IT = "{path} cannot be read to its end: it is skipped, and the others are read again without it."
UPLOADING = "Uploading the outputs"
INGESTED = "Ingestion complete"
ANALYSING = "Running Quantum-Inspired Analytics"
ANALYSED = "Analytics complete: {status}"
REPORTED = "Report generated: {path}"
SUCCESS = "Pipeline Success!"

# how a run ends
TOO_LONG = "The run took longer than --timeout allows; nothing was published. Raise the limit."
TOO_MANY_REJECTS = (
    "More than --max-rejects {limit} records were rejected; nothing was published. {why} {helping} Read {rejects} for "
    "the reasons, or raise the limit."
)
TOO_LARGE_A_SHARE = (
    "More than --max-rejects {limit} of the records were rejected, {rejected:,} of {judged:,}; nothing was published. "
    "{why} {helping} Read {rejects} for the reasons, or raise the limit."
)
MOST_REJECTED = (
    "More than half of the records were rejected, {rejected:,} of {judged:,}; nothing was published. {why} {helping} "
    "Read {rejects} for the reasons, or allow more of them: --max-rejects takes a number, or a share such as 75%."
)
ALL_REJECTED = (
    "All records were rejected, {rejected:,} of {judged:,}; nothing was published. {why} {helping} Read {rejects} for "
    "the reasons; --max-rejects 100% publishes outputs without a row all the same."
)
SOME_REJECTED = "{rejected:,} of {judged:,} records were rejected ({share}). {why} {helping}"
COUNTS_DIFFER = "The counts do not add up ({counts}); nothing was published. Please report it."
CTRL_C = "The run was stopped with Ctrl-C; nothing was published."
BUG = "{kind}: {reason}. This is a bug; the run's log has the details."
STOPPED_BY = "The run was stopped by {signal}; nothing was published."
FOLDER_GONE = "{path} is there no more: the run's folder was removed while it ran. Start it again."
STOPPED = "The run was stopped."
CANCELLED = "The run was cancelled before it had finished; start it again when you like."
TIMED_OUT = "The run took longer than its --timeout and was stopped; allow it more time."
CUT_OFF = "The run was cut off before it had begun; start it again."
GONE_AT_STAGE = "{cause} at the stage {stage}. {outputs}"
GONE_BEFORE = "{cause} before the run had begun. {outputs}"
LAST_WORDS = "{sentence} Its last words: {words}"
PUBLISHING = "It was putting the outputs in place; the next run finishes that."
NOT_PUBLISHED = "Nothing was published and the earlier outputs stand; resume it, or start it again."
ELSEWHERE = "The engine on the machine {machine} has given no sign of life since {moment}"
REBOOTED = "The machine was started anew while the engine was running"
ENDED_WORDLESS = "The engine ended with exit code {code} and no other word"
KILLED_FOR_MEMORY = "The engine was killed by the system, most likely because the machine ran out of memory,"
KILLED_FROM_OUTSIDE = "The engine was killed from outside, or by the system for want of memory,"
KILLED_BY = "The engine was killed from outside by {signal}"

# limits
OVER_CPU = (
    "The run used {used:,.0f} seconds of CPU time, more than the {most:,.0f} that a run may use; nothing was "
    "published. Split the input, or have the limit raised on the console's System screen."
)
OVER_MEMORY = (
    "The run used {used:,.2f} GB of memory, more than the {most:,.2f} GB that a run may use; nothing was published. "
    "Use fewer --workers or smaller --chunk-bytes, or have the limit raised on the console's System screen."
)
OVER_OUTPUT = (
    "The outputs became {used:,.3g} GB, more than the {most:,.3g} GB that those of a run may be; nothing was "
    "published. Split the input, or have the limit raised on the console's System screen."
)
DISK_LOW = (
    "The disk of {place} has {used:,.3g} GB left, less than the {most:,.3g} GB that a run leaves free; nothing was "
    "published. Free some space, or have the limit lowered on the console's System screen."
)
OPEN_FILES = "A process of this run may have {most} files open: use fewer inputs at a time, or have the limit raised."

PARTS = {
    "engine": "the engine or one of its libraries is another version",
    "settings": "its settings have changed",
    "inputs": "its input has changed",
    "layouts": "its layout or schema has changed",
    "columns": "its input is read otherwise now",
}
NOT_THE_SAME = "Run {run_id} cannot be gone on from: {what}. Start it anew; nothing was published."
NOTHING_TO_RESUME = (
    "Run {run_id} has ended ({status}) and was not cut off: there is nothing to go on from. Start it anew."
)
STILL_GOING_ON = "Run {run_id} is still going on or waits for its turn; there is nothing to resume."
RESUMING = "Going on with chunk {number}: {size:,} bytes of the input are in already"
RESUMED = "The run was cut off and gone on from chunk {number}; {size:,} bytes of the input had been read before."
RESUMED_ANEW = "The run was cut off; nothing that it had written was left to go on from, so it was begun anew."

# another try
TRYING_AGAIN = "Trying again in {seconds:g} s ({number} of {most}): {reason}"
TRYING_NOW = "Trying again now ({number} of {most})"

# processes
NOT_STARTED = "Run {run_id} could not be started: {reason}. Free memory or disk, then start it again."
KILLED_YOUNG = (
    "Run {run_id} could not be started: its first process was killed by {signal} before it had begun. If the machine "
    "is short of memory, free some; then start it again."
)
ENDED_YOUNG = (
    "Run {run_id} could not be started: its first process ended with exit code {code} before it had begun. If the "
    "machine is short of memory, free some; then start it again."
)
SIGNAL = "signal {number}"
DIED = "a worker process died (it was killed, or the machine ran out of memory)"
OUT_OF_MEMORY = "a worker process ran out of memory"
HUNG = "a worker process gave no sign of life for {seconds:g} seconds"
WORKER_GONE = "the worker at {address} went away"
WORKER_SILENT = "the worker at {address} gave no sign of life for {seconds:g} seconds"
HANDED_ON = "A worker was lost: {reason}. What it was at is done by another."
SCHEDULER_LOST = (
    "The scheduler at {address} went away or does not answer; nothing was published. What is in is kept: start the "
    "scheduler and its workers again, then resume the run."
)
NO_WORKER_LEFT = (
    "The scheduler at {address} has no worker any more; nothing was published. What is in is kept: start workers "
    "again, then resume the run."
)
WORKER_LOST = "The pass was interrupted: {reason}. What was under way is read again by fresh workers."
TOO_MANY_LOST = (
    "Worker processes were lost {number} times; nothing was published. {last} Try fewer --workers or smaller "
    "--chunk-bytes."
)
LOST_TIMES = (
    "Worker processes were lost {number} times, the last time because {reason}; what they were at was read again."
)
NOT_GIVEN_UP = "{path} could not be read again ({why}); nothing was published. Try fewer --workers."
WORKER_FAILED = "A worker process failed: {kind}: {reason}. This is a bug; the log has the details."

# who serves a home
HOME_TAKEN = (
    "The home {home} is served by the console at {address} already (process {pid} on {machine}, since {since}); stop "
    "that one first, or give this one another ETL_HOME."
)
HOME_TAKEN_BY_SOMEBODY = (
    "The home {home} is served by another console that is just starting or ending; try again in a moment, or give "
    "this one another ETL_HOME."
)
HOME_NOT_LOCKED = "The home {home} cannot be locked for this console: {reason}. Fix its owner, permissions or disk."

# runs that there are
NONE_YET = "No run stands under {folder} yet; start one with `run -i PATH -o PATH`."
NO_RUN = "No run {run_id!r} under {folder}; `runs list` shows them all."
NO_RUN_ID = "{run_id!r:.80} is not a run id; `runs list` shows them."
REJECTS_UNREADABLE = "{name} cannot be read ({reason})."
NO_LIMITS = "Days and gigabytes to keep are numbers from 0 to {most:,}; 0 keeps everything."
TOO_MANY_STARTED = "{user} has started {started} runs within the hour, the limit is {limit}; wait {wait} seconds."
LIMITS_UNREADABLE = "{path} cannot be read ({reason}); fix its owner and permissions."
LIMITS_DAMAGED = "{path} is damaged; save the settings on the console's System screen again."

# cleaning up
RUN_LEFT = "its run was left"
OLDER = "older than {days:g} days"
PAST_RUNS = "past the {size} kept for runs"
PAST_BACKUPS = "past the {size} kept for backups"
CHANGED_SINCE_LISTED = "it has changed since it was listed"
OUTSIDE_HOME = "it leads outside the home's folders"
GOING_ON = "it is going on"
NOT_DELETED = "it could not be deleted: {reason}"

become_table(__name__)
