-- Whose items units used, where two arms' lists were shown as one: from the view `events`
-- (experiments.analysis.measured) to the table `units`, a row each.
-- Variables: unit (person, session or request), prefix (of variants, "salt/+"), until_us, window_us.
-- Hashes are kept as in counting.sql.

CREATE TEMP VIEW drafted AS
SELECT
    person,
    epoch_us("at") AS at_us,
    event_type,
    item_id,
    exposure,
    session_id,
    position,
    -- A letter of the variant for each place of the page.
    CASE substr(variant, length(getvariable('prefix')) + position, 1) WHEN 'a' THEN 0 WHEN 'b' THEN 1 END AS team,
    model_version,
    coalesce(quantity, 1) * unit_price_minor AS minor,
    currency
FROM events
WHERE starts_with(variant, getvariable('prefix')) AND NOT ends_with(variant, '~')
    AND epoch_us("at") < getvariable('until_us');

CREATE TEMP TABLE exposures AS
SELECT
    CASE getvariable('unit')
        WHEN 'person' THEN person
        WHEN 'session' THEN (hash(session_id) >> 1)::BIGINT
        ELSE (hash(person, exposure) >> 1)::BIGINT
    END AS unit,
    person,
    (hash(exposure) >> 1)::BIGINT AS exposure,
    min(at_us) AS at_us,
    coalesce(bit_count(bit_or(1::HUGEINT << (position - 1)::HUGEINT) FILTER (team = 0)), 0)::UTINYINT AS n_first,
    coalesce(bit_count(bit_or(1::HUGEINT << (position - 1)::HUGEINT) FILTER (team = 1)), 0)::UTINYINT AS n_second
FROM drafted
WHERE event_type = 'impression' AND (getvariable('unit') <> 'session' OR session_id IS NOT NULL)
GROUP BY ALL;

CREATE TEMP TABLE met AS
SELECT unit, min(at_us) AS first_us FROM exposures GROUP BY unit;

CREATE TEMP TABLE shown AS
SELECT
    unit,
    count(*) AS n_exposures,
    count(*) FILTER (n_first = 0 AND n_second = 0) AS n_quiet,
    count(*) FILTER ((n_first = 0) <> (n_second = 0)) AS n_alone,
    sum(n_first)::BIGINT AS n_first,
    sum(n_second)::BIGINT AS n_second
FROM exposures JOIN met USING (unit)
WHERE at_us < first_us + getvariable('window_us')
GROUP BY unit;

-- The currency that most is bought in, as in counting.sql.
CREATE TEMP TABLE own_currency AS
SELECT currency
FROM events
WHERE event_type = 'purchase' AND currency IS NOT NULL AND epoch_us("at") < getvariable('until_us')
GROUP BY currency
ORDER BY count(*) DESC, currency
LIMIT 1;

-- One answer's item is clicked, put into the cart, bought or waved away once, however often.
CREATE TEMP TABLE deeds AS
SELECT
    met.unit,
    event_type,
    team,
    sum(CASE WHEN coalesce(acts.currency = own_currency.currency, true) THEN minor END) AS minor
FROM (SELECT *, (hash(exposure) >> 1)::BIGINT AS hashed FROM drafted) AS acts
    LEFT JOIN own_currency ON true
    LEFT JOIN (
        SELECT person, exposure AS hashed, arg_min(unit, at_us) AS unit FROM exposures GROUP BY ALL
    ) AS owned USING (person, hashed)
    JOIN met ON met.unit = coalesce(owned.unit, CASE WHEN getvariable('unit') = 'person' THEN person END)
WHERE event_type IN ('click', 'add_to_cart', 'purchase', 'dismiss') AND team IS NOT NULL
    AND acts.at_us >= first_us AND acts.at_us < first_us + getvariable('window_us')
GROUP BY met.unit, event_type, team, acts.hashed, item_id;

CREATE TEMP TABLE used AS
SELECT
    unit,
    count(*) FILTER (event_type = 'click' AND team = 0) AS clicks_first,
    count(*) FILTER (event_type = 'click' AND team = 1) AS clicks_second,
    count(*) FILTER (event_type = 'add_to_cart' AND team = 0) AS carts_first,
    count(*) FILTER (event_type = 'add_to_cart' AND team = 1) AS carts_second,
    count(*) FILTER (event_type = 'purchase' AND team = 0) AS purchases_first,
    count(*) FILTER (event_type = 'purchase' AND team = 1) AS purchases_second,
    sum(minor) FILTER (event_type = 'purchase' AND team = 0) AS revenue_first,
    sum(minor) FILTER (event_type = 'purchase' AND team = 1) AS revenue_second,
    count(*) FILTER (event_type = 'dismiss' AND team = 0) AS dismissals_first,
    count(*) FILTER (event_type = 'dismiss' AND team = 1) AS dismissals_second
FROM deeds
GROUP BY unit;

CREATE TEMP TABLE units AS
SELECT
    first_us,
    n_exposures,
    n_quiet,
    n_alone,
    n_first,
    n_second,
    COLUMNS('(?:clicks|carts|purchases|revenue|dismissals)_(?:first|second)')
FROM met JOIN shown USING (unit) LEFT JOIN used USING (unit);
