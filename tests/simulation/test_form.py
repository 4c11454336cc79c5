import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.simulation.conftest import SimulatedShop

MOMENT = pa.timestamp("us", tz="UTC")
FORM = {
    "events": {
        "event_id": pa.string(),
        "event_type": pa.string(),
        "occurred_at": MOMENT,
        "customer_id": pa.string(),
        "visitor_id": pa.string(),
        "session_id": pa.string(),
        "order_id": pa.string(),
        "item_id": pa.string(),
        "quantity": pa.int32(),
        "unit_price": pa.float64(),
        "currency": pa.string(),
        "placement": pa.string(),
        "attribution_token": pa.string(),
    },
    "consent": {
        "shopper_kind": pa.string(),
        "shopper_id": pa.string(),
        "purpose": pa.string(),
        "status": pa.string(),
        "occurred_at": MOMENT,
        "jurisdiction": pa.string(),
        "policy_version": pa.string(),
        "source": pa.string(),
    },
    "identities": {"visitor_id": pa.string(), "customer_id": pa.string(), "linked_at": MOMENT},
    "catalogue": {
        "item_id": pa.string(),
        "title": pa.string(),
        "category": pa.string(),
        "brand": pa.string(),
        "price": pa.float64(),
        "currency": pa.string(),
        "available": pa.bool_(),
    },
    "truth": {"anchor_item_id": pa.string(), "item_id": pa.string(), "relation": pa.string()},
}


@pytest.mark.parametrize("table", FORM)
def test_a_file_has_the_columns_and_types_of_the_native_form(simulated: SimulatedShop, table: str) -> None:
    schema = pq.read_schema(simulated.folder / f"{table}.parquet")

    assert {field.name: field.type for field in schema} == FORM[table]
    assert schema.names == list(FORM[table])


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("events", ["event_id"]),
        ("catalogue", ["item_id"]),
        ("catalogue", ["title"]),
        ("identities", ["visitor_id", "customer_id"]),
        ("truth", ["anchor_item_id", "item_id"]),
        ("consent", ["shopper_id", "purpose", "occurred_at"]),
    ],
)
def test_keys_are_unique(simulated: SimulatedShop, table: str, key: list[str]) -> None:
    rows = pq.read_table(simulated.folder / f"{table}.parquet", columns=key)

    assert rows.group_by(key).aggregate([]).num_rows == rows.num_rows


def test_events_are_in_order_of_time_then_id(simulated: SimulatedShop) -> None:
    events = pq.read_table(simulated.folder / "events.parquet", columns=["occurred_at", "event_id"])

    assert events.equals(events.sort_by([("occurred_at", "ascending"), ("event_id", "ascending")]))


def test_events_lie_within_the_history(simulated: SimulatedShop) -> None:
    [(first, days)] = simulated.rows("SELECT min(occurred_at), max(occurred_at) - min(occurred_at) FROM events")

    assert first >= simulated.settings.start
    assert days.days < simulated.settings.days


@pytest.mark.parametrize("column", ["event_id", "customer_id", "visitor_id", "session_id", "order_id"])
def test_ids_are_pseudonyms_that_say_what_they_name(simulated: SimulatedShop, column: str) -> None:
    ids = pq.read_table(simulated.folder / "events.parquet", columns=[column])[column]

    assert pc.all(pc.match_substring_regex(ids, f"^{column[0]}-[0-9a-f]{{12,16}}$")).as_py()


def test_item_ids_read_like_stock_keeping_units(simulated: SimulatedShop) -> None:
    assert simulated.value("SELECT bool_and(regexp_full_match(item_id, '[A-Z]{3}-[0-9]{6}')) FROM catalogue")


def test_every_event_is_about_an_item_of_the_catalogue_and_by_somebody(simulated: SimulatedShop) -> None:
    assert simulated.value("SELECT count(*) FROM events ANTI JOIN catalogue USING (item_id)") == 0
    assert simulated.value("SELECT count(*) FROM events WHERE customer_id IS NULL AND visitor_id IS NULL") == 0


def test_purchases_alone_have_orders_and_baskets_alone_have_prices(simulated: SimulatedShop) -> None:
    rows = simulated.rows(
        "SELECT event_type, count(order_id) / count(*), count(unit_price) / count(*), count(currency) / count(*), "
        "min(quantity) FROM events GROUP BY ALL ORDER BY ALL"
    )

    assert rows == [
        ("add_to_cart", 0, 1, 1, 1),
        ("favourite", 0, 0, 0, 1),
        ("purchase", 1, 1, 1, 1),
        ("view", 0, 0, 0, 1),
    ]


def test_an_order_is_one_persons_at_one_moment_and_names_an_item_once(simulated: SimulatedShop) -> None:
    assert simulated.rows(
        "SELECT DISTINCT n FROM (SELECT unnest([count(DISTINCT coalesce(customer_id, visitor_id)), "
        "count(DISTINCT occurred_at), 1 + count(*) - count(DISTINCT item_id)]) AS n "
        "FROM events WHERE order_id IS NOT NULL GROUP BY order_id)"
    ) == [(1,)]


def test_a_session_is_one_visitors_within_the_hour(simulated: SimulatedShop) -> None:
    assert simulated.rows(
        "SELECT max(visitors), max(span) < INTERVAL 1 HOUR FROM (SELECT count(DISTINCT visitor_id) AS visitors, "
        "max(occurred_at) - min(occurred_at) AS span FROM events WHERE session_id IS NOT NULL GROUP BY session_id)"
    ) == [(1, True)]


def test_categories_are_paths_of_three(simulated: SimulatedShop) -> None:
    assert simulated.value("SELECT bool_and(regexp_full_match(category, '[a-z-]+/[a-z-]+/[a-z-]+')) FROM catalogue")


def test_the_summary_counts_what_the_files_hold(simulated: SimulatedShop) -> None:
    summary = simulated.summary

    assert summary.events == dict(simulated.rows("SELECT event_type, count(*) FROM events GROUP BY ALL"))
    assert (summary.visitors, summary.customers, summary.sessions, summary.orders) == simulated.rows(
        "SELECT count(DISTINCT visitor_id), count(DISTINCT customer_id), count(DISTINCT session_id), "
        "count(DISTINCT order_id) FROM events"
    )[0]
    assert summary.store_orders == simulated.value(
        "SELECT count(DISTINCT order_id) FROM events WHERE session_id IS NULL"
    )
    assert summary.true_pairs == simulated.value("SELECT count(*) FROM truth")
    assert summary.consent_records["visitor"]["model_training"] == dict(
        simulated.rows(
            "SELECT status, count(*) FROM consent WHERE shopper_kind = 'visitor' AND purpose = 'model_training' "
            "GROUP BY ALL"
        )
    )
    assert summary.files["events.parquet"] == (simulated.folder / "events.parquet").stat().st_size
