"""Worker processes: the executor, and the turns in which they place their chunks."""
