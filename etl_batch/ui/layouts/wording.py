"""What is said by the Layouts screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table
from etl_batch.layouts import Speaks

# view
TITLE = "Layouts"
LEAD = "How the bytes of a record are read: list, edit, try on a file."
BROKEN = "{problem} Runs that detect their layout are refused until this is put right."
CHOOSE = "Layout"
CHOOSE_HELP = "The layout to read about below."
SHIPPED = "shipped"
HOME = "this home"
INSTEAD = "this home, instead of the shipped one"
EDIT = "Edit"
DUPLICATE = "Duplicate"
DELETE = "Delete"

# editor
NEW = "New layout"

# view
SHIPPED_STAYS = "It ships with the engine and stays as it is. Duplicate it and edit the copy."
SURE = (
    "Delete {name} for good? Runs, presets and schedules that name it will be refused. "
    "The previous version of the file is kept beside it as a backup."
)
SURE_SHIPPED = "Delete this home's {name}? The shipped layout of that name is used again."
REALLY = "Delete it"
KEEP = "Keep it"
DELETED = "The layout {name} was deleted."

# editor
FIELDS = "Fields"

# view
FIELDS_LEAD = "In the order of the layout. Without a record at hand the examples are values that its rules let pass."

# editor
MAP = "The record, byte by byte"

# view
MAP_LEAD = "Each block is a field with its bytes; the colours are those of the hex view."
TEXT = "The layout as JSON"
MISTAKES = "Mistakes of this layout"
ORIGIN = "From"
RECORD_BYTES = "Record bytes"
COLUMNS = "Columns"
STRATUM = "Stratum"
MEASURES = "Measures"
FILES = "Files"
DESCRIPTION_COLUMN = "Description"
BROKEN_BY = "broken: {mistakes}"
ENDIAN_NOTE = "{endian} endian"
AND_SKIPPED = "and {fields}"
SPLITS_THE_SAMPLE = "splits the sample"
TOTALS_ESTIMATED = "totals estimated"

# drawing
NO_MAP = "No field has a place yet."
TYPE = "Record type {name}"
LABEL = "Bytes of a record"
OVERLAP = "overlap: {names}"
OUTSIDE = "past the end: {names}"
MORE = "The first {limit} blocks of {count} are drawn."
FIRST_TO_LAST = "{first} to {last}"
FIELD_COLUMN = "Field"
OFFSET = "Offset"
BYTES = "Bytes"
TYPE_COLUMN = "Type"
ENDIAN = "Endian"
COLUMN = "Column"
NOT_WRITTEN = "not written"
EXAMPLE = "Example"
RULES_AND_NOTES = "Rules and notes"
GAP = "gap"

# editor
EMPTY = "Nothing is open here. Begin a new layout, or choose one under Layouts and edit or duplicate it."
NAME = "Name"
NAME_HELP = "What runs call it. Renaming a saved layout makes runs and presets that use the old name fail."
EDITOR_TEXT = "Layout as JSON"
TEXT_HELP = (
    "The short form (struct and names) or the long one (fields); docs/layouts.md has every key. "
    "Checked when you leave the field or press Ctrl+Enter."
)
SAVE = "Save layout"
LEAVE = "Close without saving"
SAVE_BROKEN = "Correct what is marked; then it can be saved."
SAVED = "The layout {name} is saved. Runs that start from now on use it."
WHOLE_LAYOUT = "No mistakes: records of {size}, {columns}."
EDITOR_MISTAKES = "What is wrong with the layout"
FIELD = "Field {name}:"
LAYOUT = "Layout:"
OVERRIDES = "A layout of this name ships with the engine; in this home yours is used instead."
UNSAVED = "Not saved yet. Hex view and Which layout fits can use it as it stands here."
TABLE = "Change the fields in a table"
TABLE_HELP = "The text above is what counts: the table follows it, and its changes go into it with the button below."
TABLE_LABEL = "Fields as a table"
APPLY = "Put the table into the text"
LONG = "Write the short form out as fields"
NO_TABLE = "The table shows the list `fields` of the text, once it can be read."
OTHERS = "Other keys"
DESCRIPTION = "What the records are."

# files
NOTHING_FITS = "it is neither text nor Parquet, and no saved layout fits it."

# fits
SCORES = "Scores"
FITS_LEAD = "Best first. The score is the one by which a run with the automatic layout decides."
CHOSEN = "A run with the automatic layout reads this file with the layout {name}."
CHOSEN_OTHER = "A run with the automatic layout reads this file as {format}, without a record layout."
NOT_CHOSEN = "A run with the automatic layout would refuse this file: {reason}"
SCORE = "fits {share}"

# hex
NO_LAYOUT = "No layout can be used; see what is wrong above."

# fits
WORDS = {Speaks.FOR: "for", Speaks.AGAINST: "against", Speaks.NEITHER: "no proof"}
SEE = "See it in hex"
LAUNCH = "Launch a run with this file"

# hex
DRAFT = "No layout fits this file. A draft can be made of its bytes: {reasons}"
NO_DRAFT = "No layout fits this file, and no draft can be made of its bytes: {reasons}"
USE_DRAFT = "Use this draft"
USE_DRAFT_HELP = "Opens it in the editor: give the fields names, correct what is wrong, and save it."
HEX_LAYOUT = "Layout"
LAYOUT_HELP = "The layout to read the file with; one that is open in the editor may be tried before it is saved."
PLAIN = "A run reads this file as {format}, without a record layout. Its bytes stand here as they are."
PLAIN_CHOICE = "None: the bytes as they are"
PLAIN_HELP = "The file is shown in parts of {bytes} bytes."
PLAIN_TITLE = "Bytes of the file"
PLAIN_PLACE = "Bytes {first} to {last} of {size}."
RECORD = "Record"
RECORD_HELP = "Any record of the file; the first is 1, as in the list of rejects."
COUNT = "Records shown"
COUNT_HELP = "How many records stand below each other."
START = "From byte"
START_HELP = "Long records are shown in parts of {bytes} bytes."
NEXT = "Next refused record"
NEXT_HELP = "Looks for a record that a run would reject, from the one after this on."
NONE_LEFT = "No record from {start} on would be rejected."
GO_ON = "No record from {start} to {end} would be rejected; press again to look further."
HEAD = "Record {record}"
PLACE = "Bytes {first} to {last} of the file."
REFUSED = "A run would reject this record:"
VALUES = "Values"
IN_HEX = "In hex"
VALUE = "Value"
IN_HEX_OF = "In hex of {record}"
VALUE_OF = "Value of {record}"
HEX_LABEL = "Bytes of record {record}"
VALUES_LABEL = "Fields and their values"
FIRST_AT = "the first at byte {place}"
FILE_CARD = "File"
RECORDS_CARD = "Records"
RECORD_CARD = "Record"
HEADER_CARD = "Header"
HEADER_NOTE = "before the first record"
LEFT_OVER = "Left over"
LEFT_OVER_NOTE = "after the last record"

# hex_view
NOTHING = "no value"
NO_FIELD = "no field"
AS_NOTHING = "{why}; read as no value"
HEX_VIEW_TITLE = "{name} ({kind}, {place}): {value}"
ONE_BYTE = "byte {place}"
BYTES_TO = "bytes {first} to {last}"
ONE_BIT = "{place}, bit {bit}"
BITS_TO = "{place}, bits {first} to {last}"

# pick
FILE = "File"
FILE_HELP = "A file under data/. Another one under the allowed folders may be typed in, such as output/x.bin."
NO_FILES = "There is no file under {folder} yet; put one there, or type the path of another one."
EDITED = "{name}, as it stands in the editor"

# state
LIST_TAB = "Layouts"
EDITOR_TAB = "Editor"
HEX_TAB = "Hex view"
FITS_TAB = "Which layout fits"

become_table(__name__)
