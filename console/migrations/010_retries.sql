-- The moment, in seconds since the epoch, before which a waiting job is not started: another try of a run.
ALTER TABLE queue ADD COLUMN not_before REAL NOT NULL DEFAULT 0;
-- How often the runs of a schedule are tried again, NULL for as often as the settings say that it runs.
ALTER TABLE schedules ADD COLUMN retries INTEGER;
-- 3 was what everybody had, for reads alone. Now a number is meant for the whole run as well.
UPDATE presets SET config = json_set(config, '$.retries', NULL) WHERE json_extract(config, '$.retries') = 3;
UPDATE schedules SET config = json_set(config, '$.retries', NULL) WHERE json_extract(config, '$.retries') = 3;
UPDATE queue SET config = json_set(config, '$.retries', NULL) WHERE json_extract(config, '$.retries') = 3
