-- What each person wants to hear of by mail; no row: what is usual.
CREATE TABLE mail_choice (
    person text PRIMARY KEY REFERENCES person ON DELETE CASCADE,
    remark boolean NOT NULL DEFAULT true,
    question boolean NOT NULL DEFAULT true,
    expiring boolean NOT NULL DEFAULT true,
    digest boolean NOT NULL DEFAULT true
);

-- Filters that a person keeps, in the words of the feed's: country=PT&theme=AGUA.
CREATE TABLE saved_filter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person text NOT NULL REFERENCES person ON DELETE CASCADE,
    name text NOT NULL,
    query text NOT NULL,
    saved_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (person, name)
);

-- How far the feed was read for what somebody is to be told by mail, and the last week that was summed up
-- (its Monday is the day on which the summary goes out). Null: mail begins with what comes from now on.
CREATE TABLE correspondence (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    position bigint,
    week date
);
INSERT INTO correspondence DEFAULT VALUES;

-- What somebody is to be told and has not been yet: positions only. It goes in the transaction of the letter.
CREATE TABLE concern (
    person text NOT NULL REFERENCES person ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('remark', 'question', 'expiring')),
    position bigint NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person, kind, position)
);
