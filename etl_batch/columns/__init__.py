"""Columns as the stages, the formats and the sinks share them: their types, the forms of text cells, their values."""
