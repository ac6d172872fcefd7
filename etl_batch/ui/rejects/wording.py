"""What is said by the Rejects screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "Rejects"
LEAD = "Records that could not be read, by reason, with their bytes."
EMPTY = "No run has rejected a record. When one does, the record, its place and the reason show up here."
GOES_ON = "The run is still under way, with {rejects} so far; they are shown here when it is over."
NOTHING = "This run has rejected nothing."
GONE = "The file with this run's rejects is gone; the counts are all that is left."
UNREADABLE = "Lines of the file that are cut off: {number}. The run was stopped while it wrote them."
REASONS = "By reason"
REASON_LEAD = "How many records were rejected for which reason."
LIST = "Records"
NO_FIELD = "(no field)"

# record
REASON = "Reason"

# view
SOURCE = "Source"

# record
FIELD = "Field"

# view
FIRST = "First page"
BACK = "Back"
NEXT = "Next"
LAST = "Last page"
SHOWN = "{first} to {last} of {total}"
COUNTING = "of the file counted through; filters and later pages reach so far"
NONE_FIT = "No record fits these filters."
NOT_YET = "None of those counted so far fits; the file is still being counted through."
RECORD = "Record"
DOWNLOAD_ALL = "Download rejects.jsonl"
DOWNLOAD_SOME = "Download those that fit"
ON_DISK = "The rejects stand in {path}."
TO_RUN = "See the run"
REJECTED = "Rejected"
OF_ALL = "{share} of all records"
REASONS_CARD = "Reasons"
VIEW_NUMBER = "No."
REASON_COLUMN = "Reason"
FIELD_COLUMN = "Field"
SOURCE_COLUMN = "Source"
OFFSET_COLUMN = "Offset"
RECORD_COLUMN = "Record"
DETAIL_COLUMN = "Detail"
BYTES_COLUMN = "Bytes"
PLACE_IN_FILE = "{name} at byte {offset}"
ANY = "any"

# record
DETAIL = "The record"
WHAT = "What is wrong"
UPLOADED = "{name}, uploaded and stored as {path}"
RECORD_SOURCE = "Source file"
OFFSET = "Byte offset"
NUMBER = "Record number"
LENGTH = "Length"
BYTES = "Bytes"
BYTES_LEAD = "Offset, hexadecimal and text, sixteen bytes a line."
TEXT = "The same as text"
PART = "From byte"
PART_HELP = "The record is long; it is shown from this byte on."
PART_SHOWN = "Bytes {first} to {last} of {total}."
AROUND = "Around it in the file"
AROUND_LEAD = "Read from the source file just now, which still holds the record at its place."
BEFORE = "Before"
RECORD_RECORD = "The record"
AFTER = "After"
RECORD_CUT = "The record (the first {shown} of {total} bytes)"
COMMANDS = "The same from a shell"

# replay
MEND = "Mend and replay"
MEND_LEAD = (
    "Say how these records are to be read, or mend the layout or the schema first. They alone are read by it: rows "
    "that were written stay what they are, and what passes gets its place in a new version of the outputs."
)
TO_LAYOUTS = "Mend the layout"
APPEND = "Append"
APPEND_HELP = "What passes stands behind all other rows, not in its place."
TRY = "See how many would pass"
REPLAY = "Replay"
PASS = "Would pass"
SKIP = "Blank or comments"
STAY = "Rejects still"
OF_THEM = "of {number}"
OF_FIRST = "of the first {number}"
LEFT = "{reason} ({number})"

become_table(__name__)
