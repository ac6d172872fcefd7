"""What the engine says of flags and verbs: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# flags
WRONG_FLAGS = "{problem}. `{prog} --help` shows the flags."
OF_ARGPARSE = (
    "Argument {argument}: {problem}",
    "The following arguments are required: {arguments}",
    "Unrecognized arguments: {arguments}",
    "One of the arguments {arguments} is required",
    "not allowed with argument {argument}",
    "ignored explicit argument {argument}",
    "expected one argument",
    "expected at least one argument",
    "expected at most one argument",
    "expected {number} arguments",
    "invalid int value: {value}",
    "invalid float value: {value}",
    "invalid {type} value: {value}",
    "invalid choice: {value} (choose from {choices})",
)
"""The problems as argparse puts them, so that they can be told in another language."""
WRONG_VALUE = "{flag}: {reason} (given: {given!r})."
WRONG_SETTINGS = "{reason}."
NO_INPUT = "-i/--input: name at least one file, directory or glob to read."
PARQUET_CONTRADICTION = "--no-parquet and -p contradict each other; drop one of them."
NO_CSV_NAME = "-o names a .parquet file; use -p for Parquet, or give the CSV another suffix."
NO_HOME = "--home: {home} is not a folder; create it or name another."
HOME_IS_HERE = "Home: {home}, the current folder; --home or ETL_HOME names another one."
NO_LIMIT = (
    "runs prune: say what to keep with --older-than, --max-gb, --backups-older-than or --backups-max-gb; without "
    "--yes it only shows what would go."
)
BAD_FRACTION = "--sample-frac: give a share above 0 and at most 1 (given: {given})."
SAME_SIGN = (
    "--thousands and --decimal would be the same sign, {sign!r}; say both, such as --decimal , --thousands . (without "
    "--decimal it is a point)"
)
NO_COUNT_OR_SHARE = "give a number of records from 0, or a share of them from 0% to 100%"
BAD_SEED = "--seed: give a whole number from 0 to 2**63 - 1 (given: {given})."
REPORT_IS_OUTPUT = "--report: {path} is an output of this run; name another file."
NO_DASK = "--cluster needs Dask: pip install distributed."
NO_SCHEDULER = "--cluster: no Dask scheduler answers at {address}; start it or correct the address."
NO_STORE_CLIENT = "Object stores need botocore: pip install -r requirements-cluster.txt."
NO_CREDENTIALS = (
    "No credentials for {url}; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where the machine has a role."
)
NO_CERTIFICATES = (
    "--cluster: {address} wants TLS, and no certificates are set; set DASK_DISTRIBUTED__COMM__TLS__CA_FILE, "
    "DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY."
)
CERTIFICATES_REFUSED = (
    "--cluster: the scheduler at {address} and this engine do not trust each other's certificates; compare the files "
    "that DASK_DISTRIBUTED__COMM__TLS__* name on both sides."
)
NO_WORKERS = "--cluster: the scheduler at {address} has no worker; start some, then run again."
OTHER_ENGINE = (
    "--cluster: {where} has another engine, or none; install the same version of Quantum ETL, of Python, NumPy and "
    "PyArrow on the scheduler and all workers."
)
ON_THE_CLUSTER = "the cluster"
ON_THE_SCHEDULER = "the scheduler"
NO_LAYOUT_FLAG = "--layout: there is no layout {name!r}; known are {known}."
NO_RATE = "{variable} is {setting!r}; give a whole number of runs."
ROOTS_NOT_ABSOLUTE = "ETL_ALLOWED_ROOTS holds {path!r}; give absolute paths, separated by ':'."
NO_OUTPUT = "no output: give -o/--output-csv, -p/--output-parquet or both"
IN_PARTS = "{path} would stand in {folder}, which --parts replaces as a whole. Name another place for one of the two."
PARTS_WITHOUT_PARQUET = "--parts is about the Parquet output, and none is wanted. Leave one of the two out"
SAME_OUTPUT = "the CSV and the Parquet output are the same file"
TWO_SIZES = "--target-error and --sample-frac both say how large the sample is; drop one of them"
APPEND_WITHOUT_REPLAY = "--append says where the rows of a replay stand; name the run with --replay-of too, or drop it"
SCOPE_WITHOUT_ERROR = "--target-per says what --target-error holds for; name the error too, such as 1%"

# verbs
NO_LAYOUT = "There is no layout {name!r}; known are {known}."
NO_CONSOLE = "Schedules belong to the console, which is not installed here; use cron or a systemd timer instead."
NOT_QUEUED = "There is no run {run_id} to be started; launch one from the console, or use `run`."
OVER = "Run {run_id} is over already; start a new one instead."
SETTINGS_UNREADABLE = "The settings of run {run_id} are missing or damaged ({path}); start the run again."
SETTINGS_UNUSABLE = "The settings of run {run_id} cannot be used: {why}"
SUMMARY_UNSAID = (
    "run {run_id} succeeded and its outputs are in place, but its summary could not be printed ({reason}); "
    "`etl runs show {run_id}` says it."
)

SOURCE_COLUMN_CLASH = "{path} has a column {name!r} already; give --source-column another name."

become_table(__name__)
