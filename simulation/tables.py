"""The native form: plain numbers become the columns a trainer reads."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from simulation.arrivals import Arrivals
from simulation.catalogue import Catalogue
from simulation.consent import JURISDICTIONS, POLICY_VERSIONS, PURPOSES, SHOPPER_KINDS, SOURCES, VISITOR
from simulation.events import EVENT_TYPES
from simulation.families import Relation
from simulation.identifiers import hexadecimal, scramble
from simulation.settings import Settings
from simulation.truth import Truth

CURRENCY = "EUR"
EVENT_BITS, SESSION_BITS, SHOPPER_BITS = 64, 56, 48
EVENTS_PLAIN = ("event_id", "occurred_at")
CONSENT_PLAIN = ("shopper_id", "occurred_at")
IDENTITIES_PLAIN = ("visitor_id", "customer_id", "linked_at")


def events_table(rows: NDArray[np.void], catalogue: Catalogue, settings: Settings) -> pa.Table:
    """Events by time, ties by event_id.

    Args:
        rows: Of dtype `simulation.chunks.EVENT_ROW`, in any order.
        catalogue: For the items' ids.
        settings: For the start and the seed, which sets the pseudonyms.
    """
    event = scramble(rows["event"], EVENT_BITS, settings.seed)
    order = np.lexsort((event, rows["time"]))
    rows, event = rows[order], event[order]
    unpriced = rows["price_minor"] < 0
    nothing = pa.nulls(len(rows), pa.string())
    return pa.table(
        {
            "event_id": hexadecimal(event, EVENT_BITS, "e-"),
            "event_type": _named(rows["kind"], EVENT_TYPES),
            "occurred_at": _moments(rows["time"], settings),
            "customer_id": _pseudonyms(rows["customer"], SHOPPER_BITS, "c-", settings.seed + 1),
            "visitor_id": _pseudonyms(rows["visitor"], SHOPPER_BITS, "v-", settings.seed + 2),
            "session_id": _pseudonyms(rows["session"], SESSION_BITS, "s-", settings.seed + 3),
            "order_id": _pseudonyms(rows["order"], SESSION_BITS, "o-", settings.seed + 4),
            "item_id": _named(rows["item"], catalogue.item_ids),
            "quantity": pa.array(rows["quantity"].astype(np.int32)),
            "unit_price": pa.array(rows["price_minor"] / 100.0, mask=unpriced),
            "currency": _named(np.zeros(len(rows), dtype=np.int32), (CURRENCY,), mask=unpriced),
            "placement": nothing,
            "attribution_token": nothing,
        }
    )


def consent_table(rows: NDArray[np.void], settings: Settings) -> pa.Table:
    """Consent records by time, ties by shopper and purpose; `rows` of dtype `simulation.chunks.CONSENT_ROW`."""
    rows = rows[np.lexsort((rows["granted"], rows["purpose"], rows["who"], rows["kind"], rows["time"]))]
    visitor = rows["kind"] == VISITOR
    customers = hexadecimal(scramble(rows["who"], SHOPPER_BITS, settings.seed + 1), SHOPPER_BITS, "c-")
    visitors = hexadecimal(scramble(rows["who"], SHOPPER_BITS, settings.seed + 2), SHOPPER_BITS, "v-")
    return pa.table(
        {
            "shopper_kind": _named(rows["kind"], SHOPPER_KINDS),
            "shopper_id": pc.if_else(pa.array(visitor), visitors, customers),
            "purpose": _named(rows["purpose"], PURPOSES),
            "status": _named(rows["granted"], ("denied", "granted")),
            "occurred_at": _moments(rows["time"], settings),
            "jurisdiction": _named(rows["jurisdiction"], JURISDICTIONS),
            "policy_version": _named(rows["policy"], POLICY_VERSIONS),
            "source": _named(rows["source"], SOURCES),
        }
    )


def identities_table(rows: NDArray[np.void], settings: Settings) -> pa.Table:
    """Identity links by time, ties by visitor and customer; `rows` of dtype `simulation.chunks.IDENTITY_ROW`."""
    rows = rows[np.lexsort((rows["customer"], rows["visitor"], rows["time"]))]
    return pa.table(
        {
            "visitor_id": _pseudonyms(rows["visitor"], SHOPPER_BITS, "v-", settings.seed + 2),
            "customer_id": _pseudonyms(rows["customer"], SHOPPER_BITS, "c-", settings.seed + 1),
            "linked_at": _moments(rows["time"], settings),
        }
    )


def catalogue_table(catalogue: Catalogue, arrivals: Arrivals) -> pa.Table:
    """The catalogue, by item index, new items last; they are all available."""
    n_items = catalogue.n_items + len(arrivals)
    return pa.table(
        {
            "item_id": pa.array(catalogue.item_ids + arrivals.item_ids, pa.string()),
            "title": pa.array(catalogue.titles + arrivals.titles, pa.string()),
            "category": pa.array(catalogue.categories + arrivals.categories, pa.string()),
            "brand": pa.array(catalogue.brands + arrivals.brands, pa.string()),
            "price": pa.array(np.concatenate([catalogue.price_minor, arrivals.price_minor]) / 100.0),
            "currency": pa.array([CURRENCY] * n_items, pa.string()),
            "available": pa.array(np.append(catalogue.available, np.ones(len(arrivals), np.bool_))),
        }
    )


def truth_table(truth: Truth, catalogue: Catalogue, arrivals: Arrivals) -> pa.Table:
    """Every true pair, by anchor's index, relation and item's index."""
    pairs = zip(truth.rows(), arrivals.rows(truth), strict=True)
    anchors, items, relations = (np.concatenate(column) for column in pairs)
    order = np.lexsort((items, relations, anchors))
    anchors, items, relations = anchors[order], items[order], relations[order]
    item_ids = catalogue.item_ids + arrivals.item_ids
    return pa.table(
        {
            "anchor_item_id": _named(anchors, item_ids).cast(pa.string()),
            "item_id": _named(items, item_ids).cast(pa.string()),
            "relation": _named(relations, tuple(relation.label for relation in Relation)).cast(pa.string()),
        }
    )


def _named(
    codes: NDArray[np.integer], names: tuple[str, ...], mask: NDArray[np.bool_] | None = None
) -> pa.DictionaryArray:
    indices = pa.array(codes.astype(np.int32), mask=mask)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))


def _pseudonyms(numbers: NDArray[np.int64], bits: int, prefix: str, key: int) -> pa.StringArray:
    """Scrambled ids; null where the number is negative."""
    known = numbers >= 0
    return hexadecimal(scramble(np.maximum(numbers, 0), bits, key), bits, prefix, None if known.all() else known)


def _moments(time: NDArray[np.int64], settings: Settings) -> pa.TimestampArray:
    start = int(settings.start.timestamp()) * 1_000_000
    return pa.array(time + start).cast(pa.timestamp("us", tz="UTC"))
