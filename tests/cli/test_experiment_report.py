"""`shopkeeper experiment report`: from what a server keeps, or files, to a verdict."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.main import EXIT_INVALID_INPUT
from experiments.analysis.measured import write_measured
from experiments.analysis.sums import Served
from privacy.consent import Identity, ShopperKind, Status
from service.adapters.experiment_store import SqlExperimentStore
from tests.cli.experiment import FILE, HOUR, START, act, ran
from tests.cli.shop import ANNA, BOB, PHONE, a_shop, opened, said
from tests.experiments.analysis.measured_rows import impression, purchase, quiet


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("experiments.yaml").write_text(FILE, encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """What it prints as JSON."""
    assert ran("ranker", "--json", *words) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def events() -> str:
    """A folder of events in which twice as many of the challenger's buy."""
    Path("events").mkdir()
    write_measured([list(_rows())], Path("events"))
    return "events"


def _rows() -> Iterator[tuple[object, ...]]:
    for person in range(4_000):
        arm = ("control", "challenger")[person % 2]
        at = START + person // 2 % 10 * 24 * HOUR
        yield impression(person, at, exposure=f"{arm} {person}", variant=f"s1/{arm}", model_version=f"items/{arm}")
        if person % 20 in (0, 1, 3):
            yield purchase(person, at + HOUR, 100)


def test_files_come_to_a_verdict_that_is_said_first(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("ranker", "--events", events) == 0
    printed = capsys.readouterr().out

    assert printed.startswith("Ship challenger")
    assert "days to go" not in printed
    for words in ("challenger compared with control; buyers decides", "items/control", "relative, any day", "  ok"):
        assert words in printed


def test_files_tell_nothing_of_who_opted_out(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, "--events", events)

    assert [arm["opted_out"] for arm in report["arms"].values()] == [None, None]
    assert not [effect for effect in report["effects"] if effect["metric"] in ("opt_outs", "muters")]
    assert "challenger: too little data on opt-outs." in report["verdict"]["warnings"]


def test_what_cannot_be_recorded_is_told_all_the_same(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("ranker", "--events", events, "--record", "nothing", "--tracking-uri", "sqlite:///registry.db") == 1
    assert capsys.readouterr().out.startswith("Ship challenger")


def test_no_cell_is_cut_off_where_nobody_knows_the_width(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran("ranker", "--events", events)

    assert "…" not in capsys.readouterr().out


def test_the_title_has_the_day_of_the_test(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran("ranker", "--events", events, "--as-of", "2026-03-12T06:00Z")

    assert "\nranker: day 12 of 19, 1 Mar to 20 Mar 2026\n" in capsys.readouterr().out


def test_while_it_runs_what_it_takes_is_told(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran("ranker", "--events", events, "--as-of", "2026-03-03T00:00Z")

    assert "units so far (arm + control)" in capsys.readouterr().out


@pytest.mark.usefixtures("server")
def test_a_terminal_of_80_columns_has_all_lines_whole(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"FORCE_COLOR": "1", "COLUMNS": "80", "LINES": "25", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    ran("ranker")
    lines = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()

    assert [line for line in lines if len(line) > 80 or "…" in line] == []


def test_a_holdout_beside_other_arms_has_no_guardrails(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("experiments.yaml").write_text(
        FILE.replace("weight: 1}]", "weight: 1}, {name: holdout, nothing: true, weight: 1}]"), encoding="utf-8"
    )
    write_measured([[*_rows(), *_held_out()]], Path(events))
    ran("ranker", "--events", events)
    printed = capsys.readouterr().out

    (one, holdout) = (printed[printed.index(f"\n{arm} compared") :] for arm in ("challenger", "holdout"))
    assert "; buyers decides" in one.splitlines()[1]
    assert "guardrail" in one.splitlines()[2]
    assert holdout.splitlines()[1] == "holdout compared with control"
    assert "guardrail" not in holdout.splitlines()[2]


def _held_out() -> Iterator[tuple[object, ...]]:
    for person in range(4_000, 6_000):
        yield quiet(person, START, exposure=f"holdout {person}", variant="s1/holdout", model_version="")


def test_json_is_the_report(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, "--events", events)

    assert report["verdict"]["outcome"] == "ship"
    assert {name: arm["units"] for name, arm in report["arms"].items()} == {"control": 2_000, "challenger": 2_000}


def test_the_page_is_written_beside(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, "--events", events, "--html", "page.html")

    assert report["verdict"]["headline"].split("%")[0] in Path("page.html").read_text(encoding="utf-8")


def test_as_of_a_time_it_says_what_was_known_then(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys, "--events", events, "--as-of", "2026-03-03T00:00Z")

    assert report["as_of"] == "2026-03-03T00:00:00+00:00"
    assert report["last_day"] == "2026-03-02"
    assert report["arms"]["control"]["units"] == 200


@pytest.fixture
def server() -> None:
    """What a server keeps: Anna and Bob were shown something by two arms, and Anna bought."""
    a_shop()
    said(ANNA, BOB)
    act(ANNA, "e0", "impression", "kettle", START, "control")
    act(ANNA, "e1", "click", "kettle", START + HOUR, "control")
    act(ANNA, "e2", "purchase", "lamp", START + 2 * HOUR, quantity=2, unit_price_minor=250, currency="EUR")
    act(ANNA, "e3", "purchase", "lamp", START - 24 * HOUR, quantity=1, unit_price_minor=250, currency="EUR")
    act(BOB, "e4", "impression", "kettle", START, "challenger")


@pytest.mark.usefixtures("server")
def test_what_a_server_keeps_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    report = told(capsys)

    assert {name: arm["units"] for name, arm in report["arms"].items()} == {"control": 1, "challenger": 1}
    assert report["arms"]["control"]["model_versions"] == ["items/control"]
    assert report["currency"] == "EUR"


@pytest.mark.usefixtures("server")
def test_who_takes_their_yes_back_leaves_the_analysis(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA, status=Status.DENIED, at=START + 24 * HOUR)
    report = told(capsys)

    assert report["arms"]["control"]["units"] == 0
    assert report["arms"]["control"]["left"] == 1
    assert report["arms"]["control"]["opted_out"] == 1
    assert report["arms"]["challenger"]["units"] == 1


@pytest.mark.usefixtures("server")
def test_as_of_an_earlier_time_nothing_is_said_of_what_has_no_day(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA, status=Status.DENIED, at=START + 24 * HOUR)
    report = told(capsys, "--as-of", "2026-03-02T12:00Z")

    assert {report["arms"][arm][kind] for arm in ("control", "challenger") for kind in ("left", "opted_out")} == {None}
    assert any("without a day" in warning for warning in report["verdict"]["warnings"])


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(("as_of", "answers"), [("2026-03-03", 8), ("2026-03-03T00:00:01Z", 12)])
def test_as_of_midnight_the_day_that_begins_is_not_counted(
    capsys: pytest.CaptureFixture[str], as_of: str, answers: int
) -> None:
    with opened() as (database, _):
        for day, n in ((2, 8), (3, 4)):
            counts = {"s1/control": Served(n, 0, (n,), 0.001)}
            SqlExperimentStore(database, lambda: None).add(counts, START.replace(day=day).date())

    assert told(capsys, "--as-of", as_of)["arms"]["control"]["measured"]["answers"] == answers


@pytest.mark.usefixtures("server")
def test_how_far_a_shadow_agrees_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    shadow = "{name: next, model: shadow, shadow: true}]"
    Path("experiments.yaml").write_text(FILE.replace("weight: 1}]", f"weight: 1}}, {shadow}"), encoding="utf-8")
    with opened() as (database, _):
        SqlExperimentStore(database, lambda: None).add(
            {"s1/next": Served(8, 2, (8,), 0.001, n_either=40, n_both=30)}, START.date()
        )

    assert told(capsys)["shadows"]["next"]["agreement"] == 0.75
    assert ran("ranker") == 0
    printed = capsys.readouterr().out
    assert "75\u202f%" in printed[printed.index("Shadows, which nobody was shown") :]


@pytest.mark.parametrize(("unit", "units", "n_crossed"), [("shopper", [0, 0], 1), ("visitor", [1, 1], 0)])
def test_two_browsers_of_one_account_are_one_shopper_and_two_visitors(
    capsys: pytest.CaptureFixture[str], unit: str, units: list[int], n_crossed: int
) -> None:
    Path("experiments.yaml").write_text(f"{FILE}    unit: {unit}\n", encoding="utf-8")
    a_shop()
    laptop = Identity(ShopperKind.VISITOR, "laptop")
    said(ANNA, PHONE, laptop)
    for number, (browser, arm) in enumerate([(PHONE, "control"), (laptop, "challenger")]):
        with opened() as (_, store):
            other = store.numbers([browser])[browser]
        act(ANNA, f"e{number}", "impression", "kettle", START, arm, other=other)
    report = told(capsys)

    assert [arm["units"] for arm in report["arms"].values()] == units
    assert report["crossed_units"] == n_crossed


@pytest.mark.usefixtures("server")
def test_no_copy_of_the_events_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()

    assert ran("ranker", "--json") == 0
    assert list((tmp_path / "scratch").iterdir()) == []


def test_every_fault_of_the_options_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("other", "--as-of", "soon", "--events", "x", "--state-uri", "sqlite:///y.db")

    assert ran(*words) == EXIT_INVALID_INPUT
    printed = capsys.readouterr().err
    for fault in ("NAME: experiments.yaml has ranker", "--as-of: must be a time", "--events: and --state-uri"):
        assert fault in printed


def test_what_is_not_yet_cannot_be_asked_for(events: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("ranker", "--events", events, "--as-of", "2999-01-01") == EXIT_INVALID_INPUT
    assert "--as-of: is not yet" in capsys.readouterr().err


def test_without_a_database_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert ran("ranker") == 1
    assert "there is no ledger" in capsys.readouterr().err
