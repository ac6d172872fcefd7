"""The run report: a typed context from the run's metadata, rendered by an autoescaped template."""

from etl_batch.reporting.render import render_report

__all__ = ["render_report"]
