"""One chunk of shoppers: all they do, as rows of plain numbers ready to be sorted and written."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.consent import JURISDICTION_SHARES, Consents, draw_consents, policy_version
from simulation.events import Events, draw_events
from simulation.identities import Sightings, sight
from simulation.missions import draw_missions
from simulation.orders import draw_orders
from simulation.seasons import MICROSECONDS_A_DAY
from simulation.sessions import draw_sessions
from simulation.settings import SHOPPERS_A_CHUNK
from simulation.shop import Shop
from simulation.shoppers import MAX_DEVICES, draw_shoppers

ROWS_A_CHUNK = 1 << 26  # room for the events of one chunk in their numbering, far above any real count

EVENT_ROW = np.dtype(
    [
        ("time", "<i8"),
        ("event", "<i8"),
        ("session", "<i8"),
        ("order", "<i8"),
        ("customer", "<i8"),
        ("visitor", "<i8"),
        ("item", "<i4"),
        ("price_minor", "<i4"),
        ("quantity", "<i2"),
        ("kind", "i1"),
    ]
)
CONSENT_ROW = np.dtype(
    [
        ("time", "<i8"),
        ("who", "<i8"),
        ("kind", "i1"),
        ("purpose", "i1"),
        ("granted", "i1"),
        ("jurisdiction", "i1"),
        ("policy", "i1"),
        ("source", "i1"),
    ]
)
IDENTITY_ROW = np.dtype([("time", "<i8"), ("visitor", "<i8"), ("customer", "<i8")])


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows of one chunk, numbered across the whole shop, in no order.

    Attributes:
        people: The person behind each event, which no file tells, shape (n_events,), int64.
        events: Of dtype EVENT_ROW; -1 for no session, order, customer, visitor or price.
        consents: Of dtype CONSENT_ROW.
        identities: Of dtype IDENTITY_ROW.
    """

    people: NDArray[np.int64]
    events: NDArray[np.void]
    consents: NDArray[np.void]
    identities: NDArray[np.void]


def draw_chunk(shop: Shop, number: int) -> Chunk:
    """The rows of chunk `number`; they depend on the shop, its seed and the number alone."""
    settings = shop.settings
    n_shoppers = min(SHOPPERS_A_CHUNK, settings.shoppers - number * SHOPPERS_A_CHUNK)
    end = settings.days * MICROSECONDS_A_DAY
    rng = np.random.default_rng(np.random.SeedSequence(entropy=settings.seed, spawn_key=(1, number)))
    shoppers = draw_shoppers(n_shoppers, JURISDICTION_SHARES, shop.department_shares, rng)
    missions = draw_missions(shop, shoppers, rng)
    orders = draw_orders(shop, shoppers, missions, rng)
    sessions = draw_sessions(shoppers, missions, orders, rng)
    events = draw_events(shop, sessions, orders, rng)
    seen = sight(events, n_shoppers, n_shoppers * MAX_DEVICES, end)
    consents = draw_consents(shoppers, seen.device, seen.account, end, rng)
    first_shopper = number * SHOPPERS_A_CHUNK
    return Chunk(
        people=first_shopper + events.shopper,
        events=_event_rows(events, number, first_shopper),
        consents=_consent_rows(consents, first_shopper),
        identities=_identity_rows(seen, first_shopper),
    )


def _event_rows(events: Events, number: int, first_shopper: int) -> NDArray[np.void]:
    base = number * ROWS_A_CHUNK
    rows = np.empty(len(events.time), dtype=EVENT_ROW)
    rows["time"] = events.time
    rows["event"] = base + np.arange(len(rows))
    rows["session"] = np.where(events.session >= 0, base + events.session, -1)
    rows["order"] = np.where(events.order >= 0, base + events.order, -1)
    rows["customer"] = np.where(events.signed_in, first_shopper + events.shopper, -1)
    rows["visitor"] = np.where(events.device >= 0, first_shopper * MAX_DEVICES + events.device, -1)
    rows["item"] = events.item
    rows["price_minor"] = events.price_minor
    rows["quantity"] = events.quantity
    rows["kind"] = events.kind
    return rows


def _consent_rows(consents: Consents, first_shopper: int) -> NDArray[np.void]:
    rows = np.empty(len(consents.time), dtype=CONSENT_ROW)
    rows["time"] = consents.time
    rows["who"] = consents.who + first_shopper * np.where(consents.kind == 1, MAX_DEVICES, 1)
    for name in ("kind", "purpose", "granted", "jurisdiction", "source"):
        rows[name] = getattr(consents, name)
    rows["policy"] = policy_version(consents.time)
    return rows


def _identity_rows(seen: Sightings, first_shopper: int) -> NDArray[np.void]:
    rows = np.empty(len(seen.linked), dtype=IDENTITY_ROW)
    rows["time"] = seen.linked
    rows["visitor"] = first_shopper * MAX_DEVICES + seen.linked_device
    rows["customer"] = first_shopper + seen.linked_account
    return rows
