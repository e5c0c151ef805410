-- What the law asks of each instrument at each gate, from a day on: changed by `malha rules`, without a release.
CREATE TABLE gate_rule (
    gate text NOT NULL CHECK (gate IN ('legal', 'legislative', 'federal')),
    instrument text NOT NULL,
    from_day date NOT NULL DEFAULT '-infinity',
    to_day date NOT NULL DEFAULT 'infinity',
    rule json NOT NULL,
    PRIMARY KEY (gate, instrument, from_day)
);
CREATE TABLE rules (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    version bigint NOT NULL DEFAULT 0,
    applied bigint NOT NULL DEFAULT 0, -- the version that all agreements were judged by
    judging bigint NOT NULL DEFAULT 0, -- the one that they are being judged by,
    judged_to bigint NOT NULL DEFAULT 0, -- as far as this `known_from`
    changed_at timestamptz,
    changed_by text                    -- who ran the command, as the machine knows them
);
INSERT INTO rules DEFAULT VALUES;
CREATE FUNCTION rules_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE rules SET version = version + 1;
    PERFORM pg_notify('malha_rules', '');
    RETURN NULL;
END $$;
CREATE TRIGGER gate_rule_changed AFTER INSERT OR UPDATE OR DELETE ON gate_rule
    FOR EACH STATEMENT EXECUTE FUNCTION rules_changed();

-- The last day that the clock has told of; null: it has told of none yet.
CREATE TABLE clock (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    told date,
    telling date,                      -- the day being told,
    as_of bigint,                      -- judged by what was known at this position
    thinned bigint NOT NULL DEFAULT 0  -- up to this position, old rows of `publication` are few
);
INSERT INTO clock DEFAULT VALUES;
