"""What the shop says of its items since a model was trained, and which of two words counts."""

import time
from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from models.bundle.reading import Bundle

_T = TypeVar("_T", bool, int)
_AVAILABLE, _PRICE = 1, 2

AT_A_TIME = 50
"""Words that a bundle is told before pages are let in between: half a millisecond. By itself the interpreter would let
a page wait for ten times as long."""


class Told(NamedTuple, Generic[_T]):
    """What was said of one thing.

    Attributes:
        value: None where what was said before is taken back.
        at_us: Since when it is so, microseconds since 1970 UTC.
    """

    value: _T | None
    at_us: int


class ItemWord(NamedTuple):
    """What was said of an item.

    Attributes:
        item_id: The shop's own.
        available: Whether it can be bought; None where nothing is said of it.
        price_minor: Its price in minor units; None where nothing is said of it.
        is_live: Whether it is of the moment at which it came in: then it is later than all that is known, also where
            that was dated by a clock that runs ahead of this one.
    """

    item_id: str
    available: Told[bool] | None = None
    price_minor: Told[int] | None = None
    is_live: bool = False


class News(NamedTuple):
    """What was said since somebody last asked.

    Attributes:
        words: Each item once, as it stands.
        seq: Where to ask from the next time.
        is_last: Whether there is no more now.
    """

    words: Sequence[ItemWord]
    seq: int
    is_last: bool


class CatalogueStore(Protocol):
    """Where words are kept for all servers. Fails with a ShopkeeperError where it cannot be reached."""

    def tell(self, words: Sequence[ItemWord]) -> int:
        """Keep words, each item once, as far as nothing newer is known; of how many something newer was. Durable."""

    def news(self, after: int) -> News:
        """What was said after a place, 0 for all, in an order that never passes over a word; a part of it at a time."""


def merged(held: ItemWord, word: ItemWord) -> ItemWord:
    """What stands of an item of which two words are known, in whatever order they came.

    Args:
        held: What stood; not live.
        word: What came in.
    """
    available, price = word.available, word.price_minor
    if word.is_live:
        available, price = _after(held.available, available), _after(held.price_minor, price)
    return ItemWord(
        held.item_id,
        max((held.available, available), key=_weight_of_available),
        max((held.price_minor, price), key=_weight_of_price),
    )


def is_outdated(word: ItemWord, stands: ItemWord) -> bool:
    """Whether a word, or a part of it, is not what stands."""
    if word.is_live:
        return False
    pairs = (word.available, stands.available), (word.price_minor, stands.price_minor)
    return any(said is not None and said != kept for said, kept in pairs)


class ToldBundle:
    """A bundle that goes by what the shop says, written over its arrays: see Bundle.available and prices_minor.

    Not to be told by two threads at once; it may be asked meanwhile.

    Attributes:
        bundle: The one.
        seq: Up to where it was told.
        n_changes: Times that it came to go by something else: who compares two of them knows of a change also where
            the telling failed half way.
    """

    __slots__ = ("_told", "bundle", "n_changes", "seq")

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.seq, self.n_changes = bundle, 0, 0
        # Memory that nobody has written to is none: a byte for each item only where many are told of.
        self._told = np.zeros(bundle.n_items, np.uint8)

    def tell(self, words: Sequence[ItemWord]) -> None:
        """Go by the words from now on."""
        bundle = self.bundle
        for place, (item_id, available, price, _) in enumerate(words):
            if place % AT_A_TIME == AT_A_TIME - 1:
                time.sleep(0)
            index = bundle.find_index(item_id)
            if index is None:
                continue
            if available is not None:
                can_be_bought = available.value
                if can_be_bought is None:
                    can_be_bought = bool(bundle.trained_available[index])
                self.n_changes += bool(can_be_bought != bundle.available[index])
                bundle.available[index] = can_be_bought
                self._note(index, _AVAILABLE, is_told=available.value is not None)
            if price is not None:
                minor = int(bundle.trained_prices_minor[index]) if price.value is None else price.value
                self.n_changes += bool(minor != bundle.prices_minor[index])
                bundle.prices_minor[index] = minor
                self._note(index, _PRICE, is_told=price.value is not None)

    def words(self) -> list[ItemWord]:
        """What it goes by that is not of its training; the moments are not known any more, and are 0."""
        bundle = self.bundle
        return [
            ItemWord(
                bundle.item_id(index),
                Told(bool(bundle.available[index]), 0) if self._told[index] & _AVAILABLE else None,
                Told(int(bundle.prices_minor[index]), 0) if self._told[index] & _PRICE else None,
            )
            for index in np.flatnonzero(self._told).tolist()
        ]

    def _note(self, index: int, field: int, *, is_told: bool) -> None:
        before = int(self._told[index])
        self._told[index] = before | field if is_told else before & ~field


def _after(held: Told[_T] | None, told: Told[_T] | None) -> Told[_T] | None:
    """What was said, later than what stood."""
    if held is None or told is None or held.at_us < told.at_us:
        return told
    return Told(told.value, held.at_us + 1)


def _weight_of_available(told: Told[bool] | None) -> tuple[int, int]:
    """The later counts; of two of one moment the more careful, so that all servers decide alike."""
    if told is None:
        return (-1, 0)
    return (told.at_us, -1 if told.value is None else int(not told.value))


def _weight_of_price(told: Told[int] | None) -> tuple[int, int]:
    if told is None:
        return (-1, 0)
    return (told.at_us, -1 if told.value is None else told.value)
