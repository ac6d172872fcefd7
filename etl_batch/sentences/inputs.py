"""What the engine says of inputs that it does not read: its sentences, in one table."""

from __future__ import annotations

import stat

from etl_batch.language import become_table

# paths
NO_PATH_CHARACTER = "{path} holds a character that no file name can hold; correct the path."
NO_PATH = "{path} is not a path: it is empty or holds a NUL byte; correct the path."
PARENT_COMPONENT = "Path traversal detected: {path} has a '..' component; give the path without it."
OUTSIDE = (
    "Path traversal detected: {path} leads outside the allowed folders ({allowed}); move it into one of them or add "
    "its folder to ETL_ALLOWED_ROOTS."
)
NO_FILE = "There is no file {path}; check the name and the current folder."
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
NO_FILES_IN_FOLDER = (
    "The directory {path} holds no files; names that start with a dot and backups are left out. Name other inputs."
)
NO_FILE_MATCHES = "No file matches {path}; names that start with a dot and backups are left out. Name other inputs."
NOT_ONE_FILE = "{path} is not one file; choose a file."
FOLDER_NOT_LISTED = "{folder} cannot be listed: {reason}. Fix its permissions."
UNUSABLE = "{path} cannot be used: {reason}; fix the path or its permissions."
FILE_UNREADABLE = "The file could not be read ({reason})."
NAME_UNREADABLE = "{name} cannot be read: {reason}."

# reading
EMPTY = "{path} is empty. Remove it from the input, or write it again."
BLANK = "{path} holds nothing but blank lines. Remove it from the input, or write it again."
UNREADABLE = "{path} cannot be read ({reason}). Check its permissions."
CANNOT_READ = "Cannot read {path}: {reason}. Check its permissions."
UNREADABLE_AT = "{path} cannot be read at byte {offset} ({reason}, {attempts} attempts). Check the disk it is on."
UNREADABLE_DISK = "{path} cannot be read ({reason}). Check the disk it is on."
SHORTER = "{path} became shorter while it was read. Run again on a file at rest."
SHORTER_LOOK = "{path} became shorter while it was read. Look again when it is at rest."
IS_OUTPUT = "{path} is both an input and an output; write to another file."
TOO_LARGE = "The input is {size:.3g} GB, over --max-size-gb {most:g}; raise it or split it."

# formats
FITS_NO_READER = (
    "{path} fits no reader (tried: {tried}). Name its record layout with --layout, or describe it in a "
    "--struct-config file."
)
TRIED_TEXT = "text: too many control characters"
TRIED_PARQUET = "Parquet: no PAR1 at the start"
OTHER_FORMAT = "{path} is {name}. Unpack or export it to CSV, Parquet or records first."
NO_WHOLE_PARQUET = "{path} is not a whole Parquet file ({reason}). Copy it again from where it was written."
ROW_GROUP_UNREADABLE = "{path}: row group {number} cannot be read ({reason}). The file is damaged; write it again."
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

become_table(__name__)
