-- What each unit was shown and did: from the view `events` (event_tables.sql) and the table `arms` (variant, arm) to the
-- table `units`, a row each, from which sums are taken.
-- Variables: those of event_tables.sql, and before_us.

CREATE TEMP VIEW joined AS
SELECT events.*, arm
FROM events LEFT JOIN arms USING (variant);

-- An answer's items are as many as it has places: bits of a number, as sets of names would not fit into memory.
CREATE TEMP TABLE exposures AS
SELECT
    unit_of(person, session_id, exposure) AS unit,
    person,
    hashed(exposure) AS exposure,
    min(arm) AS arm,
    max(arm) AS last_arm,
    min(at_us) AS at_us,
    arg_min(tier, at_us) AS tier,
    coalesce(bit_count(bit_or(1::HUGEINT << (position - 1)::HUGEINT)), 0)::UTINYINT AS n_items
FROM joined
WHERE event_type = 'impression' AND arm IS NOT NULL AND unit IS NOT NULL
GROUP BY ALL;

CREATE TEMP TABLE versions AS
SELECT arm, model_version, min(at_us) AS since_us
FROM joined
WHERE event_type = 'impression' AND arm IS NOT NULL AND model_version <> ''
GROUP BY ALL;

CREATE TEMP TABLE met AS
SELECT
    unit,
    arg_min(person, at_us) AS person,
    min(arm) AS arm,
    min(arm) <> max(last_arm) AS has_crossed,
    min(at_us) AS first_us,
    arg_min(tier, at_us) AS tier,
    count(*)::INTEGER AS n_exposures
FROM exposures
GROUP BY unit;

CREATE TEMP TABLE shown AS
SELECT unit, sum(n_items)::INTEGER AS n_items
FROM exposures JOIN met USING (unit)
WHERE NOT has_crossed AND is_in_window(at_us, first_us)
GROUP BY unit;

CREATE TEMP VIEW acts AS
SELECT
    person,
    hashed(exposure) AS exposure,
    session_of(session_id) AS session,
    event_type,
    at_us,
    arm,
    -- One answer's item is clicked once, however often; an order is one, with however many items.
    CASE event_type WHEN 'purchase' THEN hash(coalesce(order_id, at_us::VARCHAR)) ELSE hash(exposure, item_id) END AS what,
    coalesce(joined.currency <> own_currency.currency, false) AS is_foreign,
    CASE WHEN NOT is_foreign THEN minor END AS minor
FROM joined LEFT JOIN own_currency ON true
WHERE event_type IN ('click', 'add_to_cart', 'dismiss', 'purchase');

-- Own is what a unit did, shown or not: of a person all, of a session what was bought in it. Attributed is what came with
-- a token of one of the unit's exposures.
CREATE TEMP VIEW since AS
SELECT
    unit, event_type, what, minor, is_foreign, true AS is_own, coalesce(acts.arm = met.arm, false) AS is_attributed
FROM acts JOIN met USING (person)
WHERE getvariable('unit') = 'person' AND NOT has_crossed AND is_in_window(acts.at_us, first_us)
UNION ALL
SELECT unit, event_type, what, minor, is_foreign, true, false
FROM acts JOIN met ON acts.session = met.unit
WHERE getvariable('unit') = 'session' AND NOT has_crossed AND is_in_window(acts.at_us, first_us)
UNION ALL
SELECT unit, event_type, what, minor, is_foreign, false, true
FROM acts
    JOIN (SELECT person, exposure, arg_min(unit, at_us) AS unit FROM exposures GROUP BY ALL) USING (person, exposure)
    JOIN met USING (unit)
WHERE getvariable('unit') <> 'person' AND NOT has_crossed AND is_in_window(acts.at_us, first_us);

CREATE TEMP TABLE deeds AS
SELECT
    unit,
    event_type,
    bool_or(is_own) AS is_own,
    bool_or(is_attributed) AS is_attributed,
    sum(minor) FILTER (is_own) AS minor,
    sum(minor) FILTER (is_attributed) AS attributed_minor,
    count(*) FILTER (is_own AND is_foreign) AS n_foreign,
    count(*) FILTER (is_own AND minor IS NULL AND NOT is_foreign) AS n_unpriced
FROM since
WHERE event_type = 'purchase' OR is_attributed
GROUP BY unit, event_type, what;

CREATE TEMP TABLE outcomes AS
SELECT
    unit,
    count(*) FILTER (event_type = 'click') AS n_clicks,
    count(*) FILTER (event_type = 'add_to_cart') AS n_carts,
    count(*) FILTER (event_type = 'dismiss') AS n_dismissed,
    count(*) FILTER (event_type = 'purchase' AND is_own) AS n_orders,
    sum(minor) FILTER (event_type = 'purchase') AS minor,
    sum(attributed_minor) FILTER (event_type = 'purchase') AS attributed_minor,
    sum(n_foreign) FILTER (event_type = 'purchase') AS n_foreign,
    sum(n_unpriced) FILTER (event_type = 'purchase') AS n_unpriced
FROM deeds
GROUP BY unit;

CREATE TEMP TABLE before AS
SELECT
    unit,
    count(DISTINCT what) FILTER (event_type = 'purchase') AS n_orders,
    coalesce(sum(minor) FILTER (event_type = 'purchase'), 0) AS minor,
    count(*) AS n_events
FROM acts JOIN met USING (person)
WHERE event_type IN ('purchase', 'add_to_cart') AND NOT has_crossed
    AND at_us < first_us AND at_us >= first_us - getvariable('before_us')
GROUP BY unit;

CREATE TEMP TABLE units AS
SELECT
    arm,
    tier,
    (first_us // 86_400_000_000)::INTEGER AS day,
    n_exposures,
    coalesce(shown.n_items, 0)::BIGINT AS n_shown,
    coalesce(n_clicks, 0)::BIGINT AS n_clicks,
    coalesce(n_carts, 0)::BIGINT AS n_carts,
    coalesce(n_dismissed, 0)::BIGINT AS n_dismissed,
    coalesce(outcomes.n_orders, 0)::BIGINT AS n_orders,
    coalesce(outcomes.minor, 0)::HUGEINT AS minor,
    coalesce(attributed_minor, 0)::HUGEINT AS attributed_minor,
    coalesce(before.n_orders, 0)::BIGINT AS n_orders_before,
    coalesce(before.minor, 0)::HUGEINT AS minor_before,
    coalesce(before.n_events, 0)::BIGINT AS n_events_before,
    coalesce(n_foreign, 0)::BIGINT AS n_foreign,
    coalesce(n_unpriced, 0)::BIGINT AS n_unpriced
FROM met LEFT JOIN shown USING (unit) LEFT JOIN outcomes USING (unit) LEFT JOIN before USING (unit)
WHERE NOT has_crossed;
