-- The registry's memory. Whoever writes locks `head` first; so commit order is position order.

CREATE TABLE head (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position bigint NOT NULL DEFAULT 0
);
INSERT INTO head DEFAULT VALUES;

-- Who speaks in the network.
CREATE TABLE member (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('municipality', 'state', 'organisation')),
    name text NOT NULL,
    mesoregion text
);

CREATE TABLE api_key (
    id text PRIMARY KEY,
    member text NOT NULL REFERENCES member,
    role text NOT NULL CHECK (role IN ('member', 'office', 'coordination', 'ops')),
    digest bytea NOT NULL,
    label text NOT NULL DEFAULT '',
    issued_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

-- A member lets another member's keys speak for it.
CREATE TABLE delegation (
    member text NOT NULL REFERENCES member,
    delegate text NOT NULL REFERENCES member,
    facts text[],
    until date,
    granted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (member, delegate)
);

CREATE TABLE login_link (
    digest bytea PRIMARY KEY,
    role text NOT NULL,
    member text NOT NULL REFERENCES member,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

-- The version of what the three tables above say to the services.
CREATE TABLE directory (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version bigint NOT NULL DEFAULT 0
);
INSERT INTO directory DEFAULT VALUES;

CREATE FUNCTION directory_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE directory SET version = version + 1;
    PERFORM pg_notify('malha_directory', '');
    RETURN NULL;
END $$;
CREATE TRIGGER member_changed AFTER INSERT OR UPDATE OR DELETE ON member
    FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER api_key_changed AFTER INSERT OR UPDATE OR DELETE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER delegation_changed AFTER INSERT OR UPDATE OR DELETE ON delegation
    FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();

-- The head of each member's chain, and when it was last heard.
CREATE TABLE chain (
    member text PRIMARY KEY REFERENCES member,
    length bigint NOT NULL,
    head bytea NOT NULL,
    last_heard_at timestamptz,
    last_nil_return text               -- as told: a day, a month or a year
) WITH (fillfactor = 50);              -- room for new versions of a row beside it, here and in `tally`

-- The identity of every notice ever registered.
CREATE TABLE inbox (
    member text NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (member, source, id)
);

-- The ledger: append-only. `entry` is the canonical JSON over which `digest` is taken.
CREATE TABLE entry (
    position bigint PRIMARY KEY,
    member text NOT NULL,
    sequence bigint NOT NULL,
    protocol text NOT NULL,
    type text NOT NULL,
    agreement text,
    entry text NOT NULL,
    digest bytea NOT NULL,
    remarks jsonb NOT NULL,
    received_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    UNIQUE (member, sequence)
);
CREATE INDEX entry_protocol ON entry (protocol);
CREATE INDEX entry_agreement ON entry (agreement, position) WHERE agreement IS NOT NULL;
CREATE INDEX entry_nil_return ON entry (member) WHERE type = 'br.malha.municipality.nothing_to_declare.v1';

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only';
END $$;
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_is_not_truncated BEFORE TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What opens the digests of an entry: {field: {"salt", "value"}}. Erasing removes a field here and nowhere in `entry`.
CREATE TABLE disclosure (
    position bigint PRIMARY KEY REFERENCES entry,
    fields jsonb NOT NULL
);
-- Which notice a retraction names.
CREATE INDEX disclosure_notice ON disclosure ((fields -> 'notice' ->> 'value')) WHERE fields ? 'notice';

-- The same identity with other content: kept, without effect.
CREATE TABLE conflict (
    member text NOT NULL,
    source text NOT NULL,
    id text NOT NULL,
    received_at timestamptz NOT NULL,
    sender jsonb NOT NULL,
    envelope jsonb NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (member, source, id, received_at)
);

-- What the fold makes of an agreement's notices.
CREATE TABLE agreement (
    id text PRIMARY KEY,
    member text NOT NULL REFERENCES member,
    subject text NOT NULL,
    known_from bigint NOT NULL,        -- position of its first notice: the order of lists
    version bigint NOT NULL,           -- position of its last notice
    visibility text NOT NULL CHECK (visibility IN ('public', 'network', 'restricted')),
    fold json NOT NULL,                -- the accumulator, with the key of the last notice taken in
    agreement jsonb NOT NULL,          -- the folded agreement, with its dated segments
    remarks jsonb NOT NULL,            -- of all its notices: [{protocol, code, detail}]
    erased jsonb NOT NULL DEFAULT '[]',
    written json NOT NULL,             -- the rows that stand for it in segment, facet and tally
    received_at timestamptz NOT NULL,
    registered_at timestamptz NOT NULL,
    UNIQUE (member, subject)
);
CREATE UNIQUE INDEX agreement_known_from ON agreement (known_from);
CREATE INDEX agreement_subject ON agreement (subject);

-- The state on each day: [from_day, to_day). No foreign key, here and in `facet`: the rows are written with
-- their agreement's and by nobody else, and checking each would cost a quarter of the registering transaction.
CREATE TABLE segment (
    agreement text NOT NULL,
    from_day date NOT NULL,
    to_day date NOT NULL,
    state text NOT NULL,
    known_from bigint NOT NULL,
    PRIMARY KEY (agreement, from_day)
);
CREATE INDEX segment_state ON segment (state, known_from DESC) INCLUDE (from_day, to_day, agreement);

-- What an agreement is found by on each day of [from_day, to_day): name is member (owner and
-- participants), country, theme, sdg, instrument.
CREATE TABLE facet (
    name text NOT NULL,
    value text NOT NULL,
    known_from bigint NOT NULL,
    agreement text NOT NULL,
    from_day date NOT NULL,
    to_day date NOT NULL,
    PRIMARY KEY (name, value, known_from, from_day)
);

-- Maintained counts: the figure on a day is the sum of all deltas up to it. A participant's share of a
-- restricted agreement is 'withheld:<owner>': the owner may count it, the participant may not.
CREATE TABLE tally (
    member text NOT NULL,              -- no foreign key: a participant may join the network later
    measure text NOT NULL,
    key text NOT NULL,
    visibility text NOT NULL,
    day date NOT NULL,                 -- '-infinity': took effect before it was written
    n bigint NOT NULL,
    PRIMARY KEY (member, measure, key, visibility, day)
) WITH (fillfactor = 50);

-- The feed, one item for each position, as published.
CREATE TABLE feed_item (
    position bigint PRIMARY KEY,
    agreement text,
    item json NOT NULL
);
CREATE INDEX feed_item_agreement ON feed_item (agreement) WHERE agreement IS NOT NULL;

-- Which positions were confirmed by the feed stream, and when.
CREATE TABLE publication (
    last bigint NOT NULL,
    first bigint NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (last, published_at)
);

-- A redelivered message is handled alone, after this row is committed; three attempts that ended
-- with the process are enough.
CREATE TABLE attempt (
    message_id text PRIMARY KEY,
    attempts integer NOT NULL,
    started_at timestamptz NOT NULL
);

-- What went to registry.dead, by identity, so that a receipt can say so.
CREATE TABLE dead (
    protocol text NOT NULL,
    message_id text NOT NULL,
    received_at timestamptz,
    reason text NOT NULL,
    died_at timestamptz NOT NULL,
    PRIMARY KEY (protocol, message_id)
);
