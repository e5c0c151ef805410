-- The oldest code that can work with this schema, by the newest migration that it knows. A contract step raises
-- it; code that knows less does not begin to work, and says so.
CREATE TABLE schema_floor (
    alone boolean PRIMARY KEY DEFAULT true CHECK (alone),
    code text NOT NULL
);
INSERT INTO schema_floor (code) VALUES ('0001');
