"""What shoppers of a simulated shop do, asked of its files alone."""

import numpy as np
import pytest

from tests.simulation.conftest import SimulatedShop


def test_alternatives_are_looked_at_together_and_rarely_bought_together(simulated: SimulatedShop) -> None:
    looked = simulated.value(
        "SELECT avg((t.item_id IS NOT NULL)::INT) FROM (SELECT DISTINCT l.item_id AS anchor, l.session_id, r.item_id "
        "FROM looked l JOIN looked r ON l.session_id = r.session_id AND l.item_id <> r.item_id) p "
        "LEFT JOIN truth t ON t.anchor_item_id = p.anchor AND t.item_id = p.item_id AND t.relation = 'alternative'"
    )
    bought = simulated.value(
        "SELECT avg((t.item_id IS NOT NULL)::INT) FROM bought l "
        "JOIN bought r ON l.order_id = r.order_id AND l.item_id <> r.item_id LEFT JOIN truth t "
        "ON t.anchor_item_id = l.item_id AND t.item_id = r.item_id AND t.relation = 'alternative'"
    )

    assert looked > 0.4
    assert bought < 0.03


def test_buyers_compare_before_they_buy(simulated: SimulatedShop) -> None:
    compared = simulated.value(
        "WITH mains AS (SELECT DISTINCT anchor_item_id FROM truth WHERE relation = 'accessory') "
        "SELECT avg((n > 0)::INT) FROM (SELECT b.order_id, b.item_id, count(l.item_id) AS n FROM bought b "
        "JOIN mains m ON m.anchor_item_id = b.item_id "
        "JOIN truth t ON t.anchor_item_id = b.item_id AND t.relation = 'alternative' "
        "LEFT JOIN looked l ON l.person = b.person AND l.item_id = t.item_id AND l.occurred_at <= b.occurred_at "
        "GROUP BY ALL)"
    )

    assert compared > 0.5


def test_accessories_come_with_or_after_their_main_item(simulated: SimulatedShop) -> None:
    rows = simulated.rows(
        "SELECT sign(epoch(a.occurred_at) - epoch(m.occurred_at)) AS moment, count(*) FROM bought m "
        "JOIN truth t ON t.anchor_item_id = m.item_id AND t.relation = 'accessory' "
        "JOIN bought a ON a.person = m.person AND a.item_id = t.item_id GROUP BY ALL"
    )
    before, same, after = (dict(rows)[moment] for moment in (-1, 0, 1))

    assert same > after > 2 * before


def test_attach_rates_are_marked_and_believable(simulated: SimulatedShop) -> None:
    rates = simulated.rows(
        "WITH buyers AS (SELECT item_id AS anchor_item_id, count(DISTINCT person) AS n FROM bought "
        "GROUP BY ALL HAVING n >= 60), "
        "pairs AS (SELECT anchor_item_id, t.item_id, count(DISTINCT a.person) AS n FROM bought m "
        "JOIN truth t ON t.anchor_item_id = m.item_id AND t.relation = 'accessory' "
        "JOIN bought a ON a.person = m.person AND a.item_id = t.item_id GROUP BY ALL) "
        "SELECT pairs.n / buyers.n FROM pairs JOIN buyers USING (anchor_item_id)"
    )

    assert len(rates) > 50
    assert 0.15 < np.median(rates) < 0.4
    assert np.max(rates) < 0.7


def test_refills_come_back_at_their_interval(simulated: SimulatedShop) -> None:
    gaps = dict(
        simulated.rows(
            "SELECT category, median(gap) FROM (SELECT item_id, "
            "date_diff('day', lag(occurred_at) OVER (PARTITION BY person, item_id ORDER BY occurred_at), occurred_at) "
            "AS gap FROM bought) JOIN catalogue USING (item_id) WHERE gap > 0 GROUP BY ALL"
        )
    )

    assert 26 <= gaps["kitchen/coffee/beans"] <= 34
    assert 40 <= gaps["office/printers/ink"] <= 50
    assert 54 <= gaps["kitchen/kettles/filters"] <= 66


def test_store_purchases_have_a_customer_and_neither_session_nor_visitor(simulated: SimulatedShop) -> None:
    rows = simulated.rows(
        "SELECT event_type, count(customer_id) = count(*), count(visitor_id) FROM events "
        "WHERE session_id IS NULL GROUP BY ALL"
    )

    assert rows == [("purchase", True, 0)]


def test_visitors_sign_in_some_of_the_time_and_some_of_them_within_a_session(simulated: SimulatedShop) -> None:
    [(never, within, throughout)] = simulated.rows(
        "SELECT avg((known = 0)::INT), avg((known > 0 AND known < n)::INT), avg((known = n)::INT) FROM "
        "(SELECT session_id, count(customer_id) AS known, count(*) AS n FROM events "
        "WHERE session_id IS NOT NULL GROUP BY ALL)"
    )

    assert never > 0.4
    assert within > 0.1
    assert throughout > 0.05


def test_once_signed_in_a_session_stays_signed_in(simulated: SimulatedShop) -> None:
    assert (
        simulated.value(
            "SELECT count(*) FROM (SELECT customer_id, lag(customer_id) OVER (PARTITION BY session_id "
            "ORDER BY occurred_at, customer_id NULLS FIRST) AS before FROM events WHERE session_id IS NOT NULL) "
            "WHERE customer_id IS NULL AND before IS NOT NULL"
        )
        == 0
    )


def test_identity_links_are_the_first_signed_in_moment_of_each_visitor(simulated: SimulatedShop) -> None:
    assert simulated.value(
        "SELECT count(*) > 1000 AND bool_and(first = linked_at) FROM identities FULL JOIN "
        "(SELECT visitor_id, customer_id, min(occurred_at) AS first FROM events "
        "WHERE visitor_id IS NOT NULL AND customer_id IS NOT NULL GROUP BY ALL) USING (visitor_id, customer_id)"
    )


def test_some_people_use_more_than_one_device(simulated: SimulatedShop) -> None:
    question = "SELECT avg((n > 1)::INT) FROM (SELECT count(*) AS n FROM identities GROUP BY customer_id)"

    assert simulated.value(question) > 0.1


def test_a_few_devices_are_shared_by_two_customers(simulated: SimulatedShop) -> None:
    shared = simulated.value("SELECT avg((n > 1)::INT) FROM (SELECT count(*) AS n FROM identities GROUP BY visitor_id)")

    assert 0.002 < shared < 0.03


@pytest.mark.parametrize(
    ("category", "high", "low"),
    [("camping/tents/trekking", (5, 6, 7), (12, 1, 2)), ("electronics/phones/smartphones", (11, 12), (4, 5))],
)
def test_departments_have_seasons(
    simulated: SimulatedShop, category: str, high: tuple[int, ...], low: tuple[int, ...]
) -> None:
    by_month = dict(
        simulated.rows(
            "SELECT month(occurred_at), count(*) FROM events JOIN catalogue USING (item_id) "
            "WHERE category = $1 AND event_type = 'purchase' GROUP BY ALL",
            category,
        )
    )

    assert np.mean([by_month[month] for month in high]) > 1.8 * np.mean([by_month[month] for month in low])


def test_nights_are_quiet_and_weekends_busy(simulated: SimulatedShop) -> None:
    night, evening = (
        simulated.value("SELECT count(*) FROM events WHERE hour(occurred_at) BETWEEN $1 AND $2", *hours)
        for hours in ((2, 4), (18, 20))
    )
    sunday, tuesday = (
        simulated.value("SELECT count(*) FROM bought WHERE dayofweek(occurred_at) = $1", day) for day in (0, 2)
    )

    assert night < evening / 5
    assert sunday > 1.1 * tuesday


def test_the_popularity_of_main_items_falls_by_a_power_of_the_rank(simulated: SimulatedShop) -> None:
    counts = np.array(
        [
            count
            for (count,) in simulated.rows(
                "SELECT count(*) AS n FROM events WHERE event_type = 'purchase' GROUP BY item_id ORDER BY n DESC"
            )
        ]
    )
    rank = np.arange(1, len(counts) + 1)
    head = slice(0, int(0.6 * len(counts)))
    slope, _ = np.polyfit(np.log(rank[head]), np.log(counts[head]), 1)

    assert -1.2 < slope < -0.5
    assert counts[: len(counts) // 10].sum() > 0.3 * counts.sum()


def test_the_price_paid_is_the_catalogues_or_the_sales(simulated: SimulatedShop) -> None:
    rows = simulated.rows(
        "SELECT month(occurred_at) = 11 AND day(occurred_at) > 20 AS sale, "
        "min(unit_price / price), max(unit_price / price) FROM events JOIN catalogue USING (item_id) "
        "WHERE unit_price IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )

    assert rows[0] == (False, 1.0, 1.0)
    assert rows[1][1:] == pytest.approx((0.9, 0.9), abs=0.01)
