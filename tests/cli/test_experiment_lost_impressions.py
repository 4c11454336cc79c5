"""`shopkeeper experiment report` on what a server keeps of a test one of whose arms loses impressions."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from experiments.analysis.sample_ratio import REPORTS
from experiments.analysis.sums import Served
from privacy.consent import Answer, Purpose, ShopperKind, Status
from privacy.state import State
from privacy.store.schema import KEPT_EVENTS, SHOPPERS
from privacy.times import microseconds
from service.adapters.experiment_store import SqlExperimentStore
from service.core.groups import N_GROUPS
from tests.cli.experiment import FILE, ran
from tests.cli.shop import a_shop, opened

START = datetime(2026, 3, 2, tzinfo=UTC)
N_PEOPLE, PAGES_EACH = 20_000, 2
ARMS = ("control", "challenger")


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("experiments.yaml").write_text(FILE, encoding="utf-8")
    a_shop()


def seen(lost_of: str | None) -> None:
    """Everybody sees as many pages, and three of a hundred of one arm's are not told; servers counted all of them."""
    said = Answer(Status.GRANTED, START - timedelta(days=1), "DE", "2026-03", "test")
    state = State({Purpose.MEASUREMENT: said}).as_text()
    shopper = {"kind": str(ShopperKind.VISITOR), "state": state, "preferences": '{"contact":{},"topics":{}}'}
    pages = [(page % N_PEOPLE, page) for page in range(N_PEOPLE * PAGES_EACH)]
    rows = [
        {
            "event_id": f"e{page}",
            "subject": person,
            "event_type": "impression",
            "item_id": "kettle",
            "at": microseconds(START + timedelta(seconds=page)),
            "exposure": page.to_bytes(16, "big"),
            "placement": "product_page",
            "model_version": "items/1",
            "variant": f"s1/{ARMS[person % 2]}",
            "position": 1,
            "tier": "history",
        }
        for person, page in pages
        # Not both pages of anybody.
        if ARMS[person % 2] != lost_of or (person // 2 + 50 * (page // N_PEOPLE)) % 100 not in (7, 40, 73)
    ]
    with opened() as (database, _), database.transaction() as connection:
        connection.execute(insert(SHOPPERS), [{"subject": person, **shopper} for person in range(N_PEOPLE)])
        connection.execute(insert(KEPT_EVENTS), rows)
    n_answers = N_PEOPLE // 2 * PAGES_EACH
    by_group = Counter((row["variant"], row["subject"] // 2 % N_GROUPS) for row in rows)
    answered = Counter(person // 2 % N_GROUPS for person, _ in pages if person % 2)
    served = {
        variant: Served(
            n_answers,
            0,
            (n_answers,),
            1.0,
            answers_by_group=tuple(answered[group] for group in range(N_GROUPS)),
            reports_by_group=tuple(by_group[variant, group] for group in range(N_GROUPS)),
        )
        for variant in (f"s1/{arm}" for arm in ARMS)
    }
    with opened() as (database, _):
        SqlExperimentStore(database, lambda: None).add(served, START.date())


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The report."""
    assert ran("ranker", "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("arm", ARMS)
def test_three_of_a_hundred_impressions_lost_break_the_test_though_nobody_is_missing(
    capsys: pytest.CaptureFixture[str], arm: str
) -> None:
    seen(lost_of=arm)
    report = told(capsys)

    n_all = N_PEOPLE // 2 * PAGES_EACH
    assert {name: one["units"] for name, one in report["arms"].items()} == dict.fromkeys(ARMS, N_PEOPLE // 2)
    assert report["verdict"]["outcome"] == "broken"
    seen_of = {name: "97\u202f%" if name == arm else "100\u202f%" for name in ARMS}
    assert report["verdict"]["headline"].startswith(
        f"Broken: of control's 20,000 answers {seen_of['control']} were reported as seen, "
        f"of challenger's 20,000 {seen_of['challenger']}; p = "
    )
    *others, reports = report["sample_ratios"]
    assert not any(ratio["is_broken"] for ratio in others)
    assert reports["observed"] == {name: n_all - 600 * (name == arm) for name in ARMS}
    assert reports["expected"] == dict.fromkeys(ARMS, 0.5)
    assert reports["answers"] == dict.fromkeys(ARMS, n_all)


def test_with_none_lost_it_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    seen(lost_of=None)
    report = told(capsys)

    assert report["verdict"]["outcome"] != "broken"
    assert [(ratio["of"], ratio["always_valid_p_value"]) for ratio in report["sample_ratios"]] == [
        ("units", 1.0),
        (REPORTS, 1.0),
    ]


def test_the_table_has_a_row_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    seen(lost_of="challenger")

    assert ran("ranker") == 0
    [row] = [line for line in capsys.readouterr().out.splitlines() if REPORTS in line and not line.startswith("Broken")]
    assert "20\u202f000 of 20\u202f000" in row
    assert "19\u202f400 of 20\u202f000" in row
    assert row.split()[-1] == "BROKEN"


def test_where_it_cannot_be_told_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    with opened() as (database, _):
        served = {f"s1/{arm}": Served(5, 0, (5,), 0.1) for arm in ARMS}
        SqlExperimentStore(database, lambda: None).add(served, START.date())

    [warning] = [one for one in told(capsys)["verdict"]["warnings"] if "impressions" in one]
    assert "not known yet of challenger" in warning
