-- What goes out by mail, once. A row is remembered by its key when it is settled; what it said, and to which
-- address, is then forgotten.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE,          -- what it is about, and whom it is for: the same is written once
    message_id text NOT NULL,          -- the same at every try: a second copy shows that it is one
    person text,                       -- whose mail it is, where it is somebody's of the network
    language text NOT NULL CHECK (language IN ('pt', 'en')),
    recipient text,
    subject text,
    body_text text,
    body_html text,
    leave_url text,                    -- where one click ends mail of this kind (RFC 8058)
    written_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    until timestamptz NOT NULL,        -- not sent after it
    tries integer NOT NULL DEFAULT 0,
    trouble text,                      -- what the last try met: a code, never the server's words
    settled_at timestamptz,
    outcome text CHECK (outcome IN ('accepted', 'refused', 'too_late', 'gone', 'no_server')),
    CHECK ((settled_at IS NULL) = (outcome IS NULL)),
    CHECK (settled_at IS NOT NULL OR (recipient IS NOT NULL AND subject IS NOT NULL AND body_text IS NOT NULL)),
    CHECK (settled_at IS NULL
        OR (recipient IS NULL AND subject IS NULL AND body_text IS NULL AND body_html IS NULL))
);
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE settled_at IS NULL;
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX outbox_person ON outbox (person) WHERE person IS NOT NULL;
