-- Whose items units used, where two arms' lists were shown as one: from the view `events` (event_tables.sql) to the table
-- `units`, a row each.
-- Variables: those of event_tables.sql, and prefix (of variants, "salt/+").

CREATE TEMP VIEW drafted AS
SELECT
    *,
    -- A letter of the variant for each place of the page.
    CASE substr(variant, length(getvariable('prefix')) + position, 1) WHEN 'a' THEN 0 WHEN 'b' THEN 1 END AS team
FROM events
WHERE starts_with(variant, getvariable('prefix')) AND NOT ends_with(variant, '~');

CREATE TEMP TABLE exposures AS
SELECT
    unit_of(person, session_id, exposure) AS unit,
    person,
    hashed(exposure) AS exposure,
    min(at_us) AS at_us,
    coalesce(bit_count(bit_or(1::HUGEINT << (position - 1)::HUGEINT) FILTER (team = 0)), 0)::UTINYINT AS n_first,
    coalesce(bit_count(bit_or(1::HUGEINT << (position - 1)::HUGEINT) FILTER (team = 1)), 0)::UTINYINT AS n_second
FROM drafted
WHERE event_type = 'impression' AND unit IS NOT NULL
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
WHERE is_in_window(at_us, first_us)
GROUP BY unit;

-- One answer's item is clicked, put into the cart, bought or waved away once, however often.
CREATE TEMP TABLE deeds AS
SELECT
    met.unit,
    event_type,
    team,
    sum(CASE WHEN coalesce(acts.currency = own_currency.currency, true) THEN minor END) AS minor
FROM (SELECT * REPLACE (hashed(exposure) AS exposure) FROM drafted) AS acts
    LEFT JOIN own_currency ON true
    LEFT JOIN (
        SELECT person, exposure, arg_min(unit, at_us) AS unit FROM exposures GROUP BY ALL
    ) AS owned USING (person, exposure)
    JOIN met ON met.unit = coalesce(owned.unit, CASE WHEN getvariable('unit') = 'person' THEN person END)
WHERE event_type IN ('click', 'add_to_cart', 'purchase', 'dismiss') AND team IS NOT NULL
    AND is_in_window(acts.at_us, first_us)
GROUP BY met.unit, event_type, team, acts.exposure, item_id;

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
