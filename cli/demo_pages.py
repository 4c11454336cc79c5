"""The three pages that the demo asks for: chosen from what the simulated shop sells most."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from cli.client import Page


@dataclass(frozen=True, slots=True)
class DemoPage:
    """A page and what a reader should know before the answer.

    Attributes:
        story: One sentence.
        asked: What is sent.
    """

    story: str
    asked: Page


def choose_pages(shop: Path) -> tuple[DemoPage, DemoPage, DemoPage]:
    """A product with accessories, one with a refill and something in the cart, and one nobody has bought yet.

    Args:
        shop: Folder of the simulated shop's files.
    """
    database = duckdb.connect()
    for name in ("events", "truth", "catalogue"):
        database.read_parquet(str(shop / f"{name}.parquet")).create_view(name)
    best_sold = """
        with sold as (
            select item_id, count(distinct order_id) n from events where event_type = 'purchase' group by all
        )
        select anchor_item_id, arg_max(truth.item_id, other.n) filter (relation = 'accessory')
        from truth join sold on sold.item_id = anchor_item_id join sold other on other.item_id = truth.item_id
        group by anchor_item_id, sold.n
        having count(*) filter (relation = 'accessory') >= 2 and bool_or(relation = 'refill') = $1
        order by sold.n desc, anchor_item_id limit 1
    """
    first, _ = _row(database, best_sold, refill=False)
    second, accessory = _row(database, best_sold, refill=True)
    return (
        DemoPage("A shopper opens a product page. What goes with the item?", Page(first)),
        DemoPage(
            f"Another page; the cart holds {_title(database, accessory)} already, so that is not offered.",
            Page(second, cart_item_ids=[accessory]),
        ),
        DemoPage("The page of an item that the shop has put up today: nobody has bought it yet.", Page("NEW-000001")),
    )


def _row(database: duckdb.DuckDBPyConnection, query: str, *, refill: bool) -> tuple[str, str]:
    rows = database.execute(query, [refill]).fetchall()
    if not rows:
        return "NEW-000002", "NEW-000003"  # a shop too small to have sold one: the page then says that it is unknown
    return str(rows[0][0]), str(rows[0][1])


def _title(database: duckdb.DuckDBPyConnection, item_id: str) -> str:
    rows = database.execute("select title from catalogue where item_id = $1", [item_id]).fetchall()
    return str(rows[0][0]) if rows else item_id
