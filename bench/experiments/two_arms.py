"""Two models that answer against one, in turn: python -m bench.experiments.two_arms

Pages of nobody with their answers at hand, the same made anew, and pages of shoppers, each from a server with one model
and from one on which a test of two models runs, each a bundle of its own.

Needs h2load (Debian: nghttp2-client) and Linux's /proc.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from shopkeeper.v1 import recommendation_service_pb2 as pb

from bench.serving.catalogue import write_catalogue
from bench.serving.people import settle
from bench.serving.rounds import Loaded, in_turn, print_medians, write_body
from bench.serving.run import ITEM, KINDS, MAX_RESULTS
from bench.serving.servers import IN_A_TEST

N_ROUNDS = 7
OF_ONE = ("page at hand", "page made anew", "personal")


def main() -> None:
    """Print every round, then medians and ratios."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        write_catalogue(directory / "bundle")
        settle(directory / "state")
        servers = {}
        for kind in OF_ONE:
            server, page = KINDS[kind]
            for end in ("", IN_A_TEST):
                servers[kind + end] = _loaded(server + end, page, directory)
        rounds = in_turn(servers, N_ROUNDS)
    print_medians(rounds)
    for kind in OF_ONE:
        pairs = list(zip(rounds[kind], rounds[kind + IN_A_TEST], strict=True))
        for what, ratios in (
            ("rate", [two.rate / one.rate for one, two in pairs]),
            ("processor time", [two.cpu_us / one.cpu_us for one, two in pairs]),
        ):
            median, spread = statistics.median(ratios), f"{min(ratios):.2f} to {max(ratios):.2f}"
            print(f"{kind}, two arms against one model, {what}: median {median:.2f}, {spread}")


def _loaded(server: str, page: pb.RecommendRequest, directory: Path) -> Loaded:
    command = [sys.executable, "-m", "bench.serving.servers", server, str(directory), ITEM, str(MAX_RESULTS)]
    return Loaded(command, write_body(page, directory / f"{server}.body"))


if __name__ == "__main__":
    main()
