"""What is kept, and until when."""

from datetime import UTC, datetime

from privacy.retention import DEFAULT_DAYS, MAX_DAYS, cutoffs
from training.schema import EventType

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def test_an_event_is_kept_for_its_types_days_to_the_instant() -> None:
    assert cutoffs({"view": 30, "purchase": 365}, NOON) == {
        "view": datetime(2026, 3, 1, 12, tzinfo=UTC),
        "purchase": datetime(2025, 3, 31, 12, tzinfo=UTC),
    }


def test_days_are_of_24_hours_of_utc() -> None:
    assert cutoffs({"view": 1}, datetime(2024, 3, 1, tzinfo=UTC))["view"] == datetime(2024, 2, 29, tzinfo=UTC)


def test_every_event_type_has_its_days() -> None:
    assert list(DEFAULT_DAYS) == [str(event_type) for event_type in EventType]


def test_no_default_is_longer_than_may_be_set() -> None:
    assert max(DEFAULT_DAYS.values()) <= MAX_DAYS
