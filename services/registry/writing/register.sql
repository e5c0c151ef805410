-- One part of a batch: $1 is when it is registered, the rest are columns of its rows.
WITH n AS MATERIALIZED (
    SELECT * FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::text[],
        $8::text[], $9::text[], $10::text[], $11::bytea[], $12::jsonb[], $13::jsonb[], $14::json[],
        $15::timestamptz[])
    AS n (position, member, source, id, sequence, protocol, type, agreement, entry, digest, fields, remarks,
          item, received_at)
), moved AS (
    UPDATE head SET position = position + cardinality($2) WHERE cardinality($2) > 0
), identities AS (
    INSERT INTO inbox (member, source, id, position) SELECT member, source, id, position FROM n
), entries AS (
    INSERT INTO entry (position, member, sequence, protocol, type, agreement, entry, digest, remarks,
                       received_at, registered_at)
    SELECT position, member, sequence, protocol, type, agreement, entry, digest, remarks, received_at, $1
    FROM n
), disclosures AS (
    INSERT INTO disclosure (position, fields) SELECT position, fields FROM n
), items AS (
    INSERT INTO feed_item (position, agreement, item) SELECT position, agreement, item FROM n
), chains AS (
    INSERT INTO chain (member, length, head, last_heard_at)
    SELECT * FROM unnest($16::text[], $17::bigint[], $18::bytea[], $19::timestamptz[])
    ON CONFLICT (member) DO UPDATE SET length = excluded.length, head = excluded.head,
        last_heard_at = greatest(chain.last_heard_at, excluded.last_heard_at)
), agreements AS (
    INSERT INTO agreement (id, member, subject, known_from, version, visibility, fold, told_from, course,
                           remarks, erased, completeness, missing, received_at, registered_at)
    SELECT id, member, subject, known_from, version, visibility, fold, told_from, course, remarks, erased,
           completeness, string_to_array(missing, ','), received_at, $1
    FROM unnest($20::text[], $21::text[], $22::text[], $23::bigint[], $24::bigint[], $25::text[], $26::json[],
        $27::date[], $28::json[], $29::jsonb[], $30::jsonb[], $31::smallint[], $32::text[],
        $33::timestamptz[])
        AS a (id, member, subject, known_from, version, visibility, fold, told_from, course, remarks, erased,
              completeness, missing, received_at)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, visibility = excluded.visibility,
        fold = excluded.fold, told_from = excluded.told_from, course = excluded.course,
        remarks = excluded.remarks, erased = excluded.erased,
        completeness = excluded.completeness, missing = excluded.missing,
        received_at = excluded.received_at, registered_at = excluded.registered_at
), old_segments AS MATERIALIZED (
    SELECT * FROM unnest($34::bigint[], $35::date[], $36::bigint[], $37::boolean[])
        AS old (known_from, from_day, until, gone)
), past_segments AS (
    INSERT INTO segment_past
    SELECT s.*, old.until FROM old_segments old JOIN segment s USING (known_from, from_day)
    WHERE s.since < old.until
), gone_segments AS (
    DELETE FROM segment USING old_segments old
    WHERE old.gone AND segment.known_from = old.known_from AND segment.from_day = old.from_day
), segments AS (
    INSERT INTO segment (agreement, from_day, to_day, state, counted, signed_from, signed_on, ends_on, amounts,
                         known_from, since)
    SELECT s.agreement, split_part(span, E'\x1f', 2)::date, split_part(span, E'\x1f', 3)::date,
           split_part(span, E'\x1f', 1), s.counted, s.signed_from, s.signed_on, s.ends_on, s.amounts,
           s.known_from, s.since
    FROM unnest($38::text[], $39::text[], $40::date[], $41::text[], $42::date[], $43::jsonb[],
        $44::bigint[], $45::bigint[], $46::text[])
        AS s (agreement, counted, signed_from, signed_on, ends_on, amounts, known_from, since, spans),
        string_to_table(s.spans, E'\x1e') AS span
    ON CONFLICT (known_from, from_day) DO UPDATE SET to_day = excluded.to_day, state = excluded.state,
        counted = excluded.counted, signed_from = excluded.signed_from, signed_on = excluded.signed_on,
        ends_on = excluded.ends_on, amounts = excluded.amounts, since = excluded.since
), old_facets AS MATERIALIZED (
    SELECT * FROM unnest($47::text[], $48::text[], $49::bigint[], $50::date[], $51::bigint[], $52::boolean[])
        AS old (name, value, known_from, from_day, until, gone)
), past_facets AS (
    INSERT INTO facet_past
    SELECT f.*, old.until FROM old_facets old JOIN facet f USING (name, value, known_from, from_day)
    WHERE f.since < old.until
), gone_facets AS (
    DELETE FROM facet USING old_facets old
    WHERE old.gone AND facet.name = old.name AND facet.value = old.value
      AND facet.known_from = old.known_from AND facet.from_day = old.from_day
), facets AS (
    INSERT INTO facet (name, value, known_from, agreement, from_day, to_day, since)
    SELECT split_part(facet, E'\x1f', 1), split_part(facet, E'\x1f', 2), f.known_from, f.agreement, f.from_day,
           f.to_day, f.since
    FROM unnest($53::bigint[], $54::text[], $55::date[], $56::date[], $57::bigint[], $58::text[])
        AS f (known_from, agreement, from_day, to_day, since, found_by),
        string_to_table(f.found_by, E'\x1e') AS facet
    ON CONFLICT (name, value, known_from, from_day) DO UPDATE SET to_day = excluded.to_day,
        since = excluded.since
), counts AS (
    INSERT INTO tally (member, measure, key, visibility, day, n)
    SELECT * FROM unnest($59::text[], $60::text[], $61::text[], $62::text[], $63::date[], $64::bigint[])
    ON CONFLICT (member, measure, key, visibility, day) DO UPDATE SET n = tally.n + excluded.n
), opened AS (
    -- What the coordination has closed stays closed.
    INSERT INTO review (agreement, member, kind, code, protocol, detail, opened_by, opened_at)
    SELECT *, $1 FROM unnest($65::text[], $66::text[], $67::text[], $68::text[], $69::text[], $70::jsonb[],
        $71::bigint[])
    ON CONFLICT (agreement, code, protocol, other) DO UPDATE SET detail = excluded.detail, closed_at = NULL,
        closed_by = NULL, closing = NULL
        WHERE review.closed_by IS DISTINCT FROM 'coordination'
), closed AS (
    UPDATE review SET closed_at = $1, closed_by = 'notice', closing = c.closing
    FROM unnest($72::text[], $73::text[], $74::text[], $75::bigint[]) AS c (agreement, code, protocol, closing)
    WHERE review.agreement = c.agreement AND review.code = c.code AND review.protocol = c.protocol
      AND review.other = '' AND review.closed_at IS NULL
), checkpoints AS (
    INSERT INTO checkpoint (agreement, taken, last_key, fold, opening, positions, written)
    SELECT agreement, taken, last_key, fold, opening, positions::bigint[], written
    FROM unnest($76::text[], $77::bigint[], $78::text[], $79::json[], $80::json[], $81::text[], $82::bigint[])
        AS c (agreement, taken, last_key, fold, opening, positions, written)
    ON CONFLICT (agreement, taken) DO UPDATE SET last_key = excluded.last_key, fold = excluded.fold,
        opening = excluded.opening, positions = excluded.positions, written = excluded.written
), old_checkpoints AS (
    DELETE FROM checkpoint c USING unnest($83::text[], $84::bigint[]) AS old (agreement, taken)
    WHERE c.agreement = old.agreement AND c.taken > old.taken AND NOT EXISTS (
        SELECT FROM unnest($76::text[], $77::bigint[]) AS new (agreement, taken)
        WHERE new.agreement = c.agreement AND new.taken = c.taken)
)
SELECT pg_notify('malha_feed', '') WHERE cardinality($2) > 0
