"""What all counting starts from: events up to a time, the units that they are of, and the shop's own currency."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from experiments.analysis.event_tables import MEMORY, connected, currency_of, day_of, opened_events
from experiments.analysis.measured import FILE, write_measured
from experiments.definition import Unit
from models.errors import InvalidInputError
from tests.experiments.analysis.measured_rows import (
    DAY,
    INSTANT,
    START,
    WINDOW_DAYS,
    Row,
    a_test,
    event,
    impression,
    purchase,
)


def asked(
    directory: Path, query: str, rows: Sequence[Row] = (), unit: Unit = Unit.SHOPPER, as_of: datetime | None = None
) -> list[tuple[Any, ...]]:
    write_measured([rows], directory)
    with opened_events(a_test(unit), directory, as_of=as_of, memory=MEMORY, n_threads=1) as connection:
        return connection.execute(query).fetchall()


def own_currency(directory: Path, *currencies: str | None, as_of: datetime | None = None) -> str:
    """Of purchases a day apart."""
    write_measured([[purchase(1, START + n * DAY, currency=one) for n, one in enumerate(currencies)]], directory)
    with opened_events(a_test(), directory, as_of=as_of, memory=MEMORY, n_threads=1) as connection:
        return currency_of(connection)


def test_events_are_those_before_a_time_with_the_money_of_all_pieces(tmp_path: Path) -> None:
    rows = [
        purchase(1, START, 30, quantity=2),
        purchase(1, START + DAY - INSTANT, 30, quantity=None),
        purchase(1, START + DAY, 50),
        event(1, "click", START),
    ]
    minor = asked(tmp_path, "SELECT minor FROM events ORDER BY ALL NULLS FIRST", rows, as_of=START + DAY)

    assert minor == [(None,), (30,), (60,)]


@pytest.mark.parametrize(
    ("unit", "n_units"), [(Unit.SHOPPER, 2), (Unit.VISITOR, 2), (Unit.SESSION, 3), (Unit.REQUEST, 4)]
)
def test_a_unit_is_a_person_a_session_or_one_persons_exposure(tmp_path: Path, unit: Unit, n_units: int) -> None:
    rows = [
        impression(1, START, exposure="page", session_id="a"),
        impression(1, START, exposure="page", session_id="b"),
        impression(1, START, exposure="other", session_id="b"),
        impression(2, START, exposure="page", session_id="c"),
        impression(2, START, exposure="other"),
    ]
    query = "SELECT count(DISTINCT unit_of(person, session_id, exposure)) FROM events"

    assert asked(tmp_path, query, rows, unit) == [(n_units,)]


def test_what_came_in_no_session_is_of_none(tmp_path: Path) -> None:
    query = "SELECT unit_of(person, session_id, exposure) FROM events"

    assert asked(tmp_path, query, [impression(1, START)], Unit.SESSION) == [(None,)]


def test_a_hash_has_63_bits_so_that_it_is_a_number_of_any_table(tmp_path: Path) -> None:
    query = "SELECT min(hashed(range)) >= 0, max(hashed(range)) >= 1::BIGINT << 62 FROM range(64)"

    assert asked(tmp_path, query) == [(True, True)]


def test_the_window_begins_with_the_first_exposure_and_ends_before_its_end(tmp_path: Path) -> None:
    window_us = WINDOW_DAYS * DAY // INSTANT
    query = (
        f"SELECT is_in_window(moment, 5) FROM (VALUES (4), (5), ({window_us} + 4), ({window_us} + 5)) AS seen(moment)"
    )

    assert asked(tmp_path, query) == [(False,), (True,), (True,), (False,)]


def test_the_shops_own_currency_is_the_one_that_most_is_bought_in(tmp_path: Path) -> None:
    assert own_currency(tmp_path, "SEK", "EUR", "EUR", None, None, None) == "EUR"


def test_of_two_currencies_that_as_much_is_bought_in_it_is_the_first_by_name(tmp_path: Path) -> None:
    assert own_currency(tmp_path, "SEK", "EUR") == "EUR"


def test_the_currency_is_that_of_what_was_bought_before_a_time(tmp_path: Path) -> None:
    assert own_currency(tmp_path, "SEK", "EUR", "EUR", as_of=START + DAY) == "SEK"


def test_where_no_purchase_names_a_currency_it_is_empty(tmp_path: Path) -> None:
    assert own_currency(tmp_path, None) == ""


def test_a_day_is_utcs_and_of_no_moment_there_is_none() -> None:
    assert day_of(86_400_000_000 - 1) == date(1970, 1, 1)
    assert day_of(86_400_000_000) == date(1970, 1, 2)
    assert day_of(None) is None


def test_nothing_is_drawn_while_it_counts() -> None:
    with connected("1GB", 1) as connection:
        assert connection.execute("SELECT current_setting('enable_progress_bar')").fetchone() == (False,)


def test_a_folder_without_events_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(InvalidInputError, match=r"has no \*.parquet file"),
        opened_events(a_test(), tmp_path, as_of=None, memory=MEMORY, n_threads=1),
    ):
        pass


def test_all_columns_that_are_missing_are_told_at_once(tmp_path: Path) -> None:
    write_measured([], tmp_path)
    pq.write_table(pq.read_table(tmp_path / FILE).drop_columns(["tier", "currency"]), tmp_path / FILE)
    with (
        pytest.raises(InvalidInputError) as caught,
        opened_events(a_test(), tmp_path, as_of=None, memory=MEMORY, n_threads=1),
    ):
        pass
    assert [fault.field for fault in caught.value.faults] == ["tier", "currency"]
