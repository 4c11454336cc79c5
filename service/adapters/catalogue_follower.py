"""Looks for what the shop said of its items elsewhere, in a thread of its own, for as long as the server runs."""

import threading

from service.core.catalogue_desk import CatalogueDesk
from service.log import Log
from service.troubles import Troubles

INTERVAL_S = 0.25
"""Between two looks: what was told to one server is known to all within a second, with room for a slow database. A look
that finds nothing reads one row."""


class CatalogueFollower:
    """Asks the store again and again. An outage is logged once, and ends with the first look that succeeds.

    Args:
        desk: What goes by the news.
        log: For what an operator should know.
        interval_s: Between two looks.
    """

    def __init__(self, desk: CatalogueDesk, log: Log, *, interval_s: float = INTERVAL_S) -> None:
        self._desk, self._interval_s = desk, interval_s
        self._troubles = Troubles(log)

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.wait(self._interval_s):
            self.look()

    def look(self) -> None:
        """Look once; never fails, as the thread must not end."""
        self._troubles.guard(self._desk.catch_up, failed="catalogue_behind", goes_on="catalogue_caught_up")
