"""What the consent rule makes of each event: the mix a trainer will meet."""

import numpy as np
from numpy.typing import NDArray

from simulation.chunks import Chunk
from simulation.consent import CUSTOMER, PURPOSES, VISITOR

USES = ("usable", "never asked", "denied", "withdrawn", "granted later")
USABLE, NEVER_ASKED, DENIED, WITHDRAWN, GRANTED_LATER = range(5)


def training_use(chunk: Chunk) -> NDArray[np.int64]:
    """Position in USES of each event of a chunk, shape (n_events,).

    The rule: consent for model training stood when the event happened and stands at the end, of the customer
    where the account is known and of the visitor elsewhere; a visitor's denial counts against both.
    """
    events, consents = chunk.events, chunk.consents
    records = consents[consents["purpose"] == PURPOSES.index("model_training")]
    customer = _standing(events["customer"], events["time"], records[records["kind"] == CUSTOMER])
    visitor = _standing(events["visitor"], events["time"], records[records["kind"] == VISITOR])
    signed_in = events["customer"] >= 0
    return np.where(signed_in & ((visitor == USABLE) | (visitor == NEVER_ASKED)), customer, visitor)


def _standing(who: NDArray[np.int64], time: NDArray[np.int64], records: NDArray[np.void]) -> NDArray[np.int64]:
    """Position in USES for the consent of one identity of each event, shape of `who`."""
    people = np.unique(records["who"])
    order = np.lexsort((records["time"], records["who"]))
    records = records[order]
    if not len(people):
        return np.full(len(who), NEVER_ASKED)
    ends = np.searchsorted(records["who"], people, side="right")
    place = np.minimum(np.searchsorted(people, who), len(people) - 1)
    known = people[place] == who
    # Records of one person are at most two: the first answer and one change of mind.
    first = np.searchsorted(records["who"], people, side="left")[place]
    last = ends[place] - 1
    now = records["granted"][last] == 1
    began = records["granted"][first] == 1
    then = np.where(records["time"][last] <= time, now, (records["time"][first] <= time) & began)
    standing = np.select([now & then, now, began & ~now], [USABLE, GRANTED_LATER, WITHDRAWN], DENIED)
    return np.where(known, standing, NEVER_ASKED)
