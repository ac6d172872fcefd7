"""What is wrong with a record layout: the sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# fields
NO_NAME = "it has no `name`; only a field with `skip` may leave it out."
NOT_PRINTABLE = "its name is empty or has characters that cannot be printed."
NO_TYPE = "it has no `type`; use one of {known}."
UNKNOWN_TYPE = "it has the unknown type {type!r}; use one of {known}."
NAMED_TWICE = "two columns have this name; rename one of them."
TOO_MANY_FIELDS = "the layout has more than {most} fields; use `bytes` for a block of data."
KEY_OF_INNER_FIELDS = "it has `fields`, so `{key}` belongs to the fields inside it."
NO_INNER_FIELDS = "its `fields` is empty; name at least one field."
SIZE_OF_INNER_FIELDS = "its `size` is {size} bytes but its fields take {taken}."
KEY_MEANS_NOTHING = "`{key}` means nothing for the type {kind}; leave it out."
SIZE_OF_TYPE = "its `size` is {size} bytes but the type {kind} takes {sizes}."
TYPE_NEEDS_SIZE = "the type {kind} needs a `size` in bytes."

# what a field may hold
NO_VALUE = "{value!r} is not a value of type {type}."
NO_BYTES = "{value!r} is not a value of type bytes (give hexadecimal digits)."
NO_MOMENT = "{value!r} is not a value of type {type} (give it as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS)."
KEYS_CLASH = "`{one}` and `{other}` cannot both hold; keep one."
ENUM_AND_LIMITS = "`enum` names the values already; leave out `min` and `max`."
BITS_DO_NOT_FIT = "bits {first} to {last} do not fit {size} bytes."
BOOL_OF_BITS = "a bool is one bit; set the `len` of its `bits` to 1."
DATETIME_OF_DAYS = "a datetime has no unit 'D'; use the type date."
LIMITS_CROSSED = "`min` is larger than `max`, so no value would hold."
TOO_MANY_DIGITS = "{kind} of {size} bytes has {digits} digits; at most {most} can be kept."
LIMIT_IS_TEXT = "{value!r} is text; give a number."
LIMIT_IS_NAN = "a limit that is not a number would refuse every value; leave it out."
BLANK_NUMBER = 'null_values has "", but a binary number is never blank; give the number that means no value.'
ENUM_EMPTY = "enum is empty; name at least one value."
ENUM_TWICE = "enum names one value twice."
NO_EPOCH = "epoch {epoch!r} is not a date; write it as YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS."
EPOCH_BETWEEN_UNITS = "epoch {epoch!r} is not a whole number of the field's unit {unit!r}."
EPOCH_OUT_OF_REACH = "epoch {epoch!r} is out of reach for the unit {unit!r}; use a coarser unit."
NO_ENCODING = "{name!r} is not a text encoding; use for example utf-8, latin-1 or cp037."
NO_PATTERN = "pattern {pattern!r} is not an RE2 regular expression ({reason})."
NO_SCALE = "scale {scale} makes every value useless; give a factor other than 0."

NO_SIGN = "a {kind} number has no sign {sign!r}; use one of {known}."
SIGN_ALONE = "its `size` has room for the sign alone; add the bytes of its digits."
NO_SUMMAND = "add {add} cannot be added to anything; give a number."
SUM_TOO_LARGE = "{type} plus {add} has no room in 64 bits; use `scale` too, for a floating-point column."

# the bytes of a record
RECORD_TOO_LARGE = "a record of {record_size} bytes is larger than the {most} bytes allowed."
OF_RECORD_TYPE = "record type {value!r}: {problem}"
OVERLAPS = "it overlaps: it starts at byte {first}, but the fields before it reach byte {covered}."
PAST_THE_RECORD = "it ends at byte {end}, past the record size of {record_size}."
GAP = (
    'bytes {first} to {last} belong to no field (a gap of {size}); name them, or add {{"type": "bytes", "size": '
    '{size}, "offset": {first}, "skip": true}}.'
)
BIT_TAKEN = "it takes bit {bit} of byte {byte}, which {owner!r} has already."

# words before records, and counted arrays
WORD_OF_FIXED = "`{key}` means nothing for records of one length; set `record_format` to rdw or bdw."
WORD_OF_NO_BLOCK = "`block_word` means nothing without blocks; set `record_format` to bdw."
RECORD_SIZE_OF_FIELDS = "`record_size` is {record_size} but the longest record has {taken} bytes; leave it out."
COUNT_OF_VARIABLE = "`record_count` means nothing where words say how long records are; leave it out."
WORD_TOO_SHORT = "`{key}` has {size} bytes, too few for its {type} at byte {offset}."
COUNT_IN_COUNT = "an array that is counted cannot stand in another one; give one of them a fixed `count`."
NO_COUNT_FIELD = "`count` names {name!r}, which is not a field before it; give its whole name, such as outer.inner."
COUNT_FIELD_TYPE = "`count` names {name!r}, which is no plain integer; it cannot have scale, decimals or enum."
BEHIND_COUNTED = (
    "the field {name!r} follows this counted array, so in records of variable length it has no fixed place; only the "
    "last field can be counted."
)

# a layout
NO_FIELDS = "it has no fields; give `fields`, or `struct` and `names`."
NAMES_WITHOUT_STRUCT = "`names` goes with `struct`; in the long form each field has its `name`."
STRUCT_AND_FIELDS = "it has both `struct` and `fields`; keep one of them."
ENDIAN_WITH_STRUCT = "`endian` goes with `fields`; a struct format gives it with its first character, '<' or '>'."
TYPE_OF_KEY = "`{key}` has the type {type!r}; use one of {known}."
ALL_SKIPPED = "every field is skipped, so nothing would be written; unskip one."
STRATUM_IS_NO_COLUMN = "`stratum` names {name!r}, which is not a column; the columns are {known}."
MEASURE_IS_NO_COLUMN = "`measures` names {name!r}, which is not a column; the columns are {known}."
MEASURE_IS_NO_NUMBER = "`measures` names {name!r}, which is {type} and not a number."
NO_DISCRIMINATOR = "`discriminator` names {name!r}, which is not one of the shared `fields`."
DISCRIMINATOR_TYPE = "the discriminator must be a plain integer or text, without scale, decimals or enum."
DISCRIMINATOR_NULL = "the discriminator cannot be null; leave out `null_values` and `on_error`."

# the short form
STRUCT_TOO_LONG = "struct {text!r} has more than {most} values; use `bytes` for a block of data."
STRUCT_NAMES = "struct {text!r} has {wanted} values but `names` has {names}; give each value one name."
NO_STRUCT = "struct {text!r} is not a struct format ({reason})."
NATIVE_ALIGNMENT = (
    "struct {text!r} uses native alignment, which on this machine makes the record {native} bytes instead of "
    "{standard}; write '<' (little endian) or '>' (big endian) first, and 'x' for each byte of padding."
)
STRUCT_UNREADABLE = "struct {text!r} cannot be read at {rest!r}; see the table of characters."
STRUCT_CHARACTER = "struct {text!r} uses {code!r}, which layouts lack; use one of xcsbBhHiIlLqQefd?."
STRUCT_COUNT = "struct {text!r} has a count of 0 before {code!r}; leave it out."
STRUCT_EMPTY = "struct {text!r} has no values; give at least one character such as 'I'."

# the file
NO_JSON = "it is not JSON: {reason}."
TOO_DEEP = "it is nested too deeply"
FIELDS_TOO_DEEP = "its fields are nested too deeply."
KEY_TWICE = "the key {key!r} stands twice in one object"
NO_LAYOUT_FILE = "it is not of the form {example}."
OTHER_VERSION = "its version is {version!r}; this engine reads version {known}."
UNKNOWN_KEY = "unknown key {key!r} beside `version` and `layouts`."
UNKNOWN_KEY_LIKE = "unknown key {key!r}; did you mean {like!r}?"
UNKNOWN_KEY_OF_LAYOUT = "unknown key {key!r}; remove it."
WRONG_VALUE = "{reason} (given: {given!r})."
WRONG_VALUE_AT = "`{place}`: {reason} (given: {given!r})."
NO_LAYOUTS = "it has no layouts; add one."
NO_LAYOUT_NAME = "a layout cannot be named {name!r}; choose another name."

become_table(__name__)
