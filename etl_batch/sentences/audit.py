"""What the engine says of the audit log: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# recording
RECORD_TOO_LONG = "The audit record of {action!r} is too long; name the things, do not copy them."
NO_DETAIL = "The audit detail {name!r} holds {value!r:.40}; give text, numbers, lists or mappings."
CONFIDENTIAL = "The audit log never holds secrets: take {key!r} out of the detail."
REFUSED_BY_LOG = (
    "The action {action!r} was refused because it cannot be recorded: {reason} Run `audit verify`; docs/audit.md "
    "says how to begin a new log."
)
REFUSED_BY_DISK = (
    "The action {action!r} was refused because it cannot be recorded: {path}: {reason}. Make that place writable and "
    "free the disk."
)

# reading
UNREADABLE = "The audit log {path} cannot be read: {reason}; fix its permissions."
NO_MOMENT = "{moment!r} is not a moment; give one like 2026-01-31T00:00:00Z."
NO_ANCHOR = "The anchor {anchor} does not exist; name the file that holds the checkpoints."

# what does not verify
NOT_REGULAR = "{path} is not a regular file."
DAMAGED = "{path} is damaged."
NO_KEY = "the key {path} is missing."
KEY_DAMAGED = "the key {path} is damaged: it is not 64 hexadecimal digits."
NO_CHECKPOINT = "the anchor has a line that is no checkpoint: {line!r}."
END_IS_NO_RECORD = "the end of the log is no record."
PART_IS_CUT = "the last part of the log, {path}, does not end with a record."
PART_IS_TORN = "record {seq} is cut off at the end of {path}, a part that is no longer written."
LAST_LINE_IS_NO_RECORD = "the last line of the log is not a record."
NO_RECORD = "line {seq} is not a record."
LAST_DOES_NOT_FIT = "record {seq}, the last one, does not fit the key."
CHANGED = "record {seq} was changed."
FIRST_CHANGED = "record {seq} was changed, or the key is not the one this log was written with."
OUT_OF_PLACE = "record {seq} is not in its place: record {other} stands there."
DOES_NOT_FOLLOW = "record {seq} does not follow the record before it."
NO_HEAD = "head.json is missing."
ENDS_BEFORE_HEAD = "the log ends at record {seq}, head.json remembers {remembered}."
ENDS_BEFORE_ANCHOR = "the log ends at record {seq}, the anchor remembers {remembered}."
NOT_THAT_OF_HEAD = "record {seq} is not the one that head.json remembers."
NOT_THAT_OF_ANCHOR = "record {seq} is not the one that the anchor remembers."
OTHER_LENGTH = "the log is shorter or longer than head.json remembers."
ENDS_AFTER = "the log ends after {records} records, head.json remembers {remembered}."
ANCHOR_SHORTER = "the anchor is shorter than it was."
ANCHOR_GOES_BACK = "the anchor goes back to record {seq} after a later one."

# whether it is whole
CANNOT_READ = "{path} cannot be read: {reason}."
ROLLED_BACK = "the log was rolled back: it ends after {records} records, the anchor remembers {remembered}."
NOTHING_YET = "The audit log {path} is empty: nothing has been recorded yet."
WHOLE_WITH_CHECKPOINTS = (
    "The audit log is whole: {records} records, in agreement with {checkpoints} checkpoints of {anchor}."
)
WHOLE_WITHOUT_CHECKPOINT = (
    "The audit log is whole: {records} records; there is no checkpoint at {anchor}, so that a rollback of log and head "
    "would not be seen."
)
TORN = "{sentence} Its last line is torn: a crash cut it off before it counted; the next append repairs that."
DOES_NOT_VERIFY = (
    "The audit log {path} does not verify: {problem} Keep the files as they are and compare them with a backup; "
    "docs/audit.md says how to begin a new log."
)
DOES_NOT_VERIFY_FROM = (
    "The audit log {path} does not verify: {problem} First bad record: {seq}. Keep the files as they are and compare "
    "them with a backup; docs/audit.md says how to begin a new log."
)

become_table(__name__)
