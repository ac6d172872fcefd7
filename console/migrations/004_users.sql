-- one-time links
ALTER TABLE users ADD COLUMN seen_at REAL;
CREATE TABLE reset_links (
    user_name  TEXT PRIMARY KEY COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    token_hash BLOB NOT NULL UNIQUE,
    expires_at REAL NOT NULL
)
