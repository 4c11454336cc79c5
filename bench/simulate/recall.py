"""Can what goes with what be learnt from consented behaviour alone? A plain count says how well.

    python bench/simulate/recall.py DIR

DIR holds the files of `shopkeeper simulate`. Pairs are counted by person (identities stitched) and by order, among
consented purchases, a pair needs 5 people, pairs of one category that are mostly looked at together are left out,
and what remains is ranked by count / (popularity + 20) ** 0.4.
"""

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

K_PEOPLE = 5
LISTED = 8
ANCHOR_ORDERS = 20

CONSENTED = """
CREATE TEMP TABLE consented AS
WITH training AS (SELECT * FROM '{dir}/consent.parquet' WHERE purpose = 'model_training'),
now AS (SELECT shopper_kind, shopper_id, arg_max(status, occurred_at) AS status FROM training GROUP BY ALL),
judged AS (
    SELECT e.*, c.status AS customer_then, v.status AS visitor_then, cn.status AS customer_now, vn.status AS visitor_now
    FROM '{dir}/events.parquet' e
    ASOF LEFT JOIN (SELECT * FROM training WHERE shopper_kind = 'customer') c
        ON e.customer_id = c.shopper_id AND e.occurred_at >= c.occurred_at
    ASOF LEFT JOIN (SELECT * FROM training WHERE shopper_kind = 'visitor') v
        ON e.visitor_id = v.shopper_id AND e.occurred_at >= v.occurred_at
    LEFT JOIN now cn ON cn.shopper_kind = 'customer' AND cn.shopper_id = e.customer_id
    LEFT JOIN now vn ON vn.shopper_kind = 'visitor' AND vn.shopper_id = e.visitor_id
),
linked AS (SELECT visitor_id, arg_min(customer_id, linked_at) AS customer_id FROM '{dir}/identities.parquet'
    GROUP BY ALL)
SELECT j.* EXCLUDE (customer_id), coalesce(j.customer_id, l.customer_id, j.visitor_id) AS person
FROM judged j LEFT JOIN linked l USING (visitor_id)
WHERE CASE WHEN j.customer_id IS NULL THEN visitor_then = 'granted' AND visitor_now = 'granted'
    ELSE customer_then = 'granted' AND customer_now = 'granted'
        AND visitor_then IS DISTINCT FROM 'denied' AND visitor_now IS DISTINCT FROM 'denied' END
"""

LISTS = """
CREATE TEMP TABLE listed AS
WITH bought AS (SELECT DISTINCT person, order_id, item_id FROM consented WHERE event_type = 'purchase'),
person_item AS (SELECT DISTINCT person, item_id FROM bought),
popularity AS (SELECT item_id, count(*) AS people FROM person_item GROUP BY ALL),
by_person AS (SELECT l.item_id AS anchor, r.item_id AS item, count(*) AS people
    FROM person_item l JOIN person_item r ON l.person = r.person AND l.item_id <> r.item_id GROUP BY ALL),
by_order AS (SELECT l.item_id AS anchor, r.item_id AS item, count(*) AS orders
    FROM bought l JOIN bought r ON l.order_id = r.order_id AND l.item_id <> r.item_id GROUP BY ALL),
looked AS (SELECT DISTINCT session_id, item_id FROM consented WHERE event_type = 'view'),
co_view AS (SELECT l.item_id AS anchor, r.item_id AS item, count(*) AS views
    FROM looked l JOIN looked r ON l.session_id = r.session_id AND l.item_id <> r.item_id GROUP BY ALL),
scored AS (
    SELECT p.anchor, p.item, (p.people + coalesce(o.orders, 0)) / (q.people + 20.0) ** 0.4 AS score
    FROM by_person p
    LEFT JOIN by_order o USING (anchor, item)
    LEFT JOIN co_view w USING (anchor, item)
    JOIN popularity q ON q.item_id = p.item
    JOIN '{dir}/catalogue.parquet' ca ON ca.item_id = p.anchor
    JOIN '{dir}/catalogue.parquet' ci ON ci.item_id = p.item
    WHERE p.people >= {k} AND NOT (ca.category = ci.category AND coalesce(w.views, 0) > p.people)
)
SELECT anchor, item, row_number() OVER (PARTITION BY anchor ORDER BY score DESC, item) AS place
FROM scored QUALIFY place <= {listed}
"""

FIGURES = """
WITH anchors AS (SELECT item_id AS anchor FROM '{dir}/events.parquet' WHERE event_type = 'purchase'
    GROUP BY ALL HAVING count(DISTINCT order_id) >= {orders}),
wanted AS (SELECT anchor_item_id AS anchor, item_id AS item FROM '{dir}/truth.parquet'
    WHERE relation IN ('accessory', 'complement') AND anchor_item_id IN (FROM anchors)),
recalls AS (SELECT w.anchor, avg((l.item IS NOT NULL)::DOUBLE) AS recall
    FROM wanted w LEFT JOIN listed l USING (anchor, item) GROUP BY ALL)
SELECT (SELECT avg(recall) FROM recalls), (SELECT count(*) FROM recalls),
    (SELECT avg((t.relation IS NOT NULL)::DOUBLE) FROM listed l LEFT JOIN '{dir}/truth.parquet' t
        ON t.anchor_item_id = l.anchor AND t.item_id = l.item AND t.relation = 'alternative'),
    (SELECT count(*) FROM consented) / (SELECT count(*) FROM '{dir}/events.parquet')
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a plain count finds the truth.

    Attributes:
        recall: Of true accessories and complements among the first 8, averaged over anchors with 20 orders or more.
        anchors: How many anchors were averaged over.
        alternatives: Share of alternatives among all that is listed.
        consented: Share of events that the consent rule keeps.
    """

    recall: float
    anchors: int
    alternatives: float
    consented: float


def measure(folder: Path) -> Figures:
    """The figures of one simulated shop."""
    with duckdb.connect() as connection:
        for statement in (CONSENTED, LISTS):
            connection.execute(statement.format(dir=folder, k=K_PEOPLE, listed=LISTED))
        row = connection.execute(FIGURES.format(dir=folder, orders=ANCHOR_ORDERS)).fetchone()
    if row is None:
        raise ValueError(f"{folder} holds no events")
    return Figures(*row)


def main() -> int:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="DIR")
    json.dump(asdict(measure(parser.parse_args().folder)), sys.stdout, indent=2)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
