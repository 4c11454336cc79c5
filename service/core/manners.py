"""How a list behaves as a whole: nothing dear beside something cheap, no shelf of one kind, nothing twice."""

from collections.abc import Sequence

from models.bundle.reading import Bundle
from service.core.answers import Relation
from service.core.evidence import Evidence, Role, alternatives_of
from service.core.likeness import are_alike, words_of
from service.core.placements import Placement


class Manners:
    """Holds back what a list of one page should not hold beside what it holds already.

    Args:
        bundle: The model.
        placement: Whose manners.
        limit: Items that the page shows at most.
        stood_for: What categories stand for, where they are asked.
    """

    __slots__ = (
        "_bundle",
        "_by_category",
        "_most_of_category",
        "_placement",
        "_rivals",
        "_shown",
        "_stood_for",
        "_words",
    )

    def __init__(self, bundle: Bundle, placement: Placement, limit: int, stood_for: Sequence[Evidence] = ()) -> None:
        self._bundle, self._placement, self._stood_for = bundle, placement, stood_for
        # A list of one or two may be of one kind.
        self._most_of_category = max(1, int(placement.max_category_share * limit))
        self._shown: set[int] = set()
        self._rivals: set[int] = set()
        self._by_category: dict[int, list[int]] = {}
        self._words: dict[int, frozenset[str]] = {}

    def take(self, index: int, relation: Relation, evidence: Evidence) -> bool:
        """Whether an item may stand in the list beside what does; if so, it stands there from now on.

        Args:
            index: Item index.
            relation: To its evidence.
            evidence: What brought it.
        """
        if relation is Relation.ACCESSORY and self._is_dear(index, evidence):
            return False
        rivals = self.rivals_if_it_fits(index)
        if rivals is None:
            return False
        self.add(index, rivals)
        return True

    def rivals_if_it_fits(self, index: int) -> list[int] | None:
        """What would be bought instead of an item; None where that may not stand beside what does."""
        category = self._bundle.item_category.item(index)
        beside = self._by_category.get(category, ())
        if category >= 0 and len(beside) >= self._most_of_category:
            return None
        rivals = alternatives_of(self._bundle, index)
        if index in self._rivals or not self._shown.isdisjoint(rivals):
            return None
        return None if beside and self._is_like_one_of(index, beside) else rivals

    def add(self, index: int, rivals: Sequence[int]) -> None:
        """Let an item stand in the list that fits, with what would be bought instead of it."""
        self._by_category.setdefault(self._bundle.item_category.item(index), []).append(index)
        self._shown.add(index)
        self._rivals.update(rivals)

    def _is_like_one_of(self, index: int, shown: Sequence[int]) -> bool:
        """Whether its title is nearly that of one of its own category: what is of another is something else."""
        limit, words = self._placement.max_likeness, self._words_of(index)
        return any(are_alike(words, self._words_of(other), limit) for other in shown)

    def _words_of(self, index: int) -> frozenset[str]:
        found = self._words.get(index)
        if found is None:
            found = self._words[index] = words_of(self._bundle, index)
        return found

    def _is_dear(self, index: int, evidence: Evidence) -> bool:
        """Whether an accessory costs more of its anchor's price than the placement lets it, where both are known."""
        prices = self._bundle.prices_minor
        of_anchor = self._dearest_of(evidence.place) if evidence.role is Role.CATEGORY else prices.item(evidence.place)
        price = prices.item(index)
        return price >= 0 and of_anchor >= 0 and price > self._placement.max_price_share * of_anchor

    def _dearest_of(self, category: int) -> int:
        """The highest price of what a category stands for, -1 where none is known: what goes with one fits the page."""
        bundle = self._bundle
        held = (piece.place for piece in self._stood_for if bundle.item_category.item(piece.place) == category)
        return max(map(bundle.prices_minor.item, held), default=-1)


def take_in_all(places: Sequence[tuple[Manners, int]]) -> bool:
    """Whether an item may stand in a list that is held to the manners of several models, each as it knows its items; if
    so, it stands there from now on. What is dear beside its evidence is not looked at.

    Args:
        places: Of each model that knows the item, with its index there.
    """
    added = []
    for manners, index in places:
        rivals = manners.rivals_if_it_fits(index)
        if rivals is None:
            return False
        added.append((manners, index, rivals))
    for manners, index, rivals in added:
        manners.add(index, rivals)
    return True
