"""Who a request is of, and what stands of them."""

from typing import NamedTuple

from privacy.consent import Answer, Purpose, ShopperKind, Status
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
        named: One for each id that was named and met; empty if nobody was ever met.
        linked: The customers that the named visitors are, besides.
        n_strangers: Customers that were named and never met.
    """

    named: tuple[Known, ...] = ()
    linked: tuple[Known, ...] = ()
    n_strangers: int = 0

    @property
    def known(self) -> tuple[Known, ...]:
        """All of them, those that were named first."""
        return self.named + self.linked

    @property
    def own(self) -> tuple[Known, ...]:
        """Whose wishes may be met: those that were named, and the customer that the visitor is if there is but one.

        Where several people share a browser, nobody is given what another one of them wants, or told of it.
        """
        if not self.linked:
            return self.named
        customers = sum(one.kind is ShopperKind.CUSTOMER for one in self.known) + self.n_strangers
        return self.known if customers == 1 else self.named

    @property
    def subjects(self) -> tuple[int, ...]:
        """Their numbers."""
        return tuple(one.subject for one in self.known)

    def answers(self, purpose: Purpose) -> dict[int, Answer | None]:
        """The answers for a purpose that count, by number; None of whom it was never asked.

        A no of everybody counts, a yes only of those whose wishes may be met: see `own`.
        """
        found = {one.subject: one.state.answers.get(purpose) for one in self.own}
        for one in self.linked:
            if one.subject not in found:
                answer = one.state.answers.get(purpose)
                if answer is not None and answer.status is Status.DENIED:
                    found[one.subject] = answer
        return found


NOBODY = Person()
"""Of whom nothing is known, or nothing may be."""
