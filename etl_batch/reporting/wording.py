"""What the run report says: its sentences, headings and labels, in one table, in the order of the page."""

from __future__ import annotations

from etl_batch.language import become_table
from etl_batch.model import Allocation, RunStatus
from etl_batch.record.profile import ParentStage, WorkerStage

LANGUAGE = "en"
"""The page's own, as HTML names it."""
YES = "yes"
NO = "no"
TITLE = "{status}: run {run_id}"
EYEBROW = "Quantum ETL run report"
RUN = "Run {run_id}"
BYLINE = "Started by {user} at {moment}, took {duration}"
BYLINE_REPEAT = "Started by {user} at {moment}, took {duration}, repeats run {rerun_of}"
SECTIONS = "Sections"
MORE = "and {number} more {what}"
RATE = "{size}/s"

# signs of numbers, as a language has them
THOUSANDS_SIGN = "\N{NARROW NO-BREAK SPACE}"
DECIMAL_SIGN = "."

# when
MOMENT = "%Y-%m-%d %H:%M:%S"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DAY_AND_TIME = "{weekday} {day} {month} {year}, {time}"

# how many
NOUNS = {
    "account": ("account", "accounts"),
    "backup": ("backup", "backups"),
    "byte": ("byte", "bytes"),
    "cell": ("cell", "cells"),
    "chunk": ("chunk", "chunks"),
    "column": ("column", "columns"),
    "comparison": ("comparison", "comparisons"),
    "core": ("core", "cores"),
    "day": ("day", "days"),
    "file": ("file", "files"),
    "folder": ("folder", "folders"),
    "group": ("group", "groups"),
    "input": ("input", "inputs"),
    "hour": ("hour", "hours"),
    "interval": ("interval", "intervals"),
    "item": ("item", "items"),
    "line": ("line", "lines"),
    "message": ("message", "messages"),
    "mistake": ("mistake", "mistakes"),
    "minute": ("minute", "minutes"),
    "output": ("output", "outputs"),
    "pair": ("pair", "pairs"),
    "question": ("question", "questions"),
    "record": ("record", "records"),
    "reject": ("reject", "rejects"),
    "report": ("report", "reports"),
    "part": ("part", "parts"),
    "row": ("row", "rows"),
    "run": ("run", "runs"),
    "second": ("second", "seconds"),
    "session": ("session", "sessions"),
    "setting": ("setting", "settings"),
    "value": ("value", "values"),
    "worker": ("worker", "workers"),
    "pool": ("pool", "pools"),
    "stratum": ("stratum", "strata"),
    "machine": ("machine", "machines"),
    "task": ("task", "tasks"),
    "thread": ("thread", "threads"),
    "time": ("time", "times"),
    "older failure": ("older failure", "older failures"),
    "skipped field": ("skipped field", "skipped fields"),
}
"""Of one, and of any other number."""

# moments
JUST_NOW = "just now"
AGO = "{span} ago"

# reasons to reject a record, by their keys
REASON_WORDS = {
    "const_mismatch": "const mismatch",
    "damaged_word": "damaged word",
    "duplicate_key": "duplicate key",
    "field_count": "field count",
    "invalid_bool": "invalid bool",
    "invalid_enum": "invalid enum",
    "invalid_json": "invalid json",
    "invalid_number": "invalid number",
    "invalid_text": "invalid text",
    "invalid_time": "invalid time",
    "invalid_timestamp": "invalid timestamp",
    "malformed_quotes": "malformed quotes",
    "missing_field": "missing field",
    "not_an_object": "not an object",
    "out_of_range": "out of range",
    "partial_character": "partial character",
    "partial_record": "partial record",
    "pattern_mismatch": "pattern mismatch",
    "record_too_long": "record too long",
    "schema_length": "schema length",
    "schema_pattern": "schema pattern",
    "schema_range": "schema range",
    "schema_required": "schema required",
    "schema_type": "schema type",
    "schema_value": "schema value",
    "unreadable": "unreadable",
}

# headline
STATUS_WORDS = {
    RunStatus.QUEUED: "Queued",
    RunStatus.RUNNING: "Running",
    RunStatus.SUCCESS: "Success",
    RunStatus.FAILED: "Failed",
    RunStatus.CANCELLED: "Cancelled",
    RunStatus.TIMED_OUT: "Timed out",
}
ALARMS = {
    RunStatus.QUEUED: "This run has not started yet.",
    RunStatus.RUNNING: "This run has not finished; the figures are those of the moment.",
    RunStatus.SUCCESS: "",
    RunStatus.FAILED: "The run failed and left no message; its log says where it stopped.",
    RunStatus.CANCELLED: "The run was cancelled before it finished.",
    RunStatus.TIMED_OUT: "The run reached its time limit and was stopped.",
}
NO_STATUS = "Unknown"
NO_STATUS_ALARM = "The run's metadata gives no known status; its log says how it ended."
MORE_FILES = "and {number} more"
NO_INPUT = "no input"
NO_OUTPUT = "no output"
FILES_SIZE = "{files}, {size}"
NOTHING_PUBLISHED = "nothing was published"
TIME = "Time"
INPUT_RATE = "Input rate"
ROW_RATE = "Rows per second"
PEAK_MEMORY = "Peak memory"
NOTES = "Worth knowing"
ATTEMPT = "Try {number} ended {moment}, and the run was tried again: {reason}"

# records
RECORDS = "Records"
RECORDS_IN = "records in"
WRITTEN = "written"
REJECTED = "rejected"
SKIPPED = "skipped"
NO_RECORD = "No record was read."
CONSERVED = "Every record that came in is accounted for: nothing is lost, nothing is made up."
LOST = "The counts do not add up: {records} came in and cannot be accounted for. Do not use the outputs."
MADE_UP = "The counts do not add up: {records} went out that never came in. Do not use the outputs."

# estimates
ESTIMATES = "Estimates"
ESTIMATES_TITLE = "Estimates against exact totals"
NO_ESTIMATES = "No estimates were made, because the run did not come that far."
ESTIMATES_LEAD = (
    "What a small stratified sample says about each total, with its {confidence} interval, beside the total that the "
    "full pass counted. {inside}"
)
LEGEND_INTERVAL = "{confidence} interval"
LEGEND_ESTIMATE = "estimate"
LEGEND_EXACT = "exact total"
TOTALS_INSIDE = {
    "every": "The exact totals of all {number} measures lie inside their intervals.",
    "one": "The exact total lies inside the interval.",
    "some": "The exact total lies inside {held} of {intervals}.",
}
STRATA_INSIDE = {
    "every": "Of the strata below the exact total lies inside all {number} intervals.",
    "one": "The exact total lies inside the one interval below.",
    "some": (
        "Of the strata below the exact total lies inside {held} of {intervals}; of certified ones one in twenty is "
        "expected to miss, of others more."
    ),
}
CERTIFIED_BADGE = "✓ certified"
NOT_CERTIFIED_BADGE = "! not certified"
CERTIFIED_MARK = "✓ yes"
NOT_CERTIFIED_MARK = "! no"
INTERVAL_PICTURE = "Interval: {interval}; estimate {estimate}; exact total {exact}"
INTERVAL = "{low} to {high}"
NO_INTERVAL_IN_PICTURE = "none"
INTERVAL_ENDS = "{confidence} interval: {interval}"
NO_INTERVAL = "No interval: the sample cannot tell."
EXACT_TOTAL = "Exact total"
DIFFERS_BY = "Estimate differs by"
NO_DEVIATION = "none"
NOT_CERTIFIED = "Not certified: {reason}"
NO_REASON = "No reason was recorded."
MEASURES = "measures"
STRATA_TITLE = "Largest strata by {stratum}, total of {measure}"
STRATA_REGION = "Largest strata, total of {measure}"
STRATUM = "Stratum"
DRAWN = "Drawn"
MARGIN = "± {margin} of the exact total"
MARGIN_OF_ITSELF = "± {margin} of itself"
NONE_DRAWN = "These strata were sampled together with others, so that none has an interval of its own."
DRAWN_SPAN = (
    "In each drawing the line in the middle is the stratum's own exact total, and the ends are that total less and "
    "plus {span} of itself. {inside}"
)
POOLED_MARK = "pooled"
POOLED_STRATA = "Strata sampled together in pools"
WORTH = "As good as a simple random sample of"
ESTIMATE_INTERVAL = "Estimate, interval"
DIFFERENCE = "Difference"
ROWS = "Rows"
SAMPLED = "Sampled"
EXPANSION = "Expansion"
CERTIFIED = "Certified"
NO_INTERVAL_IN_TABLE = "no interval"
MISSING_VALUE = "missing"
EMPTY_VALUE = "empty"
STRATA = "strata"
OTHER_MEASURES = "The strata of the other measures ({number}) are in the metadata."
DRAWN_TITLE = "How the sample was drawn"
METHOD = "Method"
STRATUM_COLUMN = "Stratum column"
NO_STRATUM_COLUMN = "none, all rows together"
STRATA_NUMBER = "Strata"
ROWS_IN_ALL = "Rows in all"
ROWS_SAMPLED = "Rows sampled"
TAKEN_WHOLE = "Of these, taken whole for their large values"
SAMPLED_SHARE = "Sampled share"
SEED = "Seed"

# shares
SHARES_TITLE = "How the sample was shared out"
SHARES_KEY = (
    "Each dot is a stratum: across, the square root of its rows; up, the rows that were drawn from it. Both scales are "
    "logarithmic."
)
SHARE_KINDS = {
    "share": "by the rule",
    "minimum": "the minimum",
    "whole": "taken whole",
    "pool": "an average stratum of a pool",
}
ALL_STRATA = "All strata ({number}) {gave}."
STRATA_PARTS = "Of {number} strata {parts}."
STRATA_PART = "{number} {gave}"
GAVE_SHARE = {
    Allocation.SQRT: (
        "gave rows in proportion to the square root of their size: one with 100 times the rows gives 10 times the "
        "sample, so that small ones are seen well too"
    ),
    Allocation.NEYMAN: (
        "gave rows in proportion to their size and to the spread of their values (Neyman), so that strata of one size "
        "may stand apart; the line is what the square root alone would give"
    ),
    Allocation.PROPORTIONAL: (
        "gave rows in proportion to their size: one with 100 times the rows gives 100 times the sample"
    ),
}
GAVE_MIXED = {
    Allocation.SQRT: (
        "gave rows between the square root of their size and their size ({mix} of the way to proportional shares): "
        "with the square root alone some total would be known less well than from a simple random sample"
    ),
    Allocation.NEYMAN: (
        "gave rows between Neyman's shares and proportional ones ({mix} of the way): with Neyman's alone some total "
        "would be known less well than from a simple random sample"
    ),
}
GAVE_PROPORTIONAL = (
    "gave rows in proportion to their size: with other shares some total would be known less well than from a simple "
    "random sample"
)
GAVE_POOL = "were sampled together in {pools}"
GAVE_MINIMUM = "gave the minimum of {rows}"
GAVE_WHOLE = "were taken whole"
LINE_WORDS = {
    Allocation.SQRT: "in proportion to the square root",
    Allocation.NEYMAN: "the square root, to compare",
    Allocation.PROPORTIONAL: "in proportion to the size",
}
LINE_MIXED = "between the square root and the size"

# larger
LARGER_TITLE = "What a larger sample buys"
LARGER_LEAD = (
    "How wide the {confidence} interval of each total can be expected to be when 0.1 %, 1 % or more of the rows are "
    "sampled, as a share of the total. This follows from the spread of all rows, which the run has seen; for heavy "
    "tails a larger sample does better than drawn. Both scales are logarithmic; the diamond is the interval that this "
    "run came to."
)
HARDLY_NARROWER = "None of the larger samples drawn here would narrow the interval of {name} by much, now {now}."
NO_CHANCE = "{fraction} of the rows ({rows}) would leave nothing to chance in the total of {name}, now {now}."
NARROWER = "{fraction} of the rows ({rows}) would narrow the interval of {name} from {now} to about ±{then}."
OWN_WIDTH = "±{own}"
OWN_AND_USUAL = "±{usual} on the average of samples like this one (which came to ±{own})"
CURVE_PICTURE = "Expected half interval. {points}."
CURVE_POINT = "{fraction} of the rows: ±{width}"

# coverage
COVERAGE_TITLE = "How often such intervals hold"
COVERAGE_LEAD = (
    "From populations whose total is known, the code of this run drew sample after sample ({repetitions} of each, "
    "{fraction} of the rows) and counted how many {confidence} intervals held the total. {found}"
)
COVERAGE_STUDY = "The study is described in docs/analytics.md, and {command} repeats it."
ALL_ROWS = "A sample of all rows is exact, and its interval cannot miss."
NONE_CERTIFIED = "At this fraction none of them is certified."
HELD_BETWEEN = (
    "Where it certifies them, they held between {low} and {high} of the time; where it does not, it says so for a "
    "reason."
)
HELD_IN = "Where it certifies them, they held in {share} of the time; where it does not, it says so for a reason."
POPULATION = "Population"
HELD = "Held the total"
MISSED = "Ended below / began above"
COVERAGE_KEY = "After ± stands the Monte Carlo error: how far a share from so many samples may be off by chance."

# rejects
REJECTS = "Rejects"
REJECTS_LEAD = (
    "Records that could not be read, by reason, with the first examples. Offsets are bytes in the source file."
)
NO_REJECTS = "No rejects are recorded."
AT_LEAST = "at least {number}"
REJECT_PLACE = "{source}, byte {offset}, record {record}"
REJECT_PLACE_FIELD = "{source}, byte {offset}, record {record}, field {field}"
RAW_TEXT = "Beginning of the record as text"
RAW_BYTES = "Beginning of the record as bytes"
REASONS = "reasons"

# files
FILES = "Files"
OUTPUTS = "Outputs"
KIND = "Kind"
FILE = "File"
SIZE = "Size"
SHA256 = "SHA-256"
NO_OUTPUTS = "Nothing was published."
ESCAPED_CELLS = (
    "Escaped cells: {number}. A text cell that a spreadsheet could run as a formula begins with ' in the CSV; Parquet "
    "holds it as it was."
)
ESCAPED_COLUMN = "{column}: {cells}, such as {before}, which is {after} in the CSV."
COLUMNS_WITH_ESCAPES = "columns with escaped cells"
INPUTS = "Inputs"
FORMAT = "Format"
LAYOUT = "Layout"
DIALECT = "Dialect"
ROWS_WRITTEN = "Written"
ROWS_REJECTED = "Rejected"
MORE_INPUTS = "inputs"
NO_INPUTS = "No input was read."
UPLOADED = "{name}, uploaded and stored as {path}"

# schema
SCHEMA = "Schema"
COLUMNS = "columns"
NO_SCHEMA = "The columns are not known, because the run did not come that far."

# changes
CHANGES = "Changes"
CHANGES_TITLE = "What changed"
CHANGES_LEAD = "Against run {run_id} of {moment} ({status}), which had the same inputs and outputs."
CHANGES_REGION = "Figures of the previous run and of this one"
FIGURE = "Figure"
BEFORE = "Before"
NOW = "Now"
RELATIVE = "Relative"
COUNTS = {"records_in": "Records in", "written": "Written", "rejected": "Rejected", "skipped": "Skipped"}
INPUT_RATE_CHANGE = "Input rate, per second"
OUTPUT_CHANGE = "Output {kind}"
TOTAL_CHANGE = "Exact total of {measure}"
NO_CHANGE = "no change"
SAME_BYTES = "The {kind} output has the same bytes as before."
OTHER_BYTES = "The {kind} output has other bytes than before."
COLUMN_GONE = "Column {name} is gone."
COLUMN_NEW = "Column {name} is new."
COLUMN_CHANGED = "Column {name} is {now} and was {before}."
SETTING_CHANGED = "Setting {name} is {now} and was {before}."
FIGURES = "figures"
DIFFERENCES = "differences"
FIRST_RUN = "This is the first run of these inputs and outputs: there is nothing to compare it with."

# profile
PROFILE = "Profile"
PROFILE_TITLE = "Where the CPU seconds went"
PROFILE_LEAD = (
    "The workers took {cpu} of CPU time for {size} of input, {rate} MB a CPU second; the engine's own process, which "
    "plans, hands out, adds up and analyses, took {parent} beside them."
)
PROFILE_WITHOUT_WORKERS = "The run ended before a worker had finished a chunk; the engine's own process took {parent}."
STAGE_WORDS: dict[str, str] = {
    WorkerStage.READ: "read",
    WorkerStage.CLEAN: "clean",
    WorkerStage.TALLY: "tally and sample",
    WorkerStage.WAIT: "wait for the turn",
    WorkerStage.PLACE: "place and write",
    ParentStage.PLAN: "plan",
    ParentStage.START: "start the workers",
    ParentStage.CUT: "cut into chunks",
    ParentStage.HAND_OUT: "hand out chunks",
    ParentStage.COLLECT: "add up results",
    ParentStage.DIGESTS: "checksums",
    ParentStage.FINISH: "close the outputs",
    ParentStage.ANALYSE: "analyse",
    ParentStage.REPORT: "report",
    ParentStage.PUBLISH: "publish",
    ParentStage.OTHER: "other threads",
}
ENCODE_STAGE = "encode {sink}"
SINK_WORDS = {"csv": "CSV", "parquet": "Parquet"}
WAITED_BY_THE_CLOCK = "waited for its turn, by the clock"
WORKER_NAME = "Worker {number}"
WORKER_SHARE = "{cpu} of CPU time, {waited} waited; {chunks}, {input} in, {output} out"
BAR_PICTURE = "CPU time: {parts}"
BAR_PART = "{stage} {seconds}"
STAGE = "Stage"
CPU_SECONDS = "CPU seconds"
SHARE = "Share"
MEGABYTES_A_CPU_SECOND = "MB per CPU s"
IN_THE_WORKERS = "All workers"
IN_THE_ENGINE = "The engine's own process"
TOGETHER = "together"
WORKERS = "workers"
PROFILE_KEY = (
    "Shares are of all CPU seconds in the table; megabytes are those of the input, whatever the stage. What this "
    "report and the publishing take is known only after the report is written: metadata.json has them."
)

# machine
MACHINE = "Machine"
MACHINE_TITLE = "Machine and engine"
SYSTEM = "System"
DEVICE_PART = "{device} {part}"
CPU = "CPU"
MEMORY = "Memory"
GPU = "GPU"
NO_GPU = "No GPU found."
NO_SYSTEM = "The machine was not recorded."
ENGINE = "Engine"
VERSION = "version"
PYTHON = "python"
NO_ENGINE = "The engine's version was not recorded."
PACKAGES = "packages"
CONFIGURATION = "Configuration"
SETTINGS = "settings"
NO_CONFIGURATION = "The configuration was not recorded."

# reading
READING = "How to read this"
MEANINGS = (
    (
        "An estimate",
        (
            "{term} is what a small random sample says about a total. The rows are sorted into strata by one column, "
            "each stratum gives a number of rows (in proportion to the square root of its size, unless the run chose "
            "another rule), and each sampled row stands for as many rows as the stratum's expansion says. Where a "
            "column has a few very large values, those are all taken: they stand for themselves and leave nothing to "
            "chance."
        ),
    ),
    (
        "The interval",
        (
            "{term} is drawn so that about {confidence} of such intervals hold the true total; the others miss it by "
            "chance. A wide bar means an uncertain estimate."
        ),
    ),
    (
        "The exact total",
        (
            "{term} was counted while every row passed by. The estimate does not replace it: the two stand side by "
            "side so that you can see how far the sample can be trusted, here and on data that nobody counts in full."
        ),
    ),
    (
        "Certified",
        (
            "{term} means that the conditions of the interval hold: enough sampled rows, and values among those left "
            "out that are not too lopsided for them, which the run knows because it has seen every row. Where they do "
            "not, the report says why and the bar is dashed."
        ),
    ),
    (
        "“Quantum-inspired”",
        (
            "{term} means classical stratified sampling that borrows the idea of a square root, √N. It runs on an "
            "ordinary computer, and no quantum speed-up is claimed."
        ),
    ),
)
SELF_CONTAINED = (
    "This page needs no network and runs no script. The run's metadata is embedded as JSON in the element with the id "
    "“metadata”."
)
STRATA_LEFT_OUT = "The embedded metadata leaves out the strata ({number}); metadata.json has them."
METADATA_LEFT_OUT = (
    "The metadata is too large to embed: only the run's identity and counts are; metadata.json has the rest."
)

become_table(__name__)
