"""What is said by the Analytics screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table
from etl_batch.questions import Aggregate

# view
TITLE = "Analytics"
LEAD = (
    "“Quantum-inspired” means classical stratified sampling that borrows the square-root idea when it shares out the "
    "sample; nothing here runs on a quantum computer or gains a quantum speed-up."
)
TABS = {"totals": "Totals", "strata": "Strata", "explorer": "Explorer", "history": "History"}
NO_RUN = "There are no estimates yet. Launch a run: they are made as it reads."
SKIPPED = "This run has no estimates."
TOTALS = "Estimates against the exact totals"
TOTALS_LEAD = (
    "The bar is the 95 % interval of the estimate, the line at nought the exact total, which the run has seen in full. "
    "About 95 of 100 intervals should reach the line."
)
CERTIFIED = "Certified: {names}. Each interval can be trusted as it stands."
NOT_CERTIFIED = "Not certified: {names}. {reason}"
STRATA = "Strata"
STRATA_LEAD = "The largest strata by rows, each with its estimate, its interval and its exact total."
EXPANSION = "Expansion factors"
EXPANSION_LEAD = "How many rows one sampled row stands for."
TABLE = "All strata"
MISSED = "not reached"
OF_MEASURES = "of each total"
OF_STRATA = "of each total, by stratum too"

# measure_history
MEASURE = "Measure"

# view
TOP = "Strata shown"
ORDER = "Order"
ORDERS = ("largest first", "widest interval first", "furthest from the exact total first")
NOT_DRAWN = "Not drawn, because an exact total of nought or a missing interval has no place on the scale: {names}."
MEASURE_HELP = "Whose strata are shown."
TOP_HELP = "How many strata the chart draws; the table below has all of them."
ORDER_HELP = "Which strata come first, in the chart and in the table."
ROWS_NUMBER = "Rows"
ALL_OF_THEM_SEEN = "all of them seen"
SAMPLED_NUMBER = "Sampled"
TAKEN_WHOLE = "Taken whole"
TAKEN_WHOLE_NOTE = "of these, for their large values"
STRATA_NUMBER = "Strata"
BY_COLUMN = "by {column}"
MEASURES_NOTE = "measures"
SEED = "Seed"
SEED_NOTE = "same seed, same sample"
ERROR_TO_REACH = "Error to reach"
NO_REASON = "No reason was given."
MEASURE_NAME = "Measure"
ESTIMATE_NUMBER = "Estimate"
FROM_END = "95 % from"
TO_END = "to"
EXACT_NUMBER = "Exact"
YES = "yes"
NO = "no"
POOLED = "pooled"
EXPANSION_NUMBER = "Expansion"
EXPANSION_SQRT = "How many rows one sampled row stands for. Large strata are sampled more thinly: the square-root idea."
REACHED = "reached"
REACHED_OF = "{reached}, {of}"
STRATUM = "stratum"

# explorer
EXPLORER_TITLE = "Explore the sample"
EXPLORER_LEAD = (
    "Ask anything of the rows that this run sampled: any column as group, any filter. Each answer comes with its 95 % "
    "interval, in milliseconds and without touching the data."
)
ANSWER = "The answer"
EXACTLY = "Both answers"
CONFIRM = "Confirm exactly"
CONFIRM_HELP = (
    "Asks the whole Parquet file the same question about the groups shown here, and sets both answers side by side."
)
CONFIRMING = "Reading the whole file …"
NO_CONFIRMING = "This cannot be confirmed exactly. {reason}"
DOWNLOAD = "The answer as CSV"
MORE_GROUPS = "The {shown} largest groups of {total} are shown; the CSV has the first {saved}."
CANNOT = "{groups} cannot be answered from this sample and are not drawn; the last column of the table says why."
CANNOT_ANY = (
    "None of these groups has enough rows in the sample; take fewer groups, a wider filter or a larger fraction."
)
ALL_ROWS = "(all rows)"
NO_VALUE = "(no value)"
MEMORY_NONE = "No interval of this history has been confirmed yet."
MEMORY = (
    "Confirmed so far, over all runs: {intervals} in {questions}, each question counted once; held in {share} "
    "({low} to {high})."
)
MEMORY_CERTIFIED = "Of these, {intervals} were certified: held in {share} ({low} to {high})."
GROUP = "Group"
ESTIMATE = "Estimate"
FROM = "95 % from"
SAMPLED = "Sampled rows"
CHANCE = "By chance"
ROWS = "Rows in all, about"
VERDICT = "Can it be trusted?"
EXACT = "Exact"
OUTCOME = "Interval"
FROM_THE_SAMPLE = "From the sample"
FROM_THE_WHOLE_FILE = "From the whole file"
TIMES_AS_LONG = "{times} as long"
INTERVALS_THAT_HELD = "Intervals that held"
PART_OF = "{part} of {whole}"
WHERE_THERE_WAS_ONE_TO_HOLD = "where there was one to hold"
EMPTY_VALUE = "(empty)"
ANSWERED_IN = "Answered in"
SAMPLED_ROWS = "Sampled rows"
SHARE_OF_ROWS = "{share} of the rows"
GROUPS = "Groups"
GROUPS_NOTE = "that the sample has rows of"
CERTIFIED_NUMBER = "Certified"
QUANTILE_OF = "{word} {share}"
AGGREGATE_OF = "{word} of {measure}"
HELD = "held"
MISSED_IT = "missed"

# explorer_figures
CERTAIN = "known for certain"
DOUBTFUL = "not certified"
EXACT_NAME = "exact"
EXACT_HOVER = "<b>{name}</b><br>exact {exact}"
ANSWER_HOVER = "<b>{name}</b><br>estimate {estimate}<br>95 % interval {low} to {high}<br>{sampled} sampled rows"
CERTIFIED_GROUP = "certified"

# explorer_form
WHAT = "Work out"
OF = "Of the column"
BY = "Group by"
SHARE = "Quantile"
WHAT_HELP = "What to work out for each group."
OF_HELP = "The column of numbers that it is worked out of; counting rows needs none."
BY_HELP = "Each value of this column is a group of its own, a missing one too."
SHARE_HELP = "The share of rows at or below the answer: 0.5 is the median, 0.9 what nine of ten rows do not exceed."
AGGREGATES = {
    Aggregate.SUM: "Sum",
    Aggregate.MEAN: "Average",
    Aggregate.COUNT: "Number of rows",
    Aggregate.QUANTILE: "Quantile",
}
ALL_TOGETHER = "(all rows together)"
COLUMN = "Filter column"
CONDITION = "Filter condition"
VALUE = "Filter value"
COLUMN_HELP = "Only rows that fit every filter are looked at."
CONDITION_HELP = "How the cell is compared with the value."
VALUE_HELP = "A filter without a value is left out."
TIME_VALUE_HELP = (
    "A day or a moment in UTC, such as 2026-01-31 or 2026-01-31 12:00. Without one the filter is left out."
)
ADD = "Add a filter"
REMOVE = "Remove"
REMOVE_HELP = "Take this filter away."
ADD_HELP = "Look only at rows that fit a condition; several must all fit."
FRACTION = "Fraction of all rows"
FRACTION_HELP = (
    "Slide down to see what fewer of these rows would have answered: wider intervals, from rows that are a part of "
    "this sample. Nothing is read anew."
)
WHOLE_SAMPLE = "the whole sample ({share})"
NO_NAME = "(no name)"

# interval_study
STUDY = "How often such intervals hold"
STUDY_COLUMNS = ("Population", "Certified", "Held the total", "Ended below / began above", "Rows sampled")
STUDY_SOURCE = (
    "After ± stands the Monte Carlo error: how far a share from so many samples may be off by chance. "
    "docs/analytics.md describes the study and has the whole table."
)
LARGER = "What a larger sample buys"
LARGER_LEAD = (
    "How wide the 95 % interval of each total can be expected to be, as a share of the total, when more or fewer rows "
    "are sampled. It follows from the spread of all rows, which the run has seen; for heavy tails a larger sample does "
    "better than drawn. The diamonds are what this run's own intervals came to."
)
SHARES = "How the sample was shared out"
SO_FAR = "Coverage so far"
SO_FAR_LEAD = "How many intervals of totals in this history held the exact total; the line is the 95 % they promise."
SO_FAR_NONE = "No run has an interval yet that could miss."
SO_FAR_CERTIFIED = "Of {count} that {were} certified, {held} held the exact total: {share} ({low} to {high})."
SO_FAR_OTHERS = "Of {count} that {were} not certified, {held} held it: {share} ({low} to {high})."
SO_FAR_COUNTED = (
    "In brackets stands the 95 % interval of the share (Wilson). Totals without error are not counted, since they "
    "cannot miss; runs that drew the same sample of the same input count once{repeated}. Measures of one run share its "
    "rows and hold or miss together now and then, so the truth may lie a little further off.{bounded}"
)
REPEATED = " ({count} left out)"
BOUNDED = " Only the newest {runs} runs were looked at."

# measure_history
HISTORY = "Run after run"
HISTORY_LEAD = (
    "The total of one measure in each run that wrote the same outputs (the newest {limit} at most), the newest on the "
    "right. A change is called one when the estimates differ by more than chance explains."
)
SHORT = "This was the first run that wrote these outputs; the next one begins a history."
MEASURE_HISTORY_MEASURE_HELP = "Whose totals are shown run after run."
CHANGES = "From run to run"
COLUMNS = ("Runs", "What the estimates say", "Exact totals")
OTHERS = "Earlier comparisons without a change ({count})"
COMPARISONS = "All comparisons of all measures as CSV"
CHANGED = "{name} {moved}, a change"
MEASURE_HISTORY_EXACTLY = "{name} {moved}: both totals are without error"
MEASURE_HISTORY_CHANCE = "no more than chance: {span}"
SAME_SAMPLE = "no difference: the same seed drew the same sample of the same input"
NO_DIFFERENCE = "no difference: both totals are without error"
UNKNOWN = "cannot be told. {reason}"
EXACT_SAME = "the same"
EXACT_DIFFER = "differ by {difference}"
EXACT_UNKNOWN = "not known"
LOOKED_AT = (
    "{comparisons} {were} looked at, over all measures and all pairs of runs that follow each other, and {found}. "
    "Looking often finds something by chance, so each is held to a stricter measure (Holm's correction): the chance "
    "that anything here is called a change and is none is at most {error}. An interval in brackets is that of its own "
    "comparison, 95 %, without the correction."
)
NONE_LOOKED_AT = "No two runs that follow each other can be compared by their estimates."
NO_TEST = "{pairs} drew the same sample or had no error at all, which leaves nothing to test."
BETWEEN = "{first} to {second}"
SPAN = "{size} ({low} to {high})"
HITS = {0: "none is a change", 1: "one is a change"}
HITS_MANY = "{number} are changes"
ROSE = "rose by {size}"
FELL = "fell by {size}"
WAS = "was"
WERE = "were"

# sample_figures
ROOT_OF_ROWS = "square root of the stratum's rows"
ROWS_DRAWN = "rows drawn"
DRAWN_OF = "rows drawn: {drawn} of {rows}"
SHARE_SAMPLED = "share of the rows that is sampled"
HALF_INTERVAL = "half the 95 % interval"
THIS_RUN = "this run"
SAMPLE_HOVER = "<b>{name}</b><br>{fraction}, {rows}<br>±{width}"
INTERVALS_HELD = "intervals that held the exact total"
HELD_HOVER = "{held} of {count} held: {shares}"
THIS_RUN_HOVER = "%{text}<br>this run<extra></extra>"

become_table(__name__)
