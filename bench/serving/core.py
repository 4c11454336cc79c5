"""Time of the use case alone, in one thread: python -m bench.serving.core"""

import statistics
import tempfile
import time
from pathlib import Path

from bench.serving.catalogue import N_ITEMS, item_id, write_catalogue
from models.bundle.reading import Bundle
from service.core.answers import Model, Request
from service.core.placements import PLACEMENTS
from service.core.recommendation import recommend

N_REQUESTS = 4000


def requests(n_cart: int, n_viewed: int, n_excluded: int) -> list[Request]:
    """Requests whose ids never repeat within a list."""
    stride = n_cart + n_viewed + n_excluded + 1
    made = []
    for number in range(N_REQUESTS):
        ids = [item_id((number * stride * 7 + step * 13) % N_ITEMS) for step in range(stride)]
        cart, viewed, excluded = (
            ids[1 : 1 + n_cart],
            ids[1 + n_cart : 1 + n_cart + n_viewed],
            ids[1 + n_cart + n_viewed :],
        )
        made.append(Request("product_page", ids[0], tuple(cart), tuple(viewed), dismissed_item_ids=tuple(excluded)))
    return made


def main() -> None:
    """Print one line for each kind of request."""
    with tempfile.TemporaryDirectory() as directory:
        write_catalogue(Path(directory) / "bundle")
        model = Model(Bundle.open(Path(directory) / "bundle"), "bench/1")
        for name, asked in (
            ("page alone", requests(0, 0, 0)),
            ("page, 3 in the cart, 5 viewed", requests(3, 5, 0)),
            ("page, 100 in the cart, 100 viewed, 100 dismissed", requests(100, 100, 100)),
        ):
            taken = []
            for request in asked:
                start = time.perf_counter_ns()
                recommend(model, request, PLACEMENTS["product_page"])
                taken.append((time.perf_counter_ns() - start) / 1000)
            cuts = statistics.quantiles(taken, n=100)
            print(f"{name:50} median {cuts[49]:7.1f} us   p99 {cuts[98]:7.1f} us")


if __name__ == "__main__":
    main()
