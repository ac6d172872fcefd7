"""The stages of a run, in order: plan, read, clean, encode, place."""
