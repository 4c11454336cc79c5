"""The catalogue of a simulated shop: items that read like a real shop's, of any number."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

import numpy as np
from numpy.typing import NDArray

from simulation.assortment import FAMILIES, SERIES
from simulation.families import Family, Slot

ZIPF_EXPONENT = 1.05  # of popularity by rank within a department; retail catalogues show 0.6 to 1.2
ZIPF_SHIFT = 1.5  # Mandelbrot's: the first ranks differ less than the pure law says
UNAVAILABLE_SHARE = 0.02
GENERATIONS = ("", " II", " III", " IV", " V", " VI", " VII", " VIII", " IX", " X")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every item, by item index.

    Attributes:
        item_ids: Stock-keeping units, unique, shape (n_items,).
        titles: Unique, shape (n_items,).
        categories: Paths department/group/leaf, shape (n_items,).
        brands: Shape (n_items,).
        price_minor: Euro cents, shape (n_items,), int64.
        available: Shape (n_items,), bool.
        family: Position in FAMILIES, shape (n_items,), int64.
        slot: Position among the family's slots, shape (n_items,), int64.
        system: Items that fit each other share it, shape (n_items,), int64.
        variant: Position among the slot's variants, shape (n_items,), int64.
        leaf: Dense number of the category, shape (n_items,), int64.
        department: Dense number of the department, shape (n_items,), int64.
        departments: Names, by department number.
        demand: How often a purchase starts with the item, relative within its department, shape (n_items,).
        impulse: Small things added to any basket, shape (n_items,), bool.
    """

    item_ids: tuple[str, ...]
    titles: tuple[str, ...]
    categories: tuple[str, ...]
    brands: tuple[str, ...]
    price_minor: NDArray[np.int64]
    available: NDArray[np.bool_]
    family: NDArray[np.int64]
    slot: NDArray[np.int64]
    system: NDArray[np.int64]
    variant: NDArray[np.int64]
    leaf: NDArray[np.int64]
    department: NDArray[np.int64]
    departments: tuple[str, ...]
    demand: NDArray[np.float64]
    impulse: NDArray[np.bool_]

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.item_ids)


@dataclass(frozen=True, slots=True)
class _Row:
    """One item before its random parts are drawn."""

    family: int
    system: int
    slot: int
    variant: int
    brand: str
    series: str


def build_catalogue(n_items: int, rng: np.random.Generator) -> Catalogue:
    """A catalogue of exactly `n_items` items, families in turn so that any size has several."""
    rows = list(islice(_rows(), n_items))
    slots = [FAMILIES[row.family].slots[row.slot] for row in rows]
    categories = tuple(slot.category for slot in slots)
    departments, department = _dense([category.split("/", 1)[0] for category in categories])
    system = np.array([row.system for row in rows], dtype=np.int64)
    tier = rng.random(int(system[-1]) + 1)[system]
    demand = _demand(slots, department, rng)
    codes = rng.permutation(catalogue_codes(n_items))[:n_items]
    return Catalogue(
        item_ids=tuple(
            f"{category[:3].upper()}-{code}" for category, code in zip(categories, codes.tolist(), strict=True)
        ),
        titles=tuple(_title(row, slot) for row, slot in zip(rows, slots, strict=True)),
        categories=categories,
        brands=tuple(row.brand for row in rows),
        price_minor=_prices(slots, tier, rng),
        available=_available(slots, demand, rng),
        family=np.array([row.family for row in rows], dtype=np.int64),
        slot=np.array([row.slot for row in rows], dtype=np.int64),
        system=system,
        variant=np.array([row.variant for row in rows], dtype=np.int64),
        leaf=_dense(list(categories))[1],
        department=department,
        departments=departments,
        demand=demand,
        impulse=np.array([FAMILIES[row.family].impulse for row in rows], dtype=np.bool_),
    )


def catalogue_codes(n_items: int) -> NDArray[np.int64]:
    """The numbers that ids of a catalogue of this size are drawn from, six digits where that is enough."""
    first = max(100_000, n_items)
    return np.arange(first, first + max(900_000, 9 * n_items))


def _rows() -> Iterator[_Row]:
    """Endless: one system of each family, then a further one of each."""
    system = count()
    for turn in count():
        for number, family in enumerate(FAMILIES):
            here = next(system)
            lines = list(dict.fromkeys(slot.line for slot in family.slots))
            for slot_number, slot in enumerate(family.slots):
                brand, series = _names(family, number, turn, lines.index(slot.line))
                for variant in range(len(slot.variants)):
                    yield _Row(number, here, slot_number, variant, brand, series)


def _names(family: Family, number: int, turn: int, line: int) -> tuple[str, str]:
    """Brand and series of a line in a family's `turn`-th system; the pair never repeats within a line."""
    brand = family.brands[(turn + line) % len(family.brands)]
    # Each family and line walks the series from its own place, so that neighbours do not share names.
    word = SERIES[(turn + 7 * number + 13 * line) % len(SERIES)]
    cycle = turn // math.lcm(len(family.brands), len(SERIES))
    suffix = GENERATIONS[cycle] if cycle < len(GENERATIONS) else f" {cycle + 1}"
    return brand, word + suffix


def _title(row: _Row, slot: Slot) -> str:
    return slot.title.format(brand=row.brand, series=row.series, variant=slot.variants[row.variant]).strip()


def _dense(names: list[str]) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    known = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return tuple(known), np.array([known[name] for name in names], dtype=np.int64)


def _demand(slots: list[Slot], department: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Zipf by a random rank within the department, times how often the slot is bought on its own."""
    shuffled = rng.permutation(len(slots))
    order = shuffled[np.argsort(department[shuffled], kind="stable")]
    sizes = np.bincount(department)
    rank = np.empty(len(slots), dtype=np.int64)
    rank[order] = np.arange(len(slots)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    alone = np.array([slot.alone for slot in slots])
    return np.asarray(alone * (rank + ZIPF_SHIFT) ** -ZIPF_EXPONENT)


def _prices(slots: list[Slot], tier: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Between the slot's bounds, dearer in dear systems and for later variants, ending in 9 or 5."""
    low = np.array([slot.price[0] for slot in slots], dtype=np.float64)
    high = np.array([slot.price[1] for slot in slots], dtype=np.float64)
    place = np.clip(0.7 * tier + 0.3 * rng.random(len(slots)), 0.0, 1.0)
    euros = np.round(low * (high / low) ** place)
    cents = np.where(euros < 100, np.where(rng.random(len(slots)) < 0.5, 5, 1), 0)
    return np.asarray(np.round(euros * 100 - cents), dtype=np.int64)


def _available(slots: list[Slot], demand: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Nearly all; discontinued are a few main items that hardly anybody asks for."""
    main = np.array([slot.alone >= 0.4 for slot in slots])
    quiet = main & (demand < np.quantile(demand[main], 0.2))
    chance = UNAVAILABLE_SHARE * len(slots) / max(1, int(quiet.sum()))
    return np.asarray(~(quiet & (rng.random(len(slots)) < chance)), dtype=np.bool_)
