-- The order of the queue, which may be changed, and who asked for a job to be stopped.
ALTER TABLE queue ADD COLUMN position REAL NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN cancelled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queue ADD COLUMN schedule TEXT COLLATE NOCASE;
UPDATE queue SET position = id;
CREATE INDEX queue_by_position ON queue (state, position);
CREATE INDEX queue_by_schedule ON queue (schedule, state);
-- Either a preset, by name, or a configuration of its own. next_at and last_at are seconds since the epoch.
CREATE TABLE schedules (
    name       TEXT PRIMARY KEY COLLATE NOCASE,
    cron       TEXT NOT NULL,
    zone       TEXT NOT NULL,
    preset     TEXT COLLATE NOCASE,
    config     TEXT,
    missed     TEXT NOT NULL CHECK (missed IN ('skip', 'once')),
    owner      TEXT NOT NULL COLLATE NOCASE,
    paused     INTEGER NOT NULL DEFAULT 0,
    next_at    REAL,
    last_at    REAL,
    last_run   TEXT,
    last_word  TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    CHECK ((preset IS NULL) <> (config IS NULL))
);
CREATE INDEX schedules_by_next ON schedules (paused, next_at);
-- Runs whose end was made known, so that each is made known once.
CREATE TABLE ended_runs (
    run_id TEXT PRIMARY KEY,
    told   INTEGER NOT NULL DEFAULT 0
);
-- When a chore that is done now and then was done last.
CREATE TABLE chores (
    name    TEXT PRIMARY KEY,
    done_at REAL NOT NULL
);
