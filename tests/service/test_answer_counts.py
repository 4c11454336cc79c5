"""What arms answered is written down once, whatever happens in between."""

import threading
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

import numpy as np
import pytest

from experiments.analysis.sums import Served
from models.errors import ShopkeeperError
from service.answer_counts import AnswerCounts
from service.core.arms import Arms, Stand
from service.core.groups import N_GROUPS, group_of
from service.core.slot import ModelSlot
from service.core.tally import BOUNDS_MS
from tests.service.doubles import Lines
from tests.service.trials import CHALLENGER, CHAMPION, live, trial

NOW = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)


class FakeStore:
    """Adds up what it is told, unless it is gone."""

    def __init__(self) -> None:
        self.is_gone, self.calls = False, list[tuple[dict[str, Served], date]]()

    def add(self, counts: Mapping[str, Served], day: date) -> None:
        if self.is_gone:
            raise ShopkeeperError("gone")
        self.calls.append((dict(counts), day))

    def told_groups(self, variants: Collection[str]) -> dict[str, set[int]]:
        if self.is_gone:
            raise ShopkeeperError("gone")
        return {
            variant: {group for counts, _ in self.calls for group in _with_answers(counts.get(variant))}
            for variant in variants
        }

    def n_answers(self) -> dict[str, int]:
        """Of each variant, of all days."""
        found: dict[str, int] = {}
        for counts, _ in self.calls:
            for variant, served in counts.items():
                found[variant] = found.get(variant, 0) + served.n_answers
        return found


def _with_answers(served: Served | None) -> set[int]:
    return set() if served is None else {group for group, n in enumerate(served.answers_by_group) if n}


class Counting:
    """A test that runs, and what writes its counts."""

    def __init__(self) -> None:
        self.store, self.lines = FakeStore(), Lines()
        self.arms = Arms(ModelSlot())
        self.start()
        self.counts = AnswerCounts(self.arms, self.store, self.lines.log, lambda: NOW)

    def start(self) -> None:
        """The test's arms stand anew."""
        self.arms.live = live({CHAMPION: self.arms.champion, CHALLENGER: ModelSlot()}, trial())

    def stand(self, variant: str) -> Stand:
        return self.arms.live["product_page"].stands[variant]


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_what_is_new_is_added(counting: Counting) -> None:
    tally = counting.stand("trial/new").tally
    tally.add(150_000, is_quiet=False)
    counting.counts.write()
    tally.add(250_000, is_quiet=True)
    tally.add(5_000_000_000, is_quiet=False)
    counting.counts.write()
    [(first, day), (second, _)] = counting.store.calls
    assert day == date(2026, 12, 1)
    assert {variant: served.n_answers for variant, served in first.items()} == {"trial/new": 1}
    found = second["trial/new"]
    assert (found.n_answers, found.n_quiet, round(found.latency_sum_s, 6)) == (2, 1, 5.00025)
    places = [place for place, n in enumerate(found.latency_buckets) if n]
    assert places == [BOUNDS_MS.index(0.3), len(BOUNDS_MS)]


def test_where_nothing_is_new_nothing_is_written(counting: Counting) -> None:
    counting.stand("trial/new").tally.add(1, is_quiet=False)
    counting.counts.write()
    counting.counts.write()
    assert len(counting.store.calls) == 1


def test_what_could_not_be_written_is_written_later_and_told_once(counting: Counting) -> None:
    tally = counting.stand("trial/new").tally
    counting.store.is_gone = True
    for _ in range(2):
        tally.add(1, is_quiet=False)
        counting.counts.write()
    counting.store.is_gone = False
    counting.counts.write()
    assert counting.store.n_answers() == {"trial/new": 2}
    assert counting.lines.only("answers_not_counted")["reason"] == "UNKNOWN"


def test_a_store_that_is_gone_again_is_told_again(counting: Counting) -> None:
    for is_gone in (True, False, True):
        counting.store.is_gone = is_gone
        counting.stand("trial/new").tally.add(1, is_quiet=False)
        counting.counts.write()
    assert counting.lines.events().count("answers_not_counted") == 2


def test_what_a_test_answered_last_is_written_after_its_end(counting: Counting) -> None:
    tally = counting.stand("trial/new").tally
    tally.add(1, is_quiet=False)
    counting.counts.write()
    tally.add(1, is_quiet=False)
    counting.arms.live = {}
    counting.counts.write()
    tally.add(1, is_quiet=False)
    counting.counts.write()
    counting.counts.write()
    assert counting.store.n_answers() == {"trial/new": 3}


def test_what_a_test_answered_is_written_though_it_ended_before_anything_of_it_was(counting: Counting) -> None:
    counting.stand("trial/new").tally.add(1, is_quiet=False)
    counting.store.is_gone = True
    counting.counts.write()
    counting.store.is_gone, counting.arms.live = False, {}
    counting.counts.write()
    assert counting.store.n_answers() == {"trial/new": 1}


def test_answers_of_one_variant_from_before_and_after_its_shadows_changed_add_up(counting: Counting) -> None:
    tally = counting.stand("trial/new").tally
    tally.add(1, is_quiet=False)
    counting.counts.write()
    tally.add(1, is_quiet=True)
    counting.start()
    counting.stand("trial/new").tally.add(1, is_quiet=True)
    counting.counts.write()
    [_, (counts, _)] = counting.store.calls
    both = counts["trial/new"]
    assert (both.n_answers, both.n_quiet, both.latency_buckets[0], both.latency_sum_s) == (2, 2, 2, 2e-9)


def test_it_writes_once_more_when_it_is_told_to_stop(counting: Counting) -> None:
    counting.stand("trial/new").tally.add(1, is_quiet=False)
    stop = threading.Event()
    stop.set()
    counting.counts.run(stop)
    assert counting.store.n_answers() == {"trial/new": 1}


def test_how_far_a_shadow_agrees_is_written_with_its_answers(counting: Counting) -> None:
    tally = counting.stand("trial/new").tally
    for n_both in (2, 3):
        tally.add(1, is_quiet=False)
        tally.compare(4, n_both)
        counting.counts.write()
    told = [counts["trial/new"] for counts, _ in counting.store.calls]
    assert [(served.n_either, served.n_both) for served in told] == [(4, 2), (4, 3)]


def test_groups_are_written_too_and_reports_of_what_was_answered_before(counting: Counting) -> None:
    tally, people = counting.stand("trial/control").tally, [f"shopper-{number}" for number in range(2_000)]
    for person in people:
        tally.add(1_000, is_quiet=False, person=person)
    counting.counts.write()
    for person in people:
        tally.report(person)
    counting.counts.write()
    [(first, _), (second, _)] = counting.store.calls
    answered, reported = first["trial/control"], second["trial/control"]
    assert (sum(answered.answers_by_group), sum(answered.reports_by_group)) == (2_000, 0)
    assert (reported.n_answers, sum(reported.answers_by_group)) == (0, 0)
    assert reported.reports_by_group == answered.answers_by_group


def test_of_two_workers_that_share_few_people_nothing_is_lost_of_a_small_arm() -> None:
    rng, store = np.random.default_rng(2), FakeStore()
    workers = [Counting(), Counting()]
    for worker in workers:
        worker.counts = AnswerCounts(worker.arms, store, worker.lines.log, lambda: NOW)
    for number in range(700):
        answering, reporting = (workers[place].stand("trial/new").tally for place in rng.integers(0, 2, 2))
        answering.add(1_000, is_quiet=False, person=f"shopper-{number}")
        reporting.report(f"shopper-{number}")
    for worker in workers * 2:
        worker.counts.write()
    served = [counts["trial/new"] for counts, _ in store.calls]
    assert sum(sum(one.answers_by_group) for one in served) == sum(sum(one.reports_by_group) for one in served) == 700


def test_a_group_that_another_worker_told_of_is_told_of_though_nobody_is_answered_any_more(counting: Counting) -> None:
    counting.stand("trial/control").tally.add(1_000, is_quiet=False, person="shopper-1")
    counting.counts.write()
    told = tuple(1 if group == group_of("shopper-1") else 0 for group in range(N_GROUPS))
    counting.store.add({"trial/control": Served(answers_by_group=told)}, NOW.date())
    counting.counts.write()
    counting.counts.write()
    assert [counts["trial/control"].answers_by_group for counts, _ in counting.store.calls] == [
        (0,) * N_GROUPS,
        told,
        told,
    ]


def test_groups_that_cannot_be_asked_for_are_asked_for_later(counting: Counting) -> None:
    counting.stand("trial/control").tally.add(1_000, is_quiet=False, person="shopper-1")
    counting.store.is_gone = True
    counting.counts.write()
    counting.store.is_gone = False
    counting.counts.write()
    assert counting.store.n_answers() == {"trial/control": 1}


def test_whatever_fails_counting_goes_on(counting: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    counting.stand("trial/new").tally.add(1, is_quiet=False)
    with monkeypatch.context() as patch:
        patch.setattr(counting.store, "add", broken)
        counting.counts.write()
    counting.counts.write()
    assert counting.store.n_answers() == {"trial/new": 1}
    assert counting.lines.only("answers_not_counted")["reason"] == "ZeroDivisionError"
