"""The run directory: what a run leaves, and the index over all runs."""
