"""All that some histories say of pairs: who is proposed, and what is known of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.candidates import Candidates, Generator
from models.counting import runs_of
from models.features.catalogue import CatalogueLikeness
from models.features.co_purchase import CoPurchase
from models.features.favourites import Favourites
from models.features.feature import Feature, Features
from models.features.popularity import Popularity
from models.features.sessions import Sessions
from models.features.shoppers import ShopperHistories, ShopperPurchases
from models.generators.model import ModelGenerator
from models.histories import Histories
from models.pairs import Pairs, proposed_pairs, runs_of_pairs


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Candidates and features, from the same histories and so of the same moment.

    Attributes:
        candidates: By generator.
        families: What computes the features.
    """

    candidates: Mapping[str, Candidates]
    families: tuple[Features, ...]

    @property
    def columns(self) -> tuple[Feature, ...]:
        """The features, in the order of the table's columns."""
        return tuple(column for family in self.families for column in family.columns)

    def table(self, pairs: Pairs) -> NDArray[np.float32]:
        """Features of the pairs, shape (n_pairs, n_columns), float32; NaN where a value is not known."""
        if not len(pairs):
            return np.zeros((0, len(self.columns)), np.float32)
        return np.hstack([family.of(pairs) for family in self.families])

    def by_name(self, table: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Views of a table's columns: what was counted for the features need not be counted again."""
        return {column.name: table[:, number] for number, column in enumerate(self.columns)}

    def runs(self, anchors: NDArray[np.integer]) -> Iterator[Pairs]:
        """What is proposed for the anchors, in runs short enough for the counts and the features.

        Args:
            anchors: Ascending.
        """
        n_items = next(iter(self.candidates.values())).n_items
        n_products = np.zeros(n_items, np.int64)
        for family in self.families:
            n_products = n_products + family.n_products
        for first, end in runs_of(n_products[anchors]):
            for run in runs_of_pairs(self.candidates, anchors[first:end]):
                yield proposed_pairs(self.candidates, run)


def gather_evidence(
    histories: Histories, generators: Sequence[Generator], n_candidates: int, *, n_threads: int = 1, seed: int = 0
) -> Evidence:
    """Ask all generators and prepare all features; nothing later than the histories is looked at.

    Args:
        histories: What to learn from.
        generators: One or more.
        n_candidates: Most items each proposes for an anchor.
        n_threads: Threads to use; they change no bit.
        seed: Of anything random.
    """
    candidates: dict[str, Candidates] = {}
    models: list[Features] = []
    for generator in generators:
        if isinstance(generator, ModelGenerator):
            model = generator.fit(histories, n_threads=n_threads, seed=seed)
            models.append(model)
            candidates[generator.name] = model.propose(n_candidates, n_threads=n_threads)
        else:
            candidates[generator.name] = generator.generate(histories, n_candidates, n_threads=n_threads, seed=seed)
    families: tuple[Features, ...] = (
        CoPurchase(histories, n_threads=n_threads),
        ShopperPurchases(histories, n_threads=n_threads),
        ShopperHistories(histories, n_threads=n_threads),
        Sessions(histories, n_threads=n_threads),
        Favourites(histories, n_threads=n_threads),
        Popularity(histories),
        CatalogueLikeness(histories),
        *models,
    )
    return Evidence(candidates, families)
