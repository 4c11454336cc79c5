"""Two lists drafted into one: by which rules, and that neither has an advantage of them."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from experiments.interleaving import FIRST, N_COINS, SECOND, draft_bits, draft_variant, team_draft

lists = st.lists(st.sampled_from("abcdefghij"), unique=True)
coins = st.integers(0, 2**N_COINS - 1)
limits = st.integers(0, 12)


def items_of(drafted: list[tuple[str, str]], team: str) -> list[str]:
    return [item for item, of in drafted if of == team]


@given(lists, lists, limits, coins)
def test_a_draft_holds_no_item_twice_and_is_as_long_as_there_is_room_and_items(
    first: list[str], second: list[str], limit: int, bits: int
) -> None:
    shown = [item for item, _ in team_draft(first, second, limit, bits)]
    assert len(set(shown)) == len(shown) == min(limit, len({*first, *second}))


@given(lists, lists, limits, coins)
def test_each_team_brings_its_own_items_in_its_own_order(
    first: list[str], second: list[str], limit: int, bits: int
) -> None:
    drafted = team_draft(first, second, limit, bits)
    for team, own in ((FIRST, first), (SECOND, second)):
        brought = items_of(drafted, team)
        assert brought == [item for item in own if item in brought]


@given(lists, lists, limits, coins)
def test_each_pick_is_the_best_that_its_team_has_left(
    first: list[str], second: list[str], limit: int, bits: int
) -> None:
    taken: set[str] = set()
    for item, team in team_draft(first, second, limit, bits):
        assert item == next(own for own in (first if team == FIRST else second) if own not in taken)
        taken.add(item)


@given(st.permutations("abcdef"), st.permutations("ghijkl"), limits, coins)
def test_as_long_as_both_have_items_neither_is_more_than_one_ahead(
    first: list[str], second: list[str], limit: int, bits: int
) -> None:
    drafted = team_draft(first, second, limit, bits)
    for end in range(len(drafted) + 1):
        assert abs(len(items_of(drafted[:end], FIRST)) - len(items_of(drafted[:end], SECOND))) <= 1


@given(lists, lists, limits, coins)
def test_with_all_coins_turned_the_teams_have_changed_places(
    first: list[str], second: list[str], limit: int, bits: int
) -> None:
    turned = [(item, FIRST if team == SECOND else SECOND) for item, team in team_draft(second, first, limit, bits)]
    assert team_draft(first, second, limit, bits ^ (2**N_COINS - 1)) == turned


@given(st.lists(st.integers(), unique=True, min_size=1, max_size=5))
def test_of_two_equal_lists_each_team_is_given_each_item_in_half_of_all_draws(items: list[int]) -> None:
    n_draws = 2 ** len(items)
    credited = Counter(pair for bits in range(n_draws) for pair in team_draft(items, items, len(items), bits))
    assert credited == {(item, team): n_draws // 2 for item in items for team in (FIRST, SECOND)}


@given(lists, lists, coins, st.sets(st.sampled_from("abcdefghij")))
def test_what_is_refused_takes_no_turn(first: list[str], second: list[str], bits: int, refused: set[str]) -> None:
    left = [[item for item in items if item not in refused] for items in (first, second)]
    asked: list[str] = []

    def takes(item: str) -> bool:
        asked.append(item)
        return item not in refused

    assert team_draft(first, second, 12, bits, takes) == team_draft(left[0], left[1], 12, bits)
    assert len({*asked}) == len(asked)


def test_each_round_has_a_coin_of_its_own() -> None:
    drafted = [item for item, _ in team_draft(["a1", "a2", "a3"], ["b1", "b2", "b3"], 6, 0b101)]
    assert drafted == ["a1", "b1", "b2", "a2", "a3", "b3"]


def test_coins_of_units_and_pages_are_even() -> None:
    bits = [draft_bits("ranker", f"customer:{number}", ("product_page", "camera")) for number in range(4_000)]
    heads = [sum(one >> place & 1 for one in bits) for place in range(N_COINS)]
    # Five standard deviations: of 64 such counts one is further off once in 27,000 runs.
    assert all(abs(n - 2_000) < 5 * 1_000**0.5 for n in heads)


def test_a_unit_has_the_same_coins_on_one_page_and_others_on_another_or_in_another_test() -> None:
    page, other = ("product_page", "camera"), ("product_page", "kettle")
    coins = draft_bits("ranker", "customer:c-17", page)
    assert draft_bits("ranker", "customer:c-17", page) == coins
    others = {draft_bits("ranker", "customer:c-17", other), draft_bits("next", "customer:c-17", page)}
    assert len(others | {draft_bits("ranker", "customer:c-18", page), coins}) == 4


def test_a_variant_says_whose_each_item_is_and_whether_it_may_be_kept() -> None:
    assert draft_variant("ranker", "abba", is_measured=True) == "ranker/+abba"
    assert draft_variant("ranker", "", is_measured=False) == "ranker/+~"
