-- A database that came back older than what was told: what it had lost, and how far that is made good.

-- The server on which this database was last written: after a promotion it is another timeline, after a copy
-- another system, and commits that were acknowledged may be missing.
CREATE TABLE server_seen (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    system text NOT NULL,
    timeline text NOT NULL
);

CREATE TABLE recovery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause text NOT NULL CHECK (cause IN ('restored', 'feed_ahead', 'other_server', 'asked')),
    backup text,                       -- the name of the backup that was restored
    begun_at timestamptz NOT NULL DEFAULT now(),
    head bigint NOT NULL,              -- the last position that the database knew,
    told bigint,                       -- and the last that the feed had told; null: not compared yet
    registered_at timestamptz,         -- when the last notice that it knew was registered
    journal_from bigint,               -- offset of the first message in the journal,
    journal_to bigint,                 -- of the last when the recovery began,
    read_to bigint,                    -- and of the last that was looked at
    journal_since timestamptz,         -- when the first message of the journal was received
    replayed bigint NOT NULL DEFAULT 0,
    finished_at timestamptz
);
CREATE INDEX recovery_unfinished ON recovery (id) WHERE finished_at IS NULL;

-- What the feed had told and the database did not know. Recovered is what stands in the ledger again.
CREATE TABLE lost (
    position bigint PRIMARY KEY,
    recovery bigint NOT NULL REFERENCES recovery,
    protocol text NOT NULL,
    type text NOT NULL,
    member text NOT NULL,
    agreement text,
    received_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL
);
CREATE INDEX lost_protocol ON lost (protocol);
CREATE INDEX lost_member ON lost (member, position);

-- Erasures that were ordered and that this database does not know of: done as soon as their notice is there, in
-- the transaction that registers it.
CREATE TABLE owed_erasure (
    protocol text PRIMARY KEY,         -- of the erasure itself, when it was done first
    position bigint,                   -- and its position then
    member text NOT NULL,
    sequence bigint NOT NULL,          -- the entry that it was about, by the chain of then
    notice text,                       -- the protocol of that notice; null: it cannot be told which it was
    fields text[] NOT NULL,
    ground text,
    decided_by text,
    request text,
    noted_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    settled_by bigint                  -- the position at which it was done again; null: nothing was left to erase
);
CREATE INDEX owed_erasure_notice ON owed_erasure (notice) WHERE settled_at IS NULL;

-- What the services knew of keys, delegations and accounts, and a restored database did not: opaque ids.
CREATE TABLE reconciled (
    version bigint PRIMARY KEY,        -- of the directory that the services had
    reconciled_at timestamptz NOT NULL DEFAULT now(),
    found jsonb NOT NULL
);
