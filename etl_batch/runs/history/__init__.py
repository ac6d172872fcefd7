"""The history: the index over all run directories, and what the past runs tell together."""
