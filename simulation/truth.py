"""What truly goes with what, item by item: the cause of all behaviour, and the answer key of a recommender."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.assortment import FAMILIES
from simulation.catalogue import Catalogue
from simulation.families import Family, Link, Relation

MAX_LINKS = 6
MAX_REFILLS = 2
MAX_RIVALS = 6
RATE_SPREAD = 0.15  # standard deviation of the logarithm: no two items sell their accessories equally well


@dataclass(frozen=True, slots=True)
class Truth:
    """What buyers and lookers of each item do with other items. Unused places hold -1.

    Attributes:
        links: Accessories and complements of each item, shape (n_items, MAX_LINKS), int64.
        relations: Relation of each link, shape (n_items, MAX_LINKS), int64.
        groups: Links of one group exclude each other (one case is enough), shape (n_items, MAX_LINKS), int64.
        low: A buyer whose draw for the group lies in [low, high) buys it, shape (n_items, MAX_LINKS), float64.
        high: Upper bounds, same shape.
        refills: What each item uses up, shape (n_items, MAX_REFILLS), int64.
        refill_rates: Share of buyers who come back for it, same shape, float64.
        refill_days: How long one lasts, same shape, float64.
        open_choice: Whether rivals of other brands would do as well, shape (n_items,), bool.
        rivals: What shoppers compare each item with, nearest in price, shape (n_items, MAX_RIVALS), int64.
    """

    links: NDArray[np.int64]
    relations: NDArray[np.int64]
    groups: NDArray[np.int64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    refills: NDArray[np.int64]
    refill_rates: NDArray[np.float64]
    refill_days: NDArray[np.float64]
    open_choice: NDArray[np.bool_]
    rivals: NDArray[np.int64]

    def rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Anchor, item and relation of every true pair, sorted by anchor, then relation, then item."""
        tables = (
            (self.links, self.relations),
            (self.refills, np.full_like(self.refills, Relation.REFILL)),
            (self.rivals, np.full_like(self.rivals, Relation.ALTERNATIVE)),
        )
        anchors = np.concatenate([np.nonzero(items >= 0)[0] for items, _ in tables])
        targets = np.concatenate([items[items >= 0] for items, _ in tables])
        relations = np.concatenate([kinds[items >= 0] for items, kinds in tables])
        order = np.lexsort((targets, relations, anchors))
        return anchors[order], targets[order], relations[order]


def build_truth(catalogue: Catalogue, rng: np.random.Generator) -> Truth:
    """The truth of a catalogue: links within systems, rivals within leaf categories."""
    shape = (catalogue.n_items, MAX_LINKS)
    links, relations, groups = (np.full(shape, -1, dtype=np.int64) for _ in range(3))
    low, high = np.zeros(shape), np.zeros(shape)
    refills = np.full((catalogue.n_items, MAX_REFILLS), -1, dtype=np.int64)
    refill_rates, refill_days = np.zeros(refills.shape), np.zeros(refills.shape)
    spread = np.exp(RATE_SPREAD * rng.standard_normal(shape))
    for anchor, targets, link, rate in _wanted(catalogue):
        if link.relation is Relation.REFILL:
            for target in targets:
                place = int((refills[anchor] >= 0).sum())
                refills[anchor, place], refill_days[anchor, place] = target, link.interval_days
                refill_rates[anchor, place] = rate / len(targets) ** 0.5
            continue
        group, edge = int(groups[anchor].max()) + 1, 0.0
        for share, target in zip(_shares(len(targets), anchor), targets, strict=True):
            place = int((links[anchor] >= 0).sum())
            links[anchor, place], relations[anchor, place] = target, link.relation
            groups[anchor, place], low[anchor, place] = group, edge
            edge = min(0.95, edge + share * rate * float(spread[anchor, place]))
            high[anchor, place] = edge
    open_choice = _open_choice(catalogue)
    rivals = _rivals(catalogue, open_choice)
    return Truth(links, relations, groups, low, high, refills, refill_rates, refill_days, open_choice, rivals)


def _wanted(catalogue: Catalogue) -> list[tuple[int, list[int], Link, float]]:
    """Every anchor with the existing targets of one link, both ways for complements."""
    wanted = []
    bounds = np.searchsorted(catalogue.system, np.arange(int(catalogue.system[-1]) + 2))
    for first, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        family = FAMILIES[int(catalogue.family[first])]
        if not family.links:
            continue
        by_slot = _by_slot(family, catalogue.slot[first:end].tolist(), first)
        for link in family.links:
            anchors, targets = by_slot[link.anchor], by_slot[link.target]
            wanted += _one_way(anchors, targets, link, link.rate)
            if link.relation is Relation.COMPLEMENT:
                wanted += _one_way(targets, anchors, link, link.reverse_rate)
    return wanted


def _by_slot(family: Family, slots: list[int], first: int) -> dict[str, list[int]]:
    members: dict[str, list[int]] = {slot.name: [] for slot in family.slots}
    for offset, slot in enumerate(slots):
        members[family.slots[slot].name].append(first + offset)
    return members


def _one_way(
    anchors: list[int], targets: list[int], link: Link, rate: float
) -> list[tuple[int, list[int], Link, float]]:
    if not targets:
        return []
    if link.paired:
        return [(anchor, [target], link, rate) for anchor, target in zip(anchors, targets, strict=False)]
    return [(anchor, targets, link, rate) for anchor in anchors]


def _shares(n_targets: int, anchor: int) -> list[float]:
    """How variants share a rate: evenly but for one favourite, which differs by anchor."""
    weights = [1.0] * n_targets
    weights[anchor % n_targets] = 1.3
    return [weight / sum(weights) for weight in weights]


def _open_choice(catalogue: Catalogue) -> NDArray[np.bool_]:
    """Items whose rivals are those of the whole leaf, shape (n_items,)."""
    places = zip(catalogue.family.tolist(), catalogue.slot.tolist(), strict=True)
    return np.array([FAMILIES[family].slots[slot].rivals == "family" for family, slot in places], dtype=np.bool_)


def _rivals(catalogue: Catalogue, open_choice: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The nearest in price among the same leaf, of any brand or of the same system, shape (n_items, MAX_RIVALS)."""
    n_items = catalogue.n_items
    key = catalogue.leaf * (n_items + 1) + np.where(open_choice, 0, catalogue.system + 1)
    order = np.lexsort((np.arange(n_items), catalogue.price_minor, key))
    rivals = np.full((n_items, MAX_RIVALS), -1, dtype=np.int64)
    steps = [step for distance in range(1, MAX_RIVALS // 2 + 1) for step in (-distance, distance)]
    for place, step in enumerate(steps):
        at = np.arange(max(0, -step), n_items - max(0, step))
        here, there = order[at], order[at + step]
        same = key[here] == key[there]
        rivals[here[same], place] = there[same]
    return rivals
