"""What is said by the Data screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.datasets.listing import OutputState
from etl_batch.language import become_table

# view
TITLE = "Data"
LEAD = "Every file that runs have written: whether it is still as it was written, what is in it, and its backups."
EMPTY = "There is no output yet. Launch a run: what it writes shows up here."
SEARCH = "Search"
SEARCH_HELP = "Parts of the path, in any order."
NONE_FIT = "No output has all these words in its path; take one out of the search."
OUTSIDE = (
    "Outputs outside the allowed folders are not shown ({number}). A super_admin can allow their folders again on the "
    "System screen."
)
MORE = "The {shown} outputs written last are shown, of {total}; search for the others by name."
OUTPUT = "Output"
STATES = {
    OutputState.NEWEST: "as written",
    OutputState.OLDER: "an older run's",
    OutputState.CHANGED: "changed since",
    OutputState.MISSING: "missing",
}
CHANGED = (
    "No run in the history wrote what stands here now: it was changed or replaced from outside, or its run is gone. "
    "Check it, run again, or restore a backup."
)
OLDER = "This file holds the data of run {maker}: a backup was restored. The newest run that wrote here is {newest}."
MISSING = "The file was moved or deleted. Run again to write it anew, or restore a backup."
PATH = "Path"
SIZE = "Size"
ROWS = "Rows"
WRITTEN = "Written"
BY = "Written by run"
READ_FROM = "Read from"
WROTE_NOTHING = "Run {run_id} has written nothing that is kept here."
NOTED = "SHA-256 by the run"
NOTED_OF_MANIFEST = "SHA-256 of its manifest"
NOT_KNOWN = "not known"
TO_RUN = "See the run"
DOWNLOAD = "Download {name}"
PART = "Part"
PART_LABEL = "{number}: {rows}, {size}"
CHECK = "Check the file now"
KINDS = {"csv": "CSV", "parquet": "Parquet"}
BACKUPS = "Backups"
OUTPUTS = "Outputs"
SIZE_NOTE = "without backups"
CHANGED_OR_MISSING = "Changed or missing"
FILE = "File"
STATE = "State"
VIEW_RUN = "Run"
FOLDER = "Folder"

# backups
SECTION = "Backups"
BACKUPS_LEAD = (
    "What stood here before: a run that writes the file again keeps the earlier one under a name with the time."
)
NONE = "There is no backup of this file yet; the next run that writes it makes one."
REPLACED = "replaced {moment}"
BACKUPS_ROWS = "{rows} of run {run_id}"
UNKNOWN = "of a run that is not in the history"
BACKUP = "Backup"
BACKUPS_CHECK = "Check the backup now"
RESTORE = "Restore this backup"
RESTORE_HELP = "Shows what would happen. Nothing is changed before you confirm it."
REFUSAL = "A super_admin can restore a backup."
CONFIRM_TITLE = "Please confirm:"
CONFIRM = "{backup} goes back to {target}. What stands there now is kept as a new backup."
RUN = "This is the data of run {run_id}."
YES = "Yes, restore"
NO = "Leave everything as it is"
DONE_TITLE = "Restored."
DONE = "{target} is {backup} again. The file that stood there is kept as {kept}."
KEPT_NOTHING = "nothing: there was none"
BACKUP_NOTE = "{holds}, {when}"

# checking
CHECK_HELP = "Reads the whole file and holds its SHA-256 against the one that the run noted when it wrote it."
READING = "of the file read to check it"
SAME = "The same: every byte is as run {run_id} wrote it ({rows})."
DIFFERENT = "Different: these are not the bytes that a run in the history wrote to this path."

# preview
PREVIEW_SECTION = "Look inside"
PREVIEW_LEAD = "Every cell as text, as it stands in the file. Only the page you see is read."
ROW = "From row"
ROW_HELP = "The first row of the page; the first row of the file is 1."
FIRST = "First page"
BACK = "Back"
NEXT = "Next"
LAST = "Last page"
SHOWN = "Rows {first} to {last} of {total}."
ABOUT = (
    "About row {first} of {total}: this place was found by its share of the file. The exact numbers are known as soon "
    "as the file has been counted through."
)
COUNTING = "of the file counted through"
NO_ROWS = "The file has a header and no rows."
COLUMNS_CUT = "The first {shown} of {total} columns are shown."
FIND = "Find rows"
COLUMN = "Column"
OPERATOR = "Condition"
VALUE = "Value"
ADD = "Add a condition"
REMOVE = "Remove the last one"
PREVIEW_SEARCH = "Find"
COUNT = "Count all that fit"
SEARCHING = "Reading the file …"
FOUND_ALL = "Found {rows}."
FOUND_SOME = "The first {rows} that fit are shown; there are more."
FOUND_NONE = "No row fits."
COUNTED = "Rows that fit: {number} of {total}."
NUMBER = "Row"
PREVIEW_ABOUT = "about {number}"
NO_NAME = "(no name)"

become_table(__name__)
