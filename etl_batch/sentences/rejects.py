"""Why a record is rejected: the sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# text
PART_OF_CHARACTER = "part of a character is left at the end of the file"
FIELD_COUNT = "{expected} fields expected, {found} found"
MALFORMED_QUOTES = "a quoted field does not end where its quote closes"
TOO_LONG = "the record is longer than {most:,} bytes (--max-record-bytes raises this); its first {kept:,} are kept here"
UNREAD = "{why}; the {size:,} bytes from here on were given up"
UNREAD_ROW = "{why}; the row was given up"
CUT_IN_COMPRESSED = (
    "the record was longer than a record may be, and of one in a compressed file a replay has no more than its start: "
    "run the file again with a larger --max-record-bytes"
)
NO_CHARACTER = "no valid character at byte {byte} of the record"

# Parquet
CELL_NO_UTF8 = "the cell is not valid UTF-8"
NO_MOMENT = "{name} is {value} of {type} from 1970, outside the years 1 to 9999"
NO_TIME_OF_DAY = "{name} is {value} of {type}, which is no time of a day"
SECONDS = "seconds"

# JSON Lines
NO_JSON = "the line is no JSON: {reason}"
NO_OBJECT = "the line is JSON, but no object"
JSON_TOO_DEEP = "the line holds more than {most} objects and lists one in the other"
DUPLICATE_KEY = "the key {key!r} stands twice in the line"
UNKNOWN_KEY = "the key {key!r} is not among the columns"
HALF_CODE = "the member {key!r} holds an escape that is half a character"
LINE_TOO_LONG = "the line has {size} bytes, more than the {most} that a record may have"

# records
UNREADABLE = {
    "invalid_text": "{name} holds the bytes {shown}, which are not valid {encoding} text.",
    "invalid_number": "{name} holds the bytes {shown}, which are no {kind} number.",
    "invalid_enum": "{name} holds the bytes {shown}, which are none of the values that the layout names.",
    "invalid_bool": "{name} holds the bytes {shown}, which are neither 0 nor 1.",
    "invalid_timestamp": "{name} holds the bytes {shown}, which are outside the years 1 to 9999.",
    "wrong_length": "{name} holds the bytes {shown}; the record ends too early for it, or is longer than its type.",
    "unknown_record_type": "{name} holds the bytes {shown}, which are none of the record types that the layout names.",
}
OUT_OF_RANGE = {
    "below": "{name} is {value} (bytes {shown}); it must be at least {low}.",
    "above": "{name} is {value} (bytes {shown}); it must be at most {high}.",
    "outside": "{name} is {value} (bytes {shown}); it must be at least {low} and at most {high}.",
}
DAMAGED_WORD = (
    "{size} bytes stand here where a word should say how long the next record is; up to their end no word leads on."
)
BYTES_LEFT = "{size} bytes are left after the last whole record of {record_size} bytes"
PATTERN_MISMATCH = "{name} is {value!r}; it does not fit the layout's pattern."
CONST_MISMATCH = "{name} holds the bytes {shown}; it must be {const}."

# what is said of many at once
FIRST_OF_ITS_KIND = "Most common is {reason} ({number:,}), first at byte {offset} of {source}: {detail}."
FIRST_IN_A_FIELD = "Most common is {reason} ({number:,}), first in {field} at byte {offset} of {source}: {detail}."
WHAT_HELPS = {
    "field_count": (
        "If the cells were split at the wrong sign, say the right one with --delimiter; --ragged pad fills rows up "
        "that are short."
    ),
    "malformed_quotes": "If cells stand in other quotes, or in none, say so with --quote.",
    "invalid_text": "If the text is in another encoding, say which: --encoding for a text, `encoding` in a layout.",
    "partial_character": "The file may have been cut off: fetch it again.",
    "partial_record": "The file may have been cut off, or have records of another size: see --layout.",
}
LAYOUT_HELPS = "If these values are right, the layout is not: see `layouts show`, or name another with --layout."
# declared schemas
SCHEMA_TYPE = "{name} is {value!r}, which is no {type}."
SCHEMA_REQUIRED = "{name} is empty; the schema requires it."
SCHEMA_RANGE = {
    "below": "{name} is {value}; it must be at least {low}.",
    "above": "{name} is {value}; it must be at most {high}.",
}
SCHEMA_PATTERN = "{name} is {value!r}; it does not fit the schema's pattern."
SCHEMA_VALUE = "{name} is {value!r}, which is none of the values that the schema names."
SCHEMA_LENGTH = "{name} has {length:,} characters; the schema allows {least:,} to {most}."
SCHEMA_ANY_LENGTH = "any number"
LOOKING_HELPS = "The Rejects screen shows what they have in common."

become_table(__name__)
