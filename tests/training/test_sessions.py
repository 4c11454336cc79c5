"""What belongs to one session and to one order."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from models.histories import Histories
from tests.training.worlds import Row, minute
from training.histories import LISTED, build_histories
from training.reading import workspace

ITEMS = "abcdef"
SHOPPERS = ("anna", "bob")


def histories_of(tmp_path: Path, *events: Row) -> Histories:
    """Of used events; each item is a letter."""
    columns = {name: [row[name] for row in events] for name in events[0]}
    times = pa.array(columns.pop("occurred_at")).cast(pa.timestamp("us"))
    nulls = {name: pa.array(columns.pop(name), pa.string()) for name in ("session_id", "order_id")}
    pq.write_table(pa.table({**columns, **nulls, "occurred_at": times}), tmp_path / "used.parquet")
    known = {"title": "", "category": "", "price_minor": -1, "available": True, **dict.fromkeys(LISTED, False)}
    items = [{"item_id": letter, "item": code, **known} for code, letter in enumerate(ITEMS)]
    pq.write_table(pa.Table.from_pylist(items), tmp_path / "items.parquet")
    with workspace(threads=2, memory_limit=None) as backend:
        used = backend.read_parquet(tmp_path / "used.parquet", table_name="used")
        described = backend.read_parquet(tmp_path / "items.parquet", table_name="described")
        return build_histories(backend, used, described)


def view(minutes: float, item_id: str, event_type: str = "view", shopper: str = "anna", **ids: str) -> Row:
    row: dict[str, Any] = {"session_id": None, "order_id": None, **ids}
    numbers = {"item": ITEMS.index(item_id), "shopper": SHOPPERS.index(shopper)}
    return row | numbers | {"event_type": event_type, "occurred_at": minute(minutes)}


def purchase(minutes: float, item_id: str, shopper: str = "anna", **ids: str) -> Row:
    return view(minutes, item_id, "purchase", shopper, **ids)


def words(histories: Histories, name: str) -> list[str]:
    """Each row's items, one letter for each time the item is counted."""
    rows = getattr(histories, name).toarray().astype(int)
    return ["".join(item * n for item, n in zip(histories.items.ids, row, strict=True)) for row in rows]


def test_a_session_ends_with_a_gap_of_more_than_thirty_minutes(tmp_path: Path) -> None:
    histories = histories_of(tmp_path, view(0, "a"), view(30, "b"), view(60.001, "c"), view(70, "c"))
    assert words(histories, "sessions_items") == ["ab", "cc"]


def test_looks_at_one_moment_are_one_session_however_many_sessions_there_are(tmp_path: Path) -> None:
    looks = [view(60 * at, item, session_id=f"s{at}", shopper=SHOPPERS[at % 2]) for at in range(600) for item in "abc"]
    assert words(histories_of(tmp_path, *looks), "sessions_items") == ["abc"] * 600


def test_a_session_ends_where_the_shop_says_so(tmp_path: Path) -> None:
    told = [view(0, "a", session_id="1"), view(1, "b", session_id="1"), view(2, "c", session_id="2")]
    assert words(histories_of(tmp_path, *told), "sessions_items") == ["ab", "c"]


def test_two_browsers_at_once_are_two_sessions(tmp_path: Path) -> None:
    told = [view(at, item, session_id=session) for at, item, session in [(0, "a", "1"), (1, "c", "2"), (2, "b", "1")]]
    assert words(histories_of(tmp_path, *told), "sessions_items") == ["ab", "c"]


def test_a_session_id_that_comes_back_later_is_another_session(tmp_path: Path) -> None:
    told = [view(0, "a", session_id="1"), view(31, "b", session_id="1")]
    assert words(histories_of(tmp_path, *told), "sessions_items") == ["a", "b"]


def test_purchases_impressions_clicks_and_dismissals_are_no_looks(tmp_path: Path) -> None:
    silent = [view(1, "b", kind) for kind in ("impression", "click", "dismiss")]
    looks = [view(2, "a", kind) for kind in ("view", "favourite", "add_to_cart")]
    assert words(histories_of(tmp_path, *silent, *looks, purchase(3, "c")), "sessions_items") == ["aaa"]


def test_what_is_favourited_in_a_session_is_told_from_what_is_only_looked_at(tmp_path: Path) -> None:
    acts = [view(1, "a"), view(2, "a", "favourite"), view(3, "a", "favourite"), view(4, "b", "add_to_cart")]
    assert words(histories_of(tmp_path, *acts), "favourites_items") == ["a"]


def test_an_order_holds_an_item_once(tmp_path: Path) -> None:
    bought = [purchase(0, "a", order_id="A"), purchase(1, "a", order_id="A"), purchase(2, "b", order_id="A")]
    assert words(histories_of(tmp_path, *bought), "orders_items") == ["ab"]


def test_an_order_is_as_old_as_its_earliest_event_in_whole_seconds(tmp_path: Path) -> None:
    histories = histories_of(tmp_path, purchase(9.999, "a", order_id="A"), purchase(5.999, "b", order_id="A"))
    assert histories.order_time_s.tolist() == [1772323200 + 359]


def test_a_session_ends_with_its_last_look_in_whole_seconds(tmp_path: Path) -> None:
    looks = [view(0, "a"), view(9.999, "b"), view(5, "b"), purchase(12, "b"), view(100, "c")]
    histories = histories_of(tmp_path, *looks)
    assert (histories.session_end_s - histories.session_time_s).tolist() == [599, 0]


def test_two_shoppers_with_one_order_id_have_an_order_each(tmp_path: Path) -> None:
    bought = [purchase(0, "a", order_id="A"), purchase(0, "b", order_id="A", shopper="bob")]
    assert words(histories_of(tmp_path, *bought), "orders_items") == ["a", "b"]


def test_purchases_without_order_id_are_an_order_while_they_follow_closely(tmp_path: Path) -> None:
    bought = [
        purchase(0, "a"),
        purchase(20, "b"),
        purchase(45, "c"),
        purchase(90, "d"),
        purchase(91, "e", order_id="E"),
    ]
    assert words(histories_of(tmp_path, *bought), "orders_items") == ["abc", "d", "e"]


def test_rows_are_in_time_order_and_ties_go_by_shopper_then_order(tmp_path: Path) -> None:
    bought = [
        purchase(1, "c", order_id="A", shopper="bob"),
        purchase(1, "b", order_id="Z"),
        purchase(1, "a", order_id="B"),
        purchase(0, "d", order_id="C"),
    ]
    assert words(histories_of(tmp_path, *bought), "orders_items") == ["d", "a", "b", "c"]
