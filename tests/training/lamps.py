"""A shop of lamps and tents whose customers all said yes."""

import numpy as np

from tests.training.worlds import World, answer, event


def shop_world(n_orders: int = 1_500, seed: int = 1) -> World:
    """Lamp goes with bulb, tent with peg, in seven orders of ten."""
    rng = np.random.default_rng(seed)
    events, consent = [], []
    for number in range(n_orders):
        customer = f"customer-{number % 60}"
        main, partner = (("lamp", "bulb"), ("tent", "peg"))[number % 2]
        items = [main, *([partner] if rng.random() < 0.7 else []), *(["candle"] if rng.random() < 0.1 else [])]
        for item in items:
            name = f"e{number}-{item}"
            events.append(
                event(
                    name,
                    10 + 60 * number,
                    item,
                    "purchase",
                    customer_id=customer,
                    order_id=f"o{number}",
                    quantity=1,
                    unit_price=100.0 if item == main else 5.0,
                )
            )
    consent += [answer("customer", f"customer-{number}", "granted") for number in range(60)]
    return World(events, consent)
