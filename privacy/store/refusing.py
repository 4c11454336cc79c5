"""Who says no to all that events are kept for has none kept any more; who says no to measurement, no exposures."""

from collections.abc import Iterable

from sqlalchemy import Connection

from privacy.consent import Purpose, ShopperKind, Status
from privacy.person import Known
from privacy.store import kept
from privacy.store.departures import counting_who_leaves
from privacy.store.people import customers_of, rows_of, visitors_of

KEEPING = frozenset({Purpose.PERSONALISATION, Purpose.MODEL_TRAINING})
"""What events are kept for."""
_MEASUREMENT = frozenset({Purpose.MEASUREMENT})
HEEDED = KEEPING | _MEASUREMENT
"""A no to one of these may have something removed."""


def forget_refused(connection: Connection, subjects: Iterable[int]) -> int:
    """Remove what is kept of those of some people who now refuse all that it is kept for; how many events went so.

    Of those who refuse measurement, what was shown before what they did goes from it.
    A visitor refuses what it says no to and what any customer that it is does, so the visitors of the customers among
    them are looked at too. What somebody did signed in stays theirs though another account of the same browser refuses.

    Args:
        connection: Of a transaction that holds the ledger's head and has written their words.
        subjects: Whose word or links may have changed.
    """
    people = rows_of(connection, subjects)
    customers = [subject for subject, one in people.items() if one.kind is ShopperKind.CUSTOMER]
    if customers:
        people |= rows_of(connection, {*visitors_of(connection, customers)} - people.keys())
    known = people | rows_of(connection, customers_of(people) - people.keys())
    own = {subject: _refused(one) for subject, one in people.items()}
    every = {
        subject: own[subject].union(*(_refused(known[other]) for other in one.state.linked if other in known))
        for subject, one in people.items()
    }

    def refusing(purposes: frozenset[Purpose]) -> tuple[list[int], list[int]]:
        """Who refuses all of it by itself, and which browsers do with their customers."""
        alone = [subject for subject in people if purposes <= own[subject]]
        return alone, [subject for subject in people if own[subject] & purposes < purposes <= every[subject]]

    unmeasured, not_kept = refusing(_MEASUREMENT), refusing(KEEPING)
    losing = {number for numbers in (*unmeasured, *not_kept) for number in numbers}
    with counting_who_leaves(connection, losing):
        kept.forget_shown(connection, unmeasured[0])
        kept.forget_own_shown(connection, unmeasured[1])
        return kept.forget(connection, not_kept[0]) + kept.forget_own(connection, not_kept[1])


def _refused(one: Known) -> frozenset[Purpose]:
    answers = one.state.answers
    return frozenset(purpose for purpose in HEEDED if purpose in answers and answers[purpose].status is Status.DENIED)
