"""From files to histories: what is used, what is not, that the counts add up, and that nothing else plays a part."""

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import InvalidInputError
from models.histories import Histories
from tests.training.worlds import Row, World, answer, event, link
from training.fingerprint import fingerprint_histories
from training.ingest import IngestReport, Inputs, ingest

ANNA = answer("customer", "anna", "granted")


def test_orders_and_sessions_of_a_consenting_customer_become_rows(tmp_path: Path) -> None:
    world = World(
        events=[
            event("1", 10, "lamp", customer_id="anna"),
            event("2", 12, "bulb", customer_id="anna"),
            event("3", 13, "bulb", customer_id="anna"),
            event("4", 15, "lamp", "purchase", customer_id="anna", order_id="A"),
            event("5", 15, "bulb", "purchase", customer_id="anna", order_id="A"),
            event("6", 90, "rug", customer_id="anna"),
            event("7", 24 * 60, "rug", "impression", customer_id="anna"),
            event("8", 95, "rug", customer_id="bob"),
        ],
        consent=[ANNA],
    )
    histories, report = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    assert histories.items.ids == ("bulb", "lamp", "rug")
    assert histories.orders_items.toarray().tolist() == [[1, 1, 0]]
    assert histories.sessions_items.toarray().tolist() == [[2, 1, 0], [0, 0, 1]]
    assert (histories.session_time_s - histories.order_time_s[0]).tolist() == [-300, 4500]
    assert (histories.session_end_s - histories.order_time_s[0]).tolist() == [-120, 4500]
    assert histories.order_shopper.tolist() == [0]
    assert histories.session_shopper.tolist() == [0, 0]
    assert report.n_excluded == {"never_asked": 1}
    assert report.n_events_used == {"impression": 1, "purchase": 2, "view": 4}
    assert (report.n_shoppers, report.n_orders, report.n_sessions, report.n_items) == (1, 1, 2, 3)
    assert (report.first_event, report.last_event) == ("2026-03-01", "2026-03-02")


def test_every_row_read_is_used_excluded_or_quarantined(tmp_path: Path) -> None:
    world = World(
        events=[
            event("1", 10, customer_id="anna"),
            event("1", 11, customer_id="anna"),
            event("2", 10, customer_id="bob"),
            event("2", 10, customer_id="bob"),
            event("3", 12, event_type="stare", customer_id="anna", quantity=0),
            event("4", 12),
        ],
        consent=[ANNA, answer("customer", "bob", "denied"), answer("customer", "eve", "granted", purpose="fun")],
    )
    _, report = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    stare = (
        "event_type is none of: view, add_to_cart, favourite, purchase, impression, click, dismiss; "
        "quantity is not a whole number above 0"
    )
    assert report.n_events_read == 6
    assert report.n_events_used == {"view": 1}
    assert report.n_excluded == {"no_identity": 1, "denied": 2}
    assert report.n_quarantined == {stare: 1, "duplicate event_id": 1}
    assert report.n_quarantined_elsewhere == {
        "consent: purpose is none of: personalisation, model_training, measurement, contact": 1
    }
    assert pq.read_table(tmp_path / "bad/events.parquet")["occurred_at"].to_pylist() == [
        world.events[1]["occurred_at"],
        world.events[4]["occurred_at"],
    ]
    json.dumps(report.as_dict())


def test_nobody_consenting_leaves_empty_histories(tmp_path: Path) -> None:
    world = World(events=[event("1", 1, customer_id="anna")], consent=[])
    histories, report = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    assert (histories.n_items, histories.n_orders, histories.n_sessions, report.n_shoppers) == (0, 0, 0, 0)
    assert (report.first_event, report.last_event) == ("", "")


def test_assumed_consent_uses_everybody_and_strangers_are_shoppers_of_their_own(tmp_path: Path) -> None:
    world = World(
        events=[
            event("1", 10, "lamp", "purchase", customer_id="anna", order_id="A"),
            event("2", 11, "lamp", "purchase", order_id="B"),
            event("3", 11, "bulb", "purchase", order_id="B"),
            event("4", 12, "lamp", "purchase"),
            event("5", 13, "lamp", session_id="s"),
            event("6", 14, "lamp", "purchase", session_id="s"),
        ]
    )
    histories, report = ingest(world.write(tmp_path, assume_consent="a test"), quarantine=tmp_path / "bad")
    assert histories.orders_items.toarray().tolist() == [[0, 1], [1, 1], [0, 1], [0, 1]]
    assert histories.order_shopper.tolist() == [0, 2, 1, 3]
    assert histories.session_shopper.tolist() == [3]
    assert (report.assumed_consent, report.consent_fingerprint, report.n_excluded) == ("a test", "", {})


@pytest.mark.parametrize("reason", [None, "", " "])
def test_no_consent_file_and_no_reason_is_an_error_that_names_both_ways(tmp_path: Path, reason: str | None) -> None:
    inputs = World(events=[event("1", 1, customer_id="anna")]).write(tmp_path, assume_consent=reason)
    with pytest.raises(
        InvalidInputError, match='--consent FILE, --ledger URI or, for public data, --assume-consent "REASON"'
    ):
        ingest(inputs, quarantine=tmp_path / "bad")


def test_consent_is_not_assumed_over_what_people_said(tmp_path: Path) -> None:
    world = World(events=[event("1", 1, customer_id="anna")], consent=[ANNA])
    with pytest.raises(InvalidInputError, match="give one: --consent"):
        ingest(world.write(tmp_path, assume_consent="a test"), quarantine=tmp_path / "bad")


def test_an_unknown_source_is_an_error_that_names_the_known(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="native, online-retail"):
        ingest(Inputs(tmp_path, None, None, None, source="gopher"), quarantine=tmp_path)


def test_an_event_without_consent_displaces_no_event_with_the_same_id(tmp_path: Path) -> None:
    world = World(
        events=[event("1", 9, "rug", customer_id="bob"), event("1", 10, "lamp", customer_id="anna")], consent=[ANNA]
    )
    histories, report = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    assert histories.items.ids == ("lamp",)
    assert report.n_quarantined == {}


TYPES = ("view", "add_to_cart", "purchase", "click")
ITEMS = ("bulb", "lamp", "rug", "sofa")
some_ids = st.one_of(st.none(), st.sampled_from(("1", "2")))


def events_of(customers: Sequence[str | None], visitors: Sequence[str | None]) -> st.SearchStrategy[Row]:
    return st.builds(
        event,
        st.integers(0, 40).map(str),
        st.integers(0, 200),
        st.sampled_from(ITEMS),
        st.sampled_from(TYPES),
        customer_id=st.sampled_from(customers),
        visitor_id=st.sampled_from(visitors),
        session_id=some_ids,
        order_id=some_ids,
        unit_price=st.one_of(st.none(), st.sampled_from((1.0, 2.5, 9.99))),
    )


def answers_of(kind: str, people: Sequence[str]) -> st.SearchStrategy[Row]:
    words = st.sampled_from(("granted", "granted", "denied"))
    return st.builds(answer, st.just(kind), st.sampled_from(people), words, st.integers(0, 200))


def links_of(visitors: Sequence[str], customers: Sequence[str]) -> st.SearchStrategy[Row]:
    return st.builds(link, st.sampled_from(visitors), st.sampled_from(customers), st.integers(0, 200))


shops = st.builds(
    World,
    events=st.lists(events_of(("anna", "bob", None), ("phone", "laptop", None)), min_size=20, max_size=60),
    consent=st.lists(answers_of("customer", ("anna", "bob")), max_size=3).map(
        lambda rows: [ANNA, answer("visitor", "phone", "granted"), *rows]
    ),
    identities=st.lists(links_of(("phone", "laptop"), ("anna", "bob")), max_size=3),
)

# Nobody here may be learnt from: x was never asked, y said no, z said yes and then no, w is z's browser.
NO_CONSENT = (
    answer("customer", "y", "denied"),
    answer("customer", "z", "granted"),
    answer("visitor", "w", "granted"),
    answer("customer", "z", "denied", 300),
    answer("visitor", "w", "denied", 300),
    answer("customer", "x", "granted", purpose="personalisation"),
)
others = st.builds(
    World,
    events=st.lists(events_of(("x", "y", "z"), ("v", "w", None)), min_size=1, max_size=60).map(
        lambda rows: [*rows, event("new item", 5, "an item nobody else has", "purchase", customer_id="z")]
    ),
    consent=st.lists(st.sampled_from(NO_CONSENT[-1:]), max_size=2).map(lambda rows: [*NO_CONSENT, *rows]),
    identities=st.lists(
        st.one_of(links_of(("v", "w"), ("x", "y", "z")), links_of(("phone", "laptop"), ("x",))), max_size=4
    ),
)


def run(world: World, *, threads: int = 2) -> tuple[Histories, IngestReport]:
    with TemporaryDirectory() as directory:
        return ingest(world.write(Path(directory)), quarantine=Path(directory, "bad"), threads=threads)


def assert_same(left: Histories, right: Histories) -> None:
    assert left.items.ids == right.items.ids
    for name in ("order_time_s", "order_shopper", "session_time_s", "session_end_s", "session_shopper"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    for name in ("orders_items", "sessions_items", "favourites_items"):
        ours, theirs = getattr(left, name), getattr(right, name)
        assert ours.shape == theirs.shape
        for part in ("indptr", "indices", "data"):
            np.testing.assert_array_equal(getattr(ours, part), getattr(theirs, part))
    assert list(left.catalogue.titles) == list(right.catalogue.titles)
    np.testing.assert_array_equal(left.catalogue.prices_minor, right.catalogue.prices_minor)
    np.testing.assert_array_equal(left.catalogue.available, right.catalogue.available)
    assert fingerprint_histories(left) == fingerprint_histories(right)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shops, others)
def test_people_without_consent_change_nothing(shop: World, more: World) -> None:
    assert shop.consent is not None
    assert shop.identities is not None
    assert more.consent is not None
    assert more.identities is not None
    crowded = World(
        events=[*more.events, *shop.events],
        consent=[*more.consent, *shop.consent],
        identities=[*more.identities, *shop.identities],
    )
    alone, report = run(shop)
    among_others, crowded_report = run(crowded)
    assert_same(alone, among_others)
    assert report.n_events_used == crowded_report.n_events_used
    assert report.used_fingerprint == crowded_report.used_fingerprint
    assert report.events_fingerprint != crowded_report.events_fingerprint


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(shops, st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_the_number_of_threads_plays_a_part(shop: World, order: random.Random) -> None:
    def shuffled(rows: Sequence[Row] | None) -> list[Row]:
        return order.sample(list(rows or ()), len(rows or ()))

    other_way = replace(
        shop, events=shuffled(shop.events), consent=shuffled(shop.consent), identities=shuffled(shop.identities)
    )
    assert_same(run(shop, threads=1)[0], run(other_way, threads=4)[0])
