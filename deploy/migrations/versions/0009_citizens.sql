-- What citizens report, and the periods before elections in which public pages keep to facts.
CREATE TABLE error_report (
    id text PRIMARY KEY,               -- given with the form: sent twice, it is one report
    page text NOT NULL,                -- the address that it is about
    text text NOT NULL,
    email text,                        -- of who wants an answer; forgotten when the report is settled
    language text NOT NULL CHECK (language IN ('pt', 'en')),
    reported_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    settled_by text,                   -- the key or session of the coordination that settled it
    outcome text                       -- what was done about it
);
CREATE INDEX error_report_open ON error_report (reported_at) WHERE settled_at IS NULL;
CREATE INDEX error_report_reported ON error_report (reported_at);

-- Decided by the coordination, never deleted: what held on a day can be told afterwards.
CREATE TABLE electoral_period (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_day date NOT NULL,
    to_day date NOT NULL,              -- included
    decided_by text NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    revoked_by text,
    revoked_at timestamptz,
    CHECK (from_day <= to_day)
);
