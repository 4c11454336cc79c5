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
    customer, _ = _standing(events["customer"], events["time"], records[records["kind"] == CUSTOMER])
    visitor, denies = _standing(events["visitor"], events["time"], records[records["kind"] == VISITOR])
    signed_in = events["customer"] >= 0
    return np.where(signed_in & ~denies, customer, visitor)


def _standing(
    who: NDArray[np.int64], time: NDArray[np.int64], records: NDArray[np.void]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Position in USES for the consent of one identity of each event, and whether it denies, shapes of `who`."""
    if not len(records):
        return np.full(len(who), NEVER_ASKED), np.zeros(len(who), dtype=np.bool_)
    records = records[np.lexsort((records["time"], records["who"]))]
    # Records of one person are at most two: the first answer and one change of mind.
    first = np.minimum(np.searchsorted(records["who"], who, side="left"), len(records) - 1)
    last = np.maximum(np.searchsorted(records["who"], who, side="right") - 1, 0)
    known = records["who"][first] == who
    began, now = records["granted"][first] == 1, records["granted"][last] == 1
    answered, changed = records["time"][first] <= time, records["time"][last] <= time
    then = np.where(changed, now, answered & began)
    standing = np.select([now & then, now, began & ~now], [USABLE, GRANTED_LATER, WITHDRAWN], DENIED)
    denies = known & (~now | (answered & ~then))
    return np.where(known, standing, NEVER_ASKED), denies
