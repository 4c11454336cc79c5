from pathlib import Path

import pytest

from simulation.usability import USES
from tests.simulation.conftest import SimulatedShop
from training.ingest import Inputs, ingest


def test_every_kind_of_consent_occurs_among_the_events(simulated: SimulatedShop) -> None:
    n_events = sum(simulated.summary.events.values())

    assert set(simulated.summary.training_use) == set(USES)
    assert all(count > 0.008 * n_events for count in simulated.summary.training_use.values())


def test_most_events_may_train_and_many_may_not(simulated: SimulatedShop) -> None:
    share = simulated.summary.training_use["usable"] / sum(simulated.summary.events.values())

    assert 0.58 < share < 0.68


def test_the_summary_counts_what_the_trainer_will_use_and_why_not_the_rest(
    simulated: SimulatedShop, tmp_path: Path
) -> None:
    events, consent, links = (simulated.folder / f"{name}.parquet" for name in ("events", "consent", "identities"))
    _, report = ingest(Inputs(events, consent, links, None), quarantine=tmp_path / "bad")

    counted = {use.replace(" ", "_"): count for use, count in simulated.summary.training_use.items()}
    assert counted == {"usable": sum(report.n_events_used.values()), **report.n_excluded}


@pytest.mark.parametrize("kind", ["customer", "visitor"])
def test_some_grant_some_deny_some_withdraw_and_some_come_round(simulated: SimulatedShop, kind: str) -> None:
    courses = dict(
        simulated.rows(
            "SELECT course, count(*) FROM "
            "(SELECT string_agg(status, ', ' ORDER BY occurred_at) AS course "
            "FROM training WHERE shopper_kind = $1 GROUP BY shopper_id) GROUP BY ALL",
            kind,
        )
    )

    assert set(courses) == {"granted", "denied", "granted, denied", "denied, granted"}
    assert min(courses.values()) > 20


@pytest.mark.parametrize("kind", ["customer", "visitor"])
def test_some_were_never_asked_or_never_answered(simulated: SimulatedShop, kind: str) -> None:
    silent = simulated.value(
        "SELECT avg((c.shopper_id IS NULL)::INT) FROM (SELECT DISTINCT "
        "CASE $1 WHEN 'customer' THEN customer_id ELSE visitor_id END AS shopper_id FROM events) e "
        "LEFT JOIN (SELECT DISTINCT shopper_id FROM consent) c USING (shopper_id) WHERE e.shopper_id IS NOT NULL",
        kind,
    )

    assert 0.02 < silent < 0.25


def test_purposes_differ(simulated: SimulatedShop) -> None:
    shares = dict(
        simulated.rows(
            "SELECT purpose, avg((status = 'granted')::INT) FROM consent WHERE shopper_kind = 'customer' GROUP BY ALL"
        )
    )

    assert shares["contact"] < shares["model_training"] < shares["personalisation"]


def test_jurisdictions_differ(simulated: SimulatedShop) -> None:
    shares = dict(
        simulated.rows(
            "SELECT jurisdiction, avg((status = 'granted')::INT) FROM training "
            "WHERE shopper_kind = 'visitor' GROUP BY ALL"
        )
    )

    assert set(shares) == {"DE", "FR", "GB", "NL", "US-CA", "US-TX", "CA-QC"}
    assert shares["US-CA"] > shares["FR"]


def test_a_shopper_lives_in_one_jurisdiction(simulated: SimulatedShop) -> None:
    assert (
        simulated.value(
            "SELECT max(n) FROM (SELECT count(DISTINCT jurisdiction) AS n FROM consent GROUP BY shopper_id)"
        )
        == 1
    )


def test_a_banner_is_answered_before_the_first_event_and_is_silent_on_contact(simulated: SimulatedShop) -> None:
    assert simulated.value(
        "SELECT bool_and(c.occurred_at < first) FROM consent c JOIN (SELECT visitor_id, min(occurred_at) AS first "
        "FROM events GROUP BY ALL) e ON e.visitor_id = c.shopper_id WHERE c.source = 'banner'"
    )
    assert simulated.value("SELECT count(*) FROM consent WHERE source = 'banner' AND purpose = 'contact'") == 0


def test_old_accounts_answered_before_the_history_and_new_ones_at_their_first_event(simulated: SimulatedShop) -> None:
    [(old, new_before_first)] = simulated.rows(
        "SELECT avg((c.occurred_at < TIMESTAMPTZ '2025-11-01 00:00:00+00')::INT), bool_and(c.occurred_at < first) "
        "FROM consent c JOIN (SELECT customer_id, min(occurred_at) AS first FROM events GROUP BY ALL) e "
        "ON e.customer_id = c.shopper_id WHERE c.source = 'account'"
    )

    assert 0.4 < old < 0.8
    assert new_before_first


def test_a_change_of_mind_comes_from_the_preference_page(simulated: SimulatedShop) -> None:
    assert simulated.rows(
        "SELECT DISTINCT source FROM (SELECT *, row_number() OVER (PARTITION BY shopper_id ORDER BY occurred_at) AS n "
        "FROM training) WHERE n > 1"
    ) == [("preference_page",)]
