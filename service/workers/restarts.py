"""When a process that ends is started again: at once where it had lived, ever later where it had not."""

SETTLED_S = 10.0
"""A process that lived as long did not die of its start: the next is started at once."""
FIRST_PAUSE_S = 0.5
"""Before the third in a row of those that did not settle."""
LONGEST_PAUSE_S = 30.0
"""The pause doubles up to this."""
MAX_TRIES = 5
"""Deaths in a row before anybody listened, after which it is no accident."""


class Restarts:
    """Of the processes that come one in another's place.

    Args:
        first_pause_s: Before the third in a row of those that did not settle.

    Attributes:
        n_unsettled: Processes in a row that did not settle, up to the last one.
    """

    def __init__(self, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self._first_pause_s, self.n_unsettled = first_pause_s, 0

    def pause_s(self, lived_s: float) -> float:
        """Seconds before the next, after one that lived as long."""
        self.n_unsettled = 0 if lived_s >= SETTLED_S else self.n_unsettled + 1
        n_pauses = self.n_unsettled - 2
        return 0.0 if n_pauses < 0 else min(self._first_pause_s * 2.0**n_pauses, LONGEST_PAUSE_S)

    @property
    def is_hopeless(self) -> bool:
        """Whether it is no accident any more."""
        return self.n_unsettled >= MAX_TRIES
