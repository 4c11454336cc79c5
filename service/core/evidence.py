"""What a request gives a model to go on: the page's item, the cart and what was viewed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from heapq import heapify, heappop, heapreplace
from itertools import compress
from typing import NamedTuple, TypeAlias

import numpy as np

from models.bundle.reading import Bundle, PairLists
from privacy.topics import deepest
from service.core.answers import Basis, Relation, Request

VIEWED_WEIGHT = 0.5
"""What the last item viewed counts against the page's own: a view is weaker evidence than the page or the cart.
A starting point until sessions have been measured."""
VIEWED_DECAY = 0.8
"""What each step further back keeps of that weight."""
HISTORY_WEIGHT = 0.3
"""What the last thing that the shopper did before this session counts: weaker than a look of today. A starting point
until histories have been measured."""
MAX_HISTORY = 10
"""Things of the history that count; the tenth weighs 0.04."""
MAX_VIEWED = 10
"""Items viewed that count; the tenth weighs 0.07, and what is older would clear no bar."""


Hides: TypeAlias = Callable[[int], bool]
"""Whether an item is of a hidden category, by its index."""


class Role(IntEnum):
    """Where in the request a piece of evidence stands."""

    ANCHOR = 1
    CART = 2
    VIEWED = 3
    HISTORY = 4
    CATEGORY = 5


class Evidence(NamedTuple):
    """One thing to go on.

    Attributes:
        place: Index of the item, or number of the category.
        item_id: As the request gives it; empty for a category.
        role: Where it stands in the request.
        weight: What its probabilities are multiplied by, over 0 and up to 1.
    """

    place: int
    item_id: str
    role: Role
    weight: float


class Candidate(NamedTuple):
    """An item that goes with a piece of the evidence; it may go with several.

    Attributes:
        item: Item index.
        probability: Already weighted.
        relation: To the evidence.
        basis: What the pair rests on.
        n_shoppers: Distinct shoppers behind the pair.
        source: The piece of evidence.
    """

    item: int
    probability: float
    relation: Relation
    basis: Basis
    n_shoppers: int
    source: Evidence


def hides(bundle: Bundle, hidden: frozenset[int], muted_topics: Sequence[str]) -> Hides | None:
    """Whether an item is of a category that is not shown; None where all may be.

    Args:
        bundle: The model.
        hidden: Numbers of categories that the shopper muted or did not ask for.
        muted_topics: What the session hides, each with its branch: looked up for what is asked about, as a page asks
            about few of a shop's categories.
    """
    if not (hidden or muted_topics):
        return None
    numbers, muted = bundle.item_category, frozenset(muted_topics)

    def is_hidden(index: int) -> bool:
        number = int(numbers[index])
        return number in hidden or (bool(muted) and deepest(muted, bundle.category(number)) is not None)

    return is_hidden


def gather(
    bundle: Bundle, request: Request, turned_to: Sequence[str] = (), is_hidden: Hides | None = None
) -> list[Evidence]:
    """The items that the bundle knows, each once, in its strongest role: page, cart, last viewed, then the history.

    Args:
        bundle: The model.
        request: The page, the cart and what was viewed.
        turned_to: What the shopper was interested in before, oldest first.
        is_hidden: Of the history it takes no place of those that count.
    """
    found: dict[int, Evidence] = {}
    wanted = [(request.item_id, Role.ANCHOR, 1.0)] if request.item_id else []
    wanted += [(item_id, Role.CART, 1.0) for item_id in request.cart_item_ids]
    wanted += [
        (item_id, Role.VIEWED, VIEWED_WEIGHT * VIEWED_DECAY**age)
        for age, item_id in enumerate(reversed(request.viewed_item_ids[-MAX_VIEWED:]))
    ]
    if is_hidden is not None:
        turned_to = [one for one in turned_to if (at := bundle.index_of(one)) is None or not is_hidden(at)]
    wanted += [
        (item_id, Role.HISTORY, HISTORY_WEIGHT * VIEWED_DECAY**age)
        for age, item_id in enumerate(reversed(turned_to[-MAX_HISTORY:]))
    ]
    for item_id, role, weight in wanted:
        index = bundle.index_of(item_id)
        if index is not None and index not in found:
            found[index] = Evidence(index, item_id, role, weight)
    return list(found.values())


def seen(evidence: Sequence[Evidence], is_hidden: Hides | None) -> list[Evidence]:
    """What may be gone by: the page's own item, and the rest that is of no hidden category.

    Args:
        evidence: Of items.
        is_hidden: Whether one is; None where none is.
    """
    if is_hidden is None:
        return list(evidence)
    return [piece for piece in evidence if piece.role is Role.ANCHOR or not is_hidden(piece.place)]


def categories_of(bundle: Bundle, evidence: Iterable[Evidence]) -> list[Evidence]:
    """The distinct categories of what a category stands for."""
    codes = dict.fromkeys(int(bundle.item_category[piece.place]) for piece in stood_for(evidence))
    return [Evidence(code, "", Role.CATEGORY, 1.0) for code in codes if code >= 0]


def stood_for(evidence: Iterable[Evidence]) -> list[Evidence]:
    """What a category stands for: the page's item or, where the model does not know it, the cart."""
    held = list(evidence)
    page = [piece for piece in held if piece.role is Role.ANCHOR]
    return page or [piece for piece in held if piece.role is Role.CART]


def own_categories(bundle: Bundle, evidence: Iterable[Evidence]) -> frozenset[int]:
    """Numbers of the categories that the page's item and those of the cart are in."""
    held = {int(bundle.item_category[piece.place]) for piece in evidence if piece.role in (Role.ANCHOR, Role.CART)}
    return frozenset(held - {-1})


def alternatives_to(bundle: Bundle, evidence: Iterable[Evidence]) -> set[int]:
    """Items that would be bought instead of the page's item or of one in the cart."""
    found: set[int] = set()
    for piece in evidence:
        if piece.role in (Role.ANCHOR, Role.CART):
            found.update(alternatives_of(bundle, piece.place))
    return found


def alternatives_of(bundle: Bundle, index: int) -> list[int]:
    """Items that would be bought instead of an item."""
    pairs = bundle.item_lists
    start, end = pairs.starts[index], pairs.starts[index + 1]
    relations = pairs.relation[start:end].tobytes()
    # Most items have none.
    if _ALTERNATIVE not in relations:
        return []
    return list(compress(pairs.item[start:end].tolist(), relations.translate(_IS_ALTERNATIVE)))


def candidates(pairs: PairLists, evidence: Sequence[Evidence], *, bar: float) -> Iterator[Candidate]:
    """What goes with any piece of the evidence and clears the bar, most probable first, ties by item index.

    Alternatives are left out. The rest is found one by one, as a page wants few of many: of each list only the first
    that was not given yet is looked at.

    Several pieces are combined by the maximum, as the caller meets an item first where it is most probable. The
    maximum never claims more than the strongest evidence does. Noisy-or would take the items of one cart for
    independent and add an item's base rate once for each of them: ten that each say 5 % would claim 40 %.

    Args:
        pairs: The bundle's lists of items or of categories; the evidence's places are anchors there.
        evidence: At least one piece.
        bar: Least probability.
    """
    # In float32, as stored: a pair at exactly the bar clears it.
    least = float(np.float32(bar))
    starts, items, probabilities, relations = pairs.starts, pairs.item, pairs.probability, pairs.relation
    lists: list[tuple[float, int, int, int]] = []
    for number, piece in enumerate(evidence):
        at = starts[piece.place]
        if at < starts[piece.place + 1] and (probability := probabilities[at] * piece.weight) >= least:
            lists.append((-probability, items[at], number, at))
    heapify(lists)
    while lists:
        less, item, number, at = lists[0]
        piece, following = evidence[number], at + 1
        if following < starts[piece.place + 1] and (probability := probabilities[following] * piece.weight) >= least:
            heapreplace(lists, (-probability, items[following], number, following))
        else:
            heappop(lists)
        relation = relations[at]
        if relation != Relation.ALTERNATIVE:
            yield Candidate(item, -less, _RELATIONS[relation], _BASES[pairs.basis[at]], pairs.n_shoppers[at], piece)


def has_candidates(pairs: PairLists, evidence: Iterable[Evidence]) -> bool:
    """Whether anything goes with any piece of the evidence, however improbable."""
    starts = pairs.starts
    return any(
        pairs.relation[starts[piece.place] : starts[piece.place + 1]].tobytes().strip(_ALTERNATIVE)
        for piece in evidence
    )


_ALTERNATIVE = bytes([Relation.ALTERNATIVE])
_IS_ALTERNATIVE = bytes(code == Relation.ALTERNATIVE for code in range(256))
_RELATIONS, _BASES = tuple(Relation), tuple(Basis)
"""By code: calling an enumeration takes ten times as long."""
