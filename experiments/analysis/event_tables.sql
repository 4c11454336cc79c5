-- What all counting starts from: of the view `recorded` (experiments.analysis.measured) the view `events`, cut at a time,
-- and the table `own_currency`; and what puts events into units.
-- Variables: unit (person, session or request), until_us, window_us.

-- Of sessions and exposures 63 bits of a hash are kept: that two of ten million are taken for one is a matter of six in
-- a million, and of one person's exposures of none.
CREATE TEMP MACRO hashed(one) AS (hash(one) >> 1)::BIGINT, (one, other) AS (hash(one, other) >> 1)::BIGINT;

-- What came in no session is of none.
CREATE TEMP MACRO session_of(session_id) AS CASE WHEN session_id IS NOT NULL THEN hashed(session_id) END;

CREATE TEMP MACRO unit_of(person, session_id, exposure) AS CASE getvariable('unit')
    WHEN 'person' THEN person
    WHEN 'session' THEN session_of(session_id)
    ELSE hashed(person, exposure)
END;

CREATE TEMP MACRO is_in_window(at_us, first_us) AS at_us >= first_us AND at_us < first_us + getvariable('window_us');

CREATE TEMP VIEW events AS
SELECT
    person,
    epoch_us("at") AS at_us,
    event_type,
    item_id,
    exposure,
    session_id,
    variant,
    position,
    tier,
    model_version,
    coalesce(quantity, 1) * unit_price_minor AS minor,
    currency,
    order_id
FROM recorded
WHERE epoch_us("at") < getvariable('until_us');

-- The currency that most is bought in; what names none is in the shop's own.
CREATE TEMP TABLE own_currency AS
SELECT currency
FROM events
WHERE event_type = 'purchase' AND currency IS NOT NULL
GROUP BY currency
ORDER BY count(*) DESC, currency
LIMIT 1;
