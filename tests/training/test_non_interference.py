"""What a person has not consented to changes nothing: not one byte of the bundle."""

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.training.lamps import shop_world
from tests.training.worlds import Row, World, answer, event, link
from training.pipeline import train
from training.settings import TrainingSettings

SETTINGS = replace(TrainingSettings(), n_bootstrap=100)
ITEMS = ("lamp", "bulb", "tent", "peg", "candle", "stove")
"""The last is sold to nobody who consented."""


@dataclass(frozen=True)
class Outsider:
    """Somebody whose events must change nothing.

    Attributes:
        word: What they said: denied, withdrew, said yes too late, or never asked.
        events: Type, item and minute of each.
        signed_in: Whether the events carry the customer or a visitor.
        linked: Whether a visitor is known to be a customer, who granted nothing.
    """

    word: str
    events: list[tuple[str, str, int]]
    signed_in: bool
    linked: bool


OUTSIDERS = st.lists(
    st.builds(
        Outsider,
        st.sampled_from(["denied", "withdrawn", "too late", "never asked", "other purpose"]),
        st.lists(
            st.tuples(
                st.sampled_from(["view", "add_to_cart", "favourite", "purchase"]),
                st.sampled_from(ITEMS),
                st.integers(-100_000, 200_000),
            ),
            min_size=1,
            max_size=12,
        ),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def with_outsiders(world: World, outsiders: list[Outsider]) -> World:
    """The shop with their events, answers and links among the others'."""
    events, consent, identities = list(world.events), list(world.consent or ()), []
    for number, person in enumerate(outsiders):
        customer, visitor = f"outsider-{number}", f"browser-{number}"
        own: Row = {"customer_id": customer} if person.signed_in else {"visitor_id": visitor}
        kind, name = ("customer", customer) if person.signed_in else ("visitor", visitor)
        first, last = -200_000, 300_000
        consent += {
            "denied": [answer(kind, name, "denied", first)],
            "withdrawn": [answer(kind, name, "granted", first), answer(kind, name, "denied", last)],
            "too late": [answer(kind, name, "granted", last)],
            "never asked": [],
            "other purpose": [answer(kind, name, "granted", first, purpose="personalisation")],
        }[person.word]
        if person.linked and not person.signed_in:
            identities.append(link(visitor, customer, first))
        for place, (event_type, item, minutes) in enumerate(person.events):
            order: Row = {"order_id": f"outside-{number}-{place // 3}"} if event_type == "purchase" else {}
            events.append(event(f"x{number}-{place}", minutes, item, event_type, quantity=1, **own, **order))
    return World(events, consent, identities)


def fingerprint_of(world: World, folder: Path) -> str:
    inputs = world.write(folder / "shop")
    return train(inputs, SETTINGS, folder / "bundle", quarantine=folder / "bad", n_threads=1).fingerprint


@pytest.fixture(scope="module")
def shop() -> World:
    world = shop_world(600)
    return World(world.events, world.consent, [])


@pytest.fixture(scope="module")
def undisturbed(shop: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    return fingerprint_of(shop, tmp_path_factory.mktemp("undisturbed"))


@settings(max_examples=12, deadline=None)
@given(outsiders=OUTSIDERS)
def test_people_without_consent_change_no_byte(shop: World, undisturbed: str, outsiders: list[Outsider]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert fingerprint_of(with_outsiders(shop, outsiders), Path(folder)) == undisturbed


def test_one_person_who_consented_does(shop: World, undisturbed: str, tmp_path: Path) -> None:
    person = Outsider("denied", [("purchase", "lamp", 10), ("purchase", "stove", 11)], signed_in=True, linked=False)
    world = with_outsiders(shop, [person])
    consent = [row | {"status": "granted"} for row in world.consent or ()]
    assert fingerprint_of(World(world.events, consent, []), tmp_path) != undisturbed


def test_a_person_erased_is_a_person_never_seen(shop: World, tmp_path: Path) -> None:
    gone = "customer-7"
    kept = [row for row in shop.events if row.get("customer_id") != gone]
    answers = [row for row in shop.consent or () if row["shopper_id"] != gone]
    erased = fingerprint_of(World(kept, answers, []), tmp_path / "erased")
    withdrew = [*(shop.consent or ()), answer("customer", gone, "denied", 10**6)]
    assert fingerprint_of(World(shop.events, withdrew, []), tmp_path / "withdrew") == erased
