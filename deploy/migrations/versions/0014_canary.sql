-- The last canary that came the way of notices: one row, which is no notice and counts nowhere.
CREATE TABLE canary (
    alone boolean PRIMARY KEY DEFAULT true CHECK (alone),
    id text NOT NULL,
    sent_at timestamptz NOT NULL,
    environment text NOT NULL,
    passed_at timestamptz NOT NULL DEFAULT now()
);
