-- The documents themselves, by their digest: whoever hands in the same bytes hands in the same document. One
-- that no agreement refers to stays: the notice that will may be on its way.
CREATE TABLE document (
    sha256 text PRIMARY KEY,
    media_type text NOT NULL,
    size bigint NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE document_part (
    sha256 text NOT NULL REFERENCES document ON DELETE CASCADE,
    part integer NOT NULL,             -- from 0; all but the last have the same size
    bytes bytea NOT NULL,
    PRIMARY KEY (sha256, part)
);
-- They are compressed already.
ALTER TABLE document_part ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Who handed it in, and so has shown that it has it.
CREATE TABLE document_holder (
    sha256 text NOT NULL REFERENCES document ON DELETE CASCADE,
    member text NOT NULL,
    key text NOT NULL,                 -- the key or session that first did so
    stored_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (sha256, member)
);
