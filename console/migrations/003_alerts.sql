CREATE TABLE alert_channels (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL UNIQUE COLLATE NOCASE,
    kind     TEXT NOT NULL CHECK (kind IN ('webhook', 'mail')),
    enabled  INTEGER NOT NULL,
    settings TEXT NOT NULL
);
CREATE TABLE alert_rules (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL UNIQUE COLLATE NOCASE,
    enabled  INTEGER NOT NULL,
    settings TEXT NOT NULL
);
CREATE TABLE alert_messages (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id     TEXT NOT NULL,
    rule_id    INTEGER NOT NULL,
    rule_name  TEXT NOT NULL,
    facts      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (run_id, rule_id)
);
CREATE TABLE alert_deliveries (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id    INTEGER NOT NULL REFERENCES alert_messages (id) ON DELETE CASCADE,
    channel_id    INTEGER NOT NULL,
    channel_name  TEXT NOT NULL,
    state         TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'given_up')),
    attempts      INTEGER NOT NULL DEFAULT 0,
    next_at       REAL NOT NULL,
    claimed_until REAL NOT NULL DEFAULT 0,
    UNIQUE (message_id, channel_id)
);
CREATE INDEX alert_deliveries_due ON alert_deliveries (state, next_at);
CREATE TABLE alert_attempts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery_id INTEGER NOT NULL REFERENCES alert_deliveries (id) ON DELETE CASCADE,
    at          TEXT NOT NULL,
    accepted    INTEGER NOT NULL,
    words       TEXT NOT NULL
);
CREATE INDEX alert_attempts_by_delivery ON alert_attempts (delivery_id)
