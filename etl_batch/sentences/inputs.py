"""What the engine says of inputs that it does not read: its sentences, in one table."""

from __future__ import annotations

import stat

from etl_batch.language import become_table

# paths
NO_PATH_CHARACTER = "{path} holds a character that no file name can hold; correct the path."
NO_PATH = "{path} is not a path: it is empty or holds a NUL byte; correct the path."
PARENT_COMPONENT = "Path traversal detected: {path} has a '..' component; give the path without it."
OUTSIDE = (
    "Path traversal detected: {path} leads outside the allowed folders ({allowed}); move it into one of them, or have "
    "its folder allowed, by ETL_ALLOWED_ROOTS or on the console's System screen."
)
NO_FILE = "There is no file {path}; check the name and its folder."
NOWHERE = (
    "There is no file {path} in the folders that runs may read ({allowed}); check the name and its folder, or put the "
    "file into one of them."
)
NO_FOLDER = "There is no folder {path}; choose another one."
NO_DIRECTORY = "{path} is not a directory; choose another folder."
DANGLING_LINK = "{path} is a symbolic link that points nowhere; remove it."
MAY_NOT_READ = "{path} may not be read by this user; fix its permissions."
KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFCHR: "a character device",
    stat.S_IFBLK: "a block device",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFLNK: "a symbolic link",
}
OTHER_KIND = "something else"
NOT_REGULAR = "{path} is {kind}, not a regular file; copy its content to a file."
NO_FILES_IN_FOLDER = "The directory {path} holds no files to read{passed}. Name other inputs."
NO_FILE_MATCHES = "No file matches {path}{passed}. Name other inputs."
PASSED_OVER = "; passed over: {names}"
AND_MORE = " and {number:,} more"
NOTE_PASSED_OVER = "Passed over below the inputs ({number:,}): {names}."
NOTE_UNION = "Not all of the {files:,} files have all columns: {columns}. They are null there."
LACKS_COLUMN = "{name} is missing in {number:,} ({files})"
NOTE_WIDENED = "Types that were widened so that every value has its place: {columns}."
WIDENED = "{name} from {former} to {type}"
NOTE_SKIPPED = "Skipped because they cannot be read ({number:,}); the first: {first}"
ALL_REFUSED = "None of the {number:,} files can be read; the first: {first}"
HIVE_CLASH = (
    "{path} has a column {name!r}, and is in a folder that gives {name!r} a value too; leave --hive out, or rename one."
)
HIVE_TWICE = "{path} is in two folders that give {name!r} a value; leave --hive out, or rename one."
NOT_ONE_FILE = "{path} is not one file; choose a file."
FOLDER_NOT_LISTED = "{folder} cannot be listed: {reason}. Fix its permissions."
UNUSABLE = "{path} cannot be used: {reason}; fix the path or its permissions."
FILE_UNREADABLE = "The file could not be read ({reason})."
NAME_UNREADABLE = "{name} cannot be read: {reason}."

# reading
EMPTY = "{path} is empty. Remove it from the input, or write it again."
LONG_FIRST_RECORD = (
    "{path} begins with a record that does not end within {most:,} bytes, so its columns cannot be told. Put a header "
    "above it; if a quote at its beginning is a letter, say --quote none."
)
BLANK = "{path} holds nothing but blank lines. Remove it from the input, or write it again."
UNREADABLE = "{path} cannot be read ({reason}). Check its permissions."
CANNOT_READ = "Cannot read {path}: {reason}. Check its permissions."
UNREADABLE_AT = "{path} cannot be read at byte {offset} ({reason}, {attempts} attempts). Check the disk it is on."
UNREADABLE_DISK = "{path} cannot be read ({reason}). Check the disk it is on."
CHANGED = {
    "shorter": "{path} became shorter while it was read. Run again on a file at rest.",
    "rewritten": "{path} was written anew while it was read. Run again on a file at rest.",
    "replaced": "{path} was replaced by another file while it was read. Run again on a file at rest.",
    "removed": "{path} was removed while it was read. Put it back and run again.",
}
PACKED_DAMAGED = "{path} cannot be decompressed ({reason}). Copy it again from where it was written, or unpack it."
PACKED_CUT = "it ends too early"
PACKED_RATIO = "its content is more than {most:,} times as long as the file"
PACKED_MEMBERS = "it is an archive of {number} files, and only one can be read"
PACKED_ENCRYPTED = "it is encrypted"
PACKED_METHOD = "it is compressed by the method {number} of zip, which is not read"
GROWN = "{path} has grown while it was read: the first {size:,} bytes were read, those that it had at the start."
REMOVED = "{path} was removed while it was read: all of it was read as it had been at the start."
SHORTER_LOOK = "{path} became shorter while it was read. Look again when it is at rest."
IS_OUTPUT = "{path} is both an input and an output; write to another file."
TOO_LARGE = "The input is {size:.3g} GB, over --max-size-gb {most:g}; raise it or split it."
OVER_LIMIT = (
    "The input is {size:.3g} GB, more than the {most:.3g} GB that a run may read here; split it, or have the limit "
    "raised on the console's System screen."
)

# formats
FITS_NO_READER = (
    "{path} fits no reader (tried: {tried}). Name its record layout with --layout, or describe it in a file for "
    "--struct-config."
)
TRIED_TEXT = "text: too many control characters"
TRIED_PARQUET = "Parquet: no PAR1 at the start"
BAD_DELIMITER = "The delimiter {given!r} cannot be one: name one sign or several on one line, such as , or ; or tab."
BAD_SIGN = "The {name} {given!r} cannot be one: name one sign of ASCII, or none."
SAME_SIGN = "Delimiter, quote, escape and comment must be different signs."
BAD_HEADER = "The header {given!r} is not known: say yes, no, or how many rows it has."
UNKNOWN_ENCODING = (
    "--encoding {given!r} is no encoding of text; name one such as utf-8, cp1252, cp1251, shift_jis, gb18030 or utf-16."
)
STATEFUL_ENCODING = (
    "--encoding {given!r} cannot be read in pieces, for a byte means one thing here and another there; convert the "
    "file to UTF-8 first."
)
ENCODING_DOUBTFUL = (
    "The characters were read as {chosen}, and {other} would fit nearly as well: look at them, and name the right one "
    "with --encoding where they are wrong."
)
ABOVE_THE_TABLE = (
    "{path}: {number} lines above the table were passed over and stand in the metadata; --skip-lines and --header say "
    "otherwise."
)
ONE_LINE_ABOVE = (
    "{path}: a line above the table was passed over and stands in the metadata; --skip-lines and --header say "
    "otherwise."
)
ROW_NAMES = "{path}: the header has no name for the first column, which was called {name}."
TAIL = "{path}: nothing stands behind the last delimiter of any row, which is taken for no column."
SPACES = "{path}: the spaces behind each delimiter were taken for a part of it; --delimiter says otherwise."
COMMENTS = "{path}: lines that begin with {sign} were taken for comments and skipped; --comment none says otherwise."
HEADER_ROWS = "{path}: the names of the columns were put together from {number} rows; --header says otherwise."
NO_HEADER = "{path}: the first row was taken for data, and the columns were numbered; --header says otherwise."
BLANKS = "a run of blanks"
ODD_DELIMITER = "{path}: {delimiter} was taken for the delimiter; --delimiter says otherwise."
ENCODING_DAMAGED = (
    "Some bytes are no UTF-8, and no other encoding fits them well, {other} best: their rows are rejects. If the "
    "file is in another encoding, name it with --encoding."
)
OTHER_FORMAT = "{path} is {name}. Unpack or export it to CSV, Parquet or records first."
NO_WHOLE_PARQUET = "{path} is not a whole Parquet file ({reason}). Copy it again from where it was written."
ROW_GROUP_UNREADABLE = "{path}: row group {number} cannot be read ({reason}). The file is damaged; write it again."
TOO_MUCH_MEMORY = (
    "{path}: {part} becomes more in memory than the {most:,} bytes that there are for a chunk. Raise --chunk-bytes, or "
    "write the file again with smaller values, lists or pages."
)
TOO_MUCH_MEMORY_AT_ONCE = (
    "{path} takes more memory at once than there is for a chunk with a record of {most:,} bytes. Lower "
    "--max-record-bytes to have longer records rejected, or take fewer --workers and a larger --chunk-bytes."
)
PART_FOOTER = "its footer"
PART_ROW_GROUP = "row group {number}"
TOO_MANY_CELLS = (
    "{path} is not read: its footer tells of {rows:,} rows in {size:,} bytes, more than {most:,} cells of {cell} bytes "
    "for each of them, as nothing but a file made to fill a memory or a disk does. Split it if its rows are meant."
)
NAME_NO_TEXT = "the name of a column is no UTF-8"
ROWS_MISSING = "it has fewer rows than its footer says"
ENCRYPTED_PARQUET = "{path} is an encrypted Parquet file, or has encrypted columns. Write it again without encryption."
NESTED_INT96 = (
    "{path}: the nested column {name} holds INT96 times outside the years 1677 to 2262, which cannot be read without "
    "changing them. Write its times with 64 bits."
)
NO_COLUMNS = "{path} is a Parquet file without columns. Remove it from the input."
RECORD_TOO_LONG = "{path}: a record near byte {offset} is longer than {most} MiB, too long for an estimate; run it."
NOT_WHOLE_RECORDS = (
    "decode was given {size} bytes, which is not a whole number of records of {record_size} bytes or more than "
    "{most}; this is a bug, please report it."
)
RECORD_FAILS = (
    "Record {record} of {source} (byte {offset}): {detail} Layout {layout!r} gives this field `on_error: fail`; "
    "correct the file or the layout."
)

# values
WOULD_BE_TYPED = "Text that looks like numbers or dates: {names}. With {options} they would be that in Parquet."
EITHER = " or "
NOTHING_TO_NORMALISE = (
    "--normalise had nothing to do: of --decimal, --thousands, --date-order and --null none was given, and values are "
    "read by what is declared."
)
NOT_ESCAPED = (
    "--no-escape: cells that a spreadsheet would run stand in the CSV as they were; do not open it in a spreadsheet "
    "when you do not trust its data."
)
OWN_OUTPUT = (
    "{path} is a CSV output of an earlier run, byte for byte: the apostrophes that were put before cells which a "
    "spreadsheet would run are taken off again."
)

# object stores
NO_SCHEME = "{url}: only objects of s3:// and gs:// are read and written; copy it there, or to a folder, first."
NO_URL = "{url!r} names no object; write it like s3://bucket/key, with no empty, `.` or `..` part."
NO_BUCKET = "{url}: the store has no bucket {bucket}; create it, or correct the name."
OBJECT_DENIED = "{url} may not be read with these credentials, or their time is over ({reason})."
STORE_FAILED = "The store of {url} does not answer as it should ({reason}); try again later."

become_table(__name__)
