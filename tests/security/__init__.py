"""What must hold when somebody wants it not to."""
