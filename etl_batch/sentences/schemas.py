"""What the engine says of declared schemas: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# a schema file
UNREADABLE = "The schema {path} cannot be read ({reason}). Check the name and its permissions."
TOO_LARGE = "The schema {path} is larger than {most} MiB, which no schema is; name another file."
NO_JSON = "The schema {path} is no JSON in UTF-8 ({reason}). Correct it, or write one with `etl schema infer`."
WRONG = "The schema {path}, {key}: {problem}"
WRONG_COLUMN = "The schema {path}, column {column!r}, {key}: {problem}"
NO_OBJECT = "it must be an object with keys."
UNKNOWN_KEY = "there is no such key; leave it out."
NO_VERSION = "it must be 1."
NO_LIST = "it must be a list that is not empty."
NO_EXTRA = "it must be keep, drop or refuse."
NO_NAME = "it must be the column's name."
TWICE = "it is declared twice; leave one out."
NO_TYPE = (
    "it must be integer, decimal(p,s) of at most 38 digits, number, text, boolean, date, time, timestamp or "
    "timestamp_utc, those with (ms), (us) or (ns) behind them."
)
NO_SWITCH = "it must be true or false."
NO_LENGTH = "it must be a whole number of characters, from 0."
NO_ORDER = "it needs a type with an order: integer, decimal, number, date, time or timestamp."
NO_VALUE = "it must be a number, a text, true or false."
NO_TEXT = "it is no text"
NO_PATTERN = "it must be a regular expression ({reason})."
NOT_OF_TYPE = "{value!r} is no {type}."
BELOW_LEAST = "it is below the least one."

# inputs that are not as it says
COLUMN_MISSING = "{path} has no column {name!r}, which the schema requires; correct the file or the schema."
COLUMN_EXTRA = (
    "{path} has a column {name!r}, which the schema does not name and refuses; correct the file or the schema."
)
NOT_UNIQUE = (
    "{name!r} must be unique by the schema, and {number:,} rows repeat a value: good row {row:,} of {source} has that "
    "of good row {former_row:,} of {former_source}. Nothing was published; correct the input, or the schema."
)

become_table(__name__)
