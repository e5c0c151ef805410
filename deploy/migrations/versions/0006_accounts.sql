-- Persons. Outside of this database they are an opaque id: in cookies, in the directory, in the ledger, in logs.
CREATE TABLE person (
    id text PRIMARY KEY,
    member text NOT NULL REFERENCES member,
    role text NOT NULL CHECK (role IN ('member', 'office', 'coordination', 'ops')),
    name text NOT NULL,
    email text,                        -- none: comes in by links of `malha people login` alone, or has ended
    language text NOT NULL DEFAULT 'pt' CHECK (language IN ('pt', 'en')),
    is_administrator boolean NOT NULL DEFAULT false,     -- names and ends others of its member
    ends_on date,                      -- the last day; none: organisations have no mandate
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text,                   -- the person who named it; none: by letter or by `malha people`
    ended_at timestamptz,              -- ended by somebody, before its time; never begins again
    signed_in_at timestamptz,          -- last
    sessions_since timestamptz NOT NULL DEFAULT now()  -- what began before has ended
);
CREATE UNIQUE INDEX person_email ON person (lower(email)) WHERE ended_at IS NULL;
CREATE INDEX person_member ON person (member);

-- What an identity provider calls a person: a keyed digest, since the name may be a taxpayer's number.
CREATE TABLE identity (
    digest bytea PRIMARY KEY,
    person text NOT NULL REFERENCES person,
    linked_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE session (
    id text PRIMARY KEY,
    person text NOT NULL REFERENCES person,
    way text NOT NULL,                 -- mail, provider, letter, command
    device text NOT NULL DEFAULT '',   -- what the browser calls itself, cut short
    began_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX session_person ON session (person, began_at);
CREATE INDEX session_expires ON session (expires_at);

-- A letter of invitation. Its code is worked out from its id and a secret of the stack, and kept as a digest.
CREATE TABLE invitation (
    id text PRIMARY KEY,
    member text NOT NULL REFERENCES member,
    digest bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by text REFERENCES person,
    ended_at timestamptz               -- replaced by a newer one
);
CREATE UNIQUE INDEX invitation_open ON invitation (member) WHERE used_at IS NULL AND ended_at IS NULL;
CREATE INDEX invitation_member ON invitation (member, created_at);

-- Links that were good for an hour name a role; from now on each names a person.
DROP TABLE login_link;
CREATE TABLE login_link (
    digest bytea PRIMARY KEY,
    person text NOT NULL REFERENCES person,
    way text NOT NULL,                 -- mail: asks before it lets in, since readers of mail follow links; command
    back text NOT NULL DEFAULT '/',    -- where to go on
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

-- Who read what is restricted, who took lists away, who let whom in. Digests and ids, no content.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    act text NOT NULL,
    resource text NOT NULL,
    detail text NOT NULL DEFAULT '',
    role text NOT NULL,
    member text,
    person text,                       -- no foreign key: what was noted stays, whoever goes
    key text
);
CREATE INDEX audit_person ON audit (person, id) WHERE person IS NOT NULL;
CREATE INDEX audit_resource ON audit (resource, id);
CREATE TRIGGER audit_is_append_only BEFORE UPDATE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A delegation lapses after 90 days at the latest.
UPDATE delegation
SET until = least(until, (now() AT TIME ZONE 'America/Sao_Paulo')::date + 90);
ALTER TABLE delegation ALTER COLUMN until SET NOT NULL;
ALTER TABLE delegation ADD COLUMN granted_by text;

-- What the services are told of. The last sign-in changes nothing for them.
CREATE TRIGGER person_changed
    AFTER INSERT OR DELETE OR UPDATE OF member, role, ends_on, ended_at, sessions_since ON person
    FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
CREATE TRIGGER session_changed AFTER UPDATE OF ended_at ON session
    FOR EACH STATEMENT EXECUTE FUNCTION directory_changed();
