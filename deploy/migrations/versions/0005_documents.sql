CREATE TABLE document (
    sha256 text PRIMARY KEY,
    media_type text NOT NULL,
    size bigint NOT NULL,
    member text NOT NULL,              -- who handed it in
    key text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE document_part (
    sha256 text NOT NULL REFERENCES document ON DELETE CASCADE,
    part integer NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (sha256, part)
);
-- They are compressed already.
ALTER TABLE document_part ALTER COLUMN bytes SET STORAGE EXTERNAL;
