"""What is said of a replay."""

from __future__ import annotations

from etl_batch.language import become_table

OTHER_RECORDS = (
    "By layout {name} records have {size} bytes now, and {former} in the run: a replay reads the same records again. "
    "Run it anew, or keep the length."
)
NOT_OVER = "Run {run_id} is not over; only then can its rejects be replayed."
NOTHING_READ = "Run {run_id} has read nothing that could be replayed: run it again."
NO_REJECTS = "Run {run_id} has rejected nothing: there is nothing to replay."
NOTHING_PUBLISHED = "Run {run_id} has published nothing to append to: leave out --append, or run it again."
NOT_MENDED = (
    "Nothing is mended: settings, layouts and schema are those of run {run_id}, so the same records would be rejected. "
    "Name what is to change, such as --ragged pad, or edit the layout or the schema first."
)
SETTINGS_UNKNOWN = "The settings of run {run_id} are those of another version, so it cannot be replayed: run it again."
FIXED = (
    "{flags}: a replay reads the inputs of run {run_id} as it has read them, and takes no other here. Leave this out, "
    "or run the inputs again."
)
NO_SCHEMA_KEPT = "What run {run_id} took its schema to be is not on record, so it cannot be replayed: run it again."
INPUT_CHANGED = (
    "{path} is not what run {run_id} has read: {what}. A replay would mix two versions: run it again instead."
)
SIZE_IS = "it had {former:,} bytes and has {now:,}"
TIME_IS = "it was written to at {now}, after the run"
READ_OTHERWISE = (
    "{path} would be read otherwise now than by run {run_id}, which took it for {former}: run it again instead."
)
REJECTED_OTHERWISE = (
    "Read as run {run_id} was read, {now:,} records are rejected and not {former:,}: the engine or an input is another "
    "version. Nothing is replayed; run it again instead."
)
OTHER_SIGNS = (
    "Run {run_id} was told how numbers and dates are written ({former}), and a replay cannot tell it otherwise for its "
    "rejects alone: run it again instead."
)
NOTE = "Replay of run {run_id}: of its {tried:,} rejects {passed:,} are rows now and {rejected:,} are rejects still."
NOTE_SKIPPED = (
    "Replay of run {run_id}: of its {tried:,} rejects {passed:,} are rows now, {skipped:,} are blank or comments, "
    "and {rejected:,} are rejects still."
)
APPENDED = "The rows that are new stand behind all others."
REWRITTEN = (
    "Cells of the rows that are new were brought to the way in which the other rows are written: numbers with a point, "
    "ISO dates, null words empty."
)

become_table(__name__)
