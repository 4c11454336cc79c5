"""The trainer reads the ledger: as the files would say it, and what files cannot say."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import update

from models.errors import InvalidInputError, ShopkeeperError
from privacy.consent import Purpose, Status
from privacy.keys import new_ring
from privacy.store.database import Database
from privacy.store.schema import LEDGER
from privacy.store.store import Circumstances
from privacy.topics import TopicWord
from tests.privacy.rings import with_new_key
from tests.training.ledgers import (
    RING,
    customer,
    say,
    store_in,
    uri_in,
    visitor,
    write_keys,
    write_with_ledger,
)
from tests.training.worlds import Row, World, answer, event, link, minute
from training.ingest import IngestReport, Inputs, ingest
from training.ledger.address import recorded_address
from training.ledger.export import write_ledger_export
from training.ledger.tables import LedgerError

ANNA, BOB = customer("anna"), customer("bob")
PHONE = visitor("phone")
YES = answer("customer", "anna", "granted")


def views(*minutes: float, customer_id: str | None = "anna", visitor_id: str | None = None) -> list[Row]:
    return [event(f"{at} {visitor_id}", at, customer_id=customer_id, visitor_id=visitor_id) for at in minutes]


def read(inputs: Inputs, tmp_path: Path) -> IngestReport:
    return ingest(inputs, quarantine=tmp_path / "bad")[1]


def excluded(
    tmp_path: Path, events: Sequence[Row], consent: Sequence[Row], links: Sequence[Row] = ()
) -> dict[str, int]:
    return dict(read(write_with_ledger(World(events, consent, links), tmp_path), tmp_path).n_excluded)


def at(minutes: float) -> Circumstances:
    return Circumstances(minute(minutes), "DE", "1", "test")


def test_who_said_yes_is_used_and_who_was_never_met_was_never_asked(tmp_path: Path) -> None:
    events = [*views(10), *views(11, customer_id="stranger")]
    assert excluded(tmp_path, events, [YES]) == {"never_asked": 1}


def test_a_withdrawal_is_obeyed(tmp_path: Path) -> None:
    consent = [YES, answer("customer", "anna", "denied", 15)]
    assert excluded(tmp_path, views(10, 20), consent) == {"denied": 1, "withdrawn": 1}


def test_answers_for_other_purposes_say_nothing(tmp_path: Path) -> None:
    consent = [answer("customer", "anna", "granted", purpose="personalisation"), answer("customer", "bob", "granted")]
    assert excluded(tmp_path, views(10), consent) == {"never_asked": 1}


def test_a_visitor_and_a_customer_of_one_text_are_two(tmp_path: Path) -> None:
    events = views(10, customer_id=None, visitor_id="anna")
    assert excluded(tmp_path, events, [YES]) == {"never_asked": 1}


def test_a_customer_whose_id_no_event_holds_can_say_no(tmp_path: Path) -> None:
    events = views(10, customer_id=None, visitor_id="phone")
    consent = [answer("visitor", "phone", "granted"), answer("customer", "elsewhere", "denied", 20)]
    assert excluded(tmp_path, events, consent, [link("phone", "elsewhere", 15)]) == {"withdrawn": 1}


def test_a_customer_whose_id_no_event_holds_joins_the_histories_of_two_visitors(tmp_path: Path) -> None:
    events = [*views(10, customer_id=None, visitor_id="phone"), *views(500, customer_id=None, visitor_id="laptop")]
    consent = [answer("customer", "elsewhere", "granted")]
    links = [link("phone", "elsewhere", 5), link("laptop", "elsewhere", 5)]
    report = read(write_with_ledger(World(events, consent, links), tmp_path), tmp_path)
    assert (report.n_sessions, report.n_shoppers) == (2, 1)


def test_an_event_left_out_does_not_decide_where_its_customer_comes(tmp_path: Path) -> None:
    events = [*views(10, customer_id="mia"), *views(10, customer_id=None, visitor_id="phone")]
    consent = [answer("customer", "mia", "granted"), answer("customer", "zoe", "granted", 8)]
    world = World(events, consent, [link("phone", "zoe", 9)])
    alone = read(write_with_ledger(world, tmp_path / "alone"), tmp_path)
    too_early = views(7, customer_id="zoe")
    named = read(write_with_ledger(replace(world, events=[*events, *too_early]), tmp_path / "named"), tmp_path)
    assert named.n_excluded == {"not_yet_granted": 1}
    assert (named.n_shoppers, named.used_fingerprint) == (2, alone.used_fingerprint)


def test_what_happened_until_an_erasure_is_refused_for_ever(tmp_path: Path) -> None:
    inputs = write_with_ledger(World(views(10, 20, 30, 50), [YES]), tmp_path)
    with store_in(tmp_path) as store:
        store.erase([ANNA], minute(20))
        assert read(inputs, tmp_path).n_excluded == {"never_asked": 2, "erased": 2}
        store.say([ANNA], {Purpose.MODEL_TRAINING: Status.GRANTED}, at(40))
    report = read(inputs, tmp_path)
    assert (report.n_excluded, report.n_events_used) == ({"not_yet_granted": 1, "erased": 2}, {"view": 1})


def test_an_erasure_of_the_visitor_forbids_what_the_customer_allows(tmp_path: Path) -> None:
    inputs = write_with_ledger(World(views(10, 30, visitor_id="phone"), [YES]), tmp_path)
    with store_in(tmp_path) as store:
        store.erase([PHONE], minute(20))
    assert read(inputs, tmp_path).n_excluded == {"erased": 1}


def test_a_person_is_found_under_an_old_key_and_under_a_new_one(tmp_path: Path) -> None:
    newer = with_new_key(RING, lambda n_bytes: bytes(n_bytes))
    events = [*views(10), *views(11, customer_id="bob"), *views(12, customer_id="eve")]
    inputs = write_with_ledger(World(events, [YES]), tmp_path)
    say(tmp_path, [answer("customer", "bob", "granted")], [], ring=newer)
    report = read(replace(inputs, keys=write_keys(tmp_path, newer)), tmp_path)
    assert (report.n_events_used, report.n_excluded) == ({"view": 2}, {"never_asked": 1})


def test_the_report_says_where_the_ledger_ended(tmp_path: Path) -> None:
    inputs = write_with_ledger(World(views(10), [YES]), tmp_path)
    with store_in(tmp_path) as store:
        head = store.head()
    report = read(replace(inputs, as_of=minute(99)), tmp_path)
    assert (report.ledger_position, report.ledger_hash) == (head.count, head.hash.hex())
    assert (report.as_of, report.rules_fingerprint) == ("2026-03-01T01:39:00+00:00", "")


CATALOGUE = [
    {"item_id": "lamp", "category": "home/lamps"},
    {"item_id": "test", "category": "health/tests"},
    {"item_id": "cream", "category": "health/creams"},
]
RULES = """
regimes: {US: opt_out}
sensitive_topics: [health]
policy_versions:
  - {version: "1", effective_from: 2026-01-01}
  - {version: "2", effective_from: 2026-04-01, older_lapse: true}
retention_days: {view: 30}
"""


def ruled(inputs: Inputs, directory: Path, as_of: datetime, rules: str = RULES) -> Inputs:
    path = directory / "privacy.yaml"
    path.write_text(rules)
    return replace(inputs, privacy_rules=path, as_of=as_of)


def test_a_muted_topic_is_no_evidence(tmp_path: Path) -> None:
    events = [*views(10), event("rug", 11, "rug", customer_id="anna"), *views(12, customer_id="bob")]
    world = World(events, [YES, answer("customer", "bob", "granted")], catalogue=CATALOGUE)
    inputs = write_with_ledger(world, tmp_path)
    with store_in(tmp_path) as store:
        store.prefer([ANNA], {"home": TopicWord.MUTE}, {})
    report = read(inputs, tmp_path)
    assert (report.n_excluded, report.n_events_used) == ({"muted_topic": 1}, {"view": 2})


def test_a_sensitive_topic_needs_its_own_yes_of_everybody(tmp_path: Path) -> None:
    events = [event(f"{who} {item}", 10, item, customer_id=who) for who in ("anna", "bob") for item in ("lamp", "test")]
    world = World(events, [YES, answer("customer", "bob", "granted")], catalogue=CATALOGUE)
    inputs = ruled(write_with_ledger(world, tmp_path), tmp_path, minute(20))
    assert read(inputs, tmp_path).n_excluded == {"sensitive_topic": 2}
    with store_in(tmp_path) as store:
        store.prefer([ANNA], {"health/tests": TopicWord.SHOW}, {})
    assert read(inputs, tmp_path).n_excluded == {"sensitive_topic": 1}
    assert read(replace(inputs, privacy_rules=None), tmp_path).n_excluded == {}


def test_sensitive_topics_bind_where_consent_comes_from_files_or_is_assumed(tmp_path: Path) -> None:
    events = [event(item, 10, item, customer_id="anna") for item in ("lamp", "test")] + [event("nobody's", 11, "test")]
    world = World(events, [YES], catalogue=CATALOGUE)
    inputs = ruled(world.write(tmp_path / "files"), tmp_path, minute(20))
    assert read(inputs, tmp_path).n_excluded == {"no_identity": 1, "sensitive_topic": 1}
    assumed = ruled(replace(world, consent=None).write(tmp_path / "files", assume_consent="x"), tmp_path, minute(20))
    assert read(assumed, tmp_path).n_excluded == {"sensitive_topic": 2}


def test_topics_that_matter_want_a_catalogue(tmp_path: Path) -> None:
    inputs = write_with_ledger(World(views(10), [YES]), tmp_path)
    with pytest.raises(InvalidInputError, match="is needed where topics are sensitive"):
        read(ruled(inputs, tmp_path, minute(20)), tmp_path)
    with store_in(tmp_path) as store:
        store.prefer([ANNA], {"home": TopicWord.MUTE}, {})
    with pytest.raises(InvalidInputError, match="is needed where shoppers mute topics"):
        read(inputs, tmp_path)


def test_a_yes_to_an_old_policy_lapses(tmp_path: Path) -> None:
    days = [datetime(2026, month, 20, tzinfo=UTC) for month in (3, 4)]
    events = [
        event(f"{who} {day}", 0, customer_id=who) | {"occurred_at": day} for who in ("anna", "bob") for day in days
    ]
    consent = [
        answer("customer", "anna", "granted", policy_version="1"),
        answer("customer", "bob", "granted", policy_version="2"),
    ]
    inputs = write_with_ledger(World(events, consent, catalogue=CATALOGUE), tmp_path)
    after = ruled(inputs, tmp_path, datetime(2026, 4, 20, tzinfo=UTC), RULES.replace("30", "300"))
    assert read(after, tmp_path).n_excluded == {"lapsed": 2}
    before = replace(after, as_of=datetime(2026, 3, 31, tzinfo=UTC))
    assert read(before, tmp_path).n_excluded == {"not_yet_granted": 1}


def test_a_notice_is_a_yes_where_the_law_lets_silence_be_one(tmp_path: Path) -> None:
    events = [*views(10), *views(11, customer_id="bob")]
    consent = [
        answer("customer", "anna", "noticed", jurisdiction="US-CA", policy_version="1"),
        answer("customer", "bob", "noticed", jurisdiction="DE", policy_version="1"),
    ]
    inputs = write_with_ledger(World(events, consent, catalogue=CATALOGUE), tmp_path / "ledger")
    assert read(ruled(inputs, tmp_path, minute(20)), tmp_path).n_excluded == {"never_asked": 1}
    files = World(events, consent, catalogue=CATALOGUE).write(tmp_path / "files")
    assert read(ruled(files, tmp_path, minute(20)), tmp_path).n_excluded == {"never_asked": 1}
    assert read(files, tmp_path).n_excluded == {"never_asked": 2}


def test_what_is_older_than_it_may_be_kept_is_no_evidence(tmp_path: Path) -> None:
    bought = event("bought", 10, event_type="purchase", customer_id="anna", order_id="A")
    inputs = write_with_ledger(World([*views(10, 11), bought], [YES], catalogue=CATALOGUE), tmp_path)
    as_of = minute(11) + timedelta(days=30)
    assert read(ruled(inputs, tmp_path, as_of, "retention_days: {view: 30}"), tmp_path).n_excluded == {
        "past_retention": 1
    }
    assert read(replace(inputs, as_of=as_of), tmp_path).n_excluded == {}


def test_an_export_says_what_the_database_says(tmp_path: Path) -> None:
    world = World(
        [*views(10, 20, visitor_id="phone"), *views(11, customer_id="bob")], [YES], [link("phone", "bob", 15)]
    )
    inputs = write_with_ledger(world, tmp_path)
    with store_in(tmp_path) as store:
        store.erase([BOB], minute(5))
        store.prefer([ANNA], {"home": TopicWord.MUTE}, {})
    write_ledger_export(inputs.ledger or "", tmp_path / "export")
    catalogue = World([], catalogue=CATALOGUE).write(tmp_path / "catalogue").catalogue
    here = replace(inputs, catalogue=catalogue)
    there = read(replace(here, ledger=str(tmp_path / "export")), tmp_path)
    assert there == read(here, tmp_path)
    assert there.n_excluded == {"never_asked": 1, "muted_topic": 2}


def test_postgresql_says_what_sqlite_says(tmp_path: Path, postgresql: str) -> None:
    world = World(
        [*views(10, 20, visitor_id="phone"), *views(11, customer_id="bob")], [YES], [link("phone", "bob", 15)]
    )
    inputs = write_with_ledger(replace(world, catalogue=CATALOGUE), tmp_path)
    say(postgresql, world.consent or (), world.identities or ())
    for where in (tmp_path, postgresql):
        with store_in(where) as store:
            store.erase([BOB], minute(5))
            store.prefer([ANNA], {"home": TopicWord.MUTE}, {})
    here, there = read(inputs, tmp_path), read(replace(inputs, ledger=postgresql), tmp_path)
    assert replace(there, ledger_hash="") == replace(here, ledger_hash="")  # people's numbers are random
    assert there.n_excluded == {"never_asked": 1, "muted_topic": 2}


def test_an_export_holds_no_id_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    inputs = write_with_ledger(World(views(10), [YES], [link("phone", "anna")]), tmp_path)
    write_ledger_export(inputs.ledger or "", tmp_path / "export")
    files = sorted((tmp_path / "export").iterdir())
    assert [file.name for file in files] == [
        f"{name}.parquet" for name in ("aliases", "entries", "head", "preferences")
    ]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    assert not any(b"anna" in file.read_bytes() or b"phone" in file.read_bytes() for file in files)
    with pytest.raises(InvalidInputError, match="new or empty folder"):
        write_ledger_export(inputs.ledger or "", tmp_path / "export")


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    return write_with_ledger(World(views(10), [YES, answer("customer", "bob", "denied")]), tmp_path)


def refused(inputs: Inputs, tmp_path: Path) -> str:
    with pytest.raises(ShopkeeperError) as raised:
        read(inputs, tmp_path)
    return str(raised.value)


def test_a_database_that_is_not_there_is_not_made(inputs: Inputs, tmp_path: Path) -> None:
    assert "elsewhere.db is not there" in refused(
        replace(inputs, ledger=f"sqlite:///{tmp_path}/elsewhere.db"), tmp_path
    )
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_database_of_something_else_is_told(inputs: Inputs, tmp_path: Path) -> None:
    (tmp_path / "other.db").touch()
    told = refused(replace(inputs, ledger=f"sqlite:///{tmp_path}/other.db"), tmp_path)
    assert "has no tables of Shopkeeper" in told


def test_the_keys_of_another_shop_are_told(inputs: Inputs, tmp_path: Path) -> None:
    other = new_ring(lambda n_bytes: b"x" * n_bytes)
    assert "is not sealed with one of the keys" in refused(replace(inputs, keys=write_keys(tmp_path, other)), tmp_path)


def test_a_ledger_that_was_cut_is_not_trained_by(inputs: Inputs, tmp_path: Path) -> None:
    with Database(uri_in(tmp_path)).transaction() as connection:
        connection.execute(LEDGER.delete().where(LEDGER.c.position == 2))
    assert "entries that its head does not count" in refused(inputs, tmp_path)


def test_an_answer_that_cannot_be_read_is_a_no(inputs: Inputs, tmp_path: Path) -> None:
    with Database(uri_in(tmp_path)).transaction() as connection:
        connection.execute(update(LEDGER).where(LEDGER.c.position == 1).values(status="maybe"))
    report = read(inputs, tmp_path)
    assert report.n_excluded == {"denied": 1}
    assert report.n_quarantined_elsewhere == {"ledger: status is none of: granted, denied, noticed": 1}


def test_of_two_events_of_one_id_the_first_counts(tmp_path: Path) -> None:
    world = World([*views(10, 20), *views(10, customer_id="bob")], [YES, answer("customer", "bob", "granted")])
    twice = replace(world, events=[row | {"event_id": "1"} for row in world.events])
    by_ledger = read(write_with_ledger(twice, tmp_path / "ledger"), tmp_path)
    by_files = read(twice.write(tmp_path / "files"), tmp_path)
    assert by_ledger.n_quarantined == by_files.n_quarantined == {"duplicate event_id": 2}
    assert by_ledger.used_fingerprint == by_files.used_fingerprint


def test_an_entry_of_an_unknown_kind_stops_the_training(inputs: Inputs, tmp_path: Path) -> None:
    with Database(uri_in(tmp_path)).transaction() as connection:
        connection.execute(update(LEDGER).where(LEDGER.c.position == 1).values(kind="curse"))
    assert "a kind that this release does not know" in refused(inputs, tmp_path)


def test_files_of_two_exports_are_not_one(inputs: Inputs, tmp_path: Path) -> None:
    write_ledger_export(inputs.ledger or "", tmp_path / "one")
    say(tmp_path, [answer("customer", "eve", "denied")], [])
    write_ledger_export(inputs.ledger or "", tmp_path / "two")
    (tmp_path / "one" / "entries.parquet").write_bytes((tmp_path / "two" / "entries.parquet").read_bytes())
    with pytest.raises(LedgerError, match="not of one export"):
        read(replace(inputs, ledger=str(tmp_path / "one")), tmp_path)


def test_a_folder_that_is_no_export_is_told(inputs: Inputs, tmp_path: Path) -> None:
    write_ledger_export(inputs.ledger or "", tmp_path / "export")
    table = pq.read_table(tmp_path / "export" / "entries.parquet")
    pq.write_table(table.drop_columns(["other"]), tmp_path / "export" / "entries.parquet")
    assert "lacks entries.other" in refused(replace(inputs, ledger=str(tmp_path / "export")), tmp_path)
    (tmp_path / "export" / "head.parquet").unlink()
    assert "it lacks head.parquet" in refused(replace(inputs, ledger=str(tmp_path / "export")), tmp_path)


def test_what_does_not_go_together_is_told_at_once(inputs: Inputs, tmp_path: Path) -> None:
    mixed = replace(inputs, consent=tmp_path, identities=tmp_path, keys=None, privacy_rules=tmp_path)
    with pytest.raises(InvalidInputError) as raised:
        read(mixed, tmp_path)
    assert [fault.field for fault in raised.value.faults] == ["consent", "identities", "keys", "as_of"]


def test_an_address_is_written_down_without_its_password() -> None:
    told = recorded_address("postgresql://shop:secret@host/state?password=secret&sslmode=require")
    assert told == "postgresql://shop@host/state?sslmode=require"
