"""Words on items, and a store of them in memory."""

from collections.abc import Callable, Sequence

from models.errors import ShopkeeperError
from service.core.catalogue import ItemWord, News, Told, is_outdated, merged


def word(item_id: str, *, available: bool | None = None, price: int | None = None, at: int = 1) -> ItemWord:
    """What is said of an item; of what is not given nothing is."""
    return ItemWord(
        item_id,
        None if available is None else Told(available, at),
        None if price is None else Told(price, at),
    )


def taken_back(item_id: str, *, at: int = 1) -> ItemWord:
    """Everything of an item is as it was trained."""
    return ItemWord(item_id, Told(None, at), Told(None, at))


class FakeCatalogueStore:
    """service.core.catalogue.CatalogueStore in memory.

    Attributes:
        fault: Raised by every method while it is set.
        before_news: Happens before news is read.
        n_at_a_time: Words read together.
    """

    def __init__(self) -> None:
        self.fault: ShopkeeperError | None = None
        self.before_news: Callable[[], object] = lambda: None
        self.n_at_a_time = 2
        self._words: dict[str, tuple[int, ItemWord]] = {}
        self._seq = 0

    def tell(self, words: Sequence[ItemWord]) -> int:
        """As the port says."""
        if self.fault:
            raise self.fault
        n_outdated = 0
        for one in words:
            _, before = self._words.get(one.item_id, (0, ItemWord(one.item_id)))
            stands = merged(before, one)
            n_outdated += is_outdated(one, stands)
            if stands != before:
                self._seq += 1
                self._words[one.item_id] = (self._seq, stands)
        return n_outdated

    def news(self, after: int) -> News:
        """As the port says."""
        self.before_news()
        if self.fault:
            raise self.fault
        new = sorted(found for found in self._words.values() if found[0] > after)[: self.n_at_a_time]
        is_last = len(new) < self.n_at_a_time
        return News([one for _, one in new], self._seq if is_last else new[-1][0], is_last)
