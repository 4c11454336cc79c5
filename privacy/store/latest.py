"""Until when anything is on record of somebody."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select

from privacy.entry import EntryKind
from privacy.store.schema import KEPT_EVENTS, LEDGER
from privacy.times import TICK, moment


def first_after_all(connection: Connection, subjects: Sequence[int]) -> dict[int, datetime]:
    """The first moment after all that each number answered or did; none of a number that did neither.

    Args:
        connection: Of a transaction that holds the ledger's head.
        subjects: Whose.
    """
    said, did = (LEDGER.c.subject, LEDGER.c.at), KEPT_EVENTS.c.at
    latest: dict[int, int] = {}
    for number, at in (said, (KEPT_EVENTS.c.subject, did), (KEPT_EVENTS.c.other, did)):
        query = select(number, func.max(at)).where(number.in_(subjects)).group_by(number)
        if number is LEDGER.c.subject:
            query = query.where(LEDGER.c.kind == str(EntryKind.CONSENT))
        for subject, last in connection.execute(query):
            latest[subject] = max(last, latest.get(subject, last))
    return {subject: moment(last) + TICK for subject, last in latest.items()}
