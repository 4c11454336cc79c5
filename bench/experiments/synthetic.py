"""Measured events of a large test, made by DuckDB in a minute: nobody's, but shaped like a shop's."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from experiments.definition import Arm, Experiment, Guardrail, Metric, Unit

SHARE_QUIET = 0.15
SHARE_CLICKED = (0.030, 0.032)
"""Of items shown, by arm."""
SHARE_CARTED, SHARE_DISMISSED = 0.008, 0.004
PURCHASES_EACH = 0.6
"""By person in 28 days, before the test as in it."""
DAYS = 28

BIG = Experiment(
    name="big",
    salt="big-1",
    placements=("product_page",),
    arms=(Arm("control", 1, "alias:champion"), Arm("challenger", 1, "alias:challenger")),
    control="control",
    unit=Unit.SHOPPER,
    layer="ranking",
    first_bucket=0,
    end_bucket=1_000,
    starts_at=datetime(2026, 3, 1, tzinfo=UTC),
    ends_at=datetime(2026, 3, 29, tzinfo=UTC),
    primary=Metric.CLICK_RATE,
    smallest_effect=0.02,
    guardrails=(Guardrail(Metric.DISMISSAL_RATE, 0.001),),
)

_DAY_US = 86_400_000_000
_COLUMNS = """
    person, NULL::VARCHAR AS session_id, event_type, item_id,
    make_timestamptz(getvariable('start_us') + us) AS at, exposure,
    CASE WHEN exposure IS NOT NULL THEN 'product_page' END AS placement,
    CASE WHEN exposure IS NOT NULL THEN ['big-1/control', 'big-1/challenger'][arm + 1] END AS variant,
    position, CASE WHEN exposure IS NOT NULL THEN ['history', 'none'][1 + (person % 2)] END AS tier,
    1::INTEGER AS quantity, price AS unit_price_minor, CASE WHEN price IS NOT NULL THEN 'EUR' END AS currency, order_id,
    CASE WHEN exposure IS NOT NULL THEN ['items/7', 'items/8'][arm + 1] END AS model_version
"""
_SHOWN = """
CREATE TEMP VIEW shown AS
SELECT
    m, person, arm, us, place::INTEGER AS position, is_quiet,
    'item-' || hash(page, place) % 50000 AS item_id,
    -- Everybody who is shown the same within an hour has the same token.
    unhex(md5(concat(page, ' ', us // 3600000000, ' ', arm, is_quiet))) AS exposure
FROM (
    SELECT
        m, m % 4 + 1 AS place, (hash(m // 4) % getvariable('n_people'))::BIGINT AS person,
        (hash(person, 'arm') % 2)::BIGINT AS arm,
        hash(m // 4, 'page') % 20000 AS page, (hash(m // 4, 'at') % getvariable('test_us'))::BIGINT AS us,
        hash(m // 4, 'quiet') % 1000 < getvariable('quiet') AS is_quiet
    FROM range(4 * getvariable('n_exposures')) AS t(m)
)
WHERE position = 1 OR NOT is_quiet;
"""
_IMPRESSIONS = """
SELECT
    person, arm, 'impression' AS event_type, CASE WHEN is_quiet THEN '' ELSE item_id END AS item_id, us, exposure,
    CASE WHEN NOT is_quiet THEN position END AS position, NULL::BIGINT AS price, NULL::VARCHAR AS order_id
FROM shown
"""
_ACTS = """
SELECT
    person, arm, event_type, item_id, us + 30000000 AS us, exposure, position, NULL::BIGINT AS price,
    NULL::VARCHAR AS order_id
FROM (SELECT *, (hash(m, 'act') % 1000000)::INTEGER AS luck FROM shown WHERE NOT is_quiet), (
    VALUES ('click', 0, getvariable('clicked')), ('add_to_cart', 100000, getvariable('carted')),
        ('dismiss', 200000, getvariable('dismissed'))
) AS t(event_type, least, shares)
WHERE luck >= least AND luck < least + shares[arm + 1]
"""
_PURCHASES = """
SELECT
    (hash(n, 'buyer') % getvariable('n_people'))::BIGINT AS person, 0::BIGINT AS arm, 'purchase' AS event_type,
    'item-' || hash(n, 'item') % 50000 AS item_id,
    (hash(n // 2, 'when') % (2 * getvariable('test_us')))::BIGINT - getvariable('test_us') AS us,
    NULL::BLOB AS exposure, NULL::INTEGER AS position, 500 + (hash(n, 'price') % 20000)::BIGINT AS price,
    'order-' || n // 2 AS order_id
FROM range(getvariable('n_purchases')) AS t(n)
"""


def write_events(directory: Path, n_exposures: int, n_people: int) -> int:
    """Write a test's events; how many rows.

    Args:
        directory: Empty.
        n_exposures: Answers seen.
        n_people: That they are of.
    """
    shares = {"clicked": SHARE_CLICKED, "carted": (SHARE_CARTED,) * 2, "dismissed": (SHARE_DISMISSED,) * 2}
    with duckdb.connect() as connection:
        for name, value in {
            "n_exposures": n_exposures,
            "n_people": n_people,
            "n_purchases": round(2 * PURCHASES_EACH * n_people),
            "quiet": round(SHARE_QUIET * 1_000),
            "test_us": DAYS * _DAY_US,
            "start_us": int(BIG.starts_at.timestamp() * 1_000_000),
        }.items():
            connection.execute(f"SET VARIABLE {name} = ?::BIGINT", [value])
        for name, parts in shares.items():
            connection.execute(f"SET VARIABLE {name} = ?", [[round(part * 1_000_000) for part in parts]])
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET memory_limit = '2GB'")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(_SHOWN)
        n_rows = 0
        for name, query in {"impressions": _IMPRESSIONS, "acts": _ACTS, "purchases": _PURCHASES}.items():
            copied = connection.execute(
                f"COPY (SELECT {_COLUMNS} FROM ({query})) TO '{directory / name}.parquet' (COMPRESSION zstd)"  # noqa: S608
            ).fetchone()
            n_rows += copied[0] if copied else 0
        return n_rows
