"""Who says no to all that events are kept for has none kept any more."""

from collections.abc import Iterable

from sqlalchemy import Connection

from privacy.consent import Purpose, ShopperKind, Status
from privacy.person import Known
from privacy.store import kept
from privacy.store.people import customers_of, rows_of, visitors_of

KEEPING = frozenset({Purpose.PERSONALISATION, Purpose.MODEL_TRAINING})
"""What events are kept for."""


def forget_refused(connection: Connection, subjects: Iterable[int]) -> int:
    """Remove what is kept of those of some people who now refuse all that it is kept for; how many events went.

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
    refusing, browsers = [], []
    for subject, one in people.items():
        refused = _refused(one)
        if refused == KEEPING:
            refusing.append(subject)
        elif refused.union(*(_refused(known[other]) for other in one.state.linked if other in known)) == KEEPING:
            browsers.append(subject)
    return kept.forget(connection, refusing) + kept.forget_own(connection, browsers)


def _refused(one: Known) -> frozenset[Purpose]:
    answers = one.state.answers
    return frozenset(purpose for purpose in KEEPING if purpose in answers and answers[purpose].status is Status.DENIED)
