"""What a shopper does on an item's page with what is shown beside it: by the truth, never by who chose the items."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.truth import Truth


@dataclass(frozen=True, slots=True)
class Habits:
    """How shoppers take what they are shown. All are made up, and larger than a real shop's, so that some hundred
    shoppers tell models apart.

    Attributes:
        click_factor: A click on what goes with the page's item, by the share of its buyers who want that.
        stray_click: Probability of a click on what does not.
        cart_share: Of clicks that end in the cart.
        purchase_share: Of what is in the cart that is bought.
        dismissal: Probability that what does not fit is waved away.
        irritation: Probability of an opt-out that each thing adds that does not fit.
        opt_out: Probability of an opt-out whatever is shown.
        came_for: Probability that the page's item is bought, whatever is shown beside it.
    """

    click_factor: float = 0.6
    stray_click: float = 0.01
    cart_share: float = 0.6
    purchase_share: float = 0.7
    dismissal: float = 0.03
    irritation: float = 0.02
    opt_out: float = 0.002
    came_for: float = 0.08


HABITS = Habits()


@dataclass(frozen=True, slots=True)
class Visit:
    """What was done on one page.

    Attributes:
        clicked: Of each item shown whether it was, shape (n_shown,), bool.
        carted: Of them those put into the cart, same shape.
        bought: Of them those bought, same shape.
        dismissed: Items waved away, none of them clicked, same shape.
        buys_item: Whether the page's own item was bought.
        opts_out: Whether the shopper said no to everything after it.
    """

    clicked: NDArray[np.bool_]
    carted: NDArray[np.bool_]
    bought: NDArray[np.bool_]
    dismissed: NDArray[np.bool_]
    buys_item: bool
    opts_out: bool


def wanted(truth: Truth, anchor: int) -> dict[int, float]:
    """What goes with an item, the most wanted first, ties by item: share of the item's buyers who buy it too.

    Args:
        truth: Of the shop. Its alternatives go with nothing: whoever looks at an item has one already.
        anchor: Number of the item.
    """
    links, refills = truth.links[anchor], truth.refills[anchor]
    rates = dict(zip(links.tolist(), (truth.high[anchor] - truth.low[anchor]).tolist(), strict=True))
    rates |= dict(zip(refills.tolist(), truth.refill_rates[anchor].tolist(), strict=True))
    rates.pop(-1, None)
    return dict(sorted(rates.items(), key=lambda pair: (-pair[1], pair[0])))


def visit(truth: Truth, anchor: int, shown: Sequence[int], rng: np.random.Generator, habits: Habits = HABITS) -> Visit:
    """What one shopper does on an item's page.

    Args:
        truth: Of the shop.
        anchor: Number of the item whose page it is.
        shown: Numbers of the items beside it, each once; none where the place stayed empty.
        rng: Of this shopper.
        habits: Of all shoppers.
    """
    goes_with = wanted(truth, anchor)
    rates = np.array([goes_with.get(item, 0.0) for item in shown])
    fits = rates > 0
    click, cart, purchase, dismissal = rng.random((4, len(shown)))
    clicked = click < np.where(fits, habits.click_factor * rates, habits.stray_click)
    carted = clicked & (cart < habits.cart_share)
    stays = (1 - habits.opt_out) * (1 - habits.irritation) ** int((~fits).sum())
    return Visit(
        clicked=clicked,
        carted=carted,
        bought=carted & (purchase < habits.purchase_share),
        dismissed=~fits & ~clicked & (dismissal < habits.dismissal),
        buys_item=bool(rng.random() < habits.came_for),
        opts_out=bool(rng.random() >= stays),
    )
