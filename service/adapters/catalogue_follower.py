"""Looks for what the shop said of its items elsewhere, in a thread of its own, for as long as the server runs."""

import threading
import traceback

from models.errors import ShopkeeperError
from service.core.catalogue_desk import CatalogueDesk
from service.log import Log

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
        self._desk, self._log, self._interval_s = desk, log, interval_s
        self._trouble: str | None = None

    def run(self, stop: threading.Event) -> None:
        """Look until told to stop."""
        while not stop.wait(self._interval_s):
            self.look()

    def look(self) -> None:
        """Look once; never fails, as the thread must not end."""
        try:
            self._desk.catch_up()
        except ShopkeeperError as error:
            if self._is_news(error.reason):
                self._log.warning("catalogue_behind", reason=error.reason, message=str(error))
        except Exception as error:  # noqa: BLE001 - see above
            if self._is_news(type(error).__name__):
                trace = "".join(traceback.format_exception(error))
                self._log.error("catalogue_behind", reason=type(error).__name__, traceback=trace)
        else:
            if self._trouble is not None:
                self._trouble = None
                self._log.info("catalogue_caught_up")

    def _is_news(self, trouble: str) -> bool:
        before, self._trouble = self._trouble, trouble
        return before != trouble
