"""`shopkeeper privacy erase`: it looks, asks and only then erases."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privacy.entry import Circumstances
from tests.cli.shop import ANNA, PHONE, a_shop, kept_event, opened, privacy, said


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop that knows Anna and her phone."""
    monkeypatch.chdir(tmp_path)
    a_shop()
    said(ANNA, PHONE)
    with opened() as (_, store):
        store.link(PHONE.id, ANNA.id, Circumstances(datetime(2026, 3, 2, 12, tzinfo=UTC), source="test"))


class Terminal(io.StringIO):
    """Standard input at which somebody sits."""

    def isatty(self) -> bool:
        return True


def erase_answered(answer: str, customer: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """The exit code of an erasure that somebody is asked about."""
    monkeypatch.setattr("sys.stdin", Terminal(f"{answer}\n"))
    return privacy("erase", "--customer", customer)


def n_entries() -> int:
    with opened() as (_, store):
        return store.head().count


@pytest.mark.parametrize("customer", ["anna", "amna"])
def test_where_nobody_can_be_asked_it_wants_a_yes(customer: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = n_entries()
    assert privacy("erase", "--customer", customer) == 2
    assert "--yes: is needed where nobody can be asked" in capsys.readouterr().err
    assert n_entries() == before


def test_an_id_that_is_not_known_is_asked_about_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = n_entries()
    assert erase_answered("n", "amna", monkeypatch) == 1
    told = capsys.readouterr().err
    assert told.startswith("Nobody of this id was met before; is the id the right one?\nErase? [y/N] ")
    assert n_entries() == before


@pytest.mark.parametrize(("answer", "code", "n_written"), [("y", 0, 2), ("YES", 0, 2), ("n", 1, 0), ("", 1, 0)])
def test_who_is_known_is_erased_after_a_yes_alone(
    answer: str, code: int, n_written: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = n_entries()
    assert erase_answered(answer, "anna", monkeypatch) == code
    assert "Of 1 id 1 is known" in capsys.readouterr().err
    assert n_entries() == before + n_written


def test_an_erasure_of_who_was_never_met_is_recorded_with_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    before = n_entries()
    assert privacy("erase", "--customer", "amna", "--yes") == 0
    told = capsys.readouterr().out
    assert "Erased 1 account or browser and 0 kept events" in told
    assert "Nobody of this id was met before" in told
    assert "retrain" not in told
    assert n_entries() == before + 1


def test_it_removes_what_is_kept_and_gives_a_receipt(capsys: pytest.CaptureFixture[str]) -> None:
    kept_event(PHONE, "e1")
    assert privacy("erase", "--customer", "anna", "--yes", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["people"], told["events"]) == (2, 1)
    with opened() as (_, store):
        receipt = store.erasure(told["receipt"])
        assert receipt is not None
        assert receipt.position == told["position"]
        assert list(store.holdings([PHONE]).events) == []


def test_it_says_how_many_accounts_and_browsers_and_that_models_are_to_be_trained_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert privacy("erase", "--customer", "anna", "--yes") == 0
    told = capsys.readouterr().out
    assert "Erased 2 accounts and browsers and 0 kept events" in told
    assert "retrain" in told
