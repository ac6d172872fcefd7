"""The run report: a typed context from the run's record, rendered by an autoescaped template."""
