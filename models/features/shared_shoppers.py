"""Acts and purchases of the same shoppers, side by side."""

import numpy as np
from scipy.sparse import csr_array, vstack

from models.counting import distinct_by
from models.histories import Histories


def by_same_shoppers(histories: Histories, acts_items: csr_array) -> tuple[csr_array, csr_array]:
    """1 where a shopper's sessions hold the act, and 1 where the shopper bought the item; rows are the same people.

    Args:
        histories: What people did.
        acts_items: Over 0 where a session holds the act, shape as sessions_items.

    Returns:
        Two matrices of shape (n_shoppers, n_items), float32.
    """
    orders = histories.orders_items
    nothing_bought = csr_array(acts_items.shape, dtype=np.float32)
    nothing_done = csr_array(orders.shape, dtype=np.float32)
    shopper = np.concatenate((histories.order_shopper, histories.session_shopper))
    if not len(shopper):
        return nothing_bought, nothing_bought
    done = distinct_by(csr_array(vstack((nothing_done, acts_items))), shopper)
    bought = distinct_by(csr_array(vstack((orders, nothing_bought))), shopper)
    return done, bought
