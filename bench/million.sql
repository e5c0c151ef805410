-- Copies of what was registered: in copy k every position is k times the head further on.
SET session_replication_role = replica;
SET synchronous_commit = off;
SET maintenance_work_mem = '1GB';
SET work_mem = '256MB';
CREATE TEMP TABLE stride AS SELECT position AS n FROM head;
CREATE TEMP TABLE chain_length AS SELECT member, length FROM chain;

UPDATE entry SET registered_at = now() - interval '400 days' + position * (interval '399 days' / (SELECT n * :copies FROM stride));

INSERT INTO inbox (member, source, id, position)
SELECT i.member, i.source || '/' || k, i.id, i.position + k * n
FROM inbox i CROSS JOIN stride CROSS JOIN generate_series(1, :copies - 1) AS k;

INSERT INTO entry (position, member, sequence, protocol, type, agreement, entry, digest, remarks, received_at, registered_at)
SELECT e.position + c.k * n, e.member, e.sequence + c.k * l.length,
       'MG-' || upper(substr(md5(e.protocol || c.k), 1, 13)), e.type, c.id,
       replace(e.entry, '"subject":"' || a.subject || '"', '"subject":"' || c.subject || '"'),
       e.digest, e.remarks, e.received_at, now() - interval '400 days' + (e.position + c.k * n) * (interval '399 days' / (n * :copies))
FROM entry e JOIN agreement a ON a.id = e.agreement JOIN copy c ON c.agreement = e.agreement
JOIN chain_length l ON l.member = e.member CROSS JOIN stride;

INSERT INTO disclosure (position, fields)
SELECT d.position + c.k * n, replace(d.fields::text, c.old_word, c.word)::jsonb
FROM disclosure d JOIN entry e ON e.position = d.position JOIN copy c ON c.agreement = e.agreement CROSS JOIN stride
WHERE e.position <= n;

INSERT INTO feed_item (position, agreement, item)
SELECT f.position + c.k * n, c.id,
       replace(regexp_replace(replace(f.item::text, c.old_word, c.word), '"position":[0-9]+', '"position":' || (f.position + c.k * n)), c.agreement, c.id)::json
FROM feed_item f JOIN copy c ON c.agreement = f.agreement CROSS JOIN stride;

INSERT INTO segment (agreement, from_day, to_day, state, counted, signed_from, signed_on, ends_on, amounts, known_from, since)
SELECT c.id, s.from_day, s.to_day, s.state, s.counted, s.signed_from, s.signed_on, s.ends_on, s.amounts,
       s.known_from + c.k * n, s.since + c.k * n
FROM segment s JOIN copy c ON c.agreement = s.agreement CROSS JOIN stride;

INSERT INTO segment_past (agreement, from_day, to_day, state, counted, signed_from, signed_on, ends_on, amounts, known_from, since, until)
SELECT c.id, s.from_day, s.to_day, s.state, s.counted, s.signed_from, s.signed_on, s.ends_on, s.amounts,
       s.known_from + c.k * n, s.since + c.k * n, s.until + c.k * n
FROM segment_past s JOIN copy c ON c.agreement = s.agreement CROSS JOIN stride;

INSERT INTO facet (name, value, known_from, agreement, from_day, to_day, since)
SELECT f.name, replace(f.value, c.old_word, c.word), f.known_from + c.k * n, c.id, f.from_day, f.to_day, f.since + c.k * n
FROM facet f JOIN copy c ON c.agreement = f.agreement CROSS JOIN stride;

INSERT INTO facet_past (name, value, known_from, agreement, from_day, to_day, since, until)
SELECT f.name, replace(f.value, c.old_word, c.word), f.known_from + c.k * n, c.id, f.from_day, f.to_day, f.since + c.k * n, f.until + c.k * n
FROM facet_past f JOIN copy c ON c.agreement = f.agreement CROSS JOIN stride;

INSERT INTO review (agreement, member, kind, code, protocol, other, detail, opened_at, opened_by, closed_at, closed_by, closing)
SELECT c.id, r.member, r.kind, r.code, r.protocol, r.other, r.detail, r.opened_at, r.opened_by + c.k * n, r.closed_at, r.closed_by, r.closing + c.k * n
FROM review r JOIN copy c ON c.agreement = r.agreement CROSS JOIN stride;

INSERT INTO agreement (id, member, subject, known_from, version, visibility, fold, remarks, erased, completeness, missing, received_at, registered_at)
SELECT c.id, a.member, c.subject, a.known_from + c.k * n, a.version + c.k * n, a.visibility,
       replace(replace(a.fold::text, c.old_word, c.word), '"subject":"' || a.subject || '"', '"subject":"' || c.subject || '"')::json,
       a.remarks, a.erased, a.completeness, a.missing, a.received_at, a.registered_at
FROM agreement a JOIN copy c ON c.agreement = a.id CROSS JOIN stride;

UPDATE tally SET n = n * :copies;
UPDATE chain SET length = length * :copies;
UPDATE head SET position = position * :copies;
SET session_replication_role = origin;
VACUUM (ANALYZE)
