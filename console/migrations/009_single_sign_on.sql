-- Single sign-on: its settings, and the secret that the provider knows the console by, sealed, empty for none.
CREATE TABLE single_sign_on (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    settings TEXT NOT NULL,
    secret   TEXT NOT NULL
);
-- Accounts whose holders sign in at the provider: known by issuer and subject, never by a name.
CREATE TABLE provider_accounts (
    issuer    TEXT NOT NULL,
    subject   TEXT NOT NULL,
    user_name TEXT NOT NULL UNIQUE COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
-- Sign-ins that are under way at the provider. verifier is sealed. again names who proves once more who they are, or is empty.
CREATE TABLE provider_departures (
    state_hash   BLOB PRIMARY KEY,
    browser_hash BLOB NOT NULL,
    nonce        TEXT NOT NULL,
    verifier     TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    target       TEXT NOT NULL,
    again        TEXT NOT NULL,
    unit         TEXT NOT NULL,
    wall         REAL NOT NULL,
    steady       REAL NOT NULL,
    boot         TEXT NOT NULL
);
CREATE INDEX provider_departures_by_unit ON provider_departures (unit, steady);
-- Those that have come back with the provider's word, before their next request opens a session.
CREATE TABLE provider_arrivals (
    token_hash BLOB PRIMARY KEY,
    user_name  TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    strong     INTEGER NOT NULL,
    fresh      INTEGER NOT NULL,
    again      INTEGER NOT NULL,
    target     TEXT NOT NULL,
    steady     REAL NOT NULL,
    boot       TEXT NOT NULL
);
-- Whether the provider has seen a second factor when the session began.
ALTER TABLE sessions ADD COLUMN provider_factor INTEGER NOT NULL DEFAULT 0
