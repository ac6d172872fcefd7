"""What is said by the Runs screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table
from etl_batch.runs.history.compare import ComparedSubject, IntervalVerdict

# view
TITLE = "Runs"
LEAD = "Every run that this home remembers. A row leads to its run; two that are ticked can be compared."
NO_RUNS = "Nothing has run yet. Launch a run and it shows up here."
NONE_FIT = "No run fits these filters; take a word out of the search or clear them."
NOT_TWO = "Two runs can be compared at a time; tick two."
ALL_RUNS = "All runs"

# clean_up
CLEAN_UP_TITLE = "Clean up"
CLEAN_UP_LEAD = (
    "Old runs with their reports, and old backups of outputs. 0 keeps them for ever. Outputs, runs that wait or are "
    "under way, and the newest run of each output always stay. Once a day the console does what the settings say."
)
RUN_DAYS = "Keep runs for (days)"
RUN_GB = "Keep runs up to (GB)"
BACKUP_DAYS = "Keep backups for (days)"
BACKUP_GB = "Keep backups up to (GB)"
TABLE = "What would be deleted"
DAYS_HELP = "Older ones go. 0: for ever."
GB_HELP = "Past this the oldest go. 0: no limit."
SHOW = "Show what would be deleted"
ALL_NOUGHT = "Everything is kept for ever with these numbers; change one of them."
NOTHING = "Nothing would be deleted."
WOULD = "{runs}, {reports} and {backups} would be deleted, {size} in all. Nothing has been deleted yet."
SURE = "Yes, delete what is listed here; it cannot be brought back"
DELETE = "Delete {count}"
DONE = "{count} deleted, {size} freed."
LEFT = "{path} was left: {why}."
WHAT_COLUMN = "What"
WHERE_COLUMN = "Where"
SIZE_COLUMN = "Size"
WHY_COLUMN = "Why"

# compare
COMPARE_TITLE = "Two runs side by side"
BACK = "Back to the runs"
NOT_OVER = "Run {run_id} is not over yet; compare it when it has ended."
THE_SAME_RUN = "This is one run twice; choose another one to compare it with."
NO_DIFFERENCE = "Nothing but speed differs."
PARTS = {
    ComparedSubject.SETTINGS: ("Settings", "What the two runs were told to do."),
    ComparedSubject.INPUTS: ("Inputs", "The files as each run found them."),
    ComparedSubject.SCHEMA: ("Columns", "Type of each column."),
    ComparedSubject.COUNTS: ("Records", "Where the records went."),
    ComparedSubject.REJECTS: ("Rejects by reason", "Records that could not be read."),
    ComparedSubject.SAMPLE: ("Sample", "The rows behind the estimates."),
    ComparedSubject.OUTPUTS: ("Outputs", "What was written; the same checksum means the same bytes."),
    ComparedSubject.SPEED: ("Time and memory", "Small differences are usual: the machine does other work too."),
}
TOTALS = "Totals"
TOTALS_LEAD = (
    "Estimate with its 95 % interval, and the exact total below it. Two intervals that overlap leave room for the same"
    " total; two that stand apart do not."
)
TOTALS_EXACT = "exact {total}"
VERDICTS = {
    IntervalVerdict.SAME: ("the same", "plain"),
    IntervalVerdict.WITHIN: ("same within the intervals", "good"),
    IntervalVerdict.UNKNOWN: ("no interval to compare by", "plain"),
    IntervalVerdict.ONE_SIDED: ("in one run only", "warn"),
    IntervalVerdict.DIFFERS: ("differs", "bad"),
}
EXACT_SAME = "exact totals are the same"
EXACT_DIFFERS = "exact totals differ"
EQUAL = "What is the same ({count})"
MORE = "And {count} more."
ALL_ROWS = "all rows"
LABELS = {
    "records_in": "Records read",
    "size_bytes": "Size",
    "bytes": "Size",
    "sha256": "Checksum",
    "seconds": "Time",
    "input_bytes_per_second": "Input per second",
    "rows_per_second": "Rows per second",
    "peak_memory_bytes": "Peak memory",
}
DIFFERENCE = "Difference"
NOTHING_PUBLISHED = "nothing published"
VERDICT = "Verdict"
NO_TOTALS = "There are no totals to compare: one of the runs made no estimates."
BY_USER = "by {user}"
NAME_OF = "{name} of {of}"
TOTAL_SPAN = "{estimate} ({low} to {high})"
NO_GROUP = "(empty)"
TOTAL_NAME = "{measure}, {group}"

# details
DETAILS = "Run"
RELATIVES = "Repeats"
CONFIGURATION = "Configuration"
REASONS = "Rejects by reason"
NOTES = "Notes"
COMMAND = "The same from the command line"
WATCH = "Watch it live"
REPEATS = "Repeats run {run_id}"
REPEATS_GONE = "This run repeats run {run_id}, which is kept no longer."
REPEATED = "This run was repeated by {count}, the newest first."
REPEATED_BY = "Repeated by {run_id} ({state})"
COMPARE_WITH = "Compare with"
COMPARE_HELP = "The two runs are set side by side, with what differs first."
DETAILS_COMPARE = "Compare"

become_table(__name__)
