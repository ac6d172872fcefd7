-- The clock on the wall may be set, the count of seconds since the machine's start may not. boot names the start it counts from.
ALTER TABLE sessions ADD COLUMN created_steady REAL NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN seen_steady REAL NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN boot TEXT NOT NULL DEFAULT '';
-- Whether the session gets another token at the next page, and when its holder has typed the password last.
ALTER TABLE sessions ADD COLUMN renew INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proved_steady REAL NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proved_boot TEXT NOT NULL DEFAULT '';
ALTER TABLE queue ADD COLUMN taken_steady REAL NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN taken_boot TEXT NOT NULL DEFAULT '';
CREATE INDEX login_attempts_by_time ON login_attempts (last_at);
-- Browsers that have signed in. Of the number in their cookie only the hash is kept.
CREATE TABLE devices (
    user_name   TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    number_hash BLOB NOT NULL,
    address     TEXT NOT NULL,
    agent       TEXT NOT NULL,
    first_at    REAL NOT NULL,
    last_at     REAL NOT NULL,
    told        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_name, number_hash)
)
