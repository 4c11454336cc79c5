"""How a list behaves as a whole: nothing dear beside something cheap, no shelf of one kind, nothing twice."""

from models.bundle.reading import Bundle
from service.core.answers import Relation
from service.core.evidence import Evidence, Role
from service.core.likeness import Likeness, likeness_of
from service.core.placements import Placement


class Manners:
    """Holds back what a list of one page should not hold beside what it holds already.

    Args:
        bundle: The model.
        placement: Whose manners.
        limit: Items that the page shows at most.
    """

    __slots__ = ("_bundle", "_most_of_category", "_n_of_category", "_placement", "_shown")

    def __init__(self, bundle: Bundle, placement: Placement, limit: int) -> None:
        self._bundle, self._placement = bundle, placement
        # A list of one or two may be of one kind.
        self._most_of_category = max(1, int(placement.max_category_share * limit))
        self._n_of_category: dict[int, int] = {}
        self._shown: list[Likeness] = []

    def take(self, index: int, relation: Relation, evidence: Evidence) -> bool:
        """Whether an item may stand in the list beside what does; if so, it stands there from now on.

        Args:
            index: Item index.
            relation: To its evidence.
            evidence: What brought it.
        """
        category = int(self._bundle.item_category[index])
        if category >= 0 and self._n_of_category.get(category, 0) >= self._most_of_category:
            return False
        if relation is Relation.ACCESSORY and self._is_dear(index, evidence):
            return False
        likeness, limit = likeness_of(self._bundle, index), self._placement.max_likeness
        for other in self._shown:
            if likeness.is_of(other, limit):
                return False
        self._n_of_category[category] = self._n_of_category.get(category, 0) + 1
        self._shown.append(likeness)
        return True

    def _is_dear(self, index: int, evidence: Evidence) -> bool:
        """Whether an accessory costs more of its anchor's price than the placement lets it, where both are known."""
        if evidence.role is Role.CATEGORY:
            return False
        price, of_anchor = int(self._bundle.prices_minor[index]), int(self._bundle.prices_minor[evidence.place])
        return price >= 0 and of_anchor >= 0 and price > self._placement.max_price_share * of_anchor
