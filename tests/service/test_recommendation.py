"""What goes with what: the ladder, the evidence, the reasons, the silence."""

from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from service.core.answers import Answer, Model, QuietReason, ReasonCode, Relation, Request, Rung
from service.core.evidence import HISTORY_WEIGHT, MAX_HISTORY, VIEWED_DECAY, VIEWED_WEIGHT
from service.core.personal import IMPERSONAL, ConsentReason, Personal
from service.core.placements import PLACEMENTS, with_bar
from service.core.recommendation import recommend
from tests.service.shop import CATEGORY_PAIRS, PAIRS, REFILL_DAYS, TITLES, write_shop


def ask(
    model: Model,
    item_id: str = "",
    *,
    placement: str = "product_page",
    personal: Personal = IMPERSONAL,
    **given: object,
) -> Answer:
    request = Request(placement=placement, item_id=item_id, **given)  # type: ignore[arg-type]
    return recommend(model, request, PLACEMENTS[placement], personal)


def ids(answer: Answer) -> list[str]:
    return [item.item_id for item in answer.recommendations]


def test_the_pages_item_is_answered_with_what_goes_with_it_most_probable_first(model: Model) -> None:
    answer = ask(model, "camera")
    assert ids(answer) == ["bag", "card", "lens"]
    assert [item.probability for item in answer.recommendations] == pytest.approx([0.5, 0.4, 0.3])
    assert (answer.rung, answer.quiet_reason) == (Rung.ITEM, QuietReason.NOT_QUIET)


def test_the_answer_names_the_model(model: Model) -> None:
    assert ask(model, "camera").model_version == ask(model, "nothing").model_version == "accessories/1"


def test_the_request_may_ask_for_fewer_than_the_placement_shows(model: Model) -> None:
    assert ids(ask(model, "camera", max_results=2)) == ["bag", "card"]


def test_a_cart_is_evidence_as_strong_as_the_page(model: Model) -> None:
    answer = ask(model, "camera", cart_item_ids=("kettle",), max_results=3)
    assert ids(answer) == ["bag", "card", "filter"]
    assert answer.rung is Rung.SESSION
    assert answer.recommendations[2].reason.evidence_item_id == "kettle"


def test_two_pieces_of_evidence_for_one_item_count_as_the_stronger(model: Model) -> None:
    answer = ask(model, placement="cart", cart_item_ids=("new-camera", "lens", "camera"), max_results=9)
    tripod = next(item for item in answer.recommendations if item.item_id == "tripod")
    assert tripod.probability == pytest.approx(0.3)
    assert tripod.reason.evidence_item_id == "lens"
    assert ids(answer).count("tripod") == 1


def test_what_was_viewed_counts_less_the_longer_ago(model: Model) -> None:
    last = ask(model, "lonely", viewed_item_ids=("kettle",))
    before = ask(model, "lonely", viewed_item_ids=("kettle", "lonely"))
    assert last.recommendations[0].probability == pytest.approx(0.35 * VIEWED_WEIGHT)
    assert before.recommendations[0].probability == pytest.approx(0.35 * VIEWED_WEIGHT * VIEWED_DECAY)
    assert last.rung is Rung.SESSION


@pytest.mark.parametrize(("turned_to", "steps_back"), [(("kettle",), 0), (("kettle", "lonely", "unheard-of"), 2)])
def test_a_history_counts_less_the_longer_ago(model: Model, turned_to: tuple[str, ...], steps_back: int) -> None:
    answer = ask(model, "lonely", personal=Personal(ConsentReason.GRANTED, turned_to=turned_to))
    weight = HISTORY_WEIGHT * VIEWED_DECAY**steps_back
    assert answer.recommendations[0].probability == pytest.approx(0.35 * weight)


@pytest.mark.parametrize("is_muted_for_good", [True, False])
def test_what_is_hidden_of_a_history_takes_no_place_of_the_rest(tmp_path: Path, is_muted_for_good: bool) -> None:
    hidden = [f"muted-{number}" for number in range(MAX_HISTORY)]
    categories = dict.fromkeys(hidden, "photo/cameras")
    write_shop(tmp_path / "bundle", titles=TITLES | dict.fromkeys(hidden, ""), categories=categories)
    other = Model(Bundle.open(tmp_path / "bundle"), "accessories/2")
    numbers = frozenset({other.bundle.item_category.item(other.bundle.index_of("muted-0"))})
    personal = Personal(ConsentReason.GRANTED, numbers if is_muted_for_good else frozenset(), ("kettle", *hidden))
    topics = () if is_muted_for_good else ("photo",)
    answer = ask(other, "lonely", personal=personal, muted_topics=topics)
    assert answer.recommendations[0].probability == pytest.approx(0.35 * HISTORY_WEIGHT)


def test_the_page_viewed_a_moment_ago_still_counts_as_the_page(model: Model) -> None:
    answer = ask(model, "camera", viewed_item_ids=("camera",))
    assert answer.recommendations[0].probability == pytest.approx(0.5)
    assert answer.rung is Rung.ITEM


def test_evidence_that_has_nothing_to_say_does_not_lift_the_rung(model: Model) -> None:
    assert ask(model, "camera", cart_item_ids=("lonely", "unheard-of")).rung is Rung.ITEM


def test_the_rung_is_that_of_what_is_shown_not_of_what_was_asked(model: Model) -> None:
    # The kettle has a list, but nothing of it is among the first two.
    assert ask(model, "camera", cart_item_ids=("kettle",), max_results=2).rung is Rung.ITEM
    assert ask(model, "camera", viewed_item_ids=("kettle",), max_results=3).rung is Rung.ITEM
    assert ask(model, "camera", cart_item_ids=("kettle",), max_results=3).rung is Rung.SESSION


@pytest.mark.parametrize("given", [{"item_id": "new-camera"}, {"placement": "cart", "cart_item_ids": ("new-camera",)}])
def test_a_category_is_not_answered_with_its_own_items(model: Model, given: dict) -> None:
    assert "camera" in [item for item, *_ in CATEGORY_PAIRS["photo/cameras"]]
    assert ids(ask(model, max_results=100, **given)) == ["bag", "card"]


def test_a_category_is_not_answered_with_what_may_replace_an_item_of_the_cart(tmp_path: Path) -> None:
    write_shop(
        tmp_path / "bundle", category_pairs={**CATEGORY_PAIRS, "kitchen/kettles": [("camera", 0.2, "complement")]}
    )
    other = Model(Bundle.open(tmp_path / "bundle"), "accessories/2")
    held = ("filter", "mug", "camera-2")
    assert ids(ask(other, "kettle", dismissed_item_ids=held)) == ["camera"]
    answer = ask(other, "kettle", cart_item_ids=("new-camera",), dismissed_item_ids=held)
    assert (answer.recommendations, answer.quiet_reason) == ((), QuietReason.ALL_EXCLUDED)


def test_the_items_rung_still_holds_items_of_the_pages_category(tmp_path: Path) -> None:
    write_shop(tmp_path / "bundle", pairs={"camera": [("new-camera", 0.5, "complement")]})
    answer = ask(Model(Bundle.open(tmp_path / "bundle"), "accessories/2"), "camera")
    assert (ids(answer), answer.rung) == (["new-camera"], Rung.ITEM)


def test_an_item_without_pairs_is_answered_from_its_category(model: Model) -> None:
    answer = ask(model, "new-camera")
    assert ids(answer) == ["bag", "card"]
    assert answer.rung is Rung.CATEGORY
    assert answer.recommendations[0].reason.code is ReasonCode.GOES_WITH_CATEGORY
    assert answer.recommendations[0].reason.text == "Bought together with items in cameras"
    assert answer.recommendations[0].reason.evidence_item_id == ""


def test_an_item_whose_pairs_are_all_excluded_is_answered_from_its_category(model: Model, tmp_path: Path) -> None:
    write_shop(tmp_path / "bundle", pairs={"camera": [("strap", 0.5, "accessory")]})
    other = Model(Bundle.open(tmp_path / "bundle"), "accessories/2")
    answer = ask(other, "camera", dismissed_item_ids=("strap",))
    assert (ids(answer), answer.rung) == (["bag", "card"], Rung.CATEGORY)


def test_a_cart_of_new_items_is_answered_from_their_categories(model: Model) -> None:
    answer = ask(model, placement="cart", cart_item_ids=("new-camera", "lonely"))
    assert (ids(answer), answer.rung) == (["bag", "card"], Rung.CATEGORY)


@pytest.mark.parametrize("item_id", ["camera", "new-camera"])
def test_an_alternative_is_never_shown(model: Model, item_id: str) -> None:
    assert "camera-2" not in ids(ask(model, item_id, max_results=100))


@pytest.mark.parametrize("given", [{"item_id": "camera"}, {"cart_item_ids": ("camera",)}])
def test_what_would_replace_the_page_or_the_cart_is_not_shown_for_another_reason(model: Model, given: dict) -> None:
    answer = ask(model, placement="cart", viewed_item_ids=("kettle",), max_results=100, **given)
    assert "filter" in ids(answer)
    assert "camera-2" not in ids(answer)


@pytest.mark.parametrize(
    "given",
    [
        {"cart_item_ids": ("bag",)},
        {"shown_item_ids": ("bag",)},
        {"dismissed_item_ids": ("bag",)},
    ],
)
def test_what_is_in_the_cart_shown_or_dismissed_is_not_shown(model: Model, given: dict) -> None:
    assert ids(ask(model, "camera", **given))[0] == "card"


def test_an_item_that_cannot_be_bought_is_not_shown(model: Model) -> None:
    assert PAIRS["camera"][0][0] == "gone"
    assert "gone" not in ids(ask(model, "camera", max_results=100))


def test_what_the_session_says_is_owned_is_not_shown(model: Model) -> None:
    assert ids(ask(model, "camera", owned=(("bag", 9_999.0),)))[0] == "card"


@pytest.mark.parametrize(("kept", "told", "is_due"), [(9.0, 11.0, False), (11.0, 9.0, False), (11.0, 10.0, True)])
def test_of_what_is_kept_and_told_the_later_purchase_counts(
    model: Model, kept: float, told: float, is_due: bool
) -> None:
    assert REFILL_DAYS["filter"] == 10.0
    personal = Personal(ConsentReason.GRANTED, owned={"filter": kept})
    assert ("filter" in ids(ask(model, "kettle", personal=personal, owned=(("filter", told),)))) == is_due


def test_what_history_owns_stays_owned_beside_what_the_session_tells(model: Model) -> None:
    personal = Personal(ConsentReason.GRANTED, owned={"bag": 1.0})
    assert ids(ask(model, "camera", personal=personal, owned=(("card", 1.0),))) == ["lens", "strap"]


@pytest.mark.parametrize(
    ("topics", "is_shown"),
    [
        (("photo/cameras",), False),
        (("photo",), False),
        (("garden", "photo"), False),
        (("photo/cam",), True),
        (("photo/cameras/small",), True),
    ],
)
def test_a_topic_that_the_session_mutes_hides_its_branch(model: Model, topics: tuple[str, ...], is_shown: bool) -> None:
    assert ("camera-2" in ids(ask(model, "kettle", muted_topics=topics))) == is_shown


def test_a_muted_topic_is_no_evidence_but_of_the_page_itself(model: Model) -> None:
    assert ids(ask(model, "lonely", cart_item_ids=("camera",), muted_topics=("photo",))) == []
    assert ids(ask(model, "camera", muted_topics=("photo",))) == ["bag", "card", "lens"]


def test_what_is_hidden_from_a_shopper_stays_so_beside_what_the_session_mutes(model: Model) -> None:
    numbers = frozenset({model.bundle.item_category.item(model.bundle.index_of("camera-2"))})
    personal = Personal(ConsentReason.GRANTED, numbers, prefers=True)
    assert "camera-2" not in ids(ask(model, "kettle", personal=personal, muted_topics=("kitchen",)))


def test_what_was_viewed_may_be_recommended(model: Model) -> None:
    assert "bag" in ids(ask(model, "camera", viewed_item_ids=("bag",)))


@pytest.mark.parametrize(
    ("item_id", "given", "quiet_reason"),
    [
        ("unheard-of", {}, QuietReason.UNKNOWN_ITEM),
        ("lonely", {}, QuietReason.NO_CANDIDATES),
        ("mug", {}, QuietReason.BELOW_BAR),
        ("kettle", {"dismissed_item_ids": ("filter", "mug", "camera-2")}, QuietReason.ALL_EXCLUDED),
    ],
)
def test_silence_says_why(model: Model, item_id: str, given: dict, quiet_reason: QuietReason) -> None:
    answer = ask(model, item_id, **given)
    assert (answer.recommendations, answer.rung, answer.quiet_reason) == ((), Rung.NONE, quiet_reason)


def test_an_empty_cart_is_answered_with_silence(model: Model) -> None:
    assert ask(model, placement="cart").quiet_reason is QuietReason.UNKNOWN_ITEM


def test_an_unknown_page_is_still_answered_from_the_cart(model: Model) -> None:
    answer = ask(model, "unheard-of", cart_item_ids=("camera",))
    assert (ids(answer)[0], answer.rung) == ("bag", Rung.SESSION)


def test_a_pair_at_exactly_the_bar_is_shown(model: Model) -> None:
    # 0.35 as the bundle stores it, in 32 bits, is a little less than 0.35 in 64.
    answer = recommend(model, Request("product_page", "kettle"), with_bar(0.35)["product_page"])
    assert ids(answer) == ["filter"]


@pytest.mark.parametrize(
    ("own", "expected"), [(None, ["filter"]), (0.2, ["filter", "mug"]), (0.0, ["filter", "mug", "camera-2"])]
)
def test_the_bar_of_training_holds_unless_the_server_has_its_own(
    tmp_path: Path, own: float | None, expected: list[str]
) -> None:
    write_shop(tmp_path / "bundle", min_probability={"product_page": 0.3})
    other = Model(Bundle.open(tmp_path / "bundle"), "accessories/2")
    assert ids(recommend(other, Request("product_page", "kettle"), with_bar(own)["product_page"])) == expected


def test_a_placement_that_training_chose_no_bar_for_has_the_default(tmp_path: Path) -> None:
    write_shop(tmp_path / "bundle", min_probability={"product_page": 0.3})
    other = Model(Bundle.open(tmp_path / "bundle"), "accessories/2")
    assert ids(recommend(other, Request("cart", "kettle"), with_bar(None)["cart"])) == ["filter", "mug", "camera-2"]
    assert recommend(other, Request("cart", "mug"), with_bar(None)["cart"]).quiet_reason is QuietReason.BELOW_BAR


def test_a_view_too_weak_for_the_bar_is_silent(model: Model) -> None:
    placement = with_bar(0.3)["product_page"]
    assert recommend(model, Request("product_page", "lonely", viewed_item_ids=("kettle",)), placement).quiet_reason is (
        QuietReason.BELOW_BAR
    )


@pytest.mark.parametrize(
    ("request_", "item_id", "relation", "code", "text"),
    [
        (
            Request("cart", "camera"),
            "bag",
            Relation.ACCESSORY,
            ReasonCode.ACCESSORY_OF,
            "In about 1 in 2 orders of this item with something else",
        ),
        (
            Request("cart", "camera"),
            "lens",
            Relation.COMPLEMENT,
            ReasonCode.BOUGHT_TOGETHER,
            "In about 1 in 3 orders of this item with something else",
        ),
        (
            Request("cart", "kettle"),
            "filter",
            Relation.REFILL,
            ReasonCode.REFILL_OF,
            "Bought again by many; also by 20+ people who bought this item",
        ),
        (
            Request("cart", cart_item_ids=("kettle",)),
            "filter",
            Relation.REFILL,
            ReasonCode.REFILL_OF,
            "Bought again by many; also by 20+ people who bought Kettle (in the cart)",
        ),
        (
            Request("cart", viewed_item_ids=("kettle",)),
            "mug",
            Relation.COMPLEMENT,
            ReasonCode.BOUGHT_TOGETHER,
            "Also bought by 20+ people who bought Kettle (viewed before)",
        ),
    ],
)
def test_the_reason_is_true_of_the_pair_and_the_evidence(
    model: Model, request_: Request, item_id: str, relation: Relation, code: ReasonCode, text: str
) -> None:
    found = {item.item_id: item for item in recommend(model, request_, PLACEMENTS["cart"]).recommendations}[item_id]
    assert (found.relation, found.reason.code, found.reason.text) == (relation, code, text)


@pytest.mark.parametrize(
    ("basis", "code", "text"),
    [
        (
            "category",
            ReasonCode.CATEGORIES_GO_TOGETHER,
            "People who bought items in kettles also bought items in cameras",
        ),
        ("title", ReasonCode.TITLE_FITS, "By its title, it goes with this item"),
        ("views", ReasonCode.LOOKED_AT_TOGETHER, "Also looked at by 20+ people who looked at this item"),
    ],
)
@pytest.mark.parametrize("relation", ["accessory", "complement", "refill"])
def test_what_rests_on_no_purchases_is_not_said_to_be_bought_together(
    tmp_path: Path, basis: str, code: ReasonCode, text: str, relation: str
) -> None:
    pairs = {"kettle": [("new-camera", 0.5, relation), ("filter", 0.4, "refill")]}
    write_shop(tmp_path / "bundle", pairs=pairs, rests_on={("kettle", "new-camera"): basis})
    found = ask(Model(Bundle.open(tmp_path / "bundle"), "accessories/2"), "kettle").recommendations
    assert (found[0].reason.code, found[0].reason.text) == (code, text)
    assert found[1].reason.code is ReasonCode.REFILL_OF


@pytest.mark.parametrize(
    ("basis", "rung"), [("purchases", Rung.ITEM), ("category", Rung.CATEGORY), ("title", Rung.CATEGORY)]
)
def test_an_answer_of_nothing_but_categories_and_titles_is_on_their_rung(
    tmp_path: Path, basis: str, rung: Rung
) -> None:
    pairs = {"kettle": [("new-camera", 0.5, "accessory"), ("mug", 0.4, "accessory")]}
    write_shop(
        tmp_path / "bundle",
        pairs=pairs,
        rests_on={("kettle", "new-camera"): "category", ("kettle", "mug"): basis},
    )
    assert ask(Model(Bundle.open(tmp_path / "bundle"), "accessories/2"), "kettle").rung is rung


def test_words_about_categories_do_without_those_that_are_unknown(tmp_path: Path) -> None:
    write_shop(
        tmp_path / "bundle", pairs={"kettle": [("mug", 0.5, "accessory")]}, rests_on={("kettle", "mug"): "category"}
    )
    found = ask(Model(Bundle.open(tmp_path / "bundle"), "accessories/2"), "kettle").recommendations[0]
    assert found.reason.text == "People who bought something like this item also bought things like it"


def test_titles_come_when_asked_for(model: Model) -> None:
    quiet, told = ask(model, "camera"), ask(model, "camera", include_titles=True)
    assert (quiet.anchor_title, quiet.recommendations[0].title) == ("", "")
    assert (told.anchor_title, told.recommendations[0].title) == ("Camera", "Camera bag")
