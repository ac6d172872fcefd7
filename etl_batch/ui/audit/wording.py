"""What is said by the Audit screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "Audit"
LEAD = "Who did what, in a log whose records are chained and signed: a record that is changed, removed or added shows."
STATE = "Is the log whole?"
VERIFY = "Verify now"
VERIFY_HELP = "Reads every record again and checks it against the key, the chain, the head and the anchor."
CHECKING = "The records are being read. You may use this page meanwhile, or leave it: the result is kept."
CHECKING_TITLE = "Verification of the audit log"
NEVER = "The log has not been verified yet."
WHOLE = "The log is whole."
WAS_WHOLE = "The log was whole when it was verified."
TORN = "The log is whole, its last line is torn."
TAMPERED = "The log was tampered with."
TAMPERED_AT = "The log was tampered with at record {seq}."
WHEN = "Verified {at}, in {seconds}."
READ_BEFORE = "Of the first {records} only the end was looked at again; all were read {at}."
SINCE_THEN = "Not verified yet: {records} since then."
CHANGED_SINCE = "The end of the log is another one since then: verify it now."
WHAT_TO_DO = (
    "Change nothing: keep .secrets/ and the anchor as they are and make a copy of both.",
    "Compare the log with a backup from the first bad record on; every copy of the anchor is a witness.",
    "Find out who could write to .secrets/. Then begin a new log as docs/audit.md says.",
)
RECORDS = "Records"
TEXT = "Search"
TEXT_HELP = "Words that all stand in a record: in its user, action, target, outcome or detail."
USER = "User"
ACTION = "Action"
OUTCOME = "Outcome"
CHOICE_HELP = "Offered are those of the newest records; any other may be typed."
TARGET = "Target"
TARGET_HELP = "A part of what the action was about: a run, a file, an account."
SINCE = "From day"
UNTIL = "To day"
DAY_HELP = "Days count in UTC, from midnight to midnight."
SIZE = "Records on a page"
NEWER = "Newer records"
OLDER = "Older records"
GO_ON = "Search older records"
NOTHING = "No record fits the search."
NOT_YET = "No record back to {reached} fits. The log goes on: search the older records too."
SOME = "The search has come back to {reached}. The log goes on: search the older records too."
EMPTY = "The log is empty; it begins with the first action."
SHOWN = "{number}, newest first, back to {reached}. Choose a line to read the whole record."
RECORD = "Record {seq}"
EXPORT = "Export"
EXPORT_LEAD = "Every record that fits the search, oldest first. The export itself goes on the log."
EXPORT_LINKS = (("jsonl", "JSON lines, as they stand in the log"), ("csv", "CSV for a spreadsheet"))
NUMBER = "No."
MOMENT = "When"
DETAIL = "Detail"
ANY = "any"

become_table(__name__)
