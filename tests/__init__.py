"""The tests, in the order of the source and then by kind."""
