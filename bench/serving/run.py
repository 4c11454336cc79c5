"""This server against a no-op grpc.aio server with the same answer, in turn: python -m bench.serving.run

Asked for again and again are one page of nobody, with its answer at hand; the same, made anew each time; one with what
is in the cart and was viewed; and one of a shopper, another one of ten thousand each time, looked up
with their history in SQLite, as they said yes.

Needs h2load (Debian: nghttp2-client) and Linux's /proc.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from shopkeeper.v1 import recommendation_service_pb2 as pb

from bench.serving.catalogue import item_id, write_catalogue
from bench.serving.people import settle, shopper
from bench.serving.rounds import Loaded, in_turn, print_medians, write_body
from bench.serving.servers import AT_HAND, MADE_ANEW, NOOP, PERSONAL

N_ROUNDS = 7
MAX_RESULTS = 8
"""As in the floors of the design document."""
ITEM = item_id(4711)
PAGE = pb.RecommendRequest(placement="product_page", item_id=ITEM, max_results=MAX_RESULTS)
SESSION = pb.RecommendRequest(
    cart_item_ids=[item_id(number * 31) for number in range(3)],
    viewed_item_ids=[item_id(number * 97) for number in range(1, 6)],
)
OF_SOMEBODY = pb.RecommendRequest(shopper=shopper(1))


def _with(more: pb.RecommendRequest) -> pb.RecommendRequest:
    """The page, and more."""
    page = pb.RecommendRequest()
    page.CopyFrom(PAGE)
    page.MergeFrom(more)
    return page


KINDS = {
    "noop": (NOOP, PAGE),
    "page at hand": (AT_HAND, PAGE),
    "page made anew": (MADE_ANEW, PAGE),
    "with a session": (MADE_ANEW, _with(SESSION)),
    "personal": (PERSONAL, _with(OF_SOMEBODY)),
}


def main() -> None:
    """Print every round, then medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_catalogue(directory / "bundle")
        settle(directory / "state")
        servers = {}
        for kind, (server, page) in KINDS.items():
            command = [sys.executable, "-m", "bench.serving.servers", server, name, ITEM, str(MAX_RESULTS)]
            servers[kind] = Loaded(command, write_body(page, directory / f"{kind}.body"))
        rounds = in_turn(servers, N_ROUNDS)
    print_medians(rounds)
    for kind in KINDS:
        if kind == "noop":
            continue
        pairs = list(zip(rounds["noop"], rounds[kind], strict=True))
        for what, ratios in (
            ("rate", [ours.rate / floor.rate for floor, ours in pairs]),
            ("processor time", [ours.cpu_us / floor.cpu_us for floor, ours in pairs]),
        ):
            median, spread = statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
            print(f"{kind} against noop, {what}: median {median:.2f}, {spread}")


if __name__ == "__main__":
    main()
