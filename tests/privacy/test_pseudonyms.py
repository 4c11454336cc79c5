import hmac
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInputError
from models.items import MAX_ID_BYTES
from privacy.consent import Identity, ShopperKind
from privacy.keys import KeyUse, new_ring, without_key
from privacy.pseudonyms import MAX_NAMED, PSEUDONYM_BYTES, Pseudonymiser
from tests.privacy.rings import with_new_key

randomness = random.Random(20261103).randbytes  # noqa: S311 - keys of tests, the same each time
OLD = new_ring(randomness)
RING = with_new_key(OLD, randomness)
VISITOR = Identity(ShopperKind.VISITOR, "v-1")

ids = st.text(st.characters(codec="utf-8"), min_size=1, max_size=32)
identities = st.builds(Identity, st.sampled_from(ShopperKind), ids)


@given(ids)
def test_a_pseudonym_is_the_keyed_hash_of_kind_and_id(shopper_id: str) -> None:
    key = RING.derived(KeyUse.PSEUDONYM).active
    pseudonym = Pseudonymiser(RING).of(Identity(ShopperKind.CUSTOMER, shopper_id))
    assert pseudonym == hmac.digest(key, b"c" + shopper_id.encode(), "sha256")[:16]


@given(identities, identities)
def test_two_identities_share_a_pseudonym_only_if_they_are_the_same(left: Identity, right: Identity) -> None:
    pseudonymiser = Pseudonymiser(RING)
    assert (pseudonymiser.of(left) == pseudonymiser.of(right)) == (left == right)


def test_a_visitor_and_a_customer_of_one_text_differ() -> None:
    pseudonymiser = Pseudonymiser(RING)
    assert pseudonymiser.of(VISITOR) != pseudonymiser.of(Identity(ShopperKind.CUSTOMER, "v-1"))


@given(identities)
def test_candidates_are_of_every_key_the_active_first(identity: Identity) -> None:
    pseudonymiser = Pseudonymiser(RING)
    old = Pseudonymiser(OLD).of(identity)
    assert pseudonymiser.candidates(identity) == ((2, pseudonymiser.of(identity)), (1, old))
    assert pseudonymiser.active_id == 2


def test_a_retired_key_gives_no_candidate() -> None:
    assert [key_id for key_id, _ in Pseudonymiser(without_key(RING, 1)).candidates(VISITOR)] == [2]


@given(st.sampled_from(ShopperKind), st.lists(ids, max_size=20))
def test_many_at_once_are_as_one_by_one(kind: ShopperKind, shopper_ids: list[str]) -> None:
    pseudonymiser = Pseudonymiser(RING)
    expected = [pseudonymiser.of(Identity(kind, shopper_id)) for shopper_id in shopper_ids]
    assert pseudonymiser.of_all(kind, shopper_ids) == expected
    assert all(len(pseudonym) == PSEUDONYM_BYTES for pseudonym in expected)


@pytest.mark.parametrize(
    ("shopper_id", "fault"),
    [
        ("", "is empty"),
        ("é" * (MAX_ID_BYTES // 2) + "x", "has 129 bytes"),
        ("secret\ud800", "no Unicode"),
    ],
)
def test_an_id_out_of_bounds_is_refused_and_not_told(shopper_id: str, fault: str) -> None:
    pseudonymiser = Pseudonymiser(RING)
    identity = Identity(ShopperKind.VISITOR, shopper_id)
    for refused in (
        lambda: pseudonymiser.of(identity),
        lambda: pseudonymiser.candidates(identity),
        lambda: pseudonymiser.of_all(ShopperKind.VISITOR, ["v-1", shopper_id]),
    ):
        with pytest.raises(InvalidInputError, match=fault) as raised:
            refused()
        assert not shopper_id or shopper_id not in str(raised.value)
        assert raised.value.__cause__ is None


def test_an_id_of_the_greatest_length_is_accepted() -> None:
    assert len(Pseudonymiser(RING).of(Identity(ShopperKind.VISITOR, "x" * MAX_ID_BYTES))) == PSEUDONYM_BYTES


def test_faulty_ids_of_a_bulk_are_named_by_place_up_to_a_bound() -> None:
    with pytest.raises(InvalidInputError) as raised:
        Pseudonymiser(RING).of_all(ShopperKind.VISITOR, ["v-1", *[""] * (MAX_NAMED + 3)])
    assert [fault.field for fault in raised.value.faults] == [*(f"ids[{n}]" for n in range(1, MAX_NAMED + 1)), "ids"]
    assert raised.value.faults[-1].description == "and 3 more are faulty"
