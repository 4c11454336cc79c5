"""Keeps what the shop says of its items, and holds every model in service to it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from models.errors import ShopkeeperError
from service.core.answers import Model
from service.core.catalogue import CatalogueStore, ItemWord, ToldBundle
from service.core.slot import ModelSlot


@dataclass(frozen=True, slots=True)
class Updated:
    """What became of some words.

    Attributes:
        n_known: Items of them that the model in service knows.
        n_outdated: Items of which something newer was known.
        version: Of the model in service; empty where there is none.
    """

    n_known: int
    n_outdated: int
    version: str


class CatalogueDesk:
    """Tells the model in service what the shop said, whoever was told it. May be used from any thread but the loop's.

    A change puts a new Model into a slot, over the same bundle: answers that were remembered of the one before are
    forgotten. One thread at a time reads what is new and goes by it, so nobody's word is undone by an older one.

    Args:
        store: Where words are kept for all servers.
        slot: Where the champion stands.
        clock: The present, UTC.
        on_failure: Told why a new model serves without what the store holds.
    """

    def __init__(
        self,
        store: CatalogueStore,
        slot: ModelSlot,
        clock: Callable[[], datetime],
        on_failure: Callable[[ShopkeeperError], None],
    ) -> None:
        self._store, self._slot, self.clock, self._on_failure = store, slot, clock, on_failure
        self._turn = threading.Lock()
        self._told: dict[ModelSlot, ToldBundle] = {}

    def install(self, model: Model, slot: ModelSlot | None = None) -> None:
        """Put a model into service that goes by all that was said.

        Where the store cannot be reached, it goes by what the one before it was told, and hears the rest later.

        Args:
            model: The new one.
            slot: Where it is to stand: for arms of tests; the champion's where not given.
        """
        slot = slot or self._slot
        told = ToldBundle(model.bundle)
        try:
            # All but the last words, while the model before it goes on.
            self._read(told)
        except ShopkeeperError as error:
            self._on_failure(error)
        with self._turn:
            try:
                self._read(told)
            except ShopkeeperError:
                # From the beginning again, once it can be: what the model before did not know was not carried over.
                told.seq = 0
                before = self._told.get(slot) or self._told.get(self._slot)
                if before is not None:
                    told.tell(before.words())
            self._told[slot], slot.model = told, model

    def leave(self, slot: ModelSlot) -> None:
        """Tell the model there nothing any more: its test is over."""
        with self._turn:
            self._told.pop(slot, None)

    def catch_up(self) -> None:
        """Go by what is new.

        Raises:
            ShopkeeperError: It cannot be known now.
        """
        with self._turn:
            for slot, told in self._told.items():
                self._tell(slot, told)

    def _tell(self, slot: ModelSlot, told: ToldBundle) -> None:
        n_before = told.n_changes
        try:
            self._read(told)
        finally:
            # What was heard before the store failed holds, and is not heard again.
            if told.n_changes != n_before and slot.model is not None:
                slot.model = replace(slot.model)

    def update(self, words: Sequence[ItemWord]) -> Updated:
        """Keep words, each item once, and go by them before it returns.

        Raises:
            ShopkeeperError: They may be kept or not: tell them again.
        """
        n_outdated = self._store.tell(words)
        self.catch_up()
        model = self._slot.model
        if model is None:
            return Updated(0, n_outdated, "")
        n_known = sum(model.bundle.find_index(word.item_id) is not None for word in words)
        return Updated(n_known, n_outdated, model.version)

    def _read(self, told: ToldBundle) -> None:
        """Tell a bundle all that is new to it, a part at a time; what was told before a failure stays told."""
        is_last = False
        while not is_last:
            words, seq, is_last = self._store.news(told.seq)
            told.tell(words)
            told.seq = seq
