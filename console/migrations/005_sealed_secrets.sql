-- Secrets are kept sealed (console/sealing.py).
UPDATE settings SET value = sealed(value) WHERE key = 'metrics_token';
UPDATE alert_channels SET settings = sealed(settings)
