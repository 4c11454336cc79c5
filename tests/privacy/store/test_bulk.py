"""A batch leaves what the same words one by one leave."""

from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from pathlib import Path
from typing import Any

import pytest

from privacy.consent import Identity, IdentityLink, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import KeptEvent
from privacy.keys import new_ring
from privacy.store.bulk import LINK_SOURCE, Bulk, GivenAnswer
from privacy.store.database import Database
from privacy.store.migrating import migrate
from privacy.store.store import PrivacyStore

RING = new_ring(lambda n_bytes: bytes(range(n_bytes)))
TABLES = ("ledger", "ledger_head", "shoppers", "aliases")


def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as connection:
        return {
            table: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {table}").all())) for table in TABLES
        }


@pytest.fixture
def databases(tmp_path: Path) -> tuple[Database, Database]:
    pair = (Database(f"sqlite:///{tmp_path / 'one.db'}"), Database(f"sqlite:///{tmp_path / 'other.db'}"))
    for database in pair:
        migrate(database)
    return pair


def test_the_rows_are_those_of_the_store_to_the_byte(databases: tuple[Database, Database]) -> None:
    answers = [
        GivenAnswer(
            Identity(kind, f"{number}"),
            purpose,
            Status.DENIED if (number + place) % 3 else Status.GRANTED,
            datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=number),
            "DE",
            "2026-03",
            LINK_SOURCE,
        )
        for number in range(20)
        for kind in ShopperKind
        for place, purpose in enumerate(sorted(Purpose))
    ]
    links = [IdentityLink(f"{number}", f"{number % 7}", datetime(2026, 4, 1, tzinfo=UTC)) for number in range(20)]
    subjects = count(1)
    bulk = Bulk(databases[0], RING, lambda _: next(subjects))
    assert bulk.links(links) == len(links)
    assert bulk.answers(answers) == len(answers)

    numbers = count(1)
    store = PrivacyStore(databases[1], RING, new_subject=lambda _: next(numbers), new_receipt=lambda: "receipt")
    for link in links:
        store.link(link.visitor_id, link.customer_id, Circumstances(link.linked_at, source=LINK_SOURCE))
    for one in answers:
        said = Circumstances(one.at, one.jurisdiction, one.policy_version, one.source)
        store.say([one.identity], {one.purpose: one.status}, said)

    assert rows_of(databases[0]) == rows_of(databases[1])
    for database in databases:
        database.close()


def test_a_batch_forgets_what_is_kept_of_who_now_refuses_it(databases: tuple[Database, Database]) -> None:
    subjects, may, june = count(1), datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    bulk = Bulk(databases[0], RING, lambda _: next(subjects))
    store = PrivacyStore(databases[0], RING, new_subject=lambda _: next(subjects), new_receipt=lambda: "receipt")

    def n_kept() -> int:
        with databases[0].reading() as connection:
            return int(connection.exec_driver_sql("SELECT count(*) FROM kept_events").scalar_one())

    visitors = [Identity(ShopperKind.VISITOR, name) for name in ("phone", "laptop", "tablet")]
    events = [KeptEvent(one.id, store.subject_of(one), "view", "camera", may) for one in visitors]
    store.keep([[event.subject] for event in events], lambda _: events)
    bulk.links([IdentityLink("phone", "anna", may)])
    anna = Identity(ShopperKind.CUSTOMER, "anna")
    bulk.answers([GivenAnswer(anna, Purpose.PERSONALISATION, Status.DENIED, may)])
    assert n_kept() == 3
    bulk.answers([GivenAnswer(anna, Purpose.MODEL_TRAINING, Status.DENIED, june)])
    assert n_kept() == 2
    bulk.links([IdentityLink("laptop", "anna", june)])
    assert n_kept() == 1
    for database in databases:
        database.close()


def test_a_link_is_recorded_anew_only_where_it_was_there_earlier(databases: tuple[Database, Database]) -> None:
    subjects = count(1)
    bulk = Bulk(databases[0], RING, lambda _: next(subjects))
    march, april, may = (IdentityLink("phone", "anna", datetime(2026, month, 1, tzinfo=UTC)) for month in (3, 4, 5))
    assert [bulk.links([link]) for link in (april, may, march, april)] == [1, 0, 1, 0]
    for database in databases:
        database.close()


MARCH, APRIL, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (3, 4, 5))
YES, NO = Status.GRANTED, Status.DENIED
Row = tuple[str, Status | str, datetime]


def read(bulk: Bulk, row: Row, family: int) -> None:
    """Who says what, or which browser is whose."""
    name, said, at = row
    if isinstance(said, Status):
        kind = ShopperKind.VISITOR if name == "phone" else ShopperKind.CUSTOMER
        bulk.answers([GivenAnswer(Identity(kind, f"{name}{family}"), Purpose.CONTACT, said, at)])
    else:
        bulk.links([IdentityLink(f"{name}{family}", f"{said}{family}", at)])


@pytest.mark.parametrize(
    ("rows", "annas"),
    [
        ([("phone", NO, MARCH), ("phone", "anna", APRIL)], NO),
        ([("phone", YES, MARCH), ("phone", "anna", APRIL)], None),
        ([("phone", NO, MARCH), ("phone", "anna", APRIL), ("phone", YES, MAY)], None),
        ([("phone", NO, MARCH), ("phone", "anna", APRIL), ("phone", "bob", MAY)], None),
        ([("phone", NO, MARCH), ("phone", "anna", APRIL), ("anna", YES, APRIL)], YES),
        ([("phone", NO, MARCH), ("phone", "anna", APRIL), ("anna", YES, MARCH)], NO),
        ([("phone", NO, APRIL), ("phone", "anna", APRIL), ("anna", NO, MARCH)], NO),
    ],
)
def test_a_browsers_no_is_its_one_customers_in_whatever_order_files_are_read(
    database: Database, rows: list[Row], annas: Status | None
) -> None:
    subjects = count(1)
    bulk = Bulk(database, RING, lambda _: next(subjects))
    store = PrivacyStore(database, RING, new_subject=lambda _: next(subjects), new_receipt=lambda: "receipt")
    for family, order in enumerate(permutations(rows)):
        for row in order:
            read(bulk, row, family)
        assert (bulk.carry(), bulk.carry()) == (1 if annas is NO else 0, 0)
        [anna] = store.find([Identity(ShopperKind.CUSTOMER, f"anna{family}")]).known
        stands = anna.state.answers.get(Purpose.CONTACT)
        assert (None if stands is None else stands.status) is annas
        assert annas is not NO or (stands is not None and stands.at == rows[0][2])
    assert store.verify() == ((), ())
