"""The command line: arguments, verbs, and what is printed."""
