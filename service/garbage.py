"""The garbage collector, so that pages feel little of it."""

import gc

N_YOUNG, N_MIDDLE, N_OLD = 20_000, 20, 50
"""New objects before the collector looks at them, and how often it then looks at older ones. A page makes hundreds that
go by themselves; looked at after every 700, as Python does it, they cost a tenth of the page's time, and a look at all
of a server's objects a pause of 50 ms."""


def collect_seldom() -> None:
    """Look at all there is a last time, leave what stays out of every later look, and look seldom from now on."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(N_YOUNG, N_MIDDLE, N_OLD)
