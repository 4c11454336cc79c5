"""The model in service is held to what the shop says, through swaps and outages."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from models.errors import ShopkeeperError
from service.adapters.catalogue_follower import CatalogueFollower
from service.core.answers import Model, Request
from service.core.catalogue_desk import CatalogueDesk, Updated
from service.core.placements import PLACEMENTS
from service.core.recommendation import recommend
from service.core.slot import ModelSlot
from tests.service.catalogues import FakeCatalogueStore, taken_back, word
from tests.service.doubles import Lines
from tests.service.shop import TITLES, write_shop
from tests.service.waiting import until

NOW = datetime(2026, 3, 1, tzinfo=UTC)


class Desk(CatalogueDesk):
    """A desk, and what a page shows.

    Attributes:
        store: Of the words.
        slot: Of the model.
        failures: Reasons it told of.
    """

    def __init__(self, store: FakeCatalogueStore) -> None:
        self.store, self.slot, self.failures = store, ModelSlot(), list[str]()
        super().__init__(store, self.slot, lambda: NOW, lambda error: self.failures.append(error.reason))

    def shows(self, item_id: str = "camera") -> list[str]:
        """Items that go with an item."""
        assert self.slot.model is not None
        request = Request("product_page", item_id, max_results=9)
        answer = recommend(self.slot.model, request, PLACEMENTS["product_page"])
        return [item.item_id for item in answer.recommendations]


@pytest.fixture
def train(tmp_path: Path) -> Callable[..., Model]:
    def made(version: str = "accessories/1", **shop: object) -> Model:
        directory = tmp_path / version.replace("/", "-")
        write_shop(directory, **shop)  # type: ignore[arg-type]
        return Model(Bundle.open(directory), version)

    return made


@pytest.fixture
def desk(train: Callable[..., Model]) -> Desk:
    made = Desk(FakeCatalogueStore())
    made.install(train())
    return made


class Turn:
    """A lock that tells when somebody wants it who cannot have it yet."""

    def __init__(self) -> None:
        self._lock, self.is_wanted = threading.Lock(), threading.Event()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            self.is_wanted.set()
            self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def failing_after(n_parts: int) -> Callable[[], None]:
    """What happens before news is read, where the store is gone after so many parts."""
    left = [None] * n_parts

    def fail() -> None:
        if not left:
            raise ShopkeeperError("gone")
        left.pop()

    return fail


def another(desk: Desk) -> CatalogueDesk:
    """That of another server, which has no model yet."""
    return CatalogueDesk(desk.store, ModelSlot(), lambda: NOW, lambda _: None)


def test_what_is_sold_out_is_not_shown_and_what_is_back_is(desk: Desk) -> None:
    assert desk.shows() == ["bag", "card", "lens", "strap"]
    desk.update([word("bag", available=False), word("gone", available=True)])
    assert desk.shows() == ["gone", "card", "lens", "strap"]


def test_a_price_that_is_told_counts_in_the_trained_ones_place(desk: Desk) -> None:
    desk.update([word("camera", price=1_000), word("bag", price=601), word("card", price=600)])
    assert desk.shows() == ["card", "lens", "strap"]
    desk.update([word("bag", price=600, at=2)])
    assert desk.shows() == ["bag", "card", "lens", "strap"]


def test_an_update_says_what_became_of_it(desk: Desk) -> None:
    desk.update([word("bag", available=False, at=5)])
    updated = desk.update([word("bag", available=True, at=4), word("tent", price=1), word("card", price=2)])
    assert updated == Updated(n_known=2, n_outdated=1, version="accessories/1")


def test_without_a_model_words_are_kept_for_the_first_one(train: Callable[..., Model]) -> None:
    desk = Desk(FakeCatalogueStore())
    assert desk.update([word("bag", available=False)]) == Updated(0, 0, "")
    desk.catch_up()
    desk.install(train())
    assert "bag" not in desk.shows()


def test_what_another_server_was_told_is_caught_up_with(desk: Desk) -> None:
    another(desk).update([word("bag", available=False), word("card", available=False), word("lens", available=False)])
    assert "bag" in desk.shows()
    desk.catch_up()
    assert desk.shows() == ["strap"]


def test_a_change_makes_a_new_model_of_the_same_bundle_and_nothing_new_does_not(desk: Desk) -> None:
    before = desk.slot.model
    desk.catch_up()
    desk.update([word("tent", available=False), word("bag", available=True)])
    assert desk.slot.model is before
    desk.update([word("bag", available=False)])
    assert desk.slot.model is not before
    assert desk.slot.model is not None
    assert before is not None
    assert desk.slot.model.bundle is before.bundle


def test_what_was_heard_before_the_store_failed_makes_a_new_model_too(desk: Desk) -> None:
    another(desk).update([word("bag", available=False), word("card", available=False), word("lens", available=False)])
    before, desk.store.before_news = desk.slot.model, failing_after(1)
    with pytest.raises(ShopkeeperError):
        desk.catch_up()
    assert desk.slot.model is not before
    assert desk.shows() == ["lens", "strap"]


def test_a_new_model_goes_by_all_that_was_said_before_it_serves(desk: Desk, train: Callable[..., Model]) -> None:
    desk.update([word("bag", available=False), word("card", price=9), word("camera", price=10), word("new", price=1)])
    seen: list[list[str]] = []

    class Watched(ModelSlot):
        __slots__ = ()

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if value is not None:
                seen.append(desk.shows())

    slot = Watched()
    slot.model = desk.slot.model
    desk.slot = desk._slot = slot
    desk.install(train("accessories/2"))
    assert seen[-1] == ["lens", "strap"]
    assert "new" not in seen[-1]


def test_words_that_come_in_while_a_model_is_prepared_are_not_lost(desk: Desk, train: Callable[..., Model]) -> None:
    desk.update([word("card", available=False)])
    model, said = train("accessories/2"), []

    def say_once() -> None:
        if not said:
            said.append(True)
            # While the new model reads what is known, this server takes another word.
            thread = threading.Thread(target=desk.update, args=([word("bag", available=False)],))
            thread.start()
            thread.join(10)

    desk.store.before_news = say_once
    desk.install(model)
    assert desk.shows() == ["lens", "strap"]


def test_in_an_outage_a_new_model_goes_by_what_the_one_before_was_told(desk: Desk, train: Callable[..., Model]) -> None:
    desk.update([word("bag", available=False), word("tent", available=False)])
    desk.store.fault = ShopkeeperError("gone")
    desk.install(train("accessories/2"))
    assert (desk.shows(), desk.failures) == (["card", "lens", "strap"], ["UNKNOWN"])


def test_after_an_outage_a_new_model_hears_what_the_one_before_did_not_know(
    desk: Desk, train: Callable[..., Model]
) -> None:
    desk.update([word("tent", available=False)])
    desk.store.fault = ShopkeeperError("gone")
    pairs = {"camera": [("tent", 0.5, "complement"), ("bag", 0.4, "accessory")]}
    desk.install(train("accessories/2", titles=TITLES | {"tent": ""}, pairs=pairs))
    assert desk.shows() == ["tent", "bag"]
    desk.store.fault = None
    desk.catch_up()
    assert desk.shows() == ["bag"]


def test_what_is_taken_back_in_an_outage_of_a_swap_is_heard_after_it(desk: Desk, train: Callable[..., Model]) -> None:
    desk.update([word("bag", available=False)])
    desk.store.fault = ShopkeeperError("gone")
    desk.install(train("accessories/2"))
    desk.store.fault = None
    another(desk).update([taken_back("bag", at=2)])
    desk.catch_up()
    assert desk.shows() == ["bag", "card", "lens", "strap"]


def test_what_a_swap_heard_before_the_store_failed_is_heard_again_over_what_the_one_before_was_told(
    desk: Desk, train: Callable[..., Model]
) -> None:
    desk.update([word("bag", available=False)])
    another(desk).update([word("bag", available=True, at=2), word("card", available=False)])
    desk.store.before_news = failing_after(1)
    desk.install(train("accessories/2"))
    desk.store.before_news = failing_after(9)
    desk.catch_up()
    assert desk.shows() == ["bag", "lens", "strap"]


def test_a_new_model_is_not_undone_by_who_hears_of_a_change_meanwhile(
    desk: Desk, train: Callable[..., Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    another(desk).update([word("bag", available=False)])
    turn, hears, goes_on = Turn(), threading.Event(), threading.Event()
    monkeypatch.setattr(desk, "_turn", turn)
    hearing = threading.Thread(target=desk.catch_up)
    installing = threading.Thread(target=desk.install, args=(train("accessories/2"),))

    def hold() -> None:
        if threading.current_thread() is hearing:
            hears.set()
            goes_on.wait(10)

    desk.store.before_news = hold
    hearing.start()
    assert hears.wait(10)
    installing.start()
    until(lambda: turn.is_wanted.is_set() or not installing.is_alive(), "the new model to wait for its turn")
    goes_on.set()
    hearing.join(10)
    installing.join(10)
    assert desk.slot.model is not None
    assert desk.slot.model.version == "accessories/2"


def test_a_follower_hears_of_others_until_it_is_stopped(desk: Desk) -> None:
    stop, lines = threading.Event(), Lines()
    follower = CatalogueFollower(desk, lines.log, interval_s=0.001)
    thread = threading.Thread(target=follower.run, args=(stop,))
    thread.start()
    another(desk).update([word("bag", available=False)])
    until(lambda: "bag" not in desk.shows(), "the word to arrive")
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert lines.all() == []


def test_a_follower_tells_of_an_outage_once_and_of_its_end(desk: Desk) -> None:
    lines = Lines()
    follower = CatalogueFollower(desk, lines.log)
    desk.store.fault = ShopkeeperError("gone")
    follower.look()
    follower.look()
    desk.store.fault = None
    follower.look()
    follower.look()
    assert lines.events() == ["catalogue_behind", "catalogue_caught_up"]


def test_a_follower_survives_what_nobody_expected(desk: Desk) -> None:
    lines = Lines()

    def fail() -> None:
        raise ZeroDivisionError

    desk.store.before_news = fail
    CatalogueFollower(desk, lines.log).look()
    assert lines.only("catalogue_behind")["reason"] == "ZeroDivisionError"


def test_every_model_in_service_goes_by_what_was_said(desk: Desk, train: Callable[..., Model]) -> None:
    arm = ModelSlot()
    desk.install(train("accessories/2"), arm)
    desk.update([word("bag", available=False)])
    assert [_available(slot, "bag") for slot in (desk.slot, arm)] == [False, False]


def test_a_model_whose_test_is_over_is_told_nothing(desk: Desk, train: Callable[..., Model]) -> None:
    arm = ModelSlot()
    desk.install(train("accessories/2"), arm)
    desk.leave(arm)
    desk.update([word("bag", available=False)])
    assert [_available(slot, "bag") for slot in (desk.slot, arm)] == [False, True]


def _available(slot: ModelSlot, item_id: str) -> bool:
    assert slot.model is not None
    bundle = slot.model.bundle
    index = bundle.index_of(item_id)
    assert index is not None
    return bool(bundle.available[index])
