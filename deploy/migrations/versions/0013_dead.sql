-- What operators decide about failed messages. A message is named by the SHA-256 of its body, in hex: whatever
-- moves it rewrites its headers, never its body.
CREATE TABLE dead_order (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act text NOT NULL CHECK (act IN ('replay', 'park', 'unpark', 'discard')),
    -- draft: ids are frozen, nothing is decided; asked: waits for a second person; ready: is carried out
    state text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'asked', 'ready', 'done', 'cancelled')),
    drafted_by text NOT NULL,
    drafted_at timestamptz NOT NULL DEFAULT now(),
    ordered_by text,
    ordered_at timestamptz,
    reason text,
    rate integer CHECK (rate > 0),     -- messages a second, at most
    approved_by text,
    approved_at timestamptz,
    ended_at timestamptz
);
CREATE INDEX dead_order_ready ON dead_order (id) WHERE state = 'ready';

CREATE TABLE dead_order_item (
    "order" bigint NOT NULL REFERENCES dead_order ON DELETE CASCADE,
    message text NOT NULL,
    protocol text,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'missing')),
    at timestamptz,
    PRIMARY KEY ("order", message)
);
CREATE INDEX dead_order_item_waiting ON dead_order_item ("order") WHERE state = 'waiting';
CREATE INDEX dead_order_item_message ON dead_order_item (message);

-- Who did what to which messages, when and why. What was noted is neither changed nor removed.
CREATE TABLE dead_audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    "order" bigint NOT NULL,           -- no foreign key: nothing here depends on what may go
    act text NOT NULL,
    step text NOT NULL,                -- ordered, approved, cancelled, done, missing, ended
    by_whom text,                      -- an opaque id of a person or key, an account of the machine; null: the registry
    reason text,
    messages text[] NOT NULL
);
CREATE INDEX dead_audit_order ON dead_audit ("order", id);
CREATE FUNCTION refuse_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what operators did is append-only';
END $$;
CREATE TRIGGER dead_audit_is_append_only BEFORE UPDATE OR DELETE ON dead_audit
    FOR EACH ROW EXECUTE FUNCTION refuse_forgetting();
CREATE TRIGGER dead_audit_is_not_truncated BEFORE TRUNCATE ON dead_audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_forgetting();

-- An order as it stands: how many of its messages wait, are done, were not there.
CREATE VIEW dead_order_standing AS
SELECT o.id, o.act, o.state, o.drafted_by, o.drafted_at, o.ordered_by, o.ordered_at, o.reason, o.rate,
    o.approved_by, o.approved_at, o.ended_at, i.waiting, i.done, i.missing
FROM dead_order o
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'done') AS done,
        count(*) FILTER (WHERE state = 'missing') AS missing
    FROM dead_order_item WHERE "order" = o.id
) i;
-- The audit with the names of persons, for as long as they are known.
CREATE VIEW dead_step AS
SELECT a.id, a.at, a."order", a.act, a.step, a.by_whom, p.name, a.reason, a.messages
FROM dead_audit a LEFT JOIN person p ON 'person ' || p.id = a.by_whom;

-- So that a receipt can say that operators gave the notice up.
ALTER TABLE dead ADD COLUMN discarded_at timestamptz;
