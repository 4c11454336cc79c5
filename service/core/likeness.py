"""Which items would look like one and the same thing twice, side by side on a page."""

from typing import NamedTuple

from models.bundle.contents import RELATIONS
from models.bundle.reading import Bundle

_ALTERNATIVE = RELATIONS.index("alternative")


class Likeness(NamedTuple):
    """What an item is compared by.

    Attributes:
        item: Item index.
        words: Of its title, case aside.
        rivals: Items that would be bought instead of it.
    """

    item: int
    words: frozenset[str]
    rivals: frozenset[int]

    def is_of(self, other: "Likeness", limit: float) -> bool:
        """Whether two items would be bought instead of each other, or have nearly the same title.

        Args:
            other: The other one.
            limit: Share of all the words of both titles that two alike items have in common, at least: Jaccard's
                index. Over 1 no titles are alike.

        Jaccard (1901), Étude comparative de la distribution florale dans une portion des Alpes et des Jura.
        """
        if other.item in self.rivals or self.item in other.rivals:
            return True
        n_shared = len(self.words & other.words)
        return n_shared > 0 and n_shared >= limit * (len(self.words) + len(other.words) - n_shared)


def likeness_of(bundle: Bundle, index: int) -> Likeness:
    """What an item is compared by. It is made for each page anew: to keep it for many items costs the collector of
    garbage more than making it."""
    pairs = bundle.item_pairs
    start, end = pairs.indptr[index : index + 2].tolist()
    relations = pairs.relation[start:end].tobytes()
    rivals: list[int] = []
    # A look through the bytes is quicker than an array of comparisons, and most items have none.
    place = relations.find(_ALTERNATIVE)
    while place >= 0:
        rivals.append(int(pairs.item[start + place]))
        place = relations.find(_ALTERNATIVE, place + 1)
    return Likeness(index, frozenset(bundle.title(index).casefold().split()), frozenset(rivals))
