"""Who a request is of, and what stands of them."""

from typing import NamedTuple

from privacy.consent import Answer, Purpose, ShopperKind
from privacy.preferences import Preferences
from privacy.state import State


class Known(NamedTuple):
    """What stands of one number.

    Attributes:
        subject: The number.
        kind: What its ids are.
        state: What the ledger says of it.
        preferences: What it prefers.
    """

    subject: int
    kind: ShopperKind
    state: State
    preferences: Preferences


class Person(NamedTuple):
    """Everybody that a request may be of: the customer, the visitor, and the customers that the visitor is.

    Attributes:
        known: One each, those that were named first; empty if nobody was ever met.
    """

    known: tuple[Known, ...] = ()

    @property
    def subjects(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(one.subject for one in self.known)

    def answers(self, purpose: Purpose) -> dict[int, Answer | None]:
        """The answer that stands for a purpose, by number; None of whom it was never asked."""
        return {one.subject: one.state.answers.get(purpose) for one in self.known}


NOBODY = Person()
"""Of whom nothing is known, or nothing may be."""
