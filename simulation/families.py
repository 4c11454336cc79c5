"""The words of an assortment: families of products, their slots and how one slot goes with another."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Literal


class Relation(IntEnum):
    """How an item stands to its anchor."""

    ACCESSORY = 0
    COMPLEMENT = 1
    REFILL = 2
    ALTERNATIVE = 3

    @property
    def label(self) -> str:
        """The relation as truth.parquet spells it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Slot:
    """A kind of item that every system of a family has.

    Attributes:
        name: Unique in the family.
        title: Template over {brand}, {series} and {variant}.
        category: Path department/group/leaf.
        price: Lowest and highest price, euros.
        variants: One item a variant in each system; their words go into the title.
        alone: How often a purchase starts with this slot, relative to a main item (1.0).
        rivals: Which items of the same leaf a shopper compares: those of the whole family (any brand) or only
            those of the same system (what fits).
        line: Slots of one line carry one brand and series; the main item's by default. Makers of pegs are not
            makers of tents.
    """

    name: str
    title: str
    category: str
    price: tuple[float, float]
    variants: tuple[str, ...] = ("",)
    alone: float = 0.0
    rivals: Literal["family", "system"] = "system"
    line: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Items of `target` go with items of `anchor`, in the same system.

    Attributes:
        anchor: Name of a slot.
        target: Name of a slot.
        relation: ACCESSORY, COMPLEMENT or REFILL.
        rate: Share of buyers of an anchor who buy one of its targets; variants of one slot share it.
        reverse_rate: For complements, share of buyers of a target who buy one of its anchors.
        paired: Only equal variants go together (the case of that very phone).
        interval_days: For refills, days one lasts.
    """

    anchor: str
    target: str
    relation: Relation
    rate: float
    reverse_rate: float = 0.0
    paired: bool = False
    interval_days: int = 0


@dataclass(frozen=True, slots=True)
class Family:
    """Systems that share a structure: all mirrorless cameras with their lenses, all kettles with their filters.

    Attributes:
        name: Unique in the assortment.
        season: Name of a curve in `simulation.seasons`.
        brands: A system takes one.
        slots: In order of importance: a catalogue cut short loses the last ones.
        links: Between slots.
        impulse: Small things added to any basket.
    """

    name: str
    season: str
    brands: tuple[str, ...]
    slots: tuple[Slot, ...]
    links: tuple[Link, ...] = ()
    impulse: bool = False

    @property
    def department(self) -> str:
        """First part of the categories."""
        return self.slots[0].category.split("/", 1)[0]


def accessory(anchor: str, target: str, rate: float, *, paired: bool = False) -> Link:
    """A link from a main item to what is bought for it."""
    return Link(anchor, target, Relation.ACCESSORY, rate, paired=paired)


def complement(anchor: str, target: str, rate: float, reverse_rate: float, *, paired: bool = False) -> Link:
    """A link between two items that are each wanted with the other."""
    return Link(anchor, target, Relation.COMPLEMENT, rate, reverse_rate, paired=paired)


def refill(anchor: str, target: str, rate: float, interval_days: int) -> Link:
    """A link from a main item to what it uses up."""
    return Link(anchor, target, Relation.REFILL, rate, interval_days=interval_days)
