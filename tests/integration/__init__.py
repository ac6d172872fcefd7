"""Whole runs of the engine and the console."""
