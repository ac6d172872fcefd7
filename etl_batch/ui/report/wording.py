"""What is said by the Report screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "Report"
LEAD = "What a run read, wrote, refused and estimated, on one page that can be kept and printed."
NO_REPORT = "There is no report yet. Launch a run: its report is written when it ends."
NONE_FIT = "No report fits these filters; take a word out of the search or clear them."
GONE = "Run {run_id} has no report (any more)."
LIST = "All reports ({total})"
LIST_TABLE = "Reports"
RUN = "Run"
RUN_HELP = "Whose report is shown. The list below finds older ones."
FRAME = "Report of run {run_id}"
SECTIONS = "Sections of the report"
DOWNLOAD = "Download the report"
BEGAN = "Began"
STATE = "State"
USER = "User"
INPUT = "Input"

become_table(__name__)
