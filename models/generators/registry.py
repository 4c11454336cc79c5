"""The generators by name."""

from models.candidates import Generator
from models.generators.co_views import CoViews
from models.generators.ease import Ease
from models.generators.factors import Factors
from models.generators.item_item import ItemItem
from models.generators.log_likelihood import LogLikelihood
from models.generators.pair_counts import PairCounts
from models.generators.shopper_histories import ShopperHistories
from models.generators.shopper_pairs import ShopperPairs

GENERATORS: dict[str, type[Generator]] = {
    "als": Factors,
    "co_views": CoViews,
    "ease": Ease,
    "item_item": ItemItem,
    "log_likelihood": LogLikelihood,
    "pair_counts": PairCounts,
    "shopper_histories": ShopperHistories,
    "shopper_pairs": ShopperPairs,
}
