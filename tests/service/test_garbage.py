"""In a process of its own, as the collector is one for all."""

import subprocess
import sys

SCRIPT = """
import gc
from service.garbage import N_YOUNG, collect_seldom

class Ring:
    def __init__(self):
        self.itself = self

gone, stays = Ring(), Ring()
n_before = gc.get_freeze_count()
del gone
collect_seldom()
assert gc.get_freeze_count() > n_before
assert gc.get_threshold()[0] == N_YOUNG
assert not any(one is stays for one in gc.get_objects()), "it is looked at still"
for _ in range(2 * N_YOUNG):
    Ring()
n_rings = sum(isinstance(one, Ring) for one in gc.get_objects())
assert n_rings <= N_YOUNG, f"{n_rings} rings are left lying"
"""


def test_what_stays_is_not_looked_at_again_and_what_goes_in_a_ring_is_collected() -> None:
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, timeout=60)
