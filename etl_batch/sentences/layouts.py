"""What the engine says of record layouts and of how a file fits them: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# files of layouts
UNREADABLE_FLAG = "Cannot read the layout file {path}: {reason}. Check --struct-config."
UNREADABLE = "Cannot read the layout file {path}: {reason}. Fix its permissions."
NO_UTF8 = "The layout file {path} is not UTF-8 text; save it as UTF-8 JSON."
NO_JSON = "{source} is not a layout file: {reason}. Correct the JSON."
PROBLEM = "1 problem in {source}: {told}. Correct the file; `layouts check` tests it."
PROBLEMS = "{count} problems in {source}: {told}. Correct the file; `layouts check` tests it."

# the layouts of a home
TOO_LONG = "Layout {name!r} has more than {most:,} characters; use arrays (`count`)."
EXISTS = "There is already a layout {name!r} in this home; choose another name."
EXISTS_EDIT = "There is already a layout {name!r} in this home; choose another name, or edit that one."
SHIPPED = "The layout {name!r} ships with the engine and stays; save one of your own beside it."
GONE = "There is no layout {name!r} in this home any more; open the list again."
CHANGED_MEANWHILE = "The layout {name!r} was changed by somebody else meanwhile; open it again, then change it."
NO_NAME = "A layout's name has 1 to {most} characters and no blanks around it; correct {name!r}."

# records in a file
NO_ROOM_FOR_FRAME = (
    "The file has {size} bytes, less than the header of {header} and the footer of {footer} that layout {layout!r} "
    "gives it; it is cut off or of another layout."
)
NO_RECORD = (
    "The file has {body} bytes for records but one record of layout {layout!r} takes {record_size} bytes; it is "
    "empty, cut off or of another layout."
)
FEWER_THAN_ANNOUNCED = (
    "The file announces {announced} records of {record_size} bytes but has room for {whole}; it is cut off: get it "
    "again, or take `record_count` out of layout {layout!r} to read what is there."
)
TRAILING = (
    "{trailing} bytes follow the last record at byte {offset}, which layout {layout!r} calls an error; get the file "
    "again, or set `trailing_bytes` to dead_letter or ignore."
)
NOTHING = "nothing"
WRONG_MAGIC = "The file has {found} at byte {offset} where layout {layout!r} has {expected}; choose another layout."
KEY_OUTSIDE = (
    "The file has {size} bytes, so `{key}` of layout {layout!r} cannot be read at byte {offset}; it is cut off or of "
    "another layout."
)
WRONG_KEY = "The file gives {value} as `{key}` of layout {layout!r}; choose another layout."
WORDS_CHANGED = (
    "The words before the records of layout {layout!r} are not those that were planned; the file was changed while it "
    "was read: run it again."
)
NO_PLACES = (
    "Records of layout {layout!r} have no fixed length, so none can be found by its number; run the file, or see its "
    "rejects."
)
NO_RECORD_WORDS = "No place was found from which the words before the records lead from one to the next."
WORDS_LEAD = "The words before the {records} lead from one to the next."
WORDS_DAMAGED = "The words before the {records} lead from one to the next for {share:.1%} of the bytes looked at."

# files whose own header says what a record is
NO_HEADER = "{path} has no header of the format {name!r}; choose another layout, or leave it to detection."
BAD_HEADER = (
    "{path} has a header of the format {name!r} that cannot be read: {reason} Get the file again, or write a layout."
)
HEADER_CUT_OFF = "the file ends within it."
NPY_VERSION = "its version is {version} and its length {length} bytes, which is not known."
NPY_LITERAL = "its text is no dictionary with descr, fortran_order and shape."
NPY_SHAPE = "the shape {shape} has no records."
NPY_FORTRAN = "the array is in Fortran's order, so its rows do not stand side by side; save it in C's order."
NPY_TYPE = "the type {type!r} has no fixed bytes that could be read."
TOO_MANY_VALUES = "each of its elements has {count:,} values; at most {most:,} can be columns."
LAS_COMPRESSED = "its points are compressed (LAZ); decompress it first."
LAS_FORMAT = "it is of LAS {version}, point format {form}; the formats 0 to 3 of LAS 1.0 to 1.4 can be read."
LAS_SIZES = "it gives {size} bytes a point from byte {first} on, too few for its format."
FITS_NO_TABLE = "no binary table is in it."
FITS_KEY = "{key} is {value}, which cannot be."

# how well a file fits
NO_WHOLE_RECORD = "There is no whole record to look at."
IS_TEXT = "Every byte is one of text, where this layout has numbers in binary: the file is a text file."
NOTHING_CAN_BE_WRONG = (
    "Nothing in the {records} can be wrong: any bytes are numbers, and no text or rule is there to check."
)
IMPOSSIBLE = "{wrong:,} of the {records} ({share:.1%}) hold an impossible value: {told}."
IMPOSSIBLE_AND_OTHERS = "{wrong:,} of the {records} ({share:.1%}) hold an impossible value: {told} and others."
SAMPLED = "{records:,} sampled records"
SAMPLED_ONE = "1 sampled record"
WRONG = {
    "invalid_text": "is no valid text",
    "odd_text": "has padding before its end or characters that nobody prints",
    "invalid_number": "is no number",
    "invalid_enum": "has a value that the layout does not name",
    "invalid_bool": "is neither 0 nor 1",
    "invalid_timestamp": "is outside the years 1 to 9999",
    "const_mismatch": "is not the constant that must stand there",
    "pattern_mismatch": "does not fit its pattern",
    "out_of_range": "is outside its limits",
    "wrong_length": "ends too early, or its record is longer than its type",
    "unknown_record_type": "names no record type of the layout",
}
WRONG_FIELD = "{name!r} {why} ({count:,})"
NOTHING_WRONG = "No value in the {records} is impossible (fields that can tell: {rules})."
MAGIC_FOUND = "The magic bytes {magic} stand at byte {offset}."
NAME_OTHERWISE = "The file's name does not fit {globs}."
NAME_FITS = "The file's name fits {globs}."
SIZE_FITS = "The size is {records}, with nothing left over."
SIZE_LEFT = "The size is {records} and {left:,} bytes left over."
RECORDS_OF_BYTES = "{records:,} records of {size:,} bytes"
ONE_OF_BYTES = "1 record of {size:,} bytes"

# a draft of a layout
DRAFT = "A draft, guessed from the bytes: give the fields names, and correct what is wrong."
TOO_SMALL_TO_GUESS = "The file is too small to guess a record length from."
NO_PERIOD = (
    "No record length explains the bytes: they are noise, compressed or encrypted data, text, all the same, or records "
    "of different lengths."
)
PERIOD = "Bytes {length:,} apart are alike: records of that length explain {gain:.1f} of {entropy:.1f} bits a byte."
AFTER_HEADER = "{records} after a header of {header:,} bytes"
GUESSED = {
    "byte": "a byte of any value",
    "padding": "zero in all sampled records",
    "constant": "the same in all sampled records",
    "text": "printable, padded at its end",
    "zoned": "digits in EBCDIC",
    "packed": "two digits a byte and a sign at the end",
    "number": "its high bytes have fewer values than its low ones",
    "count": "it rises from record to record",
    "time": "a moment of the years 1990 to 2040",
    "float": "its exponents lie close together",
}

become_table(__name__)
