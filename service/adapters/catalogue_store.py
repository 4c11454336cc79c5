"""service.core.catalogue.CatalogueStore in the database of the shop, which all servers share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from privacy.store.database import Database
from privacy.store.schema import CATALOGUE_HEAD, CATALOGUE_WORDS
from service.core.catalogue import ItemWord, News, Told, is_outdated, merged

WORDS_AT_A_TIME = 5_000
"""Read together: a few milliseconds, and less than two megabytes."""
N_USERS = 3
"""Threads of a server that use it at once: one hears, one takes words and one makes a new model ready."""

_WORD = (
    CATALOGUE_WORDS.c.item_id,
    CATALOGUE_WORDS.c.available,
    CATALOGUE_WORDS.c.available_at,
    CATALOGUE_WORDS.c.price_minor,
    CATALOGUE_WORDS.c.price_at,
    CATALOGUE_WORDS.c.seq,
)


class SqlCatalogueStore:
    """Words in a table, a row for each item. May be used from any thread.

    Args:
        database: Where.
        prepare: Brings it to this release's tables; StoreUnavailableError while it cannot be reached.
    """

    def __init__(self, database: Database, prepare: Callable[[], object]) -> None:
        self._database, self._prepare = database, prepare

    def tell(self, words: Sequence[ItemWord]) -> int:
        """See the port.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails. Nothing was kept, unless it failed at the
                very end.
        """
        self._prepare()
        n_outdated = 0
        changed: list[Mapping[str, object]] = []
        with self._database.transaction() as connection:
            # Who holds the head is alone: what has a higher number comes to be seen later, so nobody passes over it.
            seq = connection.execute(select(CATALOGUE_HEAD.c.seq).with_for_update()).scalar_one()
            held = _held(connection, [word.item_id for word in words])
            for word in words:
                before = held.get(word.item_id, ItemWord(word.item_id))
                stands = merged(before, word)
                n_outdated += is_outdated(word, stands)
                if stands != before:
                    changed.append(_values(stands, seq + len(changed) + 1))
            if changed:
                _put(connection, changed)
                connection.execute(update(CATALOGUE_HEAD).values(seq=seq + len(changed)))
        return n_outdated

    def news(self, after: int) -> News:
        """See the port.

        Raises:
            StoreUnavailableError: The database cannot be reached, or fails.
        """
        self._prepare()
        with self._database.reading() as connection:
            seq = connection.execute(select(CATALOGUE_HEAD.c.seq)).scalar_one()
            if seq == after:
                return News((), seq, is_last=True)
            # A head that has gone back is that of a backup that was put in place: all of it is new.
            first = after if after < seq else 0
            query = select(*_WORD).where(CATALOGUE_WORDS.c.seq > first)
            rows = connection.execute(query.order_by(CATALOGUE_WORDS.c.seq).limit(WORDS_AT_A_TIME)).all()
        is_last = len(rows) < WORDS_AT_A_TIME
        return News([_word(row) for row in rows], seq if is_last else rows[-1].seq, is_last)


def _held(connection: Connection, item_ids: Sequence[str]) -> Mapping[str, ItemWord]:
    """What stands of the items, by id."""
    rows = connection.execute(select(*_WORD).where(CATALOGUE_WORDS.c.item_id.in_(item_ids)))
    return {row.item_id: _word(row) for row in rows}


def _put(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(CATALOGUE_WORDS)
    new = {name: statement.excluded[name] for name in rows[0] if name != "item_id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["item_id"], set_=new), rows)


def _word(row: Row[*tuple[Any, ...]]) -> ItemWord:
    # By place: the columns' names would take as long again as all the rest.
    item_id, available, available_at, price, price_at, _ = row
    return ItemWord(
        item_id,
        None if available_at is None else Told(available, available_at),
        None if price_at is None else Told(price, price_at),
    )


def _values(word: ItemWord, seq: int) -> Mapping[str, object]:
    available, price = word.available, word.price_minor
    return {
        "item_id": word.item_id,
        "available": available.value if available else None,
        "available_at": available.at_us if available else None,
        "price_minor": price.value if price else None,
        "price_at": price.at_us if price else None,
        "seq": seq,
    }
