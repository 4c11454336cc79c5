"""How a list behaves as a whole: nothing dear, no shelf of one kind, nothing twice, silence where little is left."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from service.core.answers import Answer, Model, QuietReason, Request, Rung
from service.core.personal import ConsentReason, Personal
from service.core.placements import PLACEMENTS, Moment, Placement, Restraint
from service.core.recommendation import recommend
from tests.service.shop import CATEGORIES, PAIRS, TITLES, write_shop

PAGE = PLACEMENTS["product_page"]
Shop = Callable[..., Model]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    def made(**given: object) -> Model:
        write_shop(tmp_path / "bundle", **given)  # type: ignore[arg-type]
        return Model(Bundle.open(tmp_path / "bundle"), "accessories/1")

    return made


def ask(model: Model, item_id: str = "camera", placement: Placement = PAGE, **given: object) -> Answer:
    personal = given.pop("personal", Personal())
    request = Request(placement=placement.name, item_id=item_id, **given)  # type: ignore[arg-type]
    return recommend(model, request, placement, personal)  # type: ignore[arg-type]


def ids(answer: Answer) -> list[str]:
    return [item.item_id for item in answer.recommendations]


def test_an_accessory_costs_no_more_of_its_anchor_than_the_placement_lets_it(shop: Shop) -> None:
    model = shop(prices_minor={"camera": 10_000, "bag": 6_001, "card": 6_000, "lens": 90_000})
    # A lens goes with the camera as its equal, and may cost what it costs.
    assert ids(ask(model)) == ["card", "lens", "strap"]
    assert ids(ask(model, placement=replace(PAGE, max_price_share=0.59))) == ["lens", "strap"]


@pytest.mark.parametrize("known", ["camera", "bag"])
def test_what_a_price_is_not_known_of_is_not_dear(shop: Shop, known: str) -> None:
    assert "bag" in ids(ask(shop(prices_minor={known: 10_000})))


def test_what_goes_with_a_category_costs_no_more_than_goes_with_the_page(shop: Shop) -> None:
    model = shop(prices_minor={"new-camera": 10_000, "bag": 6_001, "card": 6_000})
    assert ids(ask(model, "new-camera")) == ["card"]


def test_what_goes_with_a_category_costs_no_more_than_goes_with_the_dearest_of_the_cart(shop: Shop) -> None:
    prices = {"new-camera": 100, "old-camera": 10_000, "lonely": 90_000, "bag": 6_001, "card": 6_000}
    titles, categories = TITLES | {"old-camera": ""}, CATEGORIES | {"old-camera": "photo/cameras"}
    model = shop(prices_minor=prices, titles=titles, categories=categories)
    held = ("old-camera", "new-camera", "lonely")
    assert ids(ask(model, "", PLACEMENTS["cart"], cart_item_ids=held)) == ["card"]
    # Where the page's item is known, its category is gone by, and not what the cart holds of it.
    assert ids(ask(model, "new-camera", PLACEMENTS["cart"], cart_item_ids=("old-camera",))) == []


def test_a_category_whose_items_have_no_price_makes_nothing_dear(shop: Shop) -> None:
    assert ids(ask(shop(prices_minor={"bag": 10_000}), "new-camera")) == ["bag", "card"]


def test_one_category_takes_its_share_of_the_places_and_no_more(shop: Shop) -> None:
    model = shop(categories=CATEGORIES | dict.fromkeys(("bag", "card", "lens", "strap"), "photo/cameras"))
    assert ids(ask(model, max_results=4)) == ["bag", "card", "lens"]
    assert ids(ask(model, max_results=4, placement=replace(PAGE, max_category_share=0.5))) == ["bag", "card"]
    assert ids(ask(model, max_results=4, placement=replace(PAGE, max_category_share=1.0))) == [
        "bag",
        "card",
        "lens",
        "strap",
    ]


def test_a_category_has_one_place_at_least(shop: Shop) -> None:
    model = shop(categories=CATEGORIES | {"bag": "photo/cameras"})
    assert ids(ask(model, max_results=1, placement=replace(PAGE, max_category_share=0.1))) == ["bag"]


def test_what_has_no_category_fills_no_shelf(shop: Shop) -> None:
    assert ids(ask(shop(categories={}), max_results=4)) == ["bag", "card", "lens", "strap"]


def test_items_of_nearly_one_title_are_shown_once(shop: Shop) -> None:
    titles = TITLES | {"bag": "Camera bag red large", "card": "CAMERA BAG large blue red", "lens": "Bag"}
    model = shop(titles=titles)
    assert ids(ask(model)) == ["bag", "lens", "strap"]
    assert ids(ask(model, placement=replace(PAGE, max_likeness=0.81))) == ["bag", "card", "lens"]


@pytest.mark.parametrize("known", ["bag", "card"])
def test_alternatives_of_each_other_are_not_shown_side_by_side(shop: Shop, known: str) -> None:
    other = {"bag": "card", "card": "bag"}[known]
    model = shop(pairs={**PAIRS, known: [(other, 0.5, "alternative")]})
    assert ids(ask(model, placement=replace(PAGE, max_likeness=1.1))) == ["bag", "lens", "strap"]


def test_items_without_titles_are_not_alike(shop: Shop) -> None:
    assert ids(ask(shop(titles=dict.fromkeys(TITLES, "")))) == ["bag", "card", "lens"]


def test_fewer_than_the_least_are_not_worth_the_room(shop: Shop) -> None:
    model, placement = shop(), replace(PAGE, min_results=3)
    assert ids(ask(model, placement=placement)) == ["bag", "card", "lens"]
    answer = ask(model, "kettle", placement=placement, dismissed_item_ids=("mug",))
    assert (ids(answer), answer.rung, answer.quiet_reason) == ([], Rung.NONE, QuietReason.TOO_FEW)


def test_where_too_few_are_left_the_category_may_have_enough(shop: Shop) -> None:
    model = shop(pairs={"camera": [("strap", 0.5, "accessory")]})
    answer = ask(model, placement=replace(PAGE, min_results=2))
    assert (ids(answer), answer.rung) == (["bag", "card"], Rung.CATEGORY)


def test_who_asks_for_one_gets_one_whatever_the_least(shop: Shop) -> None:
    assert ids(ask(shop(), placement=replace(PAGE, min_results=3), max_results=1)) == ["bag"]


def test_all_held_back_by_manners_is_all_excluded(shop: Shop) -> None:
    model = shop(
        pairs={"camera": [("bag", 0.5, "accessory")]},
        category_pairs={"photo/cameras": []},
        prices_minor={"camera": 1, "bag": 9},
    )
    assert ask(model).quiet_reason is QuietReason.ALL_EXCLUDED


@pytest.mark.parametrize(("days", "offered"), [(29.9, ["mug"]), (30.0, ["filter", "mug"])])
def test_an_owned_refill_is_offered_when_its_interval_has_come_round(
    shop: Shop, days: float, offered: list[str]
) -> None:
    personal = Personal(ConsentReason.GRANTED, owned={"filter": days})
    model = shop(refill_days={"filter": 30.0}, pairs={**PAIRS, "kettle": PAIRS["kettle"][:2]})
    assert ids(ask(model, "kettle", personal=personal)) == offered


def test_an_owned_refill_whose_interval_is_not_known_is_not_offered(shop: Shop) -> None:
    personal = Personal(ConsentReason.GRANTED, owned={"filter": 9_999.0})
    assert "filter" not in ids(ask(shop(refill_days={}), "kettle", personal=personal))


def test_a_durable_that_is_owned_is_not_offered_however_long_ago(shop: Shop) -> None:
    personal = Personal(ConsentReason.GRANTED, owned={"bag": 9_999.0})
    assert "bag" not in ids(ask(shop(refill_days={"bag": 1.0}), personal=personal))


def test_what_was_passed_by_too_often_rests_for_a_time(model: Model) -> None:
    placement = replace(PAGE, rest_after=3, rest_days=10)

    def shown(*days: float) -> bool:
        personal = Personal(ConsentReason.GRANTED, passed_by={"bag": days})
        return "bag" in ids(ask(model, placement=placement, personal=personal))

    assert shown(0.1, 9.9)
    assert not shown(0.1, 5.0, 9.9)
    assert shown(0.1, 5.0, 10.0)
    assert "bag" in ids(ask(model, placement=replace(placement, rest_after=0), passed_by_item_ids=("bag",) * 9))


def test_what_the_session_passed_by_rests_without_a_history(model: Model) -> None:
    placement = replace(PAGE, rest_after=3)
    assert "bag" in ids(ask(model, placement=placement, passed_by_item_ids=("bag", "card", "bag")))
    assert "bag" not in ids(ask(model, placement=placement, passed_by_item_ids=("bag", "card", "bag", "bag")))


@pytest.mark.parametrize(("n_kept", "n_told"), [(3, 1), (1, 3)])
def test_one_showing_that_is_kept_and_told_counts_once(model: Model, n_kept: int, n_told: int) -> None:
    personal = Personal(ConsentReason.GRANTED, passed_by={"bag": (0.5,) * n_kept})

    def is_shown(rest_after: int) -> bool:
        placement = replace(PAGE, rest_after=rest_after)
        return "bag" in ids(ask(model, placement=placement, personal=personal, passed_by_item_ids=("bag",) * n_told))

    assert (is_shown(3), is_shown(4)) == (False, True)


def test_old_showings_do_not_hide_what_the_session_tells(model: Model) -> None:
    personal = Personal(ConsentReason.GRANTED, passed_by={"bag": (20.0, 20.0, 0.5)})
    placement = replace(PAGE, rest_after=3)
    assert "bag" not in ids(ask(model, placement=placement, personal=personal, passed_by_item_ids=("bag",) * 3))


def test_who_is_only_looking_is_shown_less_than_who_buys(model: Model) -> None:
    looking, buying = ask(model), ask(model, cart_item_ids=("lonely",))
    assert (looking.moment, buying.moment) == (Moment.BROWSING, Moment.BUYING)
    assert ids(looking) == ids(buying)[:3] == ["bag", "card", "lens"]
    assert len(ids(buying)) == 4


def test_who_compares_is_shown_less_and_only_what_is_surer(model: Model) -> None:
    rivals = ("camera-2", "new-camera")
    answer = ask(model, viewed_item_ids=rivals)
    assert (answer.moment, ids(answer)) == (Moment.COMPARING, ["bag", "card"])
    sure = replace(PAGE, moments={Moment.COMPARING: Restraint(bar_factor=10.0)}, min_probability=0.03)
    assert ids(ask(model, placement=sure, viewed_item_ids=rivals)) == ["bag", "card", "lens"]
    assert ids(ask(model, placement=sure)) == ["bag", "card", "lens", "strap"]


def test_who_says_how_many_gets_as_many_at_any_moment(model: Model) -> None:
    assert len(ids(ask(model, max_results=4))) == 4


def test_who_says_how_many_gets_no_more_than_the_placement_lets_it(model: Model) -> None:
    placement = replace(PAGE, max_results=1, most_results=2, moments={})
    assert [len(ids(ask(model, placement=placement, max_results=asked))) for asked in (0, 2, 4, 100)] == [1, 2, 2, 2]


def test_a_placement_that_shows_more_by_itself_shows_as_many_to_who_asks(model: Model) -> None:
    placement = replace(PAGE, max_results=4, most_results=1, moments={})
    assert len(ids(ask(model, placement=placement, max_results=4))) == 4
