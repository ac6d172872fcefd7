-- Runs that failed and that somebody has seen to: who said so, and when, in seconds since the epoch.
CREATE TABLE acknowledged (
    run_id    TEXT PRIMARY KEY,
    user_name TEXT NOT NULL COLLATE NOCASE,
    at        REAL NOT NULL
)
