"""What a run leaves, as frozen types that read whatever its files hold: record, progress, settings and rejects."""
