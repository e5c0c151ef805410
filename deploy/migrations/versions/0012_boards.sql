-- What the boards and a member's own page count, read from indexes alone.
CREATE INDEX review_doubts ON review (kind, id) INCLUDE (code, member, opened_at) WHERE closed_at IS NULL;
CREATE INDEX review_opened_at ON review (opened_at);
CREATE INDEX review_closed_at ON review (closed_at) WHERE closed_at IS NOT NULL;
-- About what a member was ever asked.
CREATE INDEX entry_question ON entry (member) INCLUDE (agreement)
    WHERE type = 'br.malha.agreement.question_asked.v1' AND agreement IS NOT NULL;
