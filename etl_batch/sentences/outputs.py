"""What the engine says of files that it does not write, and of backups: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# writing
NOT_WRITTEN = "{path} cannot be written ({reason}). Free the disk or fix its permissions."
TARGET_NOT_WRITTEN = "{path} cannot be written ({reason}). Choose another folder or fix its permissions."
NO_SPACE = "{path} cannot be written ({reason}). Free space there."
OUTPUT_NOT_WRITTEN = (
    "{folder}: the output could not be written ({reason}). Free space there, or choose another folder; the previous "
    "output is untouched."
)
NOT_IN_COMPAT = "Old readers have no room for a value ({reason}). Leave out --parquet-compat, or write only a CSV."
NOT_READ_BACK = "{path} could not be read back ({reason})."
SAMPLE_NOT_WRITTEN = "The sample could not be written ({reason}). Free the disk."
CANNOT_WRITE = "Cannot write {path}: {reason}. Free the disk or fix its permissions."
CANNOT_WRITE_PERMISSIONS = "Cannot write {path}: {reason}. Fix its permissions."
CANNOT_CREATE = "Cannot create {path}: {reason}."
CANNOT_WRITE_FOLDER = "Cannot write {path}: {reason}. Free the disk or name another folder."
CONFIRMATION_NOT_KEPT = "The confirmation could not be kept in {path} ({reason}). Free the disk or fix permissions."
A_FILE = "A file"
STANDARD_OUTPUT = "The standard output"
DISK_FAILED = "{path}: {reason}. Free the disk or fix permissions."

# publishing and restoring
BUSY = "{path} is being written by another run; wait for it or choose another output."
NOT_COMMITTED = "The outputs could not be committed ({reason}). Nothing has changed."
NOT_IN_PLACE = "The outputs could not be put in place ({reason}). The next run finishes this; nothing is lost."
FOLDER_AWAY = (
    "{path} waits to be put in place, but its folder is away: bring {folder} back, and the next run finishes this."
)
STAGED_REPLACED = "{path} is another file than the one that was written; remove it, and write the outputs again."
MANIFEST_DAMAGED = "{path} cannot be read as what is left of a commit; look at it, and remove it."
MANIFEST_FOREIGN = "{path} would put files in {folder}, which is no folder of outputs; look at it, and remove it."
END_NOT_RECORDED = "The outputs are in place, but that could not be recorded: {reason} The next run records it."
KEPT_BY_ENGINE = "{path} is kept by the engine for itself; choose another output."
NOT_REGULAR = "{path} is {kind}, not a regular file; choose another output."
NO_BACKUP = "{name} has no backup {backup!r} any more; look at the list again."
IS_BACKUP = "{name} is this backup already; there is nothing to restore."
NOTHING_TO_RESTORE = "There is nothing to restore; choose a backup."
CHANGED_SINCE_LOOKED = "The files have changed since you looked; look at the backup again and confirm anew."
BACKUP_NOT_IN_PLACE = "The backup could not be put in place ({reason}). Nothing has changed; free the disk and retry."

# what a restore leaves
MAKER_UNKNOWN = "The run that wrote this backup is not in the history, so what else belongs to it is not known."
OTHER_HOLDS_IT = "{name} holds this run's data already and stays as it is."
OTHER_HAS_NO_BACKUP = "{name} of the same run has no backup; it stays as it is and will hold another run's data."
NOT_UPLOADED = "{url} could not be uploaded ({reason}); nothing was published."
OBJECT_DENIED = "{url} may not be written with these credentials, or their time is over ({reason})."
UPLOAD_GONE = "Somebody has had the store forget the upload of {url}; nothing was published. Start the run again."
SHORTER = "the file is shorter than what was written"

# who may read them
NO_GROUP = "ETL_GROUP={group}: there is no such group; create it, or leave the variable out."
NO_MEMBER = "ETL_GROUP={group}: this account is no member of that group; add it, or leave the variable out."
NOT_SHARED = "{folder} cannot be given to the group {group}: {reason}. Change its owner, or leave out ETL_GROUP."

# outputs in parts
NOT_PARTS = (
    "{path} has files that no run with --parts has written: it has no {manifest}. Name a folder of its own, or one "
    "that does not exist yet."
)

become_table(__name__)
