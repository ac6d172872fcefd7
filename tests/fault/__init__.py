"""What must hold when processes, disks and machines fail."""
