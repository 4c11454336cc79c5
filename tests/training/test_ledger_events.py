"""Trainings on an export of kept events: as on the shop's own files, with people as numbers."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from models.errors import InvalidInputError, ShopkeeperError
from privacy.consent import Purpose, Status
from privacy.entry import Circumstances
from privacy.rules import Rules
from privacy.store.database import Database
from privacy.topics import TopicWord
from tests.training.kept import exported, files_in, keep, number
from tests.training.ledgers import customer, say, store_in, uri_in, visitor, write_keys
from tests.training.worlds import Row, World, answer, event, link, minute
from training.ingest import IngestReport, Inputs, ingest
from training.ledger.events import SCHEMA, export_events
from training.ledger.tables import LedgerError

ANNA, BOB, PHONE = customer("anna"), customer("bob"), visitor("phone")
YES = answer("customer", "anna", "granted")
CATALOGUE = [{"item_id": "lamp", "category": "home/lamps"}, {"item_id": "test", "category": "health/tests"}]


def read(inputs: Inputs, tmp_path: Path) -> IngestReport:
    return ingest(inputs, quarantine=tmp_path / "bad")[1]


def views(*minutes: float, customer_id: str | None = "anna", visitor_id: str | None = None) -> list[Row]:
    return [
        event(f"{at} {customer_id} {visitor_id}", at, customer_id=customer_id, visitor_id=visitor_id) for at in minutes
    ]


def by_export(
    tmp_path: Path,
    events: Sequence[Row],
    consent: Sequence[Row],
    links: Sequence[Row] = (),
    catalogue: Sequence[Row] | None = None,
) -> Inputs:
    """Inputs of a shop whose server kept the events, as exported now."""
    say(tmp_path, consent, links)
    keep(tmp_path, events)
    exported(tmp_path, tmp_path / "kept")
    listed = World([], catalogue=catalogue).write(tmp_path).catalogue
    return Inputs(tmp_path / "kept", None, None, listed, ledger=uri_in(tmp_path), keys=write_keys(tmp_path))


def written(inputs: Inputs, *rows: Row) -> Inputs:
    """The inputs with more events in the folder, as a file of the export's columns and those of ids."""
    schema = SCHEMA.append(pa.field("customer_id", pa.string())).append(pa.field("visitor_id", pa.string()))
    pq.write_table(pa.Table.from_pylist(list(rows), schema), inputs.events / "more.parquet")
    return inputs


def refused(inputs: Inputs, tmp_path: Path) -> str:
    with pytest.raises(ShopkeeperError) as raised:
        read(inputs, tmp_path)
    return str(raised.value)


def answered(tmp_path: Path, status: Status, minutes: float) -> None:
    with store_in(tmp_path) as store:
        store.say([ANNA], {Purpose.MODEL_TRAINING: status}, Circumstances(minute(minutes), "DE", "1", "test"))


def test_what_was_kept_trains_as_the_shops_own_file_does(tmp_path: Path) -> None:
    events = [
        *views(10, 20, visitor_id="phone"),
        *views(30, customer_id=None, visitor_id="phone"),
        event("bought", 40, "lamp", "purchase", customer_id="bob", order_id="A"),
        event("with it", 40, "bulb", "purchase", customer_id="bob", order_id="A"),
    ]
    consent, links = (
        [YES, answer("customer", "bob", "granted"), answer("visitor", "phone", "granted")],
        [link("phone", "anna")],
    )
    there = read(by_export(tmp_path / "kept", events, consent, links), tmp_path)
    files = World(events, catalogue=[]).write(tmp_path / "files")
    here = read(replace(files, ledger=uri_in(tmp_path / "kept"), keys=write_keys(tmp_path)), tmp_path)
    alike = {"events_fingerprint": "", "used_fingerprint": ""}  # of files, and of people's order, which follows names
    assert replace(there, **alike) == replace(here, **alike)
    assert (there.n_events_used, there.n_shoppers, there.n_orders) == ({"purchase": 2, "view": 3}, 2, 1)


def test_what_something_cost_is_known_where_no_catalogue_says_it(tmp_path: Path) -> None:
    events = [event("bought", 40, "lamp", "purchase", customer_id="anna", order_id="A", unit_price=12.34)]
    histories, _ = ingest(by_export(tmp_path, events, [YES]), quarantine=tmp_path / "bad")
    assert list(histories.catalogue.prices_minor) == [1234]


def test_a_customer_who_is_named_by_an_event_and_by_a_link_is_one_shopper(tmp_path: Path) -> None:
    events = [*views(10), *views(30, customer_id=None, visitor_id="phone")]
    inputs = by_export(tmp_path, events, [YES, answer("visitor", "phone", "noticed")], [link("phone", "anna")])
    assert read(inputs, tmp_path).n_shoppers == 1


def test_who_has_refused_since_does_not_train_though_an_export_holds_it(tmp_path: Path) -> None:
    inputs = by_export(tmp_path, views(10, 20), [YES])
    answered(tmp_path, Status.DENIED, 30)
    assert read(inputs, tmp_path).n_excluded == {"withdrawn": 2}


def test_a_no_of_the_browser_counts_for_what_its_customer_did(tmp_path: Path) -> None:
    inputs = by_export(tmp_path, views(10, visitor_id="phone"), [YES, answer("visitor", "phone", "noticed")])
    assert read(inputs, tmp_path).n_excluded == {}
    with store_in(tmp_path) as store:
        store.say([PHONE], {Purpose.MODEL_TRAINING: Status.DENIED}, Circumstances(minute(30), "DE", "1", "test"))
    assert read(inputs, tmp_path).n_excluded == {"withdrawn": 1}


def test_who_was_erased_since_does_not_train_though_an_export_holds_it(tmp_path: Path) -> None:
    inputs = by_export(tmp_path, views(10), [YES])
    with store_in(tmp_path) as store:
        store.erase([ANNA], minute(30))
    answered(tmp_path, Status.GRANTED, 40)
    assert read(inputs, tmp_path).n_excluded == {"erased": 1}


def test_a_yes_to_pages_alone_is_kept_and_neither_exported_nor_learnt_from(tmp_path: Path) -> None:
    inputs = by_export(tmp_path, [*views(10), *views(11, customer_id="bob")], [YES, pages_of("bob")])
    assert read(inputs, tmp_path).n_events_read == 1
    with store_in(tmp_path) as store:
        row = {"event_id": "1", "event_type": "view", "occurred_at": minute(12), "item_id": "lamp"}
        written(inputs, row | {"ledger_customer": number(store, BOB)})
    assert read(inputs, tmp_path).n_excluded == {"never_asked": 1}


def test_topics_and_retention_are_as_for_other_events(tmp_path: Path) -> None:
    events = [*views(10, 50_000), event("test", 50_001, "test", customer_id="anna")]
    inputs = by_export(tmp_path, events, [YES], catalogue=CATALOGUE)
    rules = tmp_path / "privacy.yaml"
    rules.write_text("sensitive_topics: [health]\nretention_days: {view: 30}")
    ruled = replace(inputs, privacy_rules=rules, as_of=minute(50_002))
    assert read(ruled, tmp_path).n_excluded == {"past_retention": 1, "sensitive_topic": 1}
    with store_in(tmp_path) as store:
        store.prefer([ANNA], {"home": TopicWord.MUTE, "health": TopicWord.SHOW}, {})
    assert read(ruled, tmp_path).n_excluded == {"past_retention": 1, "muted_topic": 1}


def test_a_number_that_nobody_has_was_never_asked(tmp_path: Path) -> None:
    row = {"event_id": "1", "event_type": "view", "occurred_at": minute(12), "item_id": "lamp"}
    inputs = written(by_export(tmp_path, views(10), [YES]), row | {"ledger_customer": 5})
    assert read(inputs, tmp_path).n_excluded == {"never_asked": 1}


def test_ids_and_numbers_in_one_training_are_refused_since_one_would_count_as_two(tmp_path: Path) -> None:
    row = {"event_id": "1", "event_type": "view", "occurred_at": minute(12), "item_id": "lamp"}
    inputs = written(by_export(tmp_path, views(10), [YES]), row | {"customer_id": "anna"})
    assert "so that one person would count as two: train on a folder of the one or of the other" in refused(
        inputs, tmp_path
    )


def test_a_row_with_an_id_and_a_number_is_set_aside(tmp_path: Path) -> None:
    row = {"event_id": "1", "event_type": "view", "occurred_at": minute(12), "item_id": "lamp"}
    inputs = by_export(tmp_path, views(10), [YES])
    with store_in(tmp_path) as store:
        written(inputs, row | {"visitor_id": "phone", "ledger_customer": number(store, ANNA)})
    assert read(inputs, tmp_path).n_quarantined == {"people are named by ids and by numbers of the ledger": 1}


def test_an_id_that_reads_as_somebodys_number_is_set_aside(tmp_path: Path) -> None:
    say(tmp_path, [YES], [])
    with store_in(tmp_path) as store:
        forged = f"number of the ledger {number(store, ANNA)}"
    files = World([*views(10), event("forged", 11, visitor_id=forged)]).write(tmp_path)
    report = read(replace(files, ledger=uri_in(tmp_path), keys=write_keys(tmp_path)), tmp_path)
    assert report.n_quarantined == {"an id reads as a number of the ledger": 1}
    assert report.n_events_used == {"view": 1}


def test_without_the_ledger_an_export_is_refused(tmp_path: Path) -> None:
    inputs = by_export(tmp_path, views(10), [YES])
    consent = World([], [YES]).write(tmp_path / "files").consent
    told = refused(replace(inputs, ledger=None, keys=None, consent=consent), tmp_path)
    assert "whose people only the ledger knows: give --ledger and --keys" in told


def test_numbers_that_are_none_are_told_by_their_column(tmp_path: Path) -> None:
    inputs = by_export(tmp_path, views(10), [YES])
    for path in inputs.events.rglob("*.parquet"):
        rows = pq.read_table(path)
        pq.write_table(rows.set_column(3, "ledger_customer", pa.array(["1"] * len(rows))), path)
    assert "events.ledger_customer: wanted integer, found string" in refused(inputs, tmp_path)


def test_the_same_events_give_the_same_bytes(tmp_path: Path) -> None:
    bought = event("bought", 15, event_type="purchase", customer_id="bob")
    events = [*views(10, 20, 3_000), *views(10, customer_id="bob"), bought]
    for name, rows in (("one", events), ("other", events[::-1])):
        by_export(tmp_path / name, [], [YES, answer("customer", "bob", "granted")])
        with store_in(tmp_path / name) as store:
            numbers = {name: number(store, customer(name)) for name in ("anna", "bob")}
        keep(tmp_path / name, rows)
        exported(tmp_path / name, tmp_path / name / "kept")
        again = tmp_path / name / "again"
        exported(tmp_path / name, again)
        assert files_in(again) == files_in(tmp_path / name / "kept")
        assert list(files_in(again)) == ["date=2026-03-01/events.parquet", "date=2026-03-03/events.parquet"]
        table = pq.read_table(again / "date=2026-03-01" / "events.parquet")
        whose = {subject: name for name, subject in numbers.items()}
        assert [whose[subject] for subject in table["ledger_customer"].to_pylist()] == ["anna", "bob", "bob", "anna"]


def test_a_visitor_who_is_linked_to_somebody_who_refuses_is_not_exported(tmp_path: Path) -> None:
    consent = [answer("visitor", "phone", "granted"), answer("customer", "anna", "denied")]
    say(tmp_path, consent, [link("phone", "anna")])
    keep(tmp_path, views(10, customer_id=None, visitor_id="phone"))
    found = exported(tmp_path, tmp_path / "kept")
    assert (dict(found.events), found.n_left_out) == ({}, 1)


def test_a_database_of_another_release_is_told(tmp_path: Path) -> None:
    say(tmp_path, [YES], [])
    database = Database(uri_in(tmp_path))
    with database.transaction() as connection:
        connection.exec_driver_sql("DROP INDEX kept_events_of_other")
        connection.exec_driver_sql("ALTER TABLE kept_events DROP COLUMN other")
    with pytest.raises(LedgerError, match=r"lacks kept_events\.other: it is of another release"):
        export_events(database, tmp_path / "kept", rules=Rules(), now=minute(0))
    database.close()


@pytest.mark.parametrize("there", ["notes.txt", "date=2026-03-01/part-0.parquet", "date=2026-03-01/events.parquet"])
def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, there: str) -> None:
    say(tmp_path, [YES], [])
    path = tmp_path / "kept" / there
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    with pytest.raises(InvalidInputError, match="holds what no export wrote"):
        exported(tmp_path, tmp_path / "kept")
    assert path.read_text() == "mine"


def test_an_export_that_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    by_export(tmp_path, views(10), [YES])
    before = files_in(tmp_path / "kept")
    keep(tmp_path, views(11, 3_000))
    with Database(uri_in(tmp_path)).transaction() as connection:
        connection.exec_driver_sql("UPDATE shoppers SET state = 'nonsense'")
    with pytest.raises(ValueError, match="Expecting value"):
        exported(tmp_path, tmp_path / "kept")
    assert files_in(tmp_path / "kept") == before
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["date=2026-03-01"]


def test_what_a_killed_export_left_is_no_events_and_goes(tmp_path: Path) -> None:
    inputs = by_export(tmp_path, views(10), [YES])
    left = inputs.events / ".exporting" / "2026-03-01"
    left.parent.mkdir()
    left.write_bytes(b"half")
    assert read(inputs, tmp_path).n_events_read == 1
    exported(tmp_path, inputs.events)
    assert not left.parent.exists()


def test_postgresql_gives_what_sqlite_gives(tmp_path: Path, postgresql: str) -> None:
    events = [*views(10, 20, 3_000, visitor_id="phone"), *views(11, customer_id="bob"), *views(12, customer_id="eve")]
    consent = [YES, answer("customer", "bob", "denied"), answer("visitor", "phone", "noticed"), pages_of("eve")]
    for where, out in ((tmp_path, "here"), (postgresql, "there")):
        say(where, consent, [link("phone", "anna")])
        keep(where, events)
        found = exported(where, tmp_path / out)
        assert (list(found.events.values()), found.n_left_out) == ([2, 1], 2)
    here, there = (pq.read_table(tmp_path / out, partitioning=None) for out in ("here", "there"))
    numbers = ["ledger_customer", "ledger_visitor"]  # which are random
    assert here.drop_columns(numbers).equals(there.drop_columns(numbers))
    assert [there[name].null_count for name in numbers] == [0, 0]


def pages_of(customer_id: str) -> Row:
    """A yes to pages alone."""
    return answer("customer", customer_id, "granted", purpose="personalisation")
