-- The text of some agreements: $1 the generation, the rest are columns. Answers the words that became fewer.
WITH n AS MATERIALIZED (
    SELECT agreement, known_from, version, visibility, digest, plain_words(names) AS names,
        plain_words(prose) AS prose, plain_words(places) AS places, plain_words(codes) AS codes
    FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[], $7::text[], $8::text[],
        $9::text[], $10::text[])
    AS t (agreement, known_from, version, visibility, digest, names, prose, places, codes)
), said AS MATERIALIZED (
    SELECT n.agreement, array_agg(DISTINCT w.word) AS vocabulary
    FROM n, string_to_table(concat_ws(' ', names, prose, places, codes), ' ') AS w (word)
    WHERE length(w.word) BETWEEN 1 AND 60
    GROUP BY n.agreement
), old AS MATERIALIZED (
    SELECT i.visibility, i.vocabulary FROM n JOIN indexed i ON i.agreement = n.agreement
), fewer_or_more AS MATERIALIZED (
    SELECT word, sum(n) FILTER (WHERE visibility = 'public') AS public,
        sum(n) FILTER (WHERE visibility = 'network') AS network,
        sum(n) FILTER (WHERE visibility = 'restricted') AS restricted
    FROM (
        SELECT unnest(said.vocabulary) AS word, n.visibility, 1 AS n
        FROM n JOIN said ON said.agreement = n.agreement
        UNION ALL SELECT unnest(vocabulary), visibility, -1 FROM old
    ) AS uses
    GROUP BY word
), deltas AS MATERIALIZED (
    SELECT d.word, coalesce(d.public, 0) AS public, coalesce(d.network, 0) AS network,
        coalesce(d.restricted, 0) AS restricted,
        coalesce(w.term, (tsvector_to_array(terms_of(d.word)))[1]) AS term
    FROM fewer_or_more d LEFT JOIN word w ON w.word = d.word
    WHERE coalesce(d.public, 0) <> 0 OR coalesce(d.network, 0) <> 0 OR coalesce(d.restricted, 0) <> 0
), words AS (
    INSERT INTO word (word, term, public, network, restricted)
    SELECT word, term, public, network, restricted FROM deltas WHERE term IS NOT NULL
    ON CONFLICT (word) DO UPDATE SET public = word.public + excluded.public,
        network = word.network + excluded.network, restricted = word.restricted + excluded.restricted
), searches AS (
    INSERT INTO search (known_from, agreement, stretch, words)
    SELECT known_from, agreement, known_from >> 14,
        setweight(terms_of(names), 'A') || setweight(terms_of(prose), 'B')
        || setweight(terms_of(places), 'C') || setweight(terms_of(codes), 'D')
    FROM n
    ON CONFLICT (known_from) DO UPDATE SET words = excluded.words WHERE search.words <> excluded.words
), written AS (
    INSERT INTO indexed (agreement, known_from, version, generation, visibility, digest, vocabulary)
    SELECT n.agreement, n.known_from, n.version, $1, n.visibility, n.digest, coalesce(said.vocabulary, '{}')
    FROM n LEFT JOIN said ON said.agreement = n.agreement
    ON CONFLICT (agreement) DO UPDATE SET version = excluded.version, generation = excluded.generation,
        visibility = excluded.visibility, digest = excluded.digest, vocabulary = excluded.vocabulary
)
SELECT coalesce(array_agg(word), '{}') FROM deltas WHERE public < 0 OR network < 0 OR restricted < 0
