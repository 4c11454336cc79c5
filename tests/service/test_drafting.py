"""One answer made of the lists of two models."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType

from experiments.definition import Unit
from experiments.interleaving import N_COINS, team_draft
from models.bundle.reading import Bundle
from service.core.answers import Answer, Model, QuietReason, Request, Rung, Source
from service.core.attribution import _names
from service.core.drafting import Draft, Listed, drafted
from service.core.placements import PLACEMENTS, Moment, Placement, Restraint
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from service.core.sources import bit
from tests.service.shop import PAIRS, Pairs, write_shop

PAGE = Request("product_page", "camera", max_results=4)
ON_PAGES = PLACEMENTS["product_page"]
ALL_FIRST, ALL_SECOND = 2**N_COINS - 1, 0
"""Coins of which each lets the first team pick first, or the second."""
OTHER: Pairs = {"camera": [("strap", 0.5, "complement"), ("tripod", 0.4, "complement"), ("bag", 0.3, "accessory")]}


@contextmanager
def models(*shops: Pairs, categories: Mapping[str, str] = MappingProxyType({})) -> Iterator[list[Model]]:
    """Of one catalogue, each with pairs of its own."""
    nothing = dict.fromkeys(categories.values(), ())
    with TemporaryDirectory() as folder:
        made = []
        for number, pairs in enumerate(shops, start=1):
            write_shop(Path(folder) / str(number), pairs=pairs, category_pairs=nothing, categories=categories)
            made.append(Model(Bundle.open(Path(folder) / str(number)), f"accessories/{number}"))
        yield made


def draft(
    models: Sequence[Model], coins: int = ALL_FIRST, request: Request = PAGE, placement: Placement = ON_PAGES
) -> tuple[Answer, str]:
    lists = [Listed(model, recommend(model, request, placement)) for model in models]
    return drafted(*lists, request, placement, coins)


def shown(answer: Answer) -> list[str]:
    return [item.item_id for item in answer.recommendations]


def test_two_lists_are_shown_in_turn_and_each_items_team_is_known() -> None:
    with models(PAIRS, OTHER) as both:
        first, second = draft(both, ALL_FIRST), draft(both, ALL_SECOND)
    assert (shown(first[0]), first[1]) == (["bag", "strap", "card", "tripod"], "abab")
    assert (shown(second[0]), second[1]) == (["strap", "bag", "tripod", "card"], "baba")


def test_an_item_comes_with_what_its_own_model_says_of_it() -> None:
    with models(PAIRS, OTHER) as both:
        answer, teams = draft(both)
    said = {
        item.item_id: (team, round(item.probability, 3))
        for item, team in zip(answer.recommendations, teams, strict=True)
    }
    assert said["bag"] == ("a", 0.5)
    assert said["strap"] == ("b", 0.5)


def test_both_versions_are_named() -> None:
    with models(PAIRS, OTHER) as both:
        assert draft(both)[0].model_version == "accessories/1+accessories/2"


def test_where_one_model_is_quiet_the_others_list_is_shown() -> None:
    with models({}, OTHER) as both:
        answer, teams = draft(both)
    assert (shown(answer), teams) == (["strap", "tripod", "bag"], "bbb")
    assert (answer.quiet_reason, answer.rung) == (QuietReason.NOT_QUIET, Rung.ITEM)


def test_where_both_are_quiet_the_answer_says_why_as_the_one_that_came_further_does() -> None:
    with models({}, {"camera": [("strap", 0.001, "complement")]}) as both:
        answer, teams = draft(both)
    assert (shown(answer), teams, answer.rung) == ([], "", Rung.NONE)
    assert answer.quiet_reason is QuietReason.BELOW_BAR


def test_the_answer_rests_on_all_that_brought_an_item_and_on_nothing_else() -> None:
    with models({"camera": [("bag", 0.5, "accessory")]}, {"mug": [("strap", 0.9, "complement")]}) as both:
        request = replace(PAGE, cart_item_ids=("mug",))
        answer, _ = draft(both, request=request)
        assert (answer.rung, answer.based_on) == (Rung.SESSION, bit(Source.PAGE) | bit(Source.CART))
        answer, teams = draft(both, request=replace(request, max_results=1))
        assert (teams, answer.rung, answer.based_on) == ("a", Rung.ITEM, bit(Source.PAGE))
        assert answer.looked_at == bit(Source.PAGE) | bit(Source.CART)


def test_what_would_be_bought_instead_of_an_item_of_the_other_list_waits_for_its_turn_in_vain() -> None:
    knows = {**OTHER, "strap": [("bag", 0.5, "alternative")]}
    with models(PAIRS, {"camera": OTHER["camera"][:2]}) as both:
        assert "bag" in shown(draft(both, ALL_SECOND)[0])
    with models(PAIRS, knows) as both:
        answer, teams = draft(both, ALL_SECOND)
    assert (shown(answer), teams) == (["strap", "card", "tripod", "lens"], "baba")


def test_a_category_has_its_share_of_the_places_of_both_lists_together() -> None:
    categories = dict.fromkeys(("bag", "card", "strap", "tripod"), "photo/bags")
    half = replace(ON_PAGES, max_category_share=0.5)
    with models(PAIRS, OTHER, categories=categories) as both:
        answer, teams = draft(both, placement=half)
    assert (shown(answer), teams) == (["bag", "strap", "lens"], "aba")


def test_two_lists_that_do_not_go_together_are_quiet_rather_than_less_than_the_placement_wants() -> None:
    first, second = {"camera": [("bag", 0.5, "complement")]}, {"camera": [("strap", 0.5, "complement")]}
    with models(first, {**second, "strap": [("bag", 0.5, "alternative")]}) as both:
        lists = [Listed(model, recommend(model, PAGE, ON_PAGES)) for model in both]
        answer, teams = drafted(*lists, PAGE, replace(ON_PAGES, min_results=2), ALL_FIRST)
    assert (shown(answer), teams) == ([], "")
    assert (answer.quiet_reason, answer.rung, answer.based_on) == (QuietReason.TOO_FEW, Rung.NONE, 0)


def test_where_two_models_see_two_moments_as_much_is_said_as_at_both() -> None:
    request = replace(PAGE, viewed_item_ids=("camera-2", "new-camera"), max_results=0)
    moments = {Moment.COMPARING: Restraint(bar_factor=9.0), Moment.BROWSING: Restraint(max_results=2)}
    placement = replace(ON_PAGES, moments=moments)
    rivals: Pairs = {"camera": [*PAIRS["camera"], ("new-camera", 0.5, "alternative")]}
    with models(rivals, {"camera": [("strap", 0.1, "complement")]}) as both:
        moments_seen = [recommend(model, request, placement).moment for model in both]
        answer, teams = draft(both, ALL_SECOND, request, placement)
    assert moments_seen == [Moment.COMPARING, Moment.BROWSING]
    assert (shown(answer), teams, answer.moment) == (["bag", "card"], "aa", Moment.BROWSING)


def test_a_unit_has_its_own_coins_for_a_page_and_who_cannot_be_known_has_those_of_the_request() -> None:
    on = Draft(ModelSlot(), "trial", Unit.SHOPPER, is_measured=True)
    anna, nobody = ("anna-4711", "", ""), ("", "", "s-1")
    assert on.coins(anna, PAGE, 1) == on.coins(anna, replace(PAGE, cart_item_ids=("mug",)), 2)
    assert on.coins(anna, PAGE, 1) != on.coins(anna, replace(PAGE, item_id="kettle"), 1)
    assert [on.coins(unknown, PAGE, 7) for unknown in (None, nobody)] == [7, 7]


def test_pages_of_twelve_items_have_so_few_drafts_that_tokens_names_of_all_of_them_are_remembered() -> None:
    teams = {
        "".join(team for _, team in team_draft(range(n_first), range(20, 20 + n_second), 12, coins))
        for n_first in range(13)
        for n_second in range(13)
        for coins in range(2**6)
    }
    assert len(teams) < _names.cache_parameters()["maxsize"]
