"""Events: what the shop's log holds of visits and orders."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.orders import Orders
from simulation.seasons import MICROSECONDS_A_DAY
from simulation.sessions import CHECKOUT, SECOND, Sessions
from simulation.shop import Shop

EVENT_TYPES = ("view", "add_to_cart", "favourite", "purchase")
VIEW, ADD_TO_CART, FAVOURITE, PURCHASE = range(4)
SECOND_LOOK = 0.45  # of visits return to the item they are about
VIEWED_BEFORE_CART = 0.9  # of lines are looked at before they go into the cart
ABANDONED = 0.13  # of visits without an order leave something in the cart
FAVOURITES = 0.06
ACCESSORY_LOOK = 0.05  # chance that each accessory is looked at in a visit about its main item
WANDER = 0.5  # of visits look at something unrelated too


@dataclass(frozen=True, slots=True)
class Events:
    """One row an event, in no order; numbers are those of the chunk, -1 for none.

    Attributes:
        time: Microseconds since the start of the history, shape (n,), int64.
        kind: Position in EVENT_TYPES, shape (n,), int64.
        session: Shape (n,), int64.
        order: Shape (n,), int64.
        item: Shape (n,), int64.
        quantity: Shape (n,), int64.
        shopper: Shape (n,), int64.
        device: -1 in the store, shape (n,), int64.
        signed_in: Whether the account is known, shape (n,), bool.
        price_minor: Of one piece, euro cents, -1 where the log has none, shape (n,), int64.
    """

    time: NDArray[np.int64]
    kind: NDArray[np.int64]
    session: NDArray[np.int64]
    order: NDArray[np.int64]
    item: NDArray[np.int64]
    quantity: NDArray[np.int64]
    shopper: NDArray[np.int64]
    device: NDArray[np.int64]
    signed_in: NDArray[np.bool_]
    price_minor: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Log:
    """Rows of one kind: session, order, item, quantity and microseconds after the visit's or order's start."""

    kind: int
    session: NDArray[np.int64]
    order: NDArray[np.int64]
    item: NDArray[np.int64]
    quantity: NDArray[np.int64]
    offset: NDArray[np.int64]


def draw_events(shop: Shop, sessions: Sessions, orders: Orders, rng: np.random.Generator) -> Events:
    """Every event of these visits and orders."""
    logs = [*_looks(shop, sessions, rng), *_baskets(sessions, orders, rng)]
    kind = np.concatenate([np.full(len(log.item), log.kind) for log in logs])
    session, order, item, quantity, offset = (
        np.concatenate([getattr(log, name) for log in logs])
        for name in ("session", "order", "item", "quantity", "offset")
    )
    online = session >= 0
    time = np.where(online, _at(sessions.start, session), _at(orders.time, order)) + offset
    shopper = np.where(online, _at(sessions.shopper, session), _at(orders.shopper, order))
    end = shop.settings.days * MICROSECONDS_A_DAY - 1
    day = np.minimum(time, end) // MICROSECONDS_A_DAY
    price = np.round(shop.catalogue.price_minor[item] * shop.price_factors[day]).astype(np.int64)
    return Events(
        time=np.minimum(time, end),
        kind=kind,
        session=session,
        order=order,
        item=item,
        quantity=quantity,
        shopper=shopper,
        device=_at(sessions.device, session),
        signed_in=~online | (offset >= _at(sessions.sign_in, session)),
        price_minor=np.where((kind == PURCHASE) | (kind == ADD_TO_CART), price, -1),
    )


def _at(values: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Values at these places, -1 at place -1."""
    return np.append(values, -1)[index]


def _looks(shop: Shop, sessions: Sessions, rng: np.random.Generator) -> list[_Log]:
    """Views, favourites and abandoned carts around the item a visit is about."""
    n_sessions = len(sessions.item)
    every = np.arange(n_sessions)
    rivals = shop.truth.rivals[sessions.item]
    session, place = np.nonzero((rng.random(rivals.shape) < sessions.rival_chance[:, None]) & (rivals >= 0))
    links = shop.truth.links[sessions.item]
    near, slot = np.nonzero((rng.random(links.shape) < ACCESSORY_LOOK) & (links >= 0))
    again = np.nonzero(rng.random(n_sessions) < SECOND_LOOK)[0]
    wander = np.nonzero(rng.random(n_sessions) < WANDER)[0]
    stray = shop.wanted.draw(rng, shop.catalogue.department[sessions.item[wander]])
    looking = np.concatenate([every, session, near, again, wander])
    items = [sessions.item, rivals[session, place], links[near, slot], sessions.item[again], stray]
    no_order = sessions.order < 0
    left = np.nonzero(no_order & (rng.random(n_sessions) < ABANDONED))[0]
    liked = np.nonzero(no_order & (rng.random(n_sessions) < FAVOURITES))[0]
    return [
        _log(VIEW, looking, np.concatenate(items), rng, 0, 420),
        _log(ADD_TO_CART, left, sessions.item[left], rng, 430, 600),
        _log(FAVOURITE, liked, sessions.item[liked], rng, 430, 600),
    ]


def _baskets(sessions: Sessions, orders: Orders, rng: np.random.Generator) -> list[_Log]:
    """Views, carts and purchases of an order's lines; in the store, purchases alone."""
    visit = np.full(len(orders.shopper), -1, dtype=np.int64)
    buying = np.nonzero(sessions.order >= 0)[0]
    visit[sessions.order[buying]] = buying
    session = visit[orders.line_order]
    online = np.nonzero(session >= 0)[0]
    viewed = online[rng.random(len(online)) < VIEWED_BEFORE_CART]
    paid = rng.integers(0, 300 * SECOND, len(orders.shopper)) + np.where(visit >= 0, CHECKOUT + 60 * SECOND, 0)
    purchase = _Log(
        PURCHASE, session, orders.line_order, orders.line_item, orders.line_quantity, paid[orders.line_order]
    )
    cart = _log(ADD_TO_CART, session[online], orders.line_item[online], rng, 600, 770)
    return [
        _log(VIEW, session[viewed], orders.line_item[viewed], rng, 300, 600),
        _Log(ADD_TO_CART, cart.session, cart.order, cart.item, orders.line_quantity[online], cart.offset),
        purchase,
    ]


def _log(
    kind: int, session: NDArray[np.int64], item: NDArray[np.int64], rng: np.random.Generator, first: int, last: int
) -> _Log:
    """Single pieces outside any order, at a moment from `first` to `last` seconds into the visit."""
    n_rows = len(item)
    offset = rng.integers(first * SECOND, last * SECOND, n_rows)
    return _Log(kind, session, np.full(n_rows, -1), item, np.ones(n_rows, dtype=np.int64), offset)
