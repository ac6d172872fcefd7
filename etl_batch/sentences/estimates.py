"""What the engine says of estimates, and of those that it does not make: its sentences, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# a run's estimates
NO_ROWS = "There are no rows to estimate from."
NO_MEASURE = "There is no numeric column to estimate; the strata are counted all the same."
CANDIDATES_LACK = "A stratum lacks sample candidates that the pass has counted; this is a bug, please report it."
STRATUM_NOT_COUNTED = "The sample holds a stratum that was never counted; this is a bug, please report it."
NOT_REACHED = (
    "The error of {target:g} was not reached for {missed}: the rows looked at beforehand gave too small a sample. "
    "Ask for a smaller error, or for a fraction with --sample-frac."
)
UNIQUE = "Column {name!r} has a value of its own in nearly every row; all rows make one stratum instead."
NO_STRATUM_COLUMN = "There is no column {name!r} to stratify by; the columns are {columns}."
NO_MEASURE_COLUMN = "There is no column {name!r} to measure; the columns are {columns}."
NO_NUMBERS = "Column {name!r} holds no numbers ({kind}) and cannot be measured; name a numeric column with --measure."
EMPTY_COLUMN = (
    "Column {name!r} is empty in every row, so that all rows are one stratum; name another one with --stratum."
)

# an estimate before the run
FEW_BLOCKS = "{clusters} blocks are too few for an interval (at least {least}); take a larger fraction."
FEW_HOLD_IT = "It stands in {held} of {clusters} blocks only, too few for an interval; take a larger fraction."
UNEVEN = "The blocks hold too unequal amounts of data for an interval from {clusters} of them; take a larger fraction."
SKEWED = (
    "The blocks differ too unevenly for a sample of {clusters}: intervals would hold the total less often than they "
    "say. Take a larger fraction."
)
ALL_NOUGHT = "No sampled block holds anything other than nought, which tells nothing of those that were not read."
ALL_ALIKE = "The sampled blocks are all alike, which tells nothing of one that is not; read all of them to be sure."
TOO_SMALL = "The values are so small that their spread is past the range of double precision; scale them up."
SPREAD_PAST_DOUBLE = "The spread of the values is past the range of double precision."
NOT_FINITE = "Some values are NaN or infinite and count as zero; clean them or choose another measure."
TOTAL_PAST_DOUBLE = "The total is past the range of double precision."
LEFT_OUT = (
    "In {left} of {drawn} blocks it cannot be told where records begin, because of their quotes; they were left out."
)
MAY_MISS = "{few} of the values found stand in one or two blocks only, so there may be others that no block has shown."

# questions to a sample
NEEDS_NUMBERS = "A {aggregate} needs a column of numbers; choose one."
NO_QUANTILE = "The quantile is {quantile:g} and must lie between 0 and 1; 0.5 is the median."
NO_FRACTION = "The fraction is {sample_frac:g} and must be above 0 and at most 1."
NO_NUMBER = "{text!r} is not a number, and {name!r} holds numbers; type one such as 12.5."
NO_TIME = "{text!r} is not a time, and {name!r} holds times; type one such as 2026-01-31 12:00."
NOTHING_TO_ASK = "No row was written, so there is nothing to ask."
NONE_FOUND = "No row of the sample fits: there are fewer than about {most:,.0f} such rows in all, if any."
NONE_AT_ALL = "No row fits; every row is in the sample, so this is exact."
DISTRUST = {
    "ODD": "Some of its values are NaN or infinite and were left out.",
    "TOO_FEW": "Too few rows drawn by chance: {rows}, and {least} are needed.",
    "LONELY": "A stratum shows one row of several, which tells nothing of its spread.",
    "ALIKE": "The {rows} rows drawn by chance are all alike; the others need not be.",
    "NARROW_BASE": "The error rests on about {effective} rows, and {least} are needed.",
    "SKEWED": "Too skewed for {rows} rows drawn by chance.",
    "TAILS": "The run does not certify this measure over all rows.",
    "UNSEEN": "Thinly sampled strata without a row of this group may hide some.",
    "FAR_OUT": "Too few rows lie beyond this quantile.",
    "TOO_LARGE": "Past the range of double precision.",
}
NOT_FILTERED = "Column {name!r} cannot be compared with anything; choose another one, or ask whether it is empty."
NOT_OURS = (
    "The sample and the metadata of this run do not belong together, so nothing is estimated from them. Run again to "
    "have a sample to explore."
)
SAMPLE_LACKS_COLUMN = "The sample has no column {name!r}; choose one that it has."
SAMPLE_HAS_NO_NUMBERS = "Column {name!r} holds no numbers; choose another one, or count rows."
NO_SUCH_COLUMN = "The sample has no such column; choose the column again."
NO_SAMPLE = "This run has left no sample; run again to have one to explore."
NO_ESTIMATES = "This run has no estimates to explore. {reason}"
SAMPLE_BROKEN = "The sample of this run cannot be read; run again to have one to explore."

# their confirmation
NO_PARQUET = "This run wrote no Parquet file, so there is nothing to confirm against; run again with a Parquet output."
PARQUET_GONE = "The Parquet file that this run wrote was moved or deleted; run again, or restore a backup."
PARQUET_REPLACED = (
    "The Parquet file holds what another run wrote; explore that one, or restore this run's file from its backup."
)
PARQUET_CHANGED = "The Parquet file was changed since this run wrote it, so it cannot confirm anything; run again."
PARQUET_OUTSIDE = "The Parquet file lies outside the allowed folders; a super_admin can allow its folder again."
# two runs compared
EARLIER, LATER = "earlier", "later"
NO_ERROR = "The {which} run gives no error."
RUN_PAST_DOUBLE = "The {which} run's numbers are past the range of double precision."
NOT_CERTIFIED = "The {which} run's interval is not certified."

# a run's totals
ONE_ROW = "One sampled row tells nothing of the spread of the others."
SOME_NOT_FINITE = "{values:,} values are NaN or infinite and count as zero; clean them or choose another measure."
EXACT_PAST_DOUBLE = "The exact total is past the range of double precision."
FEW_ROWS = "{rows:,} sampled rows are too few for an interval (at least {least})."
SKEWED_ROWS = (
    "The rows that are not taken whole are too skewed for a sample of {rows:,}: intervals would hold the total less "
    "often than they say."
)
WOULD_DO = "A sample fraction of {fraction:g} would do."
ALL_WOULD_DO = "Of larger samples only one of all rows would do (a fraction of 1)."
NO_SAMPLE_DOES = "No sample of at most {most:,} rows would do."
POOLED = "It was sampled together with other strata, so it has no interval of its own."
STRATUM_WITHOUT_ROWS = "A stratum has no sampled row."
LONELY_STRATA = (
    "Only one row was sampled of {lonely} of {strata} strata or pools, which tells nothing of the spread there."
)
VARIANCE_PAST_DOUBLE = "The variance is past the range of double precision."

# the columns that are chosen
NO_STRATUM = (
    "No column has {least} to {most} distinct values that repeat, so all rows are one stratum; name one with --stratum."
)
STRATUM_OF_TEXT = (
    "Stratum {name!r}: of the text columns it suits best, with {distinct} distinct values in {rows} planning rows."
)
STRATUM_OF_INTEGERS = (
    "Stratum {name!r}: of the integer columns it suits best, with {distinct} distinct values in {rows} planning rows."
)
NO_MEASURES = "No numeric column is left to measure; name one with --measure."
FIRST_MEASURES = "Measures: the first {most} of {all} numeric columns; name others with --measure."
MEASURES = "Measures: the numeric columns that are neither keys nor timestamps nor the stratum."

become_table(__name__)
