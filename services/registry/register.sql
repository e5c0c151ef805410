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
    INSERT INTO agreement (id, member, subject, known_from, version, visibility, fold, agreement, remarks,
                           erased, written, received_at, registered_at)
    SELECT a.*, $1 FROM unnest($20::text[], $21::text[], $22::text[], $23::bigint[], $24::bigint[],
        $25::text[], $26::json[], $27::jsonb[], $28::jsonb[], $29::jsonb[], $30::json[], $31::timestamptz[])
        AS a
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, visibility = excluded.visibility,
        fold = excluded.fold, agreement = excluded.agreement, remarks = excluded.remarks,
        erased = excluded.erased, written = excluded.written, received_at = excluded.received_at,
        registered_at = excluded.registered_at
), old_segments AS (
    DELETE FROM segment USING unnest($32::text[], $33::date[]) AS old (agreement, from_day)
    WHERE segment.agreement = old.agreement AND segment.from_day = old.from_day
), segments AS (
    INSERT INTO segment (agreement, from_day, to_day, state, known_from)
    SELECT * FROM unnest($34::text[], $35::date[], $36::date[], $37::text[], $38::bigint[])
    ON CONFLICT (agreement, from_day) DO UPDATE SET to_day = excluded.to_day, state = excluded.state
), old_facets AS (
    DELETE FROM facet USING unnest($39::text[], $40::text[], $41::bigint[], $42::date[])
        AS old (name, value, known_from, from_day)
    WHERE facet.name = old.name AND facet.value = old.value AND facet.known_from = old.known_from
      AND facet.from_day = old.from_day
), facets AS (
    INSERT INTO facet (name, value, known_from, agreement, from_day, to_day)
    SELECT * FROM unnest($43::text[], $44::text[], $45::bigint[], $46::text[], $47::date[], $48::date[])
    ON CONFLICT (name, value, known_from, from_day) DO UPDATE SET to_day = excluded.to_day
), counts AS (
    INSERT INTO tally (member, measure, key, visibility, day, n)
    SELECT * FROM unnest($49::text[], $50::text[], $51::text[], $52::text[], $53::date[], $54::bigint[])
    ON CONFLICT (member, measure, key, visibility, day) DO UPDATE SET n = tally.n + excluded.n
)
SELECT pg_notify('malha_feed', '') WHERE cardinality($2) > 0
