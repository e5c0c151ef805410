-- Keys that end by themselves, and when each was last used.
ALTER TABLE api_key ADD COLUMN ends_at timestamptz; -- replaced by a newer one: good until then
CREATE INDEX api_key_ending ON api_key (ends_at) WHERE revoked_at IS NULL AND ends_at IS NOT NULL;

-- Ingest knows no database: that a key was used is seen from the ledger, by a follower, beside registering.
CREATE TABLE key_use (
    key text PRIMARY KEY,
    last_used_at timestamptz NOT NULL,
    position bigint NOT NULL           -- of the last notice sent with it
);
-- How far the ledger was read for it.
CREATE TABLE key_use_read (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position bigint NOT NULL DEFAULT 0
);
INSERT INTO key_use_read DEFAULT VALUES;
