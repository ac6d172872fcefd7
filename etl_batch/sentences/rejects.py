"""Why a record is rejected: the sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# text
HALF_CHARACTER = "half a UTF-16 character is left at the end of the file"
FIELD_COUNT = "{expected} fields expected, {found} found"
MALFORMED_QUOTES = "a quoted field does not end where its quote closes"
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
    "unknown_record_type": "{name} holds the bytes {shown}, which are none of the record types that the layout names.",
}
OUT_OF_RANGE = {
    "below": "{name} is {value} (bytes {shown}); it must be at least {low}.",
    "above": "{name} is {value} (bytes {shown}); it must be at most {high}.",
    "outside": "{name} is {value} (bytes {shown}); it must be at least {low} and at most {high}.",
}
BYTES_LEFT = "{size} bytes are left after the last whole record of {record_size} bytes"
PATTERN_MISMATCH = "{name} is {value!r}; it does not fit the layout's pattern."
CONST_MISMATCH = "{name} holds the bytes {shown}; it must be {const}."

become_table(__name__)
