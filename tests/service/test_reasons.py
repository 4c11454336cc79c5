"""Reasons say no more than is known, in round numbers."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.bundle.reading import Bundle
from service.core.answers import Basis, Relation
from service.core.evidence import Candidate, Evidence, Role
from service.core.reasons import reason_for, rounded
from tests.service.shop import write_shop

PAGE = Evidence(0, "camera", Role.ANCHOR, 1.0)
PAIR = Candidate(1, 0.05, Relation.ACCESSORY, Basis.PURCHASES, 20, PAGE)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    directory: Path = tmp_path_factory.mktemp("shop")
    write_shop(directory / "bundle")
    return Bundle.open(directory / "bundle")


@pytest.mark.parametrize(
    ("n_people", "said"), [(0, 0), (9, 0), (10, 10), (19, 10), (20, 20), (49, 20), (99, 50), (100, 100), (7_654, 5_000)]
)
def test_people_are_said_in_round_numbers(n_people: int, said: int) -> None:
    assert rounded(n_people) == said


@given(st.integers(0, 10**9))
def test_never_are_more_people_said_than_there_are(n_people: int) -> None:
    said = rounded(n_people)
    assert said <= n_people
    assert said in {0, *(lead * 10**nought for lead in (1, 2, 5) for nought in range(1, 10))}


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.6, "In most orders of this item with something else"),
        (0.59, "In about 1 in 2 orders of this item with something else"),
        (0.41, "In about 1 in 2 orders of this item with something else"),
        (0.39, "In about 1 in 3 orders of this item with something else"),
        (0.249, "In about 1 in 4 orders of this item with something else"),
        (0.199, "In about 1 in 5 orders of this item with something else"),
        (0.15, "In about 1 in 7 orders of this item with something else"),
        (0.1, "In about 1 in 10 orders of this item with something else"),
        (0.099, "Added by 20+ people who bought this item"),
    ],
)
def test_a_share_is_the_nearest_one_in_n_and_a_small_one_is_not_said(
    bundle: Bundle, probability: float, words: str
) -> None:
    assert reason_for(bundle, PAIR._replace(probability=probability)).text == words


@pytest.mark.parametrize(
    "pair",
    [
        PAIR._replace(probability=0.9, source=PAGE._replace(role=Role.VIEWED, weight=0.5)),
        PAIR._replace(probability=0.9, source=PAGE._replace(role=Role.HISTORY, weight=0.3)),
        PAIR._replace(probability=0.9, basis=Basis.VIEWS),
        PAIR._replace(probability=0.9, basis=Basis.TITLE),
        PAIR._replace(probability=0.9, relation=Relation.REFILL),
    ],
)
def test_only_a_pair_of_purchases_beside_the_page_or_the_cart_has_a_share(bundle: Bundle, pair: Candidate) -> None:
    assert "orders" not in reason_for(bundle, pair).text


@pytest.mark.parametrize(("n_shoppers", "said"), [(9, "people"), (10, "10+ people"), (2_500, "2,000+ people")])
def test_few_people_are_not_counted(bundle: Bundle, n_shoppers: int, said: str) -> None:
    found = reason_for(bundle, PAIR._replace(n_shoppers=n_shoppers))
    assert found.text == f"Added by {said} who bought this item"
    assert found.n_people == rounded(n_shoppers)


@pytest.mark.parametrize("basis", [Basis.CATEGORY, Basis.TITLE])
def test_of_what_rests_on_no_people_who_took_the_item_none_are_counted(bundle: Bundle, basis: Basis) -> None:
    assert reason_for(bundle, PAIR._replace(basis=basis, n_shoppers=500)).n_people == 0
