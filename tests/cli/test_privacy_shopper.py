"""`shopkeeper privacy opt-out`, `export` and `link-token`."""

import io
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from privacy.consent import Identity, Purpose, Status
from privacy.entry import Circumstances
from privacy.keys import read_ring
from privacy.preferences import Channel
from privacy.tokens import Link, Refusal, Tokens, TokenUse
from privacy.topics import TopicWord
from tests.cli.shop import ANNA, BOB, LAPTOP, PHONE, a_shop, kept_event, opened, privacy, said

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a_shop()


def linked(visitor: Identity, customer: Identity) -> None:
    with opened() as (_, store):
        store.link(visitor.id, customer.id, Circumstances(NOON, source="test"))


def statuses(identity: Identity) -> dict[str, str]:
    with opened() as (_, store):
        [one] = store.find([identity]).known
        return {str(purpose): str(answer.status) for purpose, answer in one.state.answers.items()}


def copy_of(*words: str) -> list[dict[str, Any]]:
    assert privacy("export", *words, "--out", "copy.jsonl") == 0
    return [json.loads(line) for line in Path("copy.jsonl").read_text().splitlines()]


def test_an_opt_out_is_a_no_to_everything() -> None:
    said(ANNA)
    assert privacy("opt-out", "--customer", "anna") == 0
    assert set(statuses(ANNA).values()) == {"denied"}


def test_an_opt_out_can_be_of_one_purpose() -> None:
    said(ANNA)
    assert privacy("opt-out", "--customer", "anna", "--purpose", "contact") == 0
    assert {purpose for purpose, status in statuses(ANNA).items() if status == "denied"} == {"contact"}


def test_an_opt_out_holds_though_a_yes_of_a_fast_clock_is_on_record() -> None:
    said(ANNA, at=datetime.now(UTC) + timedelta(hours=1))
    assert privacy("opt-out", "--customer", "anna") == 0
    assert set(statuses(ANNA).values()) == {"denied"}


def test_an_id_can_come_by_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("anna\n"))
    assert privacy("opt-out", "--customer", "-") == 0
    assert set(statuses(ANNA).values()) == {"denied"}


@pytest.mark.parametrize("words", [["opt-out"], ["erase", "--yes"]], ids=lambda words: words[0])
def test_an_id_that_may_be_mistyped_is_asked_about(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA)
    privacy(*words, "--customer", "anna")
    assert "is the id the right one?" not in capsys.readouterr().out
    privacy(*words, "--customer", "amna")
    assert "is the id the right one?" in capsys.readouterr().out


def test_a_copy_holds_all_that_is_held_of_a_shopper_and_nothing_of_others() -> None:
    said(ANNA, BOB)
    kept_event(ANNA, "e1")
    kept_event(BOB, "e2")
    with opened() as (_, store):
        store.prefer([ANNA], {"toys": TopicWord.MUTE}, {})
    lines = copy_of("--customer", "anna")
    kinds = [*["answer"] * 4, "preference", *["entry"] * 4, "event", "summary"]
    assert [line["kind"] for line in lines] == kinds
    assert {line["purpose"]: line["status"] for line in lines[:4]}["contact"] == "granted"
    assert lines[4]["topics"] == {"toys": "mute"}
    assert lines[-2]["event_id"] == "e1"
    assert not any("number" in line for line in lines)


def test_the_copy_is_its_owners_alone_and_replaces_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    copy_of("--customer", "anna")
    assert stat.S_IMODE(Path("copy.jsonl").stat().st_mode) == 0o600
    assert privacy("export", "--customer", "anna", "--out", "copy.jsonl") == 2
    assert "copy.jsonl is there already" in capsys.readouterr().err


def test_a_copy_that_cannot_be_read_to_its_end_is_none() -> None:
    said(ANNA)
    with opened() as (database, _), database.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE kept_events")
    assert privacy("export", "--customer", "anna", "--out", "copy.jsonl") == 1
    assert not Path("copy.jsonl").exists()


def test_who_was_never_met_has_an_empty_copy_and_is_not_met(capsys: pytest.CaptureFixture[str]) -> None:
    assert [line["kind"] for line in copy_of("--customer", "anna")] == ["summary"]
    assert "Nobody of this id was met before" in capsys.readouterr().out
    with opened() as (_, store):
        assert store.find([ANNA]).known == ()


def test_a_customers_visitors_are_in_the_copy(capsys: pytest.CaptureFixture[str]) -> None:
    linked(PHONE, ANNA)
    kept_event(PHONE, "e1")
    kept_event(LAPTOP, "e2")
    lines = copy_of("--customer", "anna")
    assert capsys.readouterr().out == "copy.jsonl: 2 accounts and browsers, 1 entry, 1 event\n"
    assert [line["event_id"] for line in lines if line["kind"] == "event"] == ["e1"]


def test_a_visitor_who_may_be_somebody_else_is_not_in_the_copy(capsys: pytest.CaptureFixture[str]) -> None:
    linked(PHONE, ANNA)
    linked(PHONE, BOB)
    kept_event(PHONE, "e1")
    lines = copy_of("--customer", "anna")
    assert [line for line in lines if line["kind"] == "event"] == []
    assert lines[-1]["shared"] == 1
    assert "Left out: 1 visitor linked to somebody else too" in capsys.readouterr().out


def test_a_token_says_no_for_whom_it_was_made(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--channel", "email", "--topic", "toys", "--days", "40")
    assert privacy("link-token", "--customer", "anna", *words) == 0
    token = capsys.readouterr().out.strip()
    link = Tokens(read_ring(Path(".shopkeeper/keys"))).read(token, use=TokenUse.OPT_OUT, now=datetime.now(UTC))
    assert isinstance(link, Link)
    assert link.scope is not None
    assert (link.scope.purposes, link.scope.channel, link.scope.topic) == ({Purpose.CONTACT}, Channel.EMAIL, "toys")
    with opened() as (_, store):
        assert store.find([ANNA]).subjects == (link.subject,)


def test_a_token_works_as_long_as_the_rules_say(capsys: pytest.CaptureFixture[str]) -> None:
    Path("privacy.yaml").write_text("one_click_days: 31\n")
    assert privacy("link-token", "--visitor", "phone", "--privacy-rules", "privacy.yaml") == 0
    token = capsys.readouterr().out.strip()
    tokens = Tokens(read_ring(Path(".shopkeeper/keys")))
    later = [datetime.now(UTC) + timedelta(days=days) for days in (30, 32)]
    first, second = (tokens.read(token, use=TokenUse.OPT_OUT, now=now) for now in later)
    assert isinstance(first, Link)
    assert second is Refusal.EXPIRED


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--use", "preferences", "--topic", "toys"], "--topic: is what an opt-out is limited to"),
        (["--channel", "email", "--purpose", "measurement"], "--purpose: can only be contact"),
        (["--topic", "toys"], "--topic: needs --channel"),
    ],
)
def test_a_limit_that_a_link_cannot_have_is_told(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert privacy("link-token", "--customer", "anna", *words) == 2
    assert told in capsys.readouterr().err


def test_a_token_is_of_one_shopper(capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("link-token", "--customer", "anna", "--visitor", "phone") == 2
    assert "name 2, where the most is 1" in capsys.readouterr().err


def test_no_answer_names_the_shopper(capsys: pytest.CaptureFixture[str]) -> None:
    said(ANNA, status=Status.GRANTED)
    privacy("opt-out", "--customer", "anna")
    privacy("erase", "--customer", "anna", "--yes")
    copy_of("--customer", "anna")
    printed = capsys.readouterr()
    assert "anna" not in printed.out + printed.err + Path("copy.jsonl").read_text()
