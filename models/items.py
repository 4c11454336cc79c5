"""Items: the one place where external ids become dense indices, and what the catalogue says of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_ID_BYTES = 128
"""Longest id, in bytes of UTF-8: a UUID has 36, a SHA-512 in hexadecimal 128; what is longer is a mistake."""


class ItemIndex:
    """Item ids to dense indices and back; indices follow the UTF-8 order of the ids.

    Args:
        item_ids: Any order, repeats allowed.
    """

    __slots__ = ("_index", "ids")

    def __init__(self, item_ids: Iterable[str]) -> None:
        self.ids: tuple[str, ...] = tuple(sorted(set(item_ids)))
        self._index = {item_id: index for index, item_id in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def index_of(self, item_id: str) -> int | None:
        """The item's index, or None for an item that is not known."""
        return self._index.get(item_id)

    def indices_of(self, item_ids: Iterable[str]) -> NDArray[np.int32]:
        """Indices in the order given, -1 for an item that is not known."""
        return np.fromiter((self._index.get(item_id, -1) for item_id in item_ids), dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """What the shop says of each item, aligned with an ItemIndex.

    Attributes:
        titles: Empty string where unknown.
        categories: Path such as "photo/cameras/bodies"; empty string where unknown.
        prices_minor: Price in minor units (cents), shape (n_items,), int64; -1 where unknown.
        available: Whether it can be bought now, shape (n_items,), bool.
        price_is_listed: Whether the price is the shop's own word and not what sales say, shape (n_items,), bool; None
            where all of them are.
        is_listed: Whether the shop's own catalogue holds the item, so that it is no secret of the people who bought
            it, shape (n_items,), bool; None where that is not known of any.
        title_is_listed: As price_is_listed, of the title; None where that is not known of any.
    """

    titles: Sequence[str]
    categories: Sequence[str]
    prices_minor: NDArray[np.int64]
    available: NDArray[np.bool_]
    price_is_listed: NDArray[np.bool_] | None = None
    is_listed: NDArray[np.bool_] | None = None
    title_is_listed: NDArray[np.bool_] | None = None

    @classmethod
    def unknown(cls, n_items: int) -> "Catalogue":
        """A catalogue that knows nothing but that the items exist."""
        return cls(("",) * n_items, ("",) * n_items, np.full(n_items, -1, np.int64), np.ones(n_items, np.bool_))

    def category_codes(self) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """The distinct known categories in order, and each item's place among them (-1 where unknown)."""
        names = tuple(sorted({category for category in self.categories if category}))
        code: dict[str, Any] = {name: place for place, name in enumerate(names)}
        return names, np.fromiter((code.get(category, -1) for category in self.categories), dtype=np.int32)
