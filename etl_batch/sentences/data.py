"""What the engine says of outputs that are looked into: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# previews of outputs
CHANGED_CHECK_AGAIN = "{name} was changed while it was read; check it again."
CHANGED_OPEN_AGAIN = "{name} was changed while it was read; open it again."
NO_SUCH_COLUMN = "The file has no such column any more; choose the column again."
NO_COLUMN = "The file has no column {name!r} any more; it was changed since the run."
NO_HEADER = "{name} has no header line any more; it was changed since it was written."
NO_WHOLE_PARQUET = "{name} is not a whole Parquet file; it was changed or cut off since it was written."
COMPRESSED = "The file is compressed, or its cells are, so the record does not stand in it as it is shown above."
CHANGED_SINCE_READ = "{name} was changed or replaced since the run has read it, so its bytes are not shown."

# queries
CROWDED = "Other people's questions are being answered; try again in a few seconds."
TOO_LONG = (
    "The question took longer than {seconds:g} seconds and was stopped. Narrow it down with another condition, or "
    "look at a smaller part of the file."
)
TOO_LARGE = "The answer takes more memory than a preview may use; ask for fewer columns or narrower conditions."
LOOK_TOO_LONG = (
    "Looking into the file took longer than {seconds:g} seconds and was stopped. A run of it is not bound by "
    "that; for a look take a smaller file."
)
LOOK_ENDED = (
    "The file cannot be looked into: that would take more than {most:,} bytes of memory, or the file is damaged in a "
    "way that no library gets over. The console's log says which."
)
NOT_READABLE = "The file could not be read to the end: {reason} It may have been changed since it was written."

# outputs in parts
NO_MANIFEST = "{manifest} in {name} does not say which parts there are; run again."
PART_CHANGED = "{name} is not what the manifest beside it says: it was changed since the run, or is damaged."
TOO_MANY_PARTS = "{name} has {number} parts, which is too many to be asked at once. Query the folder with DuckDB."

become_table(__name__)
