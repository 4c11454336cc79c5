from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.debt import Erasure, RegisteredVersion, VersionDebt, erasure_debt

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
ERASURES = [
    Erasure(9, NOW - timedelta(days=2)),
    Erasure(3, NOW - timedelta(days=40)),
    Erasure(6, NOW - timedelta(days=10)),
]


def version(number: int, position: int | None, *, name: str = "accessories", serving: bool = True) -> RegisteredVersion:
    return RegisteredVersion(name, number, position, serving)


def debt_of(position: int | None, erasures: list[Erasure], *, deadline_days: float = 30) -> VersionDebt:
    (debt,) = erasure_debt([version(1, position)], erasures, deadline_days=deadline_days, now=NOW)
    return debt


@pytest.mark.parametrize(
    ("position", "n_owed", "age_days"), [(0, 3, 40), (2, 3, 40), (3, 2, 10), (5, 2, 10), (6, 1, 2), (8, 1, 2)]
)
def test_a_version_owes_the_erasures_after_its_training(position: int, n_owed: int, age_days: int) -> None:
    debt = debt_of(position, ERASURES)
    assert (debt.n_owed, debt.oldest_at) == (n_owed, NOW - timedelta(days=age_days))
    assert debt.oldest_age_s == age_days * 86_400


def test_a_version_trained_after_every_erasure_owes_none() -> None:
    assert debt_of(9, ERASURES) == VersionDebt(version(1, 9), 0, None, 0.0, overdue=False)


def test_a_version_of_unknown_position_owes_all() -> None:
    debt = debt_of(None, ERASURES)
    assert (debt.n_owed, debt.oldest_at) == (3, NOW - timedelta(days=40))


def test_the_oldest_is_by_time_and_not_by_position() -> None:
    late_entry = Erasure(12, NOW - timedelta(days=20))
    assert debt_of(6, [*ERASURES, late_entry]).oldest_at == NOW - timedelta(days=20)


def test_a_version_that_no_longer_serves_is_left_out() -> None:
    assert erasure_debt([version(1, None, serving=False)], ERASURES, deadline_days=30, now=NOW) == ()


@pytest.mark.parametrize(
    ("over", "overdue"), [(timedelta(0), False), (timedelta(microseconds=1), True), (-timedelta(microseconds=1), False)]
)
def test_a_debt_is_overdue_once_the_deadline_has_passed(over: timedelta, overdue: bool) -> None:
    assert debt_of(0, [Erasure(1, NOW - timedelta(days=30) - over)]).overdue is overdue


def test_without_a_day_of_grace_a_debt_is_overdue_at_once() -> None:
    assert debt_of(0, [Erasure(1, NOW - timedelta(seconds=1))], deadline_days=0).overdue


def test_an_erasure_from_a_clock_ahead_of_ours_is_owed_and_not_old() -> None:
    debt = debt_of(0, [Erasure(1, NOW + timedelta(seconds=5))], deadline_days=0)
    assert (debt.n_owed, debt.oldest_age_s, debt.overdue) == (1, 0.0, False)


def test_the_oldest_debt_comes_first_then_the_name() -> None:
    versions = [
        version(4, 9, name="b"),
        version(12, 9),
        version(2, 9),
        version(1, 6),
        version(3, 0),
    ]
    debts = erasure_debt(versions, ERASURES, deadline_days=30, now=NOW)
    assert [(debt.version.name, debt.version.version) for debt in debts] == [
        ("accessories", 3),
        ("accessories", 1),
        ("accessories", 2),
        ("accessories", 12),
        ("b", 4),
    ]


erasures = st.lists(
    st.builds(Erasure, st.integers(1, 50), st.integers(0, 10**6).map(lambda s: NOW - timedelta(seconds=s))),
    unique_by=lambda erasure: erasure.position,
)


@given(st.none() | st.integers(0, 50), erasures)
def test_what_is_owed_is_what_a_plain_count_finds(position: int | None, all_of_them: list[Erasure]) -> None:
    owed = [erasure for erasure in all_of_them if position is None or erasure.position > position]
    debt = debt_of(position, all_of_them)
    assert (debt.n_owed, debt.oldest_at) == (len(owed), min((erasure.at for erasure in owed), default=None))
