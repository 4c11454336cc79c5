"""From tables of the backend to the matrices a model is trained on; the last place that knows a shopper's key."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from ibis.backends.duckdb import Backend
from numpy.typing import NDArray
from scipy.sparse import csr_array

from models.histories import Histories
from models.items import Catalogue, ItemIndex
from training.sessions import order_lines, session_lines

LISTED = ("is_listed", "title_is_listed", "price_is_listed")
"""Columns that say whether something is the catalogue's word."""

MINOR_UNITS = 100
MICROSECONDS = 1_000_000


def described_items(used: ir.Table, items: ir.Table, catalogue: ir.Table | None) -> ir.Table:
    """Items of used events and of the catalogue, with what is known of them.

    Args:
        used: Events that consent allows; columns item, unit_price and, if the source names items, item_title.
        items: Columns item_id and item, its number in the order of the ids.
        catalogue: Columns item_id, title, category, price, available, one row an item; None if there is none.

    Returns:
        Columns item_id, item, title, category, price_minor, available, and is_listed, title_is_listed and
        price_is_listed, which say what is the catalogue's word; in no order. An item that a given catalogue does not
        hold is not available. A title that the catalogue lacks is the most frequent one of the
        events (ties: the smallest); a price that it lacks is their median, rounded down to the minor unit. The median
        is of the whole period, so it decides on relations alone: what ranks sees listed prices only.
    """
    minor = (used.unit_price * MINOR_UNITS).round().cast("int64")
    seen = used.group_by("item").aggregate(median_minor=minor.median().floor().cast("int64"))
    if "item_title" in used.columns:
        seen = seen.left_join(_most_frequent_titles(used), "item").drop("item_right")
    else:
        seen = seen.mutate(seen_title=ibis.null("string"))
    if catalogue is None:
        kept = items.join(seen, "item")
        return kept.select(
            "item_id",
            "item",
            title=kept.seen_title.fill_null(""),
            category=ibis.literal(""),
            price_minor=kept.median_minor.fill_null(-1),
            is_listed=ibis.literal(False),
            title_is_listed=ibis.literal(False),
            price_is_listed=ibis.literal(False),
            available=ibis.literal(True),
        )
    listed = catalogue.mutate(is_listed=ibis.literal(True))
    seen = seen.mutate(is_seen=ibis.literal(True))
    known = items.left_join(seen, "item").drop("item_right").left_join(listed, "item_id").drop("item_id_right")
    kept = known.filter(known.is_listed.fill_null(False) | known.is_seen.fill_null(False))
    return kept.select(
        "item_id",
        "item",
        title=ibis.coalesce(kept.title, kept.seen_title, ""),
        category=kept.category.fill_null(""),
        price_minor=ibis.coalesce((kept.price * MINOR_UNITS).round().cast("int64"), kept.median_minor, -1),
        is_listed=kept.is_listed.fill_null(False),
        title_is_listed=kept.title.notnull(),
        price_is_listed=kept.price.notnull(),
        available=kept.is_listed.fill_null(False) & (kept.available.fill_null("true") == "true"),
    )


def build_histories(backend: Backend, used: ir.Table, described: ir.Table) -> Histories:
    """The histories of used events.

    Args:
        backend: Holds the tables; gets two more.
        used: Columns event_type, occurred_at, shopper, session_id, order_id, item.
        described: As described_items gives them.
    """
    rows = described.order_by("item").to_pyarrow()
    codes = rows["item"].to_numpy()
    catalogue = Catalogue(
        titles=tuple(rows["title"].to_pylist()),
        categories=tuple(rows["category"].to_pylist()),
        prices_minor=rows["price_minor"].to_numpy().astype(np.int64),
        available=rows["available"].to_numpy().astype(np.bool_),
        **{name: rows[name].to_numpy().astype(np.bool_) for name in LISTED},
    )
    items = ItemIndex(rows["item_id"].to_pylist())
    orders = _matrix(backend, "orders", order_lines(used), codes)
    sessions = _matrix(backend, "sessions", session_lines(used), codes)
    orders.cells.data[:] = 1
    everybody = np.unique(np.concatenate((orders.shoppers, sessions.shoppers)))
    return Histories(
        items=items,
        catalogue=catalogue,
        orders_items=orders.cells,
        order_time_s=orders.time_s,
        order_shopper=np.searchsorted(everybody, orders.shoppers).astype(np.int32),
        sessions_items=sessions.cells,
        favourites_items=sessions.favourites,
        session_time_s=sessions.time_s,
        session_end_s=sessions.end_s,
        session_shopper=np.searchsorted(everybody, sessions.shoppers).astype(np.int32),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Matrix:
    cells: csr_array
    favourites: csr_array
    time_s: NDArray[np.int64]
    end_s: NDArray[np.int64]
    shoppers: NDArray[np.int64]


def _matrix(backend: Backend, name: str, lines: ir.Table, codes: NDArray[np.int64]) -> _Matrix:
    """Rows by (time, shopper, name, run), an order that the data alone decides."""
    key = ("shopper", "name", "run")
    lines = backend.create_table(f"{name}_lines", lines)
    heads = lines.group_by(*key).aggregate(at=lines["at"].min(), until=lines["until"].max())
    numbered = heads.mutate(row=ibis.row_number().over(order_by=("at", *key)))
    heads = backend.create_table(f"{name}_heads", numbered)
    starts = heads.order_by("row").select("shopper", "at", "until").to_pyarrow()
    placed = lines.join(heads.drop("at", "until"), key)
    in_order = placed.order_by("row", "item").select(
        row=placed.row.cast("int32"),
        item=placed["item"].cast("int32"),
        n=placed.n.cast("float32"),
        is_favourite=placed.n_favourites > 0,
    )
    arrow = in_order.to_pyarrow()
    columns = np.searchsorted(codes, arrow["item"].to_numpy()).astype(np.int32)
    n_cells = np.bincount(arrow["row"].to_numpy(), minlength=len(starts))
    indptr = np.concatenate(([0], np.cumsum(n_cells))).astype(np.int32)
    data = arrow["n"].to_numpy().astype(np.float32)
    cells = csr_array((data, columns, indptr), shape=(len(starts), len(codes)))
    favourites = cells.copy()
    favourites.data = arrow["is_favourite"].to_numpy(zero_copy_only=False).astype(np.float32)
    favourites.eliminate_zeros()
    return _Matrix(
        cells=cells,
        favourites=favourites,
        time_s=_seconds(starts["at"]),
        end_s=_seconds(starts["until"]),
        shoppers=starts["shopper"].to_numpy(),
    )


def _seconds(moments: pa.ChunkedArray) -> NDArray[np.int64]:
    """Whole seconds since 1970 of naive times in microseconds."""
    return np.asarray(moments.cast("int64").to_numpy() // MICROSECONDS, np.int64)


def _most_frequent_titles(used: ir.Table) -> ir.Table:
    titled = used.filter(used.item_title.notnull())
    counted = titled.group_by("item", "item_title").aggregate(n=titled.count())
    place = ibis.row_number().over(group_by="item", order_by=(ibis.desc("n"), "item_title"))
    placed = counted.mutate(place=place)
    first = placed.filter(placed.place == 0)
    return first.select("item", seen_title=first.item_title)
