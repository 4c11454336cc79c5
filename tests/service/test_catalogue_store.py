"""Words on items are kept for all servers, on SQLite and on PostgreSQL."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import reduce
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event as happening
from sqlalchemy.exc import OperationalError

import service.adapters.catalogue_store
from privacy.consent import Purpose
from privacy.store.database import Database, StoreUnavailableError
from privacy.store.migrating import migrate
from service.adapters.catalogue_store import SqlCatalogueStore
from service.core.catalogue import ItemWord, News, Told, merged
from tests.privacy.store.conftest import database, postgresql, store_on  # noqa: F401 - fixtures
from tests.privacy.store.shoppers import ANNA, P, T, at
from tests.service.catalogues import taken_back, word

N_WRITERS, N_CALLS = 4, 25


@pytest.fixture
def store(database: Database) -> SqlCatalogueStore:  # noqa: F811
    return SqlCatalogueStore(database, lambda: None)


def all_of(store: SqlCatalogueStore, after: int = 0) -> dict[str, ItemWord]:
    """What stands of each item that somebody said something of since."""
    found, is_last = {}, False
    while not is_last:
        words, after, is_last = store.news(after)
        found |= {one.item_id: one for one in words}
    return found


def test_a_word_is_kept_as_it_was_said(store: SqlCatalogueStore) -> None:
    said = [word("bag", available=False, at=5), word("lens", price=2**40), taken_back("card"), word("gone", price=0)]
    assert store.tell(said) == 0
    assert all_of(store) == {one.item_id: one for one in said}


def test_nothing_is_new_where_nothing_was_said(store: SqlCatalogueStore) -> None:
    assert store.news(0) == News((), 0, is_last=True)


def test_only_what_was_said_since_is_news(store: SqlCatalogueStore) -> None:
    store.tell([word("bag", price=1), word("lens", price=1)])
    seq = store.news(0).seq
    store.tell([word("bag", price=2, at=2)])
    assert all_of(store, seq) == {"bag": word("bag", price=2, at=2)}


def test_to_say_the_same_again_is_no_news(store: SqlCatalogueStore) -> None:
    store.tell([word("bag", price=1)])
    seq = store.news(0).seq
    assert store.tell([word("bag", price=1)]) == 0
    assert store.news(seq) == News((), seq, is_last=True)


def test_what_was_known_in_a_newer_form_is_counted_and_stays(store: SqlCatalogueStore) -> None:
    store.tell([word("bag", available=False, price=5, at=9)])
    assert store.tell([word("bag", available=True, at=8), word("lens", price=1, at=8)]) == 1
    assert all_of(store)["bag"] == word("bag", available=False, price=5, at=9)


def test_stock_and_price_do_not_overwrite_each_other(store: SqlCatalogueStore) -> None:
    store.tell([word("bag", price=5, at=9)])
    store.tell([word("bag", available=False, at=2)])
    assert all_of(store) == {"bag": ItemWord("bag", Told(False, 2), Told(5, 9))}


def test_news_come_in_parts_and_all_of_them_come(store: SqlCatalogueStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service.adapters.catalogue_store, "WORDS_AT_A_TIME", 3)
    store.tell([word(f"item-{number}", price=number) for number in range(7)])
    assert [len(store.news(after).words) for after in (0, 3, 6)] == [3, 3, 1]
    assert len(all_of(store)) == 7


def test_a_database_that_was_put_back_is_read_from_its_beginning(store: SqlCatalogueStore) -> None:
    store.tell([word("bag", price=1)])
    assert all_of(store, 1_000) == {"bag": word("bag", price=1)}


def test_who_reads_while_many_write_passes_over_nothing(store: SqlCatalogueStore) -> None:
    def write(writer: int) -> None:
        for call in range(N_CALLS):
            store.tell([word(f"item-{writer}-{call}", price=call), word("shared", price=1, at=call * 10 + writer)])

    heard: dict[str, ItemWord] = {}
    after = 0
    with ThreadPoolExecutor(N_WRITERS) as pool:
        running = [pool.submit(write, writer) for writer in range(N_WRITERS)]
        while not all(one.done() for one in running):
            words, after, _ = store.news(after)
            heard |= {one.item_id: one for one in words}
        for one in running:
            one.result()
    heard |= all_of(store, after)
    assert heard == all_of(store)
    assert len(heard) == N_WRITERS * N_CALLS + 1
    assert heard["shared"].price_minor == Told(1, (N_CALLS - 1) * 10 + N_WRITERS - 1)


def test_nothing_of_a_call_that_fails_is_kept(store: SqlCatalogueStore, database: Database) -> None:  # noqa: F811
    @happening.listens_for(database.engine, "before_cursor_execute")
    def fail(_connection, _cursor, statement, *_rest) -> None:  # type: ignore[no-untyped-def]  # SQLAlchemy's
        if statement.startswith("UPDATE catalogue_head"):
            raise OperationalError(statement, None, OSError())

    with pytest.raises(StoreUnavailableError):
        store.tell([word("bag", price=1)])
    assert all_of(store) == {}


def test_an_erasure_touches_no_item(store: SqlCatalogueStore, database: Database) -> None:  # noqa: F811
    shoppers = store_on(database)
    shoppers.say([ANNA], dict.fromkeys((P, T, Purpose.MEASUREMENT), "granted"), at(1))  # type: ignore[arg-type]
    store.tell([word("bag", available=False)])
    shoppers.erase([ANNA], at(2).at)
    assert all_of(store) == {"bag": word("bag", available=False)}


def test_where_the_tables_cannot_be_made_ready_that_is_told(database: Database) -> None:  # noqa: F811
    def fail() -> None:
        raise StoreUnavailableError("gone")

    store = SqlCatalogueStore(database, fail)
    with pytest.raises(StoreUnavailableError, match="gone"):
        store.tell([word("bag", price=1)])
    with pytest.raises(StoreUnavailableError, match="gone"):
        store.news(0)


moments = st.integers(1, 4)
words = st.builds(
    ItemWord,
    st.sampled_from(("bag", "lens")),
    st.none() | st.builds(Told, st.none() | st.booleans(), moments),
    st.none() | st.builds(Told, st.none() | st.integers(0, 2), moments),
    st.just(value=False),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(words, max_size=8))
def test_what_stands_in_the_table_is_the_last_word_of_each_item(said: list[ItemWord]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        held = Database(f"sqlite:///{Path(directory) / 'state.db'}")
        migrate(held)
        store = SqlCatalogueStore(held, lambda: None)
        for one in said:
            store.tell([one])
        found = all_of(store)
        held.close()
    for item_id in {one.item_id for one in said}:
        stands = reduce(merged, [one for one in said if one.item_id == item_id], ItemWord(item_id))
        assert found.get(item_id, ItemWord(item_id)) == stands
