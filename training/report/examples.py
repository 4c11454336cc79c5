"""Example pages: a few items of each band and what goes with them, chosen by a rule that knows no result."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import BASES, RELATIONS
from models.bundle.reading import Bundle
from models.items import ItemIndex
from training.segments import BANDS, Segments

N_EXAMPLES = (7, 7, 6)
"""Pages of head, torso and tail: twenty in all."""

N_SHOWN = 8
"""Items read of each page."""


@dataclass(frozen=True, slots=True)
class Example:
    """An item whose page is read.

    Attributes:
        item_index: The item.
        band: One of training.segments.BANDS.
    """

    item_index: int
    band: str


@dataclass(frozen=True, slots=True)
class Thing:
    """An item as a reader knows it.

    Attributes:
        name: Its title, or its id where it has none.
        category: Its path; empty where unknown.
        price_minor: In minor units; None where unknown.
    """

    name: str
    category: str
    price_minor: int | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """An item on a page's list.

    Attributes:
        thing: The item.
        probability: That it joins the order.
        relation: To the page's item.
        basis: What the pair rests on.
    """

    thing: Thing
    probability: float
    relation: str
    basis: str


@dataclass(frozen=True, slots=True)
class ExamplePage:
    """A page to read.

    Attributes:
        thing: Whose page it is.
        band: One of training.segments.BANDS.
        proposed: The beginning of its list, without alternatives; empty where it has none.
    """

    thing: Thing
    band: str
    proposed: tuple[Proposed, ...]


def examples_of(bands: Segments, popularity: NDArray[np.integer]) -> tuple[Example, ...]:
    """Items evenly spaced by how well they sell within each band, whether they have a list or not.

    Args:
        bands: As by_popularity gives them.
        popularity: Orders that hold each item, shape (n_items,). Ties go by item index.
    """
    order = np.lexsort((np.arange(len(popularity)), -popularity))
    chosen = []
    for place, n_wanted in enumerate(N_EXAMPLES):
        members = order[bands.of_item[order] == place]
        n = min(n_wanted, len(members))
        spaced = members[((np.arange(n) + 0.5) * len(members) / max(n, 1)).astype(np.int64)]
        chosen += [Example(int(item), BANDS[place]) for item in spaced]
    return tuple(chosen)


def renumbered(examples: tuple[Example, ...], items: ItemIndex, others: ItemIndex) -> tuple[Example, ...]:
    """The examples in the indices of other items, without those that are not among them."""
    places = ((others.index_of(items.ids[example.item_index]), example.band) for example in examples)
    return tuple(Example(place, band) for place, band in places if place is not None)


def read_examples(bundle: Bundle, examples: tuple[Example, ...]) -> tuple[ExamplePage, ...]:
    """What the bundle publishes for each example."""
    return tuple(
        ExamplePage(_thing(bundle, example.item_index), example.band, _proposed(bundle, example.item_index))
        for example in examples
    )


def _proposed(bundle: Bundle, anchor: int) -> tuple[Proposed, ...]:
    pairs = bundle.item_pairs
    places = np.arange(pairs.indptr[anchor], pairs.indptr[anchor + 1])
    shown = places[pairs.relation[places] != RELATIONS.index("alternative")][:N_SHOWN]
    return tuple(
        Proposed(
            _thing(bundle, int(pairs.item[place])),
            float(pairs.probability[place]),
            RELATIONS[pairs.relation[place]],
            BASES[pairs.basis[place]],
        )
        for place in shown.tolist()
    )


def _thing(bundle: Bundle, index: int) -> Thing:
    price = int(bundle.prices_minor[index])
    category = bundle.category(int(bundle.item_category[index]))
    return Thing(bundle.title(index) or bundle.item_id(index), category, None if price < 0 else price)
