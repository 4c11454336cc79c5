"""Which items would look like one and the same thing twice, side by side on a page."""

from models.bundle.reading import Bundle


def words_of(bundle: Bundle, index: int) -> frozenset[str]:
    """The words of an item's title, case aside."""
    return frozenset(bundle.title(index).casefold().split())


def are_alike(words: frozenset[str], others: frozenset[str], limit: float) -> bool:
    """Whether two titles are nearly one.

    Args:
        words: Of one title.
        others: Of the other one.
        limit: Share of all the words of both that two alike titles have in common, at least: Jaccard's index. Over 1
            none are alike.

    Jaccard (1901), Étude comparative de la distribution florale dans une portion des Alpes et des Jura.
    """
    n_shared = len(words & others)
    return n_shared > 0 and n_shared >= limit * (len(words) + len(others) - n_shared)
