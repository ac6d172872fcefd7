-- The random number by which authenticators know an account. It stays, so that a passkey of today replaces one of before there.
CREATE TABLE passkey_handles (
    user_name TEXT PRIMARY KEY COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    handle    BLOB NOT NULL UNIQUE
);
-- What an authenticator signs with. credential holds the public key as it was given, which is no secret.
CREATE TABLE passkeys (
    credential_id BLOB PRIMARY KEY,
    user_name     TEXT NOT NULL COLLATE NOCASE REFERENCES users (name) ON DELETE CASCADE,
    rp_id         TEXT NOT NULL,
    label         TEXT NOT NULL,
    credential    BLOB NOT NULL,
    counter       INTEGER NOT NULL,
    added_at      REAL NOT NULL,
    used_at       REAL
);
CREATE INDEX passkeys_by_user ON passkeys (user_name);
-- What authenticators were asked to sign and have not yet. user_name is empty where nobody has said who they are.
CREATE TABLE passkey_challenges (
    token_hash BLOB PRIMARY KEY,
    challenge  BLOB NOT NULL,
    ceremony   TEXT NOT NULL,
    origin     TEXT NOT NULL,
    user_name  TEXT NOT NULL COLLATE NOCASE,
    asked_by   TEXT NOT NULL,
    steady     REAL NOT NULL,
    boot       TEXT NOT NULL
);
CREATE INDEX passkey_challenges_by_place ON passkey_challenges (asked_by)
