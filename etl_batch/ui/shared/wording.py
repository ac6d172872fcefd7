"""What is said by what the screens share: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table
from etl_batch.model import RunStatus
from etl_batch.runs.processes.cancellation import OutputFate
from etl_batch.runs.record.ceilings import Ceiling
from etl_batch.ui.shared.doors import Screen

# everywhere
STATUSES = {
    RunStatus.QUEUED: "queued",
    RunStatus.RUNNING: "running",
    RunStatus.SUCCESS: "success",
    RunStatus.FAILED: "failed",
    RunStatus.CANCELLED: "cancelled",
    RunStatus.TIMED_OUT: "timed out",
}

TABS = {
    Screen.LAUNCH: "Launch",
    Screen.LIVE: "Live",
    Screen.RUNS: "Runs",
    Screen.REPORT: "Report",
    Screen.ANALYTICS: "Analytics",
    Screen.DATA: "Data",
    Screen.REJECTS: "Rejects",
    Screen.LAYOUTS: "Layouts",
}

# sentences of the engine, which has flags, commands and files where screens have fields and links
FIELD = "\N{LEFT DOUBLE QUOTATION MARK}{label}\N{RIGHT DOUBLE QUOTATION MARK}"
FIELD_AT = "\N{LEFT DOUBLE QUOTATION MARK}{label}: {value}\N{RIGHT DOUBLE QUOTATION MARK}"
REJECTS_SCREEN = "the Rejects screen"
IN_CONSOLE = {"`layouts show`": "the Layouts screen", "`runs list`": "the Runs screen"}

# the dashboard beside a console
CONSOLE_THERE = (
    "The console at {address} serves this home too and looks after its runs; a run started here skips its queue."
)

# what an app gives the dashboard
HOME_NO_PATH = 'The dashboard\'s home is given as text or as a Path, and not as {kind}: etl_dashboard(home="/srv/etl").'
HOME_NO_NAME = 'The dashboard\'s home has no name; give the path of a folder: etl_dashboard(home="/srv/etl").'
HOME_OF_NOBODY = "The dashboard's home {home} begins with the name of nobody on this machine; write the path out."
HOME_NOT_MADE = "The dashboard's home {home} cannot be used ({reason}); name a folder that this account may write in."
HOME_TAKEN = "Home of the dashboard: {home}; etl_dashboard(home=...) or ETL_HOME names another one."
USER_NO_TEXT = 'The dashboard\'s user is given as text, and not as {kind}: etl_dashboard(user="ada").'
USER_NO_NAME = "The dashboard's user has no name that can be written down; give one of visible letters."
NO_LANGUAGE = "The dashboard does not speak {language}; give one of {known}, or none for the browser's."
ONE_A_PAGE = (
    "There is a dashboard on this page already. Give each a page of its own (st.navigation), or draw one at a time."
)

# templates
SIDES = ("Left", "Right")
PROGRESS = "Progress of the run"
OPEN_REPORT = "Open in a tab of its own, to read or to print"
DOWNLOAD_REPORT = "Download"
STAGES_LABEL = "Stages of the run"
CPU_OF = "CPU of process {pid}"

# resuming
RESUME = "Resume"
RESUME_HELP = "Goes on from where the run was cut off. The outputs are the same as without the interruption."
ATTEMPTS = "Tries before"
ATTEMPTS_LEAD = "When each of them ended, and why."

# chart
DOWNLOAD = "These numbers as CSV"
DOWNLOAD_HELP = "Downloads what is drawn here as a table that any spreadsheet opens."

# logs
TITLE = "Log"
SEARCH = "Search the log"
SEARCH_HELP = "A part of a line, whatever its case. The newest lines are searched first."
LEVEL = "Level"
LEVELS = {"all": "all levels", "warnings": "warnings and errors", "errors": "errors only"}
LEVEL_HELP = "How serious a line must be to be shown."
HOLD = "Hold still"
HOLD_HELP = "Stop following the newest lines. “Newest” follows them again."
FOLLOWING = "following the newest lines"
HELD = "holding still"
OLDEST = "Oldest"
OLDER = "Older"
NEWER = "Newer"
NEWEST = "Newest"
GO_ON = "Search further back"
GO_ON_NEWER = "Search further on"
IN_PLACE = "Show in place"
IN_PLACE_HELP = "Leave the search and show the newest line found among its neighbours."
EMPTY = "The log is empty so far."
NOTHING = "No line fits."
NOT_YET = "No line found so far; the log is long. Search further."
SHOWN = "{lines} shown of a log of {size}"
LEFT_OUT = "… {count} more of this entry; download the log to read them"
PART_WORDS = "older part"
NEWEST_PART = "newest part"
LOG_PART = "{log}, {part}"
SHOWN_HOW = "{shown}, {how}"

# progress
STAGES = (
    ("plan", "Plan", "find files, layout, columns"),
    ("ingest", "Ingest", "read, clean, write"),
    ("finish", "Finish", "close and check the files"),
    ("analytics", "Analytics", "sample and estimate"),
    ("report", "Report", "publish and report"),
    ("done", "Done", "all in place"),
)
STATE_WORDS = {"past": "done", "now": "now", "stopped": "stopped here", "ahead": "to come"}
CPU = "CPU of the machine"
MEMORY = "Memory of all processes"
LIMITS = "Limits"
LIMIT_NAMES: dict[str, str] = {
    Ceiling.TIME: "Time",
    Ceiling.CPU: "CPU time",
    Ceiling.MEMORY: "Memory in use",
    Ceiling.INPUT: "Input",
    Ceiling.OUTPUT: "Outputs",
    Ceiling.DISK: "Disk left free",
}
LIMIT_USED = ("{used} of {most}", "{used} left, at least {most}")
LIMIT_HIT = ("{used}, past the limit of {most}", "{used} left, less than {most}")
UNLIMITED = "{used}, no limit"
STARTING = "starting"
IN_ALL = "{time} in all"
PART_OF = "{part} of {whole}"
PER_SECOND = "{size}/s"
LEFT = "{time} left"
WRITTEN_SO_FAR = "Written so far"
PUBLISHED_AT_END = "published at the end"
RATE = "Rate"
OF_INPUT_ON_AVERAGE = "of input, on average"
ELAPSED = "Elapsed"
TIME_LEFT = "Time left"
OF_READING_AT_THIS_RATE = "of reading, at this rate"
CHUNKS_DONE = "Chunks done"
OF_THE_CLUSTER = "{workers} of the cluster"

# proof
CANCEL = "Cancel run"
CANCEL_HELP = "Stops every process of the run, after one more question."
SURE = "Stop this run? Its processes end, and what it has written so far is removed. Earlier outputs stay as they are."
SURE_QUEUED = "Take this run off the queue? It has not begun, so there is nothing to remove."
YES = "Yes, cancel it"
NO = "Keep it running"
STOPPING = "Stopping every process of the run; this takes a few seconds at most."
STOPPED = "Stopped."
NOT_CLEAN = "Stopped, but look at this:"
BY = "Asked for"
PROCESSES = "Processes left"
REMOVED = "Unfinished files removed"
KEPT = "Not removed"
OUTPUT_NAME = "Output {name}"
NONE = "none"
ASKED_AT = "{who}, {moment}"
CAME_TO = "Processes left: {left}; unfinished files removed: {removed}; outputs intact."
CAME_TO_CHANGED = (
    "Processes left: {left}; unfinished files removed: {removed}; an output has changed: look at it before you use it."
)
NEVER_BEGAN = "none; the run had not begun, so there were none"
COUNTED = "{left}; {before} before, and the process table was read again afterwards"
CONSOLE = "by the console itself"
FATES = {
    OutputFate.SAME: "as it was before the run (same file, size and time)",
    OutputFate.NONE_BEFORE: "there was no earlier output, and there is none",
    OutputFate.PUBLISHED: "whole and new: the run had finished before it could be stopped",
    OutputFate.COMMITTING: "whole; it was just being replaced, and the next run finishes that",
    OutputFate.CHANGED: "another file than before the run: look at it before you use it",
}

# run_list
RUN_COLUMNS = ("State", "Run", "Began", "Written", "Rejected", "Time")
NO_INPUT = "no input"
NOTHING_PUBLISHED = "nothing published"
READ_SO_FAR_NUMBER = "{number} read so far"
BY_SCHEDULE = "schedule {name}"
BY_COMMAND_LINE = "{user}, command line"
WAS_RESUMED = "resumed"
REPLAYS = "replay of {run_id}"
TICK = "Compare"
TICK_RUN = "Compare run {run_id}"
TICK_TWO = "Tick two runs to compare them."
COMPARE_TWO = "Compare the two"
BAR = "{names}: {status} after {time}, {moment}"

# missing
NO_SUCH_RUN = "There is no run “{run_id}” here (any more)."
TO_NEWEST = "Show the newest run, {run_id}"

# run_filters
TEXT = "Search"
TEXT_HELP = "Words from the run id, an input, the user, the layout, the state or the error."
STATUS = "State"
ANY_STATUS = "Any state"
USER = "User"
ANY_USER = "Any user"
INPUT = "Input"
INPUT_HELP = "A part of the name or the path of an input."
SINCE = "From"
UNTIL = "To"
DAY_FORMAT = "YYYY-MM-DD"
DAY_HELP = "Day on which the run began, in UTC; the day itself belongs to the range."
CLEAR = "Clear the filters"
FILTERS = "Filters"
FILTERS_SET = "Filters: {what}"
SINCE_DAY = "from {day}"
UNTIL_DAY = "to {day}"
PLACE = "{first} to {last} of {total}, newest first."

# summary
WENT_WRONG = "What went wrong:"
FILES_TITLE = "Files"
FILES_LEAD = "The outputs and what the run left about itself."
REPLACED = "written again by a later run"
KEPT_AS = "written again by a later run; this run's rows are kept as {backup}"
MISSING = "moved or deleted since"
TO_REPORT = "Read the report"
TO_REJECTS = "Look at the rejects"
TO_ANALYTICS = "See the analytics"
TO_AGAIN = "Run again with changes"
KINDS = {"csv": "CSV", "parquet": "Parquet"}
IN_PARTS = "{kind} in {parts}"
KIND_AND = "{kind}, {what}"
REPORT_FILE = "report"
RUN_FILES = (
    ("metadata.json", "everything about the run"),
    ("rejects.jsonl", "records that could not be read"),
    ("sample.parquet", "rows behind the estimates"),
    ("run.log", "log"),
)
RECORDS_READ = "Records read"
READ_SO_FAR = "Read so far"
WRITTEN = "Written"
REJECTED = "Rejected"
SKIPPED = "Skipped"
SKIPPED_NOTE = "blank lines, and what stands above or behind the data"
TIME = "Time"
OF_INPUT = "of input"
PEAK_MEMORY = "Peak memory"
ALL_PROCESSES = "all processes"
BY_USER = "by {user}"

# figures
CERTIFIED = "certified"
NOT_CERTIFIED = "not certified"
EMPTY_VALUE = "(empty)"
DEVIATION = "deviation from the exact total"
ESTIMATE_NAME = "estimate, {certainty}"
TOTAL_HOVER = "<b>{name}</b><br>estimate {estimate}<br>95 % interval {low} to {high}<br>exact {exact}<br>off by {share}"
EXACT_TOTAL = "exact total"
STRATUM_ROWS = "rows in the stratum"
EXPANSION_FACTOR = "expansion factor"
DRAWN_OF = "{drawn} of {rows}"
A_CHANGE = "a change"
EXACT_ACROSS_HOVER = "<b>%{text}</b><br>exact %{x:,}<extra></extra>"
ESTIMATE_ACROSS_HOVER = "<b>%{text}</b><br>estimate %{x:,.0f}<extra></extra>"
EXPANSION_HOVER = "<b>%{text}</b><br>%{customdata}<br>one row stands for %{y:.1f}<extra></extra>"
EXACT_UP_HOVER = "%{text}<br>exact %{y:,}<extra></extra>"
ESTIMATE_UP_HOVER = "%{text}<br>estimate %{y:,.0f}<extra></extra>"

# machines of a cluster
HOST = "{workers} ({threads}) at {running}; {cpu} busy, {memory} in use"

become_table(__name__)
