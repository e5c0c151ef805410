-- The text of some agreements: $1 the generation, $2 for how many each use of a word counts this time (0: for
-- none), the rest are columns. Answers the words that agreements of a visibility used and use no more.
WITH n AS MATERIALIZED (
    SELECT agreement, known_from, version, visibility, digest, plain_words(names) AS names,
        plain_words(prose) AS prose, plain_words(places) AS places, plain_words(codes) AS codes
    FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::bytea[], $8::text[], $9::text[],
        $10::text[], $11::text[])
    AS t (agreement, known_from, version, visibility, digest, names, prose, places, codes)
), said AS MATERIALIZED (
    SELECT agreement, visibility,
        tsvector_to_array(to_tsvector('simple', concat_ws(' ', names, prose, places, codes))) AS vocabulary
    FROM n
), uses AS MATERIALIZED (
    SELECT word, visibility, sum(n) AS n FROM (
        SELECT unnest(vocabulary) AS word, visibility, 1 AS n FROM said
        UNION ALL
        SELECT unnest(i.vocabulary), i.visibility, -1 FROM n JOIN indexed i ON i.agreement = n.agreement) AS u
    WHERE length(word) <= 60
    GROUP BY word, visibility
    HAVING sum(n) <> 0
), more AS (
    SELECT word, sum(n) AS uses, bool_or(visibility = 'public') AS public,
        bool_or(visibility = 'network') AS network, bool_or(visibility = 'restricted') AS restricted
    FROM uses WHERE n > 0 GROUP BY word
), words AS (
    INSERT INTO word (word, term, public, network, restricted, uses)
    SELECT word, term, public, network, restricted, uses FROM (
        SELECT more.word, coalesce(w.term, (tsvector_to_array(terms_of(more.word)))[1]) AS term,
            more.public, more.network, more.restricted, $2::int * more.uses AS uses
        FROM more LEFT JOIN word w ON w.word = more.word
        WHERE $2::int > 0 OR w.word IS NULL OR more.public > w.public OR more.network > w.network
            OR more.restricted > w.restricted) AS new
    WHERE term IS NOT NULL
    ON CONFLICT (word) DO UPDATE SET public = word.public OR excluded.public,
        network = word.network OR excluded.network, restricted = word.restricted OR excluded.restricted,
        uses = word.uses + excluded.uses
), searches AS (
    INSERT INTO search (known_from, agreement, stretch, words)
    SELECT known_from, agreement, known_from >> 12,
        setweight(terms_of(names), 'A') || setweight(terms_of(prose), 'B')
        || setweight(terms_of(places), 'C') || setweight(terms_of(codes), 'D')
    FROM n
    ON CONFLICT (known_from) DO UPDATE SET words = excluded.words WHERE search.words <> excluded.words
), written AS (
    INSERT INTO indexed (agreement, known_from, version, generation, visibility, digest, vocabulary)
    SELECT n.agreement, n.known_from, n.version, $1, n.visibility, n.digest, said.vocabulary
    FROM n JOIN said ON said.agreement = n.agreement
    ON CONFLICT (agreement) DO UPDATE SET version = excluded.version, generation = excluded.generation,
        visibility = excluded.visibility, digest = excluded.digest, vocabulary = excluded.vocabulary
)
SELECT word, visibility FROM uses WHERE n < 0
