"""A browser's no is a no of the customer that it is, also where it was said before anybody knew that."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from privacy.consent import Status, replaces
from privacy.entry import EntryKind, Word
from privacy.person import Known
from privacy.state import State
from privacy.store.ledger import Ledger
from privacy.store.people import customers_of, rows_of
from privacy.store.refusing import forget_refused
from privacy.times import TICK


def carry(ledger: Ledger, connection: Connection, visitors: Collection[int]) -> int:
    """Record each no that stands of these visitors for the one customer that each of them is; how many were new.

    It is of the time at which the visitor said it, so a later yes of the customer goes on to stand. Of a browser that
    several customers share nobody knows whose no it is: it stays the browser's, and counts for whoever is met there.

    Args:
        ledger: To be added to.
        connection: Of a transaction that holds the ledger's head.
        visitors: Whose.
    """
    rows = rows_of(connection, visitors)
    rows |= rows_of(connection, customers_of(rows) - rows.keys())
    words = _carried({subject: rows[subject] for subject in sorted({*visitors} & rows.keys())}, rows)
    ledger.append(connection, words)
    forget_refused(connection, {word.subject for word in words})
    return len(words)


def _carried(visitors: Mapping[int, Known], rows: Mapping[int, Known]) -> list[Word]:
    words = []
    states: dict[int, State] = {}
    for one in visitors.values():
        if len(one.state.linked) != 1 or one.state.linked[0] not in rows:
            continue
        [customer] = one.state.linked
        for purpose, answer in sorted(one.state.answers.items()):
            state = states.get(customer, rows[customer].state)
            if answer.status is not Status.DENIED:
                continue
            # The customer's erasure did not reach this browser, whose no holds as it did.
            at = answer.at if state.erased_at is None else max(answer.at, state.erased_at + TICK)
            stands = state.answers.get(purpose)
            if stands is not None and replaces(stands, replace(answer, at=at)):
                continue
            where = (answer.jurisdiction, answer.policy_version, answer.source)
            words.append(Word(customer, EntryKind.CONSENT, at, purpose, answer.status, *where))
            states[customer] = state.after(words[-1])
    return words
