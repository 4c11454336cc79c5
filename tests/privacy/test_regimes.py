"""Which law weighs a word, and when a policy makes it lapse."""

from datetime import UTC, datetime, timedelta

import pytest

from privacy.regimes import PolicyVersion, Regime, Regimes

RULES = Regimes({"US": Regime.OPT_OUT, "US-CA": Regime.OPT_IN, "CA-QC": Regime.OPT_OUT, "DE": Regime.OPT_IN})


@pytest.mark.parametrize(
    ("jurisdiction", "regime"),
    [
        ("US", Regime.OPT_OUT),
        ("US-TX", Regime.OPT_OUT),
        ("US-TX-AUS", Regime.OPT_OUT),
        ("US-CA", Regime.OPT_IN),
        ("US-CA-SF", Regime.OPT_IN),
        ("CA-QC", Regime.OPT_OUT),
        ("CA", Regime.OPT_IN),
        ("DE", Regime.OPT_IN),
        ("FR", Regime.OPT_IN),
        ("", Regime.OPT_IN),
        ("us", Regime.OPT_IN),
        ("USA", Regime.OPT_IN),
        ("-", Regime.OPT_IN),
        ("US ", Regime.OPT_IN),
    ],
)
def test_the_smallest_named_jurisdiction_gives_the_regime(jurisdiction: str, regime: Regime) -> None:
    assert RULES.regime_of(jurisdiction) is regime


def test_everywhere_is_opt_in_unless_said_otherwise() -> None:
    assert Regimes().regime_of("US") is Regime.OPT_IN


def day(of_month: int) -> datetime:
    return datetime(2026, 3, of_month, tzinfo=UTC)


POLICIES = Regimes(
    policy_versions=(
        PolicyVersion("first", day(1)),
        PolicyVersion("second", day(10), older_lapse=True),
        PolicyVersion("third", day(20)),
        PolicyVersion("fourth", day(25), older_lapse=True),
    )
)


@pytest.mark.parametrize(
    ("version", "lapses_on"),
    [("first", 10), ("second", 25), ("third", 25), ("fourth", None), ("", 10), ("unheard of", 10)],
)
def test_a_yes_lapses_when_the_first_newer_policy_that_says_so_takes_effect(
    version: str, lapses_on: int | None
) -> None:
    lapsed = [of_month for of_month in range(1, 31) if POLICIES.has_lapsed(version, at=day(of_month))]
    assert lapsed == (list(range(lapses_on, 31)) if lapses_on else [])


def test_a_yes_stands_until_the_very_instant_of_the_new_policy() -> None:
    assert not POLICIES.has_lapsed("first", at=day(10) - timedelta(microseconds=1))


def test_without_policies_nothing_lapses() -> None:
    assert not Regimes().has_lapsed("", at=day(1))
