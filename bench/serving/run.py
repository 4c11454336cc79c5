"""This server against a no-op grpc.aio server with the same answer, in turn: python -m bench.serving.run

One page view is asked for again and again, with its answer at hand, and made anew each time.

Needs h2load (Debian: nghttp2-client) and Linux's /proc.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from shopkeeper.v1 import recommendation_service_pb2 as pb

from bench.serving.catalogue import item_id, write_catalogue
from bench.serving.rounds import Loaded, in_turn, print_medians, write_body

N_ROUNDS = 7
MAX_RESULTS = 8
"""As in the floors of the design document."""
ITEM = item_id(4711)
KINDS = ("noop", "at hand", "made anew")


def main() -> None:
    """Print every round, then medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_catalogue(directory / "bundle")
        request = pb.RecommendRequest(placement="product_page", item_id=ITEM, max_results=MAX_RESULTS)
        body = write_body(request, directory / "body")
        command, given = [sys.executable, "-m", "bench.serving.servers"], [str(directory / "bundle"), ITEM]
        servers = {kind: Loaded([*command, kind, *given, str(MAX_RESULTS)], body) for kind in KINDS}
        rounds = in_turn(servers, N_ROUNDS)
    print_medians(rounds)
    for kind in KINDS[1:]:
        pairs = list(zip(rounds["noop"], rounds[kind], strict=True))
        for what, ratios in (
            ("rate", [ours.rate / floor.rate for floor, ours in pairs]),
            ("processor time", [ours.cpu_us / floor.cpu_us for floor, ours in pairs]),
        ):
            median, spread = statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
            print(f"{kind} against noop, {what}: median {median:.2f}, {spread}")


if __name__ == "__main__":
    main()
