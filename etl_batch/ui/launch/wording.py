"""What is said by the Launch screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.browsing import Order
from etl_batch.language import become_table
from etl_batch.settings import FormSection

# view
TITLE = "Launch"
LEAD = "The first input is picked already: one click runs it. You can change everything below first."
OPERATOR_LEAD = "Runs that a super_admin has prepared: one click launches one."
NO_INPUT_TITLE = "There is no data yet"
NO_INPUT = "Put a binary, CSV or Parquet file into the folder {folder}, or send one from your computer."
NO_INPUT_AND_NO_UPLOAD = "Put a binary, CSV or Parquet file into the folder {folder}, then reload this page."
FIND_LAYOUT = "Find or describe a layout that fits this file"
LAUNCH = "Launch run"
BROKEN = "Change what is marked below; then the run can be launched."
TO_CHANGE = "To change before the run can start: {names}."
AFRESH = "Start afresh"
AFRESH_HELP = "What you type and pick here is kept until a run is launched. This forgets it."
COMMAND = "The same from the command line"
COMMAND_LEAD = "Copy it into a shell of this machine: it writes the same bytes, from whatever folder it is called."
REPEATS = "The settings are those of run {run_id}. Change what you like."
NO_SUCH_RUN = "There is no run {run_id}, or its settings cannot be read; the Runs screen lists them all."
FROM_PRESET = "preset {name}"
FROM_RUN = "run {run_id}"
FROM_INPUT = "input {name}"

# fields
SECTIONS = {
    FormSection.SETTINGS: "Settings",
    FormSection.TEXT: "Text files",
    FormSection.MORE: "More settings",
}
AUTOMATIC = "Automatic"
THIS_MACHINE = "This machine"
BACKUP = "Exists since {when}; it is kept as a backup when the run replaces it."
AUTOMATIC_CHOICE = "Automatic: {name}"

# files
PLACEHOLDER = "Pick files, or type a path"
BROWSE = "Browse the folders"
FOLDER = "Folder"
FOLDER_HELP = "Folders that runs may read. The settings of the System screen can add others."
SEARCH = "Find"
SEARCH_HELP = "Part of a name, or a pattern such as 2026-*.csv."
ORDER = "Sort by"
ORDER_HELP = "Folders come first, by name."
ORDERS = {Order.NAME: "Name", Order.NEWEST: "Newest", Order.LARGEST: "Largest"}
UP = "Up to {name}"
WHOLE = "Use the whole folder"
PATTERN = "Use all that fit"
PREVIOUS = "Previous page"
NEXT = "Next page"
WHERE = "{files} and {folders} in {folder}"
FITTING = ", {found} of them fit"
PAGE = "Page {page} of {pages}"
NO_FOLDER = "None of the folders that runs may read is there; make {folder}."
EMPTY = "Nothing here fits. Clear the search, or open another folder."
LAYOUT_OF = "{format}, layout {layout}"
STORED_AS = "{original} as {name}"

# form
NO_INPUT_PICKED = "Pick at least one file, folder or pattern."
NO_OUTPUT = "Name a CSV output, a Parquet output, or both."
NO_PARQUET = "Name a Parquet output, or leave it as one file."
IN_PARTS = "This would stand in the folder of the Parquet parts, which is replaced as a whole; name another place."
SAME_OUTPUT = "The CSV and the Parquet output are the same file; name two."
IS_INPUT = "This is one of the inputs; write to another file."
IS_OUTPUT = "This is an output of this run; name another file."
NO_WHOLE = "The {name} is a whole number from {least}, such as 42."
NO_COLUMN = "There is no column {name} in this input; choose another one, or none for the automatic choice."
NO_NUMBERS = "Column {name} holds no numbers, so it has no total; choose a numeric column."
TOO_LARGE = "The input has {size}, more than this; raise the limit or pick less."
MORE_PROBLEMS = "And {number} more."

# outlook
BY_PAST_RUNS = "judged by {runs} over such files"
BY_DEFAULT = "a first guess; past runs will tell better"
NO_ROOM = (
    "The outputs will need about {needed}, and the disk of {folder} has {free} left. Free some space, choose another "
    "folder or write one output only; a run that finds the disk full publishes nothing."
)

# presets
LIST = "Presets"
LIST_LEAD = "Saved by a super_admin. A preset runs as it stands: nothing in it can be changed here."
NONE_YET = "No preset has been saved yet. Ask a super_admin to save one on this screen."
LAUNCH_ONE = "Launch {name}"
MISSING = "{path} is not there now, so this preset cannot run."
PRESET = "Preset"
PRESET_HELP = "Saved settings to begin with. Changes here leave the preset as it is until it is saved."
FRESH = "None: fresh settings"
MANAGE = "Presets"
MANAGE_LEAD = "Settings saved under a name can be launched by operators, who can launch nothing else."
NAME = "Preset name"
NAME_HELP = "1 to 64 characters, such as: nightly sales."
SAVE = "Save as preset"
UPDATE = "Update the preset"
DELETE = "Delete a preset"
REPLACES = "A preset of this name exists; saving replaces it by the settings on this screen."
NOT_SAVED = "Change what is marked above; then the settings can be saved."
CHOOSE = "Preset to delete"
CHOOSE_HELP = "Runs that were launched from it stay."
CONFIRM = "Yes, delete it: operators can no longer launch it"
SAVED = "The preset {name} is saved."
DELETED = "The preset {name} is deleted."
INPUT = "Reads"
OUTPUT = "Writes"
READING = "Layout"
SAMPLE = "Sample"
LIMITS = "Limits"
OTHER = "Further settings"
SAMPLE_SHARE = "{share} of the rows"
SAMPLE_TARGET = "rows for an error of {share} of each {per}'s total"
BY_RULE = ", {rule} allocation"
BY_STRATUM = ", by {column}"
TOTALS_OF = "; totals of {names}"
SAME_SIGN = "This is the decimal sign too; choose another one, or a decimal comma."
NOT_SAID = "as usual"
SIGN_NAMES = {
    ".": "point .",
    ",": "comma ,",
    "'": "apostrophe '",
    "\N{RIGHT SINGLE QUOTATION MARK}": "typographic apostrophe \N{RIGHT SINGLE QUOTATION MARK}",
    " ": "space",
    "\N{NO-BREAK SPACE}": "no-break space",
    "\N{NARROW NO-BREAK SPACE}": "narrow no-break space",
    "_": "underscore _",
    "dmy": "day, month, year",
    "mdy": "month, day, year",
    "ymd": "year, month, day",
}
USUAL_WORDS = {
    "null_words": ("NA", "N/A", "NULL", "null", "None", "nan", "NaN", "-"),
    "include": ("*.csv", "*.parquet"),
    "exclude": ("*.log", "old/**"),
}
NO_WORDS = "none"
HALF_REJECTED = "rejects up to half of the records"
SHARE_REJECTED = "rejects up to {share} of the records"
AT_MOST = "at most {rejects}"
INPUTS_UP_TO = "inputs up to {size}"
STOPS_AFTER = "stops after {time}"
PRESETS_PAGE = "Page"
NO_PRESET = "None"

# preview
PREVIEW = "First records"
PREVIEW_LEAD = "As they will be read with these settings."
HOW_READ = "How it is read"
LOOKS_TYPED = (
    "Text that looks like numbers or dates: {names}. They become that in Parquet when it is said how they are written."
)
DECLARE = "Set {declared}"
SET_TO = "{label} \N{LEFT DOUBLE QUOTATION MARK}{value}\N{RIGHT DOUBLE QUOTATION MARK}"
AND = " and "
PREVIEW_OF = "The first records of {name}, one of {files}, as they will be read with these settings."
COLUMNS = "Columns ({number})"
BY_LAYOUT = "the layout says so"
CHOSEN = "chosen here"
PREVIEW_AUTOMATIC = "automatic; the reason stands below"
CANNOT_READ = "{name} cannot be read: {reason}."
CARD_FORMAT = "Format"
FORMAT_NOTE = "{how}, {columns}"
CARD_SIZE = "Size"
FILES_AND_ROWS = "{files}, about {rows}"
CARD_STRATUM = "Stratum"
CARD_MEASURES = "Measures"
CARD_TIME = "Time"
ABOUT = "about {number}"
TIME_BASIS = "on this machine; {basis}"
CARD_OUTPUTS = "Outputs"
ON_THE_DISK = "on the disk"
TO_THE_STORE = "to the store, written to the disk first"
TO_BOTH = "on the disk, and to the store, written to the disk first"
OWN_TYPES = "its own types"
DIALECT = "{delimiter} between cells, {encoding}"
COLUMN_FACTS = ("Column", "Type", "Used as")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
AS_STRATUM = "stratum"
AS_MEASURE = "measure"

# probe
PROBE_TITLE = "What it holds"
PROBE_LEAD = "Estimated from {read} of {size}, read in random places. The run itself reads everything."
LEAD_WHOLE = "Counted and added up: all of it was read, {size}."
WAITING = "Reading random places of the input, to say what it holds …"
TOO_MANY = "With more than {most} files this is not estimated here; `etl estimate` does it."
HEADINGS = ("What", "Estimate", "95 % interval", "{run}")
A_RUN = "A run at {fraction}"
THE_RUN = "The run"
ROWS = "Rows"
REJECTED = "Rejected records"
TOTAL_OF = "Total of {name}"
BETWEEN = "{low} to {high}"
STRATA = "Strata found ({number})"
WHY = "The interval of {name} may be off. {reason}"
EXPECTED = "A run at {fraction} draws {rows} and is expected to be within {totals}."
EXPECTED_TOTAL = "±{width} for {name}"
EXPECTED_DOUBT = (
    "At {fraction} the run is not expected to certify {names}: too few rows for values that differ so much. Take a "
    "larger fraction."
)
CARD_ROWS = "Rows"
PROBE_EXACT = "exact"
RUN_CERTIFIED = "±{width}, certified"
RUN_NOT_CERTIFIED = "±{width}, not certified"
RUN_NO_INTERVAL = "no interval"
RUN_COUNTS = "counts them"
PROBE_NO_INTERVAL = "none"
PROBE_MISSING = "(missing)"

# upload
UPLOAD = "Upload a file, or several"
TEXTS = {
    "drop": "Drop files here",
    "label": "Choose files",
    "button": "Upload",
    "list": "Files to upload",
}
NOTE = "Binary, CSV or Parquet, up to {size} each. They go straight to disk under data/, one after the other."
NOTE_UNLIMITED = "Binary, CSV or Parquet. They go straight to disk under data/, one after the other."
SCRIPT_TEXTS = {
    "decimalSign": ".",
    "choose": "Choose a file first.",
    "cancel": "Cancel",
    "cancelOne": "Cancel the upload of {name}",
    "removeOne": "Take {name} off the list",
    "progress": "Progress of the upload of {name}",
    "waiting": "Waits for its turn.",
    "done": "Uploaded.",
    "folder": "This is a folder; drop the files that are in it.",
    "tooLarge": "The file has {size}; at most {limit} may be uploaded now. Copy it into data/ on the server instead.",
    "going": "{done} of {total}, {percent} %, {rate}/s, {left} left",
    "storing": "Sent; the server is checking the file.",
    "stored": "Uploaded {name}. It is picked as the input.",
    "storedAll": "Uploaded {number} files. They are picked as the input.",
    "cancelled": "The upload was cancelled; nothing was kept.",
    "lost": "The connection was lost, and nothing was kept. Upload the file again.",
    "ended": "Your session has ended, and nothing was kept. Sign in again, then upload the file.",
    "refused": "The server did not take the file (status {status}). Upload it again.",
    "busy": "{name} is being uploaded; you may use the other screens meanwhile, but keep this tab open.",
}

become_table(__name__)
