"""Views of the screens that only the console has; each draws one screen for a user who may see it."""
