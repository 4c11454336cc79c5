"""`shopkeeper privacy import`: every row once, and any doubt a no."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from privacy.consent import Identity, Purpose, ShopperKind
from tests.cli.shop import ANNA, BOB, LAPTOP, PHONE, a_shop, kept_event, opened, privacy

HEAD = "shopper_kind,shopper_id,purpose,status,occurred_at,jurisdiction,policy_version,source"
GOOD = [
    "customer,anna,personalisation,granted,2026-03-01T10:00:00Z,DE,3,banner",
    "customer,anna,personalisation,denied,2026-03-05T10:00:00Z,DE,3,account",
    "customer,bob,model_training,granted,2026-03-02T10:00:00Z,US-CA,3,banner",
    "visitor,phone,personalisation,noticed,2026-03-03T10:00:00Z,US-CA,3,banner",
]
LINKS = ["phone,anna,2026-03-02T00:00:00Z", "laptop,bob,2026-03-02T00:00:00Z"]


@pytest.fixture(autouse=True)
def _shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    a_shop()


def imported(
    capsys: pytest.CaptureFixture[str], consent: list[str] | None = None, links: list[str] | None = None
) -> dict[str, Any]:
    """What the import of these lines tells."""
    words = []
    if consent is not None:
        Path("consent.csv").write_text("\n".join([HEAD, *consent]) + "\n")
        words += ["--consent", "consent.csv"]
    if links is not None:
        Path("links.csv").write_text("\n".join(["visitor_id,customer_id,linked_at", *links]) + "\n")
        words += ["--identities", "links.csv"]
    assert privacy("import", *words, "--quarantine", "bad", "--json") == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def statuses(identity: Identity) -> dict[str, str]:
    with opened() as (_, store):
        return {
            str(purpose): str(answer.status)
            for one in store.find([identity]).known[:1]
            for purpose, answer in one.state.answers.items()
        }


def words_of(identity: Identity) -> list[tuple[str, str, datetime, str, str, str]]:
    with opened() as (_, store):
        return [
            (str(word.purpose), str(word.status), word.at, word.jurisdiction, word.policy_version, word.source)
            for word in store.holdings([identity]).words
            if word.purpose is not None
        ]


def test_every_row_is_in_the_ledger_in_order_of_time(capsys: pytest.CaptureFixture[str]) -> None:
    told = imported(capsys, GOOD[::-1])
    assert told["recorded"] == {"answers": 4, "links": 0, "doubts": 0}
    assert words_of(ANNA) == [
        ("personalisation", "granted", datetime(2026, 3, 1, 10, tzinfo=UTC), "DE", "3", "banner"),
        ("personalisation", "denied", datetime(2026, 3, 5, 10, tzinfo=UTC), "DE", "3", "account"),
    ]
    assert statuses(PHONE) == {"personalisation": "noticed"}
    with opened() as (_, store):
        assert store.verify() == ((), ())


def test_links_are_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, GOOD, LINKS)
    with opened() as (_, store):
        [anna] = store.find([ANNA]).subjects
        assert store.find([PHONE]).subjects[1:] == (anna,)


def test_what_a_browser_refuses_is_its_customers_no(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, ["visitor,laptop,contact,denied,2026-03-03T10:00:00Z,DE,3,banner"], LINKS)
    assert statuses(BOB) == {"contact": "denied"}


def test_importing_again_adds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    bad = ["customer,anna,contact,maybe,2026-03-01T10:00:00Z,DE,3,x", "customer,bob,contact,denied,yesterday,DE,3,x"]
    first = imported(capsys, [*GOOD, *bad, GOOD[0]], [*LINKS, "tablet,,2026-03-02T00:00:00Z"])
    again = imported(capsys, [*GOOD, *bad, GOOD[0]], [*LINKS, "tablet,,2026-03-02T00:00:00Z"])
    assert first["recorded"] == {"answers": 4, "links": 2, "doubts": 2 + len(Purpose)}
    assert again["recorded"] == {"answers": 0, "links": 0, "doubts": 0}
    assert again["position"] == first["position"]


def test_a_file_with_older_answers_does_not_bring_back_a_yes(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, [GOOD[1]])
    assert imported(capsys, [GOOD[0]])["recorded"]["answers"] == 1
    assert statuses(ANNA) == {"personalisation": "denied"}


@pytest.mark.parametrize(
    ("line", "denied"),
    [
        ("customer,anna,contact,maybe,2026-03-01T10:00:00Z,DE,3,x", {"contact"}),
        ("customer,anna,contact,,2026-03-01T10:00:00Z,DE,3,x", {"contact"}),
        ("customer,anna,everything,denied,2026-03-01T10:00:00Z,DE,3,x", set(map(str, Purpose))),
        ("customer,anna,contact,denied,yesterday,DE,3,x", {"contact"}),
        ("customer,anna,contact,denied,2190-01-01T00:00:00Z,DE,3,x", {"contact"}),
        ("account,anna,contact,denied,2026-03-01T10:00:00Z,DE,3,x", {"contact"}),
    ],
    ids=["status", "no status", "purpose", "time", "future", "kind"],
)
def test_a_bad_row_that_may_be_a_no_is_a_no(line: str, denied: set[str], capsys: pytest.CaptureFixture[str]) -> None:
    told = imported(capsys, [*GOOD[2:], line])
    assert statuses(ANNA) == dict.fromkeys(denied, "denied")
    assert sum(told["quarantined"]["consent"].values()) == 1


def test_a_row_of_an_unreadable_kind_is_the_no_of_both(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, [*GOOD[2:], "account,anna,contact,denied,2026-03-01T10:00:00Z,DE,3,x"])
    assert statuses(Identity(ShopperKind.VISITOR, "anna")) == {"contact": "denied"}


def test_a_bad_row_that_plainly_says_yes_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, [*GOOD[2:], "customer,anna,contact,granted,yesterday,DE,3,x"])
    assert statuses(ANNA) == {}


def test_a_yes_from_the_future_is_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    told = imported(capsys, [*GOOD[2:], "customer,anna,contact,granted,2190-01-01T00:00:00Z,DE,3,x"])
    assert statuses(ANNA) == {}
    assert told["quarantined"]["consent"] == {"occurred_at is in the future": 1}


def test_who_changes_their_mind_after_a_no_of_unknown_time_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [*GOOD[2:], "customer,anna,contact,denied,yesterday,DE,3,x"]
    imported(capsys, lines)
    later = datetime.now(UTC) + timedelta(hours=1)
    imported(capsys, [f"customer,anna,contact,granted,{later.isoformat()},DE,3,account"])
    imported(capsys, lines)
    assert statuses(ANNA) == {"contact": "granted"}


def test_a_no_of_unknown_time_is_heard_though_there_was_an_unreadable_no_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    doubtful = "customer,anna,contact,maybe,2026-03-01T10:00:00Z,DE,3,x"
    yes = "customer,anna,contact,granted,2026-03-02T10:00:00Z,DE,3,x"
    imported(capsys, [*GOOD[2:], doubtful, yes])
    assert statuses(ANNA) == {"contact": "granted"}
    imported(capsys, [*GOOD[2:], doubtful, yes, "customer,anna,contact,denied,yesterday,DE,3,x"])
    assert statuses(ANNA) == {"contact": "denied"}


def test_a_link_of_unknown_time_is_one_from_now_on(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, GOOD, [*LINKS[1:], "phone,anna,yesterday"])
    with opened() as (_, store):
        assert len(store.find([PHONE]).known) == 2


def test_a_link_to_nobody_known_is_a_no_of_the_visitor(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, None, [*LINKS, "tablet,,2026-03-02T00:00:00Z"])
    assert set(statuses(Identity(ShopperKind.VISITOR, "tablet")).values()) == {"denied"}
    assert statuses(LAPTOP) == {}


def test_bad_rows_are_set_aside_with_their_reason_for_their_owner_alone(capsys: pytest.CaptureFixture[str]) -> None:
    imported(capsys, [*GOOD, "customer,anna,contact,maybe,2026-03-01T10:00:00Z,DE,3,x"])
    path = Path("bad/consent.parquet")
    assert path.stat().st_mode & 0o077 == 0
    [row] = pq.read_table(path).to_pylist()
    assert (row["shopper_id"], row["quarantine_reason"]) == (
        "anna",
        "status is none of: granted, denied, noticed",
    )


def test_a_no_of_nobody_known_stops_the_import(capsys: pytest.CaptureFixture[str]) -> None:
    Path("consent.csv").write_text("\n".join([HEAD, *GOOD, "customer,,contact,denied,2026-03-01T10:00:00Z,DE,3,x"]))
    assert privacy("import", "--consent", "consent.csv", "--quarantine", "bad") == 2
    assert "1 rows may say no and name no shopper" in capsys.readouterr().err
    with opened() as (_, store):
        assert store.head().count == 0


def test_every_fault_of_both_files_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    Path("consent.csv").write_text("shopper_kind,shopper_id\ncustomer,anna\n")
    Path("links.csv").write_text("visitor_id\nphone\n")
    assert privacy("import", "--consent", "consent.csv", "--identities", "links.csv") == 2
    message = capsys.readouterr().err
    assert [
        name for name in ("consent.purpose", "consent.status", "identities.customer_id") if name not in message
    ] == []


def test_something_must_be_named_and_be_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert privacy("import") == 2
    assert "--consent: or --identities is needed" in capsys.readouterr().err
    assert privacy("import", "--consent", "nowhere.csv") == 2
    assert "--consent: nowhere.csv is not there" in capsys.readouterr().err


def test_who_says_no_to_all_that_events_are_kept_for_has_none_left(capsys: pytest.CaptureFixture[str]) -> None:
    kept_event(ANNA, "e1")
    kept_event(BOB, "e2")
    lines = [f"customer,anna,{purpose},denied,2026-03-01T10:00:00Z,DE,3,x" for purpose in Purpose]
    imported(capsys, [*lines, "customer,bob,model_training,denied,2026-03-01T10:00:00Z,DE,3,x"])
    with opened() as (_, store):
        assert [event.event_id for event in store.holdings([ANNA, BOB]).events] == ["e2"]


def test_without_a_command_for_machines_it_says_it_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    Path("consent.csv").write_text("\n".join([HEAD, *GOOD, "customer,anna,contact,maybe,2026-03-01,DE,3,x"]))
    assert privacy("import", "--consent", "consent.csv", "--quarantine", "bad") == 0
    printed = capsys.readouterr().out
    assert "consent: 5 rows read" in printed
    assert "  1 set aside: status is none of: granted, denied, noticed" in printed
    assert "New in the ledger: 4 answers, 0 links" in printed
    assert "and 1 refusals" in printed
    assert "Bad rows: bad" in printed


def test_an_import_once_more_lets_the_older_key_go(capsys: pytest.CaptureFixture[str]) -> None:
    first = imported(capsys, GOOD, LINKS)
    privacy("keys", "add")
    privacy("keys", "activate", "2")
    assert privacy("keys", "retire", "1") == 1
    capsys.readouterr()
    assert imported(capsys, GOOD, LINKS)["position"] == first["position"]
    assert privacy("keys", "retire", "1") == 0
    assert statuses(ANNA) == {"personalisation": "denied"}
