-- The language that an account's holder has chosen, NULL for the browser's.
ALTER TABLE users ADD COLUMN language TEXT
