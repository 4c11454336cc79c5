"""What a test was under its salt is known to every server of a shop, also after a restart."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from experiments.definition import N_BUCKETS, Experiment, Experiments
from privacy.store.database import Database
from privacy.store.migrating import migrate
from service.adapters.experiment_store import SqlExperimentStore
from service.experiments import remembered
from tests.service.trials import CONTROL, NEW, trial

NOW = datetime(2026, 12, 3, tzinfo=UTC)
Ask = Callable[..., list[str]]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Fields at fault of a file with one test, asked by a server that has just started."""

    def asked(test: Experiment, moment: datetime = NOW) -> list[str]:
        database = Database(f"sqlite:///{tmp_path / 'state.db'}")
        store = SqlExperimentStore(database, lambda: migrate(database))
        faults = remembered(store, Experiments({test.name: test}), moment)
        database.close()
        return [fault.field for fault in faults]

    return asked


def test_the_same_test_goes_on(ask: Ask) -> None:
    assert ask(trial()) == ask(trial()) == []


def test_a_test_of_other_weights_under_the_same_salt_is_refused(ask: Ask) -> None:
    ask(trial())
    assert ask(trial(replace(CONTROL, weight=3), NEW)) == ["experiments[0].arms.control.weight"]


def test_what_may_change_is_what_counts_from_then_on(ask: Ask) -> None:
    ask(trial(buckets=(0, 100)))
    assert ask(trial(buckets=(0, 500))) == []
    assert ask(trial(buckets=(0, 300))) == ["experiments[0].traffic"]
    assert ask(trial(buckets=(0, N_BUCKETS))) == []


def test_what_is_refused_is_not_what_counts(ask: Ask) -> None:
    ask(trial())
    assert ask(trial(replace(CONTROL, weight=3), NEW)) == ["experiments[0].arms.control.weight"]
    assert ask(trial()) == []


def test_what_a_test_is_when_it_begins_is_what_counts(ask: Ask) -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    ask(trial(starts_at=later))
    assert ask(trial(replace(CONTROL, weight=3), NEW, starts_at=later), later) == []


def test_a_test_that_has_not_begun_may_change(ask: Ask) -> None:
    later = datetime(2027, 1, 1, tzinfo=UTC)
    ask(trial(starts_at=later))
    assert ask(trial(replace(CONTROL, weight=3), NEW, starts_at=later)) == []


def test_what_is_sound_is_kept_beside_a_test_that_is_refused(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'state.db'}")
    store = SqlExperimentStore(database, lambda: migrate(database))

    def faults(*tests: Experiment) -> int:
        return len(remembered(store, Experiments({test.name: test for test in tests}), NOW))

    grows, other = trial(name="grows", buckets=(0, 100)), trial(name="other", buckets=(500, 600))
    assert faults(grows, other) == 0
    assert faults(replace(grows, end_bucket=200), replace(other, arms=(NEW, CONTROL))) == 1
    assert faults(grows) == 1
    database.close()
