-- What was known when. A row of `segment` or `facet` that stops holding moves to its `_past`, with the
-- positions [since, until) at which it was what the registry knew; the current tables stay as small as they are.

-- Found by `known_from`, which grows: new rows come at the right edge of the index, not all over it.
ALTER TABLE segment
    DROP CONSTRAINT segment_pkey,
    ADD PRIMARY KEY (known_from, from_day),
    ADD COLUMN since bigint DEFAULT 0,
    ADD COLUMN counted text NOT NULL DEFAULT 'nothing'
        CHECK (counted IN ('agreement', 'unilateral', 'nothing', 'untold')),
    ADD COLUMN signed_from date,       -- counts as signed from this day on; null: never told as signed
    ADD COLUMN signed_on text COLLATE "C",  -- the signature's date as told: a day, a month or a year
    ADD COLUMN ends_on date,           -- the last day of the term told in this segment; null: none
    ADD COLUMN amounts jsonb;          -- [{value, currency, kind}]; null: none
UPDATE segment SET since = known_from;
ALTER TABLE segment ALTER COLUMN since SET NOT NULL;
-- Lists are joined from index-only scans in the order of known_from: what they ask of a row stands in the index.
DROP INDEX segment_state;
CREATE INDEX segment_state ON segment (state, known_from DESC) INCLUDE (from_day, to_day, since);
CREATE INDEX segment_ends_on ON segment (ends_on) INCLUDE (known_from, from_day, to_day)
    WHERE state IN ('signed', 'in_force', 'suspended');
CREATE INDEX segment_signed_on ON segment (signed_on) INCLUDE (known_from, from_day, to_day);
CREATE INDEX segment_turning ON segment (from_day) WHERE state IN ('in_force', 'expired');

CREATE TABLE segment_past (LIKE segment);
ALTER TABLE segment_past ADD COLUMN until bigint NOT NULL;
CREATE INDEX segment_past_agreement ON segment_past (agreement, since);
CREATE INDEX segment_past_known_from ON segment_past (known_from);
CREATE INDEX segment_past_signed_on ON segment_past (signed_on);
CREATE INDEX segment_past_ends_on ON segment_past (ends_on) WHERE state IN ('signed', 'in_force', 'suspended');
CREATE INDEX segment_past_state ON segment_past (state, known_from DESC)
    INCLUDE (from_day, to_day, since, until);

ALTER TABLE facet ADD COLUMN since bigint DEFAULT 0;
UPDATE facet SET since = known_from;
ALTER TABLE facet ALTER COLUMN since SET NOT NULL, DROP CONSTRAINT facet_pkey,
    ADD PRIMARY KEY (name, value, known_from, from_day) INCLUDE (to_day, since);
-- What one member's few agreements count under, without reading everybody's.
CREATE INDEX facet_counted ON facet (known_from) WHERE name IN ('country', 'theme');
CREATE TABLE facet_past (LIKE facet);
ALTER TABLE facet_past ADD COLUMN until bigint NOT NULL;
CREATE INDEX facet_past_value ON facet_past (name, value, known_from DESC)
    INCLUDE (from_day, to_day, since, until);
CREATE INDEX facet_past_agreement ON facet_past (agreement);
CREATE INDEX facet_past_counted ON facet_past (known_from) WHERE name IN ('country', 'theme');

-- An index-only scan needs pages that are known to be visible to all; a join, to know how common a value is.
ALTER TABLE segment SET (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE facet SET (autovacuum_vacuum_insert_scale_factor = 0.02, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE facet ALTER COLUMN value SET STATISTICS 1000;
CREATE STATISTICS facet_named (mcv) ON name, value FROM facet;

-- Which position was the last at an instant.
CREATE INDEX entry_registered_at ON entry (registered_at, position);
CREATE INDEX entry_contact ON entry (member, position) WHERE type = 'br.malha.member.contact_changed.v1';

-- What is stored of an agreement is its fold; what it amounts to, and the rows that stand for it, follow from that.
ALTER TABLE agreement
    DROP COLUMN agreement,
    DROP COLUMN written,
    ADD COLUMN completeness smallint NOT NULL DEFAULT 0,   -- 0 to 100
    ADD COLUMN missing text[] NOT NULL DEFAULT '{}',       -- what is not told, by field
    ADD COLUMN told_from date,                             -- the fold tells the days from then on; null: all
    ADD COLUMN course json NOT NULL DEFAULT '{}';          -- its place behind its checkpoints
-- What not everybody may see, so that leaving it out costs no look at the agreements themselves.
CREATE INDEX agreement_hidden ON agreement (known_from) INCLUDE (visibility, member)
    WHERE visibility <> 'public';

-- Folds on the way, so that a late notice does not begin at the beginning.
CREATE TABLE checkpoint (
    agreement text NOT NULL,
    taken bigint NOT NULL,             -- how many notices, in fold order, are in it
    last_key text NOT NULL,            -- the place of the last of them, in JSON
    fold json NOT NULL,
    opening json,                      -- what had begun before the first day that the fold tells; null: it tells all
    positions bigint[] NOT NULL,       -- of the notices since the checkpoint before
    written bigint NOT NULL,           -- the position at which it was made: what was retracted by then is left out
    PRIMARY KEY (agreement, taken)
);
CREATE INDEX entry_retraction ON entry (agreement, position) WHERE type = 'br.malha.agreement.retracted.v1';

-- What does not fit together, until a later notice or the coordination closes it.
CREATE TABLE review (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    agreement text NOT NULL,
    member text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('contradiction', 'gate', 'duplicate', 'same_text')),
    code text NOT NULL,
    protocol text NOT NULL DEFAULT '', -- of the notice that it is about, if it is about one
    other text NOT NULL DEFAULT '',    -- another agreement that it is about, if there is one
    detail jsonb NOT NULL,             -- {"pt", "en"}
    opened_at timestamptz NOT NULL,
    opened_by bigint NOT NULL,         -- position
    closed_at timestamptz,
    closed_by text CHECK (closed_by IN ('notice', 'rules', 'coordination')),
    closing bigint,                    -- the position of the notice that closed it
    closer text,                       -- the key or session of the coordination that closed it
    reason text,
    UNIQUE (agreement, code, protocol, other)
);
CREATE INDEX review_open ON review (id DESC) WHERE closed_at IS NULL;
CREATE INDEX review_member ON review (member, id DESC);

-- What was remarked about a notice may quote it, and so must be able to forget; the digests cover none of it.
DROP TRIGGER entry_is_append_only ON entry;
CREATE TRIGGER entry_is_append_only BEFORE DELETE OR UPDATE OF
    position, member, sequence, protocol, type, agreement, entry, digest, received_at, registered_at
    ON entry FOR EACH ROW EXECUTE FUNCTION refuse_change();
