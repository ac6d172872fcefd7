"""What alerts say: why a rule speaks up, what it looks at, and the lines of a mail."""

from __future__ import annotations

from etl_batch.language import become_table
from etl_batch.model import RunStatus

# channels
THROUGH = "{people} through {server}"
AND_MORE_THROUGH = "{people} and {more} more through {server}"

# findings of rules
ENDED = {
    RunStatus.FAILED: "Run {run} by {user} failed.",
    RunStatus.TIMED_OUT: "Run {run} by {user} timed out.",
    RunStatus.CANCELLED: "Run {run} by {user} was cancelled.",
}
SOMEBODY = "somebody"
LACKING = "Run {run} by {user} went on without estimates that it was asked for: {reason}"
REJECTED = "Run {run} by {user} rejected {rejected} of {records} ({share})."
REJECTED_MOST_FOR = "Run {run} by {user} rejected {rejected} of {records} ({share}), most often for {reason}."
REJECTED_STOPPED = "Run {run} by {user} rejected {rejected} of {records} ({share}) and stopped at its own limit."
REJECTED_MOST_FOR_STOPPED = (
    "Run {run} by {user} rejected {rejected} of {records} ({share}), most often for {reason}, and stopped at its own "
    "limit."
)
NO_ESTIMATE = "Run {run} by {user} has no estimate of {measure}, so it could not be checked."
NO_EXACT = "Run {run} by {user} has no exact total of {measure}, so it could not be checked."
ESTIMATED = "Run {run} by {user} estimates {measure} at {value}, which is {outside}."
COUNTED = "Run {run} by {user} counts {measure} exactly at {value}, which is {outside}."

# what a rule looks at
FAILS = "A run fails or times out, or one of a preset or schedule lacks the estimates it asks for"
FAILS_OR_CANCELLED = (
    "A run fails, times out or is cancelled, or one of a preset or schedule lacks the estimates it asks for"
)
MORE_RECORDS = "More than {records} rejected"
MORE_SHARE = "More than {share} of the records rejected"
MORE_RECORDS_OR_SHARE = "More than {records} or {share} of the records rejected"
ESTIMATE_IS = "The estimate of {measure} is {outside}"
EXACT_IS = "The exact total of {measure} is {outside}"
ABOVE = "above {high}"
BELOW = "below {low}"
OUTSIDE = "outside {low} to {high}"
FOR_FILES = "{what}, for files named {file}"
FOR_PRESET = "{what}, for the preset {preset}"

# mail
SUBJECT = "[Quantum ETL] {sentence}"
MORE_INPUTS = "and {number} more"
RUN = "Run"
STATUS = "Status"
USER = "User"
INPUTS = "Inputs"
RECORDS = "Records"
COUNTS = "{records} in, {written} written, {rejected} rejected, {skipped} skipped"
COUNTS_SO_FAR = "{records} read, {rejected} rejected, {skipped} skipped; nothing was published"
STARTED = "Started"
FINISHED = "Ended"
RULE = "Rule"

become_table(__name__)
