"""Troubles of a thread that goes on whatever comes: each is told of once, however often it is met, and its end too."""

import traceback
from collections.abc import Callable

from models.errors import ShopkeeperError
from service.log import Log


class Troubles:
    """Remembers what an operator has been told. Each subject has one trouble at a time.

    Args:
        log: Where they are told of.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._told: dict[str, str] = {}

    def is_news(self, subject: str, trouble: str) -> bool:
        """Whether this trouble has not been told of yet; from now on it has."""
        known, self._told[subject] = self._told.get(subject), trouble
        return known != trouble

    def is_over(self, subject: str) -> bool:
        """Whether this is the end of a trouble."""
        return self._told.pop(subject, None) is not None

    def guard(self, step: Callable[[], None], *, failed: str, goes_on: str) -> None:
        """Do a step of a thread that must not end: what it raises is logged, and the step is done again some time.

        Args:
            step: May raise anything.
            failed: The event of an error: a warning where it is one of the house's, and else with its traceback.
            goes_on: The event of its end.
        """
        try:
            step()
        except ShopkeeperError as error:
            if self.is_news(failed, error.reason):
                self._log.warning(failed, reason=error.reason, message=str(error))
        except Exception as error:  # noqa: BLE001 - see above
            # By where it comes from: its text may name what differs from time to time, a temporary file for one.
            place = traceback.extract_tb(error.__traceback__)[-1]
            name = type(error).__name__
            if self.is_news(failed, f"{name} {place.filename}:{place.lineno}"):
                trace = "".join(traceback.format_exception(error))
                self._log.error(failed, reason=name, cause=f"{name}: {error}", traceback=trace)
        else:
            if self.is_over(failed):
                self._log.info(goes_on)
