"""What is said by the Live screen: its sentences and labels, in one table."""

from __future__ import annotations

from etl_batch.language import become_table

# view
TITLE = "Live run"
LEAD = "The newest run, or the one you chose. Close the browser if you like: the run goes on."
NO_RUN = "Nothing has run yet. Launch a run and it shows up here."
WAITING = "The run waits for its turn and starts by itself."
WAITS_TO_GO_ON = "The run was cut off; it goes on by itself when it is its turn."
TRY = "Try {number}."
STARTING = "The engine is starting."
PICK = "Run to watch"
PICK_HELP = "Every run that is under way or waiting, the newest first."
SILENT_TITLE = "Not responding since {since}."
SILENT = "Its process lives but gives no sign. Wait when the disk or the machine is busy, or cancel the run."
PAUSED = "Its process was halted by a signal (SIGSTOP). Continue it with SIGCONT, or cancel the run."
WORKER_SILENT_TITLE = "A worker does not respond."
WORKER_SILENT = "It has given no sign of life for {time}. Past the stall timeout it is replaced, and nothing is lost."
WORKERS_LOST_TITLE = "Workers were replaced: {number}."
WORKERS_LOST = "Others read their part again, and the run goes on. The log says why they were lost."
MACHINE = "Machine"
WORKERS = "Workers"
CLUSTER = "Workers of the cluster"
WORKER_COLUMNS = ("Process", "Chunk", "CPU", "Memory")

become_table(__name__)
