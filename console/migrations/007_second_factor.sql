-- The secret that an account shares with an authenticator app, sealed. An account without a row has no second factor.
CREATE TABLE second_factors (
    user_name TEXT PRIMARY KEY COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    secret    TEXT NOT NULL,
    since     REAL NOT NULL
);
-- The spans of 30 seconds whose code was taken: none is taken twice.
CREATE TABLE spent_steps (
    user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    step      INTEGER NOT NULL,
    PRIMARY KEY (user_name, step)
);
CREATE TABLE recovery_codes (
    user_name TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    code_hash BLOB NOT NULL,
    PRIMARY KEY (user_name, code_hash)
);
-- Sign-ins whose password was right and whose second factor is awaited. secret is one that is being set up, or empty, sealed.
CREATE TABLE pending_sign_ins (
    token_hash    BLOB PRIMARY KEY,
    user_name     TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    password_mark BLOB NOT NULL,
    secret        TEXT NOT NULL,
    steady        REAL NOT NULL,
    boot          TEXT NOT NULL
)
