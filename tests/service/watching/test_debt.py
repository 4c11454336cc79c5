"""What the version in service owes to who was erased, as the server looks at it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import ShopkeeperError
from privacy.debt import RegisteredVersion
from privacy.rules import Rules
from service.adapters.shopper_store import AsyncShopperStore
from service.shoppers import Shoppers
from service.watching.debt import DebtWatch
from service.watching.figures import Key
from service.watching.watch import Watch
from tests.service.doubles import Lines
from tests.service.waiting import until

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LABELS = ("accessories", "3")


@dataclass(frozen=True)
class Erased:
    position: int
    at: datetime


class Debt:
    """A watch on erasures in memory.

    Attributes:
        erasures: All of the ledger; an error in their place.
        served: The version.
        told: What the watch told last.
        asked: Positions that it asked for.
    """

    def __init__(self, *erasures: Erased, position: int | None = 10) -> None:
        self.erasures: tuple[Erased, ...] | Exception = erasures
        self.served: RegisteredVersion | None = RegisteredVersion("accessories", 3, position, serving=True)
        self.told: Mapping[Key, float] | None = None
        self.asked: list[int] = []
        self.lines = Lines()
        self.watch = DebtWatch(
            self._after, lambda: self.served, self.lines.log, erasure_days=30, clock=lambda: NOW, tell=self._tell
        )

    def _after(self, position: int) -> Sequence[Erased]:
        self.asked.append(position)
        if isinstance(self.erasures, Exception):
            raise self.erasures
        return [one for one in self.erasures if one.position > position]

    def _tell(self, figures: Mapping[Key, float]) -> None:
        self.told = figures


def test_what_was_erased_since_the_training_is_owed() -> None:
    old, new = Erased(9, NOW - timedelta(days=60)), Erased(11, NOW - timedelta(days=2))
    debt = Debt(old, new)
    debt.watch.look()
    assert debt.told == {
        ("erasure_debt_erasures", *LABELS): 1,
        ("erasure_debt_oldest_age_seconds", *LABELS): 2 * 86_400,
        ("erasure_debt_overdue", *LABELS): 0,
        ("erasure_debt_deadline_timestamp_seconds", *LABELS): (NOW + timedelta(days=28)).timestamp(),
    }


def test_a_debt_past_its_deadline_is_overdue() -> None:
    debt = Debt(Erased(11, NOW - timedelta(days=31)))
    debt.watch.look()
    assert debt.told is not None
    assert debt.told["erasure_debt_overdue", *LABELS] == 1


def test_who_owes_nothing_has_no_deadline() -> None:
    debt = Debt()
    debt.watch.look()
    assert debt.told == {
        ("erasure_debt_erasures", *LABELS): 0,
        ("erasure_debt_oldest_age_seconds", *LABELS): 0,
        ("erasure_debt_overdue", *LABELS): 0,
    }


def test_a_training_without_a_position_owes_every_erasure() -> None:
    debt = Debt(Erased(1, NOW), Erased(2, NOW), position=None)
    debt.watch.look()
    assert debt.told is not None
    assert debt.told["erasure_debt_erasures", *LABELS] == 2


def test_without_a_model_nobody_is_asked() -> None:
    debt = Debt()
    debt.served = None
    debt.watch.look()
    assert (debt.told, debt.asked) == (None, [])


def test_what_cannot_be_known_is_not_told_as_it_was_and_logged_once() -> None:
    debt = Debt()
    debt.watch.look()
    debt.erasures = ShopkeeperError("the database is away")
    debt.watch.look()
    debt.watch.look()
    assert debt.told == {}
    assert debt.lines.only("erasure_debt_unknown")["message"] == "the database is away"
    debt.erasures = ()
    debt.watch.look()
    assert debt.told
    assert debt.lines.events() == ["erasure_debt_unknown", "erasure_debt_known"]


@pytest.mark.parametrize("part", ["_served", "_erasures", "_clock"])
def test_an_error_nobody_thought_of_is_told_once_and_ends_no_thread(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.watching.debt.EVERY_S", 0.001)
    debt, stop = Debt(), threading.Event()
    debt.watch.look()
    with monkeypatch.context() as broken:
        broken.setattr(debt.watch, part, lambda *_: 1 / 0)
        thread = threading.Thread(target=debt.watch.run, args=(stop,))
        thread.start()
        until(debt.lines.all, "the error to be met")
        assert debt.told == {}
        assert "ZeroDivisionError" in debt.lines.only("erasure_debt_unknown")["traceback"]
    until(lambda: debt.told, "the next look")
    stop.set()
    thread.join(10)
    assert debt.lines.events() == ["erasure_debt_unknown", "erasure_debt_known"]


def test_it_looks_until_it_is_told_to_stop() -> None:
    debt, stop = Debt(), threading.Event()
    thread = threading.Thread(target=debt.watch.run, args=(stop,))
    thread.start()
    until(lambda: debt.told, "the first look")
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_nobody_looks_where_there_are_no_erasures_or_nobody_reads_of_them() -> None:
    without_a_store, lines = Shoppers(Rules()), Lines()
    assert Watch(is_shown=True).debt_watch(without_a_store, lines.log) is None
    store = AsyncShopperStore(lambda: 1 / 0, file=None, monotonic=lambda: 0.0)  # type: ignore[arg-type,return-value]
    assert Watch(is_shown=False).debt_watch(Shoppers(Rules(), store), lines.log) is None
    assert Watch(is_shown=True).debt_watch(Shoppers(Rules(), store), lines.log) is not None
    store.close()
