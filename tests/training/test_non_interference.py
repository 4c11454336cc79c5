"""What a person has not consented to changes nothing: not one byte of the bundle."""

import tempfile
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy.consent import Identity, Purpose, ShopperKind
from privacy.store.store import Circumstances
from tests.training.lamps import shop_world
from tests.training.ledgers import store_in, write_with_ledger
from tests.training.worlds import Row, World, answer, event, link, minute
from training.ingest import Inputs
from training.pipeline import train
from training.settings import TrainingSettings

SETTINGS = replace(TrainingSettings(), n_bootstrap=100)
ITEMS = ("lamp", "bulb", "tent", "peg", "candle", "stove")
"""The last is sold to nobody who consented."""

N_BROWSERS = 20


FIRST, LAST = -200_000, 300_000
"""Minutes before and after every event."""

SAID_NO = ("denied", "withdrawn")
UNKNOWN = ("never asked", "other purpose")


@dataclass(frozen=True)
class Deed:
    """An outsider's event.

    Attributes:
        event_type: What happened.
        item: To what.
        minutes: When.
        twin: Place of a consented event whose ids it takes.
        same: Which of the twin's ids.
    """

    event_type: str
    item: str
    minutes: int
    twin: int = 0
    same: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Outsider:
    """Somebody whose events must change nothing.

    Attributes:
        word: What they said: denied, withdrew, said yes too late, or never asked.
        deeds: What they did.
        signed_in: Whether the events carry the customer or a visitor.
        tie: What joins them to somebody: nothing, or "own", the visitor is a customer of theirs, who said nothing;
            "friend", the visitor is known to be a customer who consents; "borrowed", they sign in on the browser of
            a visitor who consents; "lent", that browser is known to be theirs.
        number: Which of the consenting people.
    """

    word: str
    deeds: list[Deed]
    signed_in: bool
    tie: str = "none"
    number: int = 0


DEEDS = st.builds(
    Deed,
    st.sampled_from(["view", "add_to_cart", "favourite", "purchase"]),
    st.sampled_from(ITEMS),
    st.integers(-100_000, 200_000),
    st.integers(0, 500),
    st.frozensets(st.sampled_from(["event_id", "order_id", "session_id", "occurred_at"])),
)
OUTSIDERS = st.lists(
    st.builds(
        Outsider,
        st.sampled_from([*SAID_NO, "too late", *UNKNOWN]),
        st.lists(DEEDS, min_size=1, max_size=12),
        st.booleans(),
        st.sampled_from(["none", "own", "friend", "borrowed", "lent"]),
        st.integers(0, N_BROWSERS - 1),
    ),
    min_size=1,
    max_size=8,
)


def with_outsiders(world: World, outsiders: list[Outsider]) -> World:
    """The shop with their events, answers and links among the others'."""
    events, consent, identities = list(world.events), list(world.consent or ()), list(world.identities or ())
    for number, person in enumerate(outsiders):
        customer, visitor = f"outsider-{number}", f"browser-{number}"
        own: Row = {"customer_id": customer} if person.signed_in else {"visitor_id": visitor}
        kind, name = ("customer", customer) if person.signed_in else ("visitor", visitor)
        consent += {
            "denied": [answer(kind, name, "denied", FIRST)],
            "withdrawn": [answer(kind, name, "granted", FIRST), answer(kind, name, "denied", LAST)],
            "too late": [answer(kind, name, "granted", LAST)],
            "never asked": [],
            "other purpose": [answer(kind, name, "granted", FIRST, purpose="personalisation")],
        }[person.word]
        if person.tie == "own" and not person.signed_in:
            identities.append(link(visitor, customer, FIRST))
        if person.tie == "friend" and not person.signed_in:
            # Linked while it happens, a visitor who said nothing speaks with the customer's yes; linked later, not.
            known = FIRST if person.word in SAID_NO else LAST
            identities.append(link(visitor, f"customer-{person.number}", known))
        if person.tie == "borrowed" and person.signed_in and person.word in SAID_NO:
            # Anybody else's events there are the visitor's too, whose yes is enough.
            own["visitor_id"] = f"phone-{person.number}"
        if person.tie == "lent" and person.signed_in and person.word in UNKNOWN:
            # A yes of theirs would make the visitor's events theirs, a no would forbid them.
            identities.append(link(f"phone-{person.number}", customer, FIRST))
        for place, deed in enumerate(person.deeds):
            ids: Row = {"event_id": f"x{number}-{place}", "session_id": None}
            ids["order_id"] = f"outside-{number}-{place // 3}" if deed.event_type == "purchase" else None
            twin = world.events[deed.twin]
            ids |= {column: twin.get(column) for column in deed.same}
            row = event("", deed.minutes, deed.item, deed.event_type, quantity=1, unit_price=7.0)
            events.append(row | own | ids)
    return World(events, consent, identities)


def fingerprint_of(world: World, folder: Path) -> str:
    return trained_on(world.write(folder / "shop"), folder)


def trained_on(inputs: Inputs, folder: Path) -> str:
    return train(inputs, SETTINGS, folder / "bundle", quarantine=folder / "bad", n_threads=1).fingerprint


@pytest.fixture(scope="module")
def shop() -> World:
    """A third of its people are visitors who said yes, one in four of them known to be a customer who did; all look
    at what they buy.
    """
    world = shop_world(600)
    events: list[Row] = []
    for row in world.events:
        number = int(row["customer_id"].removeprefix("customer-"))
        who = {"customer_id": None, "visitor_id": f"phone-{number - 40}"} if number >= 40 else {}
        bought = row | who | {"session_id": f"s-{row['order_id']}"}
        look = {"event_id": f"look-{row['event_id']}", "event_type": "view", "order_id": None, "quantity": None}
        events += [bought, bought | look | {"occurred_at": row["occurred_at"] - timedelta(minutes=5)}]
    consent = [*(world.consent or ()), *(answer("visitor", f"phone-{n}", "granted", FIRST) for n in range(N_BROWSERS))]
    identities = [link(f"phone-{number}", f"customer-{number}", 1_000) for number in range(0, N_BROWSERS, 4)]
    return World(events, consent, identities)


@pytest.fixture(scope="module")
def undisturbed(shop: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    return fingerprint_of(shop, tmp_path_factory.mktemp("undisturbed"))


@settings(max_examples=14, deadline=None)
@given(outsiders=OUTSIDERS)
def test_people_without_consent_change_no_byte(shop: World, undisturbed: str, outsiders: list[Outsider]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert fingerprint_of(with_outsiders(shop, outsiders), Path(folder)) == undisturbed


def twins(word: str, tie: str, *, signed_in: bool) -> list[Outsider]:
    """Outsiders who buy something else under every id of a consented event, at its time and at another."""
    ids = frozenset({"event_id", "order_id", "session_id"})
    return [
        Outsider(
            word,
            [
                Deed("purchase", "stove", 70 * place, place, same)
                for place in range(3)
                for same in (ids, ids | {"occurred_at"})
            ],
            signed_in=signed_in,
            tie=tie,
            number=number,
        )
        for number in range(N_BROWSERS)
    ]


@pytest.mark.parametrize("word", [*SAID_NO, "too late", *UNKNOWN])
def test_nobody_speaks_through_the_ids_of_others(shop: World, undisturbed: str, word: str, tmp_path: Path) -> None:
    ties = [("own", False), ("friend", False), ("borrowed", True), ("lent", True)]
    crowd = [person for tie, signed_in in ties for person in twins(word, tie, signed_in=signed_in)]
    assert fingerprint_of(with_outsiders(shop, crowd), tmp_path) == undisturbed


def test_a_guest_who_said_nothing_on_a_consenting_visitors_browser_does(
    shop: World, undisturbed: str, tmp_path: Path
) -> None:
    ids = {"customer_id": "guest", "visitor_id": "phone-1", "order_id": "x"}
    bought = [event(f"x{item}", 10, item, "purchase", **ids) for item in ("lamp", "stove")]
    world = World([*shop.events, *bought], shop.consent, shop.identities)
    assert fingerprint_of(world, tmp_path) != undisturbed


def test_one_person_who_consented_does(shop: World, undisturbed: str, tmp_path: Path) -> None:
    person = Outsider("denied", [Deed("purchase", "lamp", 10), Deed("purchase", "stove", 11)], signed_in=True)
    world = with_outsiders(shop, [person])
    consent = [row | {"status": "granted"} for row in world.consent or ()]
    assert fingerprint_of(World(world.events, consent, world.identities), tmp_path) != undisturbed


@pytest.mark.parametrize(("kind", "gone"), [("customer", "customer-7"), ("visitor", "phone-7")])
def test_a_person_erased_is_a_person_never_seen(shop: World, kind: str, gone: str, tmp_path: Path) -> None:
    kept = [row for row in shop.events if row.get(f"{kind}_id") != gone]
    answers = [row for row in shop.consent or () if row["shopper_id"] != gone]
    erased = fingerprint_of(World(kept, answers, shop.identities), tmp_path / "erased")
    withdrew = [*(shop.consent or ()), answer(kind, gone, "denied", 10**6)]
    assert fingerprint_of(World(shop.events, withdrew, shop.identities), tmp_path / "withdrew") == erased


def test_the_ledger_gives_what_the_files_give(shop: World, undisturbed: str, tmp_path: Path) -> None:
    assert trained_on(write_with_ledger(shop, tmp_path / "shop"), tmp_path) == undisturbed


@settings(max_examples=5, deadline=None)
@given(outsiders=OUTSIDERS)
def test_people_without_consent_in_the_ledger_change_no_byte(
    shop: World, undisturbed: str, outsiders: list[Outsider]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        assert trained_on(write_with_ledger(with_outsiders(shop, outsiders), folder / "shop"), folder) == undisturbed


@dataclass(frozen=True)
class Leaver:
    """Somebody who is erased.

    Attributes:
        kind: Under which kind of id.
        number: Which of the consenting people.
        minutes: When; after all that happened where somebody else's word lets later events be used.
        anew: Whether they say no afterwards; not where that is somebody else's no too.
    """

    kind: ShopperKind
    number: int
    minutes: int
    anew: bool

    @property
    def identity(self) -> Identity:
        """Their id."""
        return Identity(self.kind, f"{'phone' if self.kind is ShopperKind.VISITOR else 'customer'}-{self.number}")

    @property
    def gone(self) -> set[str]:
        """Their ids: the visitor that the customer is known to be goes too."""
        is_linked = self.kind is ShopperKind.CUSTOMER and self.number < N_BROWSERS and self.number % 4 == 0
        return {self.identity.id, *([f"phone-{self.number}"] if is_linked else [])}

    @property
    def is_spoken_for(self) -> bool:
        """Whether they are a visitor whose customer speaks for what the visitor does later, and is still there."""
        return self.kind is ShopperKind.VISITOR and self.number % 4 == 0


LEAVERS = st.lists(
    st.builds(
        Leaver,
        st.sampled_from(tuple(ShopperKind)),
        st.integers(0, N_BROWSERS - 1),
        st.sampled_from([500, 5_000, 20_000, LAST]),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=6, deadline=None)
@given(leavers=LEAVERS)
def test_people_erased_from_the_ledger_are_people_never_seen(shop: World, leavers: list[Leaver]) -> None:
    gone = {name for leaver in leavers for name in leaver.gone}
    unseen = World(
        [row for row in shop.events if not {row.get("customer_id"), row.get("visitor_id")} & gone],
        [row for row in shop.consent or () if row["shopper_id"] not in gone],
        [row for row in shop.identities or () if not {row["visitor_id"], row["customer_id"]} & gone],
    )
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        never = trained_on(write_with_ledger(unseen, folder / "never" / "shop"), folder / "never")
        inputs = write_with_ledger(shop, folder / "erased" / "shop")
        with store_in(folder / "erased" / "shop") as store:
            for leaver in leavers:
                store.erase([leaver.identity], minute(LAST if leaver.is_spoken_for else leaver.minutes))
                if leaver.anew and not leaver.is_spoken_for:
                    store.opt_out([leaver.identity], [Purpose.MODEL_TRAINING], Circumstances(minute(LAST + 1)))
        assert trained_on(inputs, folder / "erased") == never
