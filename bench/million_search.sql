-- What is found and compared, copied like what it was derived from: after million.sql, in the same session.
DROP INDEX search_words;
DROP INDEX word_pieces;
DROP INDEX word_term;

-- Samples of so few agreements tell little: here the uses are counted.
UPDATE word SET uses = :copies * (SELECT count(*) FROM indexed WHERE vocabulary @> ARRAY[word.word]);
UPDATE word SET uses = 1 WHERE word IN (SELECT old_word FROM copy);

INSERT INTO word (word, term, public, network, restricted, uses)
SELECT c.word, c.word, w.public, w.network, w.restricted, 1 FROM copy c JOIN word w ON w.word = c.old_word;

INSERT INTO word (word, term, public, network, restricted, uses)
SELECT k::text, k::text, true, true, false, (SELECT count(*) FROM indexed) FROM generate_series(1, :copies - 1) AS k
ON CONFLICT (word) DO UPDATE SET uses = word.uses + excluded.uses;

INSERT INTO search (known_from, agreement, stretch, words)
SELECT s.known_from + c.k * n, c.id, (s.known_from + c.k * n) >> 12,
       replace(s.words::text, c.old_word, c.word)::tsvector || setweight(to_tsvector('simple', c.k::text), 'A')
FROM search s JOIN copy c ON c.agreement = s.agreement CROSS JOIN stride
ORDER BY 1;

INSERT INTO indexed (agreement, known_from, version, generation, visibility, digest, vocabulary)
SELECT c.id, i.known_from + c.k * n, i.version + c.k * n, i.generation, i.visibility, i.digest,
       array_replace(i.vocabulary, c.old_word, c.word)
FROM indexed i JOIN copy c ON c.agreement = i.agreement CROSS JOIN stride;

INSERT INTO compared (agreement, known_from, version, generation, visibility, digest, text_group, share)
SELECT c.id, p.known_from + c.k * n, p.version + c.k * n, p.generation, p.visibility, p.digest, p.text_group, p.share
FROM compared p JOIN copy c ON c.agreement = p.agreement CROSS JOIN stride;

UPDATE text_group SET public = public * :copies, network = network * :copies, restricted = restricted * :copies;

INSERT INTO dealing (member, partner, day, known_from, agreement)
SELECT d.member, replace(d.partner, c.old_word, c.word), d.day, d.known_from + c.k * n, c.id
FROM dealing d JOIN copy c ON c.agreement = d.agreement CROSS JOIN stride;

UPDATE follower SET position = (SELECT position FROM head);

CREATE INDEX search_words ON search USING gin (stretch, words) WITH (gin_pending_list_limit = 256);
CREATE INDEX word_pieces ON word USING gin (pieces_of(word)) WITH (gin_pending_list_limit = 64) WHERE word ~ '^[[:alpha:]]{4,40}$';
CREATE INDEX word_term ON word (term);

VACUUM (ANALYZE) search, word, indexed, compared, dealing, text_group
