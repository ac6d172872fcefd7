"""The settings of a run: one table, from which the configuration, the flags, the form and the labels are made.

A new setting is a row here, a field of `RunConfig` and a line of README.md; nothing else has to name it. No pydantic
here: the probe's command line, which answers in a fraction of a second, loads this module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Any

from etl_batch.defaults import AUTO_LAYOUT, CHUNK_BYTES, MAX_RECORD_BYTES, default_home, machine_cores
from etl_batch.language import LANGUAGES, SettingWords, spoken, translation
from etl_batch.model import Allocation, OnBadFile, Ragged, TargetScope

DEFAULT_SAMPLE_FRAC = 0.005
DEFAULT_TIMEOUT_SECONDS = 3600.0
DETECTED = "detected"
DECIMAL_SIGNS = (".", ",")
THOUSANDS_SIGNS = (",", ".", "'", "\N{RIGHT SINGLE QUOTATION MARK}", " ", "\N{NO-BREAK SPACE}",
                   "\N{NARROW NO-BREAK SPACE}", "_")  # fmt: skip
DATE_ORDERS = ("dmy", "mdy", "ymd")
NO_LIMIT, BY_FRACTION, HALF, NONE = "no limit", "by the fraction", "half of the records", "none"
READS_ONLY = "reads only"


class SettingKind(StrEnum):
    """What a setting's value is."""

    INPUTS = "inputs"
    """Files, directories or globs."""
    OUTPUT = "output"
    """A file that the run writes."""
    FILE = "file"
    """A file that the run reads."""
    FOLDER = "folder"
    WHOLE = "whole"
    """A whole number."""
    NUMBER = "number"
    SHARE = "share"
    """A number, or per cent of one: `0.01` and `1%` are the same."""
    LIMIT = "limit"
    """A whole number, or per cent of all there is, which is a text: `10` or `50%`."""
    WORD = "word"
    CHOICE = "choice"
    """One of a few words; an enumeration's where there is a default."""
    SWITCH = "switch"
    COLUMN = "column"
    COLUMNS = "columns"
    WORDS = "words"
    """Texts of which there may be several."""

    @property
    def many(self) -> bool:
        """Whether the value is a tuple of texts, and the flag repeatable."""
        return self in (SettingKind.INPUTS, SettingKind.COLUMNS, SettingKind.WORDS)

    @property
    def path(self) -> bool:
        """Whether the value is one path."""
        return self in (SettingKind.OUTPUT, SettingKind.FILE, SettingKind.FOLDER)


class Setter(StrEnum):
    """Who may set a setting, besides whoever has the command line. The first is a role of the console."""

    SUPER_ADMIN = "super_admin"
    """Whoever may launch with settings of their own: it has a field in the Launch form."""
    DOOR = "door"
    """Nobody: it says who launches where, and the door that a run comes through fills it in."""


@dataclass(frozen=True, slots=True)
class NumberBounds:
    """Bounds of a number, or of the number of values, under pydantic's names."""

    gt: float | None = None
    ge: int | None = None
    le: int | None = None
    lt: int | None = None
    min_length: int | None = None

    def given(self) -> dict[str, Any]:
        """Those there are."""
        named = {name: getattr(self, name) for name in ("gt", "ge", "le", "lt", "min_length")}
        return {name: bound for name, bound in named.items() if bound is not None}

    @property
    def most(self) -> int | None:
        """The largest whole number that is allowed."""
        return self.le if self.lt is None else self.lt - 1


class FormSection(StrEnum):
    """Where a field stands in the Launch form."""

    TOP = "top"
    """In a line above the settings."""
    SETTINGS = "settings"
    TEXT = "text"
    """How text is written, where detection errs."""
    MORE = "more"


class FormSide(StrEnum):
    """Whether a field takes the section's whole width or stands in one of two columns."""

    WHOLE = "whole"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class FormField:
    """How the Launch form shows a setting."""

    help: str = ""
    section: FormSection = FormSection.MORE
    side: FormSide = FormSide.WHOLE
    rank: int = 0
    """Its place in the section; fields of the same rank stand in the order of the table."""
    scale: int = 1
    """The form's number over the configuration's: 100 for per cent."""
    step: float = 1
    empty: str = NO_LIMIT
    """What an empty field of a number or a limit says."""
    follows_inputs: bool = False
    """Whether other inputs make what is in the field worthless."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a run."""

    name: str
    """The field of `RunConfig`, and the key of `config.json`."""
    kind: SettingKind
    title: str
    """What it is called wherever it is shown."""
    flags: tuple[str, ...]
    """The short flag, if there is one, before the long one."""
    help: str
    """Of the command line; `{default}` stands for the default."""
    metavar: str | None = None
    default: Any = None
    maker: Callable[[], Any] | None = None
    """Makes the default where it depends on the machine."""
    bounds: NumberBounds = NumberBounds()
    choices: tuple[str, ...] = ()
    unit: str = ""
    """Of the number, as the form shows it."""
    in_unit: str = ""
    """`in seconds`, in a translation."""
    negation: tuple[str, str] | None = None
    """The flag that says None where leaving the flag out says something else, and its help."""
    setter: Setter = Setter.SUPER_ADMIN
    told: bool = False
    """Whether a command that does the same always says it: another machine or caller has another default."""
    form: FormField = FormField()
    """Of a setting that a form may set."""

    @property
    def flag(self) -> str:
        """The long flag."""
        return self.flags[-1]

    @property
    def label(self) -> str:
        """The title with the unit, as a field's label."""
        return f"{self.title} {self.in_unit or f'in {self.unit}'}" if self.unit else self.title

    @property
    def optional(self) -> bool:
        """Whether None is a value."""
        return self.default is None and self.maker is None

    def start(self) -> Any:
        """The default, made for this machine where it depends on it."""
        return self.default if self.maker is None else self.maker()


SETTINGS = (
    Setting(
        "inputs", SettingKind.INPUTS, "Input", ("-i", "--input"),
        "file, directory or glob; repeatable", "PATH",
        bounds=NumberBounds(min_length=1),
        form=FormField(
            "One file or several. Pick them here or below, or type a path, a folder or a pattern such as data/*.csv "
            "and press Enter. A folder stands for all files in it.",
            FormSection.TOP,
        ),
    ),
    Setting(
        "output_csv", SettingKind.OUTPUT, "CSV output", ("-o", "--output-csv"),
        "one merged CSV", "PATH",
        form=FormField(
            "One merged CSV under output/. Empty: no CSV.", FormSection.SETTINGS, empty=NONE, follows_inputs=True
        ),
    ),
    Setting(
        "output_parquet", SettingKind.OUTPUT, "Parquet output", ("-p", "--output-parquet"),
        "one merged Parquet file (default: beside the CSV)", "PATH", negation=("--no-parquet", "CSV only"),
        form=FormField(
            "One merged Parquet file under output/. Empty: no Parquet.", FormSection.SETTINGS, empty=NONE,
            follows_inputs=True,
        ),
    ),
    Setting(
        "parquet_compat", SettingKind.SWITCH, "Parquet for old readers", ("--parquet-compat",),
        "write the Parquet file as the oldest readers take it", default=False,
        form=FormField(
            "Format 1.0, plain values and dictionaries, Snappy, decimals as bytes: larger and slower to write. "
            "For readers that refuse the usual file.",
            rank=8,
        ),
    ),
    Setting(
        "parts", SettingKind.SWITCH, "Parquet in parts", ("--parts",),
        "write the Parquet output as a folder of files and a manifest that names them", default=False,
        form=FormField(
            "A folder of some 64 Parquet files of 4 to 256 MB in place of one file, for readers that read in "
            "parallel, and a manifest that names them.",
            rank=8,
        ),
    ),
    Setting(
        "workers", SettingKind.WHOLE, "Workers", ("-w", "--workers"),
        "worker processes (default: the machine's cores)", "N",
        maker=machine_cores, bounds=NumberBounds(ge=1, le=1024), told=True,
        form=FormField(
            "Processes that read, clean and write at the same time. The machine's cores are a good number.",
            FormSection.SETTINGS, FormSide.LEFT,
        ),
    ),
    Setting(
        "chunk_bytes", SettingKind.WHOLE, "Chunk size", ("--chunk-bytes",),
        "input bytes a task reads (default {default})", "N",
        default=CHUNK_BYTES, bounds=NumberBounds(ge=1), unit="bytes",
        form=FormField(
            "Most input bytes that a worker takes at a time. More than 16,777,216 counts as that.",
            rank=4, step=1 << 20,
        ),
    ),
    Setting(
        "sample_frac", SettingKind.NUMBER, "Sample fraction", ("--sample-frac",),
        "share of the rows sampled (default {default})",
        "F", default=DEFAULT_SAMPLE_FRAC, bounds=NumberBounds(gt=0, le=1),
        form=FormField(
            "Share of the rows behind the estimates: 0.005 is one row in 200.",
            FormSection.SETTINGS, FormSide.RIGHT, step=0.005,
        ),
    ),
    Setting(
        "allocation", SettingKind.CHOICE, "Allocation", ("--allocation",),
        "how the strata share the sample (default: {default})",
        default=Allocation.SQRT, choices=tuple(map(str, Allocation)),
        form=FormField(
            "How the strata share the sample: by the square root of their rows, where the values differ most "
            "(Neyman), or by their rows (proportional).",
            side=FormSide.LEFT, rank=2,
        ),
    ),
    Setting(
        "target_error", SettingKind.SHARE, "Error to reach", ("--target-error",),
        "sample as many rows as an error of P needs, such as 1%", "P", bounds=NumberBounds(gt=0, le=1), unit="%",
        form=FormField(
            "Sample as many rows as make each interval this narrow, such as 1 % of the total. The fraction "
            "then counts for nothing. Empty: the fraction decides.",
            side=FormSide.LEFT, rank=1, scale=100, step=0.5, empty=BY_FRACTION,
        ),
    ),
    Setting(
        "target_per", SettingKind.CHOICE, "Error holds for each", ("--target-per",),
        "that error for each measure's total, or by stratum",
        default=TargetScope.MEASURE, choices=tuple(map(str, TargetScope)),
        form=FormField(
            "Whether that error is for each measure's total alone, or for the total of every stratum too.",
            side=FormSide.RIGHT, rank=1,
        ),
    ),
    Setting(
        "layout", SettingKind.WORD, "Record layout", ("--layout",),
        "record layout (default: {default}, detect it)", "NAME",
        default=AUTO_LAYOUT,
        form=FormField("How the bytes of a record are read. Automatic: the file's content decides.", FormSection.TOP),
    ),
    Setting(
        "struct_config", SettingKind.FILE, "Layout file", ("--struct-config",),
        "file of record layouts", "FILE",
        form=FormField(
            "A file of record layouts under the allowed folders, used instead of this home's. Empty: none.", rank=6,
            empty=NONE,
        ),
    ),
    Setting(
        "force_text_fallback", SettingKind.SWITCH, "Read as text whatever it looks like", ("--force-text-fallback",),
        "read a .bin as text", default=False,
        form=FormField("For a text file whose name or first bytes look binary.", FormSection.TEXT, rank=9),
    ),
    Setting(
        "delimiter", SettingKind.WORD, "Delimiter", ("--delimiter",),
        "what stands between cells: one sign or several, tab, or blanks", "CHARS",
        form=FormField(
            "What stands between two cells, such as ; or || or tab; blanks: any run of blanks. Empty: detected.",
            FormSection.TEXT, FormSide.LEFT, 1, empty=DETECTED,
        ),
    ),
    Setting(
        "quote", SettingKind.WORD, "Quote", ("--quote",),
        "what a cell may be enclosed in, or none", "CHAR",
        form=FormField(
            "What a cell may be enclosed in, such as ' or \"; none: quotes are letters. Empty: detected.",
            FormSection.TEXT, FormSide.RIGHT, 1, empty=DETECTED,
        ),
    ),
    Setting(
        "escape", SettingKind.WORD, "Escape", ("--escape",),
        "what makes a quote or a delimiter a letter, or none", "CHAR",
        form=FormField(
            "What stands before a quote or a delimiter that is a letter, such as \\. Empty: detected.",
            FormSection.TEXT, FormSide.LEFT, 2, empty=DETECTED,
        ),
    ),
    Setting(
        "encoding", SettingKind.WORD, "Encoding", ("--encoding",),
        "encoding of text, such as utf-8 or cp1252", "NAME",
        form=FormField(
            "How characters are written, such as utf-8, cp1252, shift_jis or utf-16. Empty: detected.",
            FormSection.TEXT, FormSide.RIGHT, 2, empty=DETECTED,
        ),
    ),
    Setting(
        "header", SettingKind.WORD, "Header", ("--header",),
        "whether names stand above the rows: yes, no, or in how many rows", "yes|no|N",
        form=FormField(
            "Whether names stand above the rows: yes, no, or in how many rows. Empty: detected.",
            FormSection.TEXT, FormSide.LEFT, 3, empty=DETECTED,
        ),
    ),
    Setting(
        "skip_lines", SettingKind.WHOLE, "Lines to pass over", ("--skip-lines",),
        "lines at the start of text that are no part of the table", "N", bounds=NumberBounds(ge=0),
        form=FormField(
            "Lines at the start of each text file that are no part of the table. Empty: detected.",
            FormSection.TEXT, FormSide.RIGHT, 3, empty=DETECTED,
        ),
    ),
    Setting(
        "comment", SettingKind.WORD, "Comments begin with", ("--comment",),
        "what a line begins with that is no row, or none", "CHAR",
        form=FormField(
            "What a line begins with that is no row, such as #. Empty: detected.",
            FormSection.TEXT, FormSide.LEFT, 4, empty=DETECTED,
        ),
    ),
    Setting(
        "ragged", SettingKind.CHOICE, "Rows of odd width", ("--ragged",),
        "fill rows with too few cells (pad), or cut those with too many (truncate); default {default}",
        default=Ragged.REJECT, choices=tuple(map(str, Ragged)),
        form=FormField(
            "Rows with more or fewer cells than there are columns: rejected, or short ones filled with empty cells "
            "(pad), or long ones cut (truncate). What is mended is counted.",
            FormSection.TEXT, FormSide.RIGHT, 4,
        ),
    ),
    Setting(
        "max_record_bytes", SettingKind.WHOLE, "Longest record", ("--max-record-bytes",),
        "reject longer records of text (default {default})", "N",
        default=MAX_RECORD_BYTES, bounds=NumberBounds(ge=1024, le=1 << 30), unit="bytes",
        form=FormField(
            "A longer record of text is rejected as a whole. A worker may need several times as much memory.",
            FormSection.TEXT, rank=8, step=1 << 20,
        ),
    ),
    Setting(
        "include", SettingKind.WORDS, "Only these files of a folder", ("--include",),
        "of a folder or glob only files that fit; repeatable", "GLOB", default=(),
        form=FormField(
            "Globs, such as *.csv or 2024/**: of a folder only files that fit one are read. Empty: all.",
            side=FormSide.LEFT, rank=4,
        ),
    ),
    Setting(
        "exclude", SettingKind.WORDS, "Files of a folder to leave out", ("--exclude",),
        "leave files of a folder or glob out; repeatable", "GLOB", default=(),
        form=FormField(
            "Globs, such as *.log or old/**: files of a folder that fit one of them are left out.",
            side=FormSide.RIGHT, rank=4,
        ),
    ),
    Setting(
        "on_bad_file", SettingKind.CHOICE, "When a file cannot be read", ("--on-bad-file",),
        "a file that is refused ends the run, or is skipped (default: {default})",
        default=OnBadFile.FAIL, choices=tuple(map(str, OnBadFile)),
        form=FormField(
            "Whether a file that is refused ends the run, or is skipped and listed while the others go on.",
            side=FormSide.LEFT, rank=5,
        ),
    ),
    Setting(
        "hive", SettingKind.SWITCH, "Folders key=value become columns", ("--hive",),
        "make columns of folders that are called key=value", default=False,
        form=FormField("For folders such as year=2024/month=01: a column year and a column month.", rank=8),
    ),
    Setting(
        "source_column", SettingKind.WORD, "Column for the file's name", ("--source-column",),
        "add a column of this name that holds the name of each row's file", "NAME",
        form=FormField(
            "A column of this name says of each row which file it came from. Empty: none.",
            side=FormSide.RIGHT, rank=5, empty=NONE,
        ),
    ),
    Setting(
        "schema_file", SettingKind.FILE, "Schema file", ("--schema",),
        "file that declares the columns; records that break it are rejects", "FILE",
        form=FormField(
            "A file that declares columns with their types and rules: records that break one are rejects. Empty: none.",
            rank=7, empty=NONE,
        ),
    ),
    Setting(
        "decimal", SettingKind.CHOICE, "Decimal sign", ("--decimal",),
        "sign before the decimals of numbers in text", "CHAR", choices=DECIMAL_SIGNS,
        form=FormField(
            "What stands before the decimals of numbers in text files. Columns of such numbers are numbers in Parquet; "
            "the CSV keeps their text.",
            section=FormSection.TEXT, side=FormSide.LEFT, rank=5,
        ),
    ),
    Setting(
        "thousands", SettingKind.CHOICE, "Thousands sign", ("--thousands",),
        "sign between the thousands of numbers in text", "CHAR", choices=THOUSANDS_SIGNS,
        form=FormField(
            "What stands between groups of three digits, if anything does. A space stands for no-break spaces too.",
            section=FormSection.TEXT, side=FormSide.RIGHT, rank=5,
        ),
    ),
    Setting(
        "date_order", SettingKind.CHOICE, "Date order", ("--date-order",),
        "order of day, month and year in dates that are not ISO", choices=DATE_ORDERS,
        form=FormField(
            "How dates such as 01.06.2024 or 6/1/2024 are read, with a year of four digits and perhaps a time of day. "
            "None: they stay text.",
            section=FormSection.TEXT, side=FormSide.LEFT, rank=6,
        ),
    ),
    Setting(
        "null_words", SettingKind.WORDS, "Null words", ("--null",),
        "word that stands for a missing value; repeatable", "WORD", default=(),
        form=FormField(
            "Whole cells that say that there is no value, such as NA. They are null in Parquet, and so are empty cells "
            "then; the CSV keeps them.",
            section=FormSection.TEXT, side=FormSide.RIGHT, rank=6,
        ),
    ),
    Setting(
        "normalise", SettingKind.SWITCH, "Normalise the CSV", ("--normalise",),
        "write numbers, dates and null words in the CSV as they are read", default=False,
        form=FormField(
            "By the signs, the order and the words that are declared above: 2.554,94 becomes 2554.94, 01.06.2024 "
            "becomes 2024-06-01, a null word an empty cell. All other cells stay as they are.",
            rank=12,
        ),
    ),
    Setting(
        "no_escape", SettingKind.SWITCH, "No guard against formulas", ("--no-escape",),
        "leave cells in the CSV that a spreadsheet would run as they are", default=False,
        form=FormField(
            "A text cell that begins with = + - @ and is no number gets an apostrophe in the CSV, so that a "
            "spreadsheet does not run it. With this it gets none: for programs, and never for a spreadsheet.",
            rank=13,
        ),
    ),
    Setting(
        "flatten", SettingKind.SWITCH, "Take inner objects apart", ("--flatten",),
        "JSON Lines: a column for each member of inner objects, as outer.inner", default=False,
        form=FormField("JSON Lines: inner objects become columns, as outer.inner; else they stay JSON.", rank=9),
    ),
    Setting(
        "stratum", SettingKind.COLUMN, "Stratum", ("--stratum",),
        "stratum column (default: the layout's, else chosen)", "COL",
        form=FormField(
            "Column whose values split the rows into groups for the sample.", FormSection.SETTINGS, follows_inputs=True
        ),
    ),
    Setting(
        "measures", SettingKind.COLUMNS, "Measures", ("--measure",),
        "measure column; repeatable", "COL", default=(),
        form=FormField(
            "Columns whose totals are estimated. None chosen: the automatic choice.", FormSection.SETTINGS,
            follows_inputs=True,
        ),
    ),
    Setting(
        "max_size_gb", SettingKind.NUMBER, "Largest input", ("--max-size-gb",),
        "refuse a larger input", "G",
        bounds=NumberBounds(gt=0), unit="GB",
        form=FormField(
            "A larger input is refused; 1 GB is 1,000,000,000 bytes. Empty: no limit.", side=FormSide.LEFT, rank=3
        ),
    ),
    Setting(
        "timeout", SettingKind.NUMBER, "Timeout", ("--timeout",),
        "stop after S seconds (default {default:.0f})", "S",
        default=DEFAULT_TIMEOUT_SECONDS, bounds=NumberBounds(gt=0), unit="seconds",
        form=FormField(
            "After so long the run is stopped and nothing is published.", FormSection.SETTINGS, FormSide.RIGHT, step=60
        ),
    ),
    Setting(
        "max_rejects", SettingKind.LIMIT, "Most rejects", ("--max-rejects",),
        "fail past N rejected records, or P% of them (default: past half of them)", "N|P%", bounds=NumberBounds(ge=0),
        form=FormField(
            "A number of unreadable records, or a share of all such as 5%, past which nothing is published. Empty: "
            "half of them. When all are unreadable nothing is published but with 100%.",
            FormSection.SETTINGS, FormSide.LEFT, empty=HALF,
        ),
    ),
    Setting(
        "retries", SettingKind.WHOLE, "Retries", ("--retries",),
        "try again N times what may pass: a read, and the run as a whole (default: a read 3 times, the run not)",
        "N", bounds=NumberBounds(ge=0, le=20),
        form=FormField(
            "How often what may pass is tried again: a read, and the whole run, from where it had come to. Empty: a "
            "read 3 times, the run not.",
            side=FormSide.RIGHT, rank=3, empty=READS_ONLY,
        ),
    ),
    Setting(
        "stall_timeout", SettingKind.NUMBER, "Stall timeout", ("--stall-timeout",),
        "replace a worker that gives no sign of life for S seconds (default {default:.0f})", "S",
        default=60.0, bounds=NumberBounds(gt=0), unit="seconds",
        form=FormField(
            "A worker that gives no sign of life for so long is stopped, and others read again what it was at.",
            side=FormSide.RIGHT, rank=4, step=10,
        ),
    ),
    Setting(
        "seed", SettingKind.WHOLE, "Seed", ("--seed",),
        "seed of the sample (default {default})", "N",
        default=0, bounds=NumberBounds(ge=0, lt=2**63),
        form=FormField(
            "A whole number from 0. The same seed draws the same rows again; another one draws others.",
            side=FormSide.RIGHT, rank=2,
        ),
    ),
    Setting(
        "user", SettingKind.WORD, "User", ("--user",),
        "who runs it, for the audit log (default: the login name)", "NAME",
        default="cli", setter=Setter.DOOR, told=True,
    ),
    Setting(
        "home", SettingKind.FOLDER, "Home", ("--home",),
        "folder of data/ output/ report/ .secrets/ (default: ETL_HOME, else the checkout or, installed, where you are)",
        "DIR",
        maker=default_home, setter=Setter.DOOR, told=True,
    ),
    Setting(
        "report", SettingKind.OUTPUT, "Report copy", ("--report",),
        "where the report also goes", "PATH",
        form=FormField(
            "Where the report also goes, under report/ or output/. Empty: report/etl_quantum_report.html.", rank=5,
            empty=NONE,
        ),
    ),
    Setting(
        "language", SettingKind.CHOICE, "Language of the report", ("--language",),
        "language of the report (default: the shell's)", choices=tuple(LANGUAGES),
        form=FormField("What the report is written in. As usual: the language of whoever launches the run.", rank=5),
    ),
    Setting(
        "profile", SettingKind.SWITCH, "Profile", ("--profile",),
        "write CPU seconds and bytes by stage and worker into the metadata and the report", default=False,
        form=FormField("Where the CPU seconds of the run go, by stage and worker, in the report.", rank=9),
    ),
    Setting(
        "cluster", SettingKind.WORD, "Cluster", ("--cluster",),
        "address of a Dask scheduler", "ADDRESS",
        form=FormField("Whose processes do the work: this machine's, or those of the cluster of this server.", rank=8),
    ),
    Setting(
        "rerun_of", SettingKind.WORD, "Repeats run", ("--rerun-of",),
        "the earlier run that this one repeats with changes", "RUN_ID",
        setter=Setter.DOOR,
    ),
    Setting(
        "replay_of", SettingKind.WORD, "Replays run", ("--replay-of",),
        "the run whose rejects are read again by these settings; its other records are read by its own", "RUN_ID",
        setter=Setter.DOOR,
    ),
    Setting(
        "append", SettingKind.SWITCH, "Append", ("--append",),
        "of a replay: put rows that are new behind all others, not where their records stand", default=False,
        setter=Setter.DOOR,
    ),
    Setting(
        "unattended", SettingKind.SWITCH, "Unattended", ("--unattended",),
        "go on without estimates where a named stratum or measure cannot be one, as schedules and presets do",
        default=False,
        setter=Setter.DOOR,
    ),
)  # fmt: skip
"""Every setting, in the order of `RunConfig`, of the command line's help and of the commands that are shown."""

_BY_NAME = {row.name: row for row in SETTINGS}


def rows() -> tuple[Setting, ...]:
    """All settings, with their words in the language that is spoken."""
    return tuple(_spoken_rows(spoken()).values())


def setting(name: str) -> Setting:
    """The setting of that name, with its words in the language that is spoken; raises `KeyError` when there is none."""
    return _spoken_rows(spoken())[name]


@cache
def _spoken_rows(language: str) -> dict[str, Setting]:
    words = translation(__name__, language)
    return _BY_NAME if words is None else {name: _said(row, words) for name, row in _BY_NAME.items()}


def _said(row: Setting, words: ModuleType) -> Setting:
    """A row in the words of a translation of this table."""
    said: SettingWords = words.WORDS[row.name]
    phrases: dict[str, str] = words.PHRASES
    negation = row.negation and (row.negation[0], phrases.get(row.negation[1], row.negation[1]))
    form = replace(row.form, help=said.form_help, empty=phrases.get(row.form.empty, row.form.empty))
    unit = phrases.get(row.unit, row.unit)
    in_unit = phrases.get(f"in {row.unit}", "")
    return replace(row, title=said.title, help=said.help, unit=unit, in_unit=in_unit, negation=negation, form=form)


def is_setting(name: str) -> bool:
    """Whether a key, such as one of `config.json`, is a setting of this version."""
    return name in _BY_NAME


def set_by(*setters: Setter) -> frozenset[str]:
    """Names of the settings that these may set."""
    return frozenset(row.name for row in SETTINGS if row.setter in setters)
