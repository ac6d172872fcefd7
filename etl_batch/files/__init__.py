"""Files as the system has them: opened beneath a root, staged, replaced, followed, and committed together."""
