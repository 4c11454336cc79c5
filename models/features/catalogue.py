"""What the catalogue says of the two items."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.features.feature import NO_PRODUCTS, Feature, table_of
from models.histories import Histories
from models.items import Catalogue
from models.pairs import Pairs
from models.titles import read_titles


class CatalogueLikeness:
    """Category, title and price, as the shop lists them.

    A price that the shop does not list, known from sales alone, is no feature: it is of the whole period, and later
    orders would speak through it. Titles and categories are as they are known now, whenever that was.

    Args:
        histories: Whose catalogue.
    """

    n_products = NO_PRODUCTS

    def __init__(self, histories: Histories) -> None:
        catalogue = histories.catalogue
        self._titles = read_titles(catalogue.titles)
        self._levels = _levels(catalogue)
        listed = catalogue.prices_minor > 0
        if catalogue.price_is_listed is not None:
            listed &= catalogue.price_is_listed
        self._log_price = np.log(np.where(listed, catalogue.prices_minor, np.nan))

    @property
    def columns(self) -> tuple[Feature, ...]:
        """See models.features.feature.Features."""
        return (
            Feature("shared_levels", "levels", "how deep the two category paths run together"),
            Feature("is_same_category", "0 or 1", "whether the two are of one category"),
            Feature("title_cosine", "cosine", "how alike the two titles are"),
            Feature("rarest_shared_word", "rarity", "rarity of the rarest word both titles hold, 0 where none"),
            Feature("price_ratio", "logarithm", "the item's listed price against the anchor's"),
        )

    def of(self, pairs: Pairs) -> NDArray[np.float32]:
        """See models.features.feature.Features."""
        anchor, item = pairs.anchor, pairs.item
        *levels, whole = self._levels
        shared = np.zeros(len(pairs), np.float32)
        for level in levels:  # where one level differs, none below it has the same code
            shared += (level[anchor] == level[item]) & (level[anchor] >= 0)
        known = (whole[anchor] >= 0) & (whole[item] >= 0)
        columns: list[NDArray[Any]] = [
            np.where(known, shared, np.nan),
            np.where(known, whole[anchor] == whole[item], np.nan),
            self._titles.similarity(anchor, item),
            self._titles.rarest_shared_word(anchor, item),
            self._log_price[item] - self._log_price[anchor],
        ]
        return table_of(columns)


def _levels(catalogue: Catalogue) -> list[NDArray[np.int64]]:
    """Code of each item's category cut at each depth, -1 where it has none so deep; the last is of the whole path."""
    paths = [category.split("/") if category else [] for category in catalogue.categories]
    deepest = max((len(path) for path in paths), default=0)
    cut = [["/".join(path[:depth]) if len(path) >= depth else "" for path in paths] for depth in range(1, deepest + 1)]
    # With an empty text in front the code of "unknown" is 0, and so -1 below.
    return [np.unique(np.array(["", *names]), return_inverse=True)[1][1:] - 1 for names in (*cut, catalogue.categories)]
