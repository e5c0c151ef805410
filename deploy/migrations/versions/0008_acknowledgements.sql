-- What people of the office and the coordination have taken note of, when they said so: an agreement as it
-- stood at a version. Who merely reads is never written down here.
CREATE TABLE acknowledgement (
    agreement text NOT NULL,
    version bigint NOT NULL,           -- the position of the notice that was the last one then
    actor text NOT NULL,               -- the opaque id of a person, or of a key
    role text NOT NULL CHECK (role IN ('office', 'coordination')),
    acknowledged_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agreement, actor, version)
);
