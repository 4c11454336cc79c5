"""What the consent rule makes of each event: the mix a trainer will meet."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.chunks import Chunk
from simulation.consent import CUSTOMER, PURPOSES, VISITOR

USES = ("usable", "never asked", "not yet granted", "denied", "withdrawn")
USABLE, NEVER_ASKED, NOT_YET_GRANTED, DENIED, WITHDRAWN = range(5)


def training_use(chunk: Chunk) -> NDArray[np.int64]:
    """Position in USES of each event of a chunk, shape (n_events,).

    The rule of privacy.consent for model training: of the event's customer, its visitor and the customers that the
    visitor was linked to by then, one had said yes and none no; and of these and those linked later, none says no now.
    Of a visitor that several customers share, only the event's own customer says yes for it.
    """
    events, consents = chunk.events, chunk.consents
    records = consents[consents["purpose"] == PURPOSES.index("model_training")]
    customers = _Answers(records[records["kind"] == CUSTOMER])
    visitors = _Answers(records[records["kind"] == VISITOR])
    time = events["time"]
    word = _Word(len(events))
    word.hear(customers, events["customer"], time, known=events["customer"] >= 0)
    word.hear(visitors, events["visitor"], time, known=events["visitor"] >= 0)
    links = chunk.identities[np.argsort(chunk.identities["visitor"], kind="stable")]
    first = np.searchsorted(links["visitor"], events["visitor"], side="left")
    n_links = np.searchsorted(links["visitor"], events["visitor"], side="right") - first
    alone = _n_customers(events["customer"], events["visitor"], links) == 1
    for place in range(int(n_links.max(initial=0))):
        has = np.flatnonzero(n_links > place)
        link = links[first[has] + place]
        may_agree = alone[has] | (link["customer"] == events["customer"][has])
        known = link["time"] <= time[has]
        word.hear(customers, link["customer"], time[has], known=known, may_agree=may_agree, where=has)
    return word.use()


def _n_customers(customer: NDArray[np.int64], visitor: NDArray[np.int64], links: NDArray[np.void]) -> NDArray[np.int64]:
    """Customers that each event may be of: its own, and those that its visitor is ever linked to."""
    # A pair as one number, rising by visitor and then by customer, of whom -1 is nobody.
    n_kinds = int(max(customer.max(initial=-1), links["customer"].max(initial=-1))) + 2
    pairs = np.unique(links["visitor"].astype(np.int64) * n_kinds + links["customer"])
    start = visitor.astype(np.int64) * n_kinds
    n_linked = np.searchsorted(pairs, start + n_kinds - 1) - np.searchsorted(pairs, start)
    own = np.searchsorted(pairs, start + customer)
    is_linked = (
        (own < len(pairs)) & (pairs[np.minimum(own, len(pairs) - 1)] == start + customer) if len(pairs) else False
    )
    return np.asarray(n_linked + ((customer >= 0) & ~np.asarray(is_linked)), np.int64)


@dataclass(slots=True)
class _Answers:
    """Records of one kind of identity, one purpose: at most two of each, the first answer and one change of mind."""

    records: NDArray[np.void]

    def __post_init__(self) -> None:
        # Of two at one moment the later to read is the no, which wins.
        self.records = self.records[np.lexsort((-self.records["granted"], self.records["time"], self.records["who"]))]

    def of(self, who: NDArray[np.int64], time: NDArray[np.int64]) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
        """The answer that stood at a time and the one that stands now: 1 yes, -1 no, 0 none."""
        if not len(self.records):
            return np.zeros(len(who), np.int8), np.zeros(len(who), np.int8)
        first = np.minimum(np.searchsorted(self.records["who"], who, side="left"), len(self.records) - 1)
        last = np.maximum(np.searchsorted(self.records["who"], who, side="right") - 1, 0)
        asked = self.records["who"][first] == who
        answer = np.where(self.records["granted"] == 1, 1, -1).astype(np.int8)
        began, changed = self.records["time"][first] <= time, self.records["time"][last] <= time
        then = np.where(changed, answer[last], np.where(began, answer[first], 0))
        return np.where(asked, then, 0).astype(np.int8), np.where(asked, answer[last], 0).astype(np.int8)


class _Word:
    """What all identities of each event said, then and now."""

    def __init__(self, n_events: int) -> None:
        self._yes_then, self._no_then, self._yes_now, self._no_now = np.zeros((4, n_events), np.bool_)

    def hear(
        self,
        answers: _Answers,
        who: NDArray[np.int64],
        time: NDArray[np.int64],
        *,
        known: NDArray[np.bool_],
        may_agree: NDArray[np.bool_] | np.bool_ = np.True_,
        where: NDArray[np.int64] | slice = slice(None),
    ) -> None:
        """Add one identity of each event of `where`.

        Args:
            answers: Of its kind.
            who: Number of the identity, -1 for nobody.
            time: Of the event.
            known: Whether it was known at the event.
            may_agree: Whether its yes counts.
            where: Places of the events.
        """
        then, now = answers.of(who, time)
        self._yes_then[where] |= known & may_agree & (then > 0)
        self._no_then[where] |= known & (then < 0)
        self._yes_now[where] |= may_agree & (now > 0)
        self._no_now[where] |= now < 0

    def use(self) -> NDArray[np.int64]:
        """Position in USES of each event: of several reasons against, the first."""
        return np.select(
            [
                ~self._yes_now & ~self._no_now,
                ~self._yes_then & ~self._no_now,
                ~self._yes_then | self._no_then,
                self._no_now,
            ],
            [NEVER_ASKED, NOT_YET_GRANTED, DENIED, WITHDRAWN],
            USABLE,
        )
