"""What a request gives a model to go on: the page's item, the cart and what was viewed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import RankedPairs
from models.bundle.reading import Bundle
from service.core.answers import Relation, Request

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


class Role(Enum):
    """Where in the request a piece of evidence stands."""

    ANCHOR = "anchor"
    CART = "cart"
    VIEWED = "viewed"
    HISTORY = "history"
    CATEGORY = "category"


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


@dataclass(frozen=True, slots=True)
class Candidates:
    """What goes with the evidence, most probable first, ties by item index; an item may stand there several times.

    Attributes:
        items: Item indices.
        probabilities: Already weighted.
        relations: Codes.
        bases: What each pair rests on, codes.
        sources: Place in the evidence that brought each.
        n_known: Candidates before the bar was applied.
    """

    items: list[int]
    probabilities: list[float]
    relations: list[int]
    bases: list[int]
    sources: list[int]
    n_known: int


def gather(bundle: Bundle, request: Request, turned_to: Sequence[str] = ()) -> list[Evidence]:
    """The items that the bundle knows, each once, in its strongest role: page, cart, last viewed, then the history.

    Args:
        bundle: The model.
        request: The page, the cart and what was viewed.
        turned_to: What the shopper was interested in before, oldest first.
    """
    found: dict[int, Evidence] = {}
    wanted = [(request.item_id, Role.ANCHOR, 1.0)] if request.item_id else []
    wanted += [(item_id, Role.CART, 1.0) for item_id in request.cart_item_ids]
    wanted += [
        (item_id, Role.VIEWED, VIEWED_WEIGHT * VIEWED_DECAY**age)
        for age, item_id in enumerate(reversed(request.viewed_item_ids[-MAX_VIEWED:]))
    ]
    wanted += [
        (item_id, Role.HISTORY, HISTORY_WEIGHT * VIEWED_DECAY**age)
        for age, item_id in enumerate(reversed(turned_to[-MAX_HISTORY:]))
    ]
    for item_id, role, weight in wanted:
        index = bundle.index_of(item_id)
        if index is not None and index not in found:
            found[index] = Evidence(index, item_id, role, weight)
    return list(found.values())


def seen(bundle: Bundle, evidence: Sequence[Evidence], hidden: frozenset[int]) -> list[Evidence]:
    """What may be gone by: the page's own item, and the rest that is of no hidden category.

    Args:
        bundle: The model.
        evidence: Of items.
        hidden: Numbers of categories that the shopper muted or did not ask for.
    """
    if not hidden:
        return list(evidence)
    return [
        piece for piece in evidence if piece.role is Role.ANCHOR or int(bundle.item_category[piece.place]) not in hidden
    ]


def categories_of(bundle: Bundle, evidence: Iterable[Evidence]) -> list[Evidence]:
    """The distinct categories of the page's item or, where the model does not know it, of the cart."""
    held = list(evidence)
    page = [piece for piece in held if piece.role is Role.ANCHOR]
    page = page or [piece for piece in held if piece.role is Role.CART]
    codes = dict.fromkeys(int(bundle.item_category[piece.place]) for piece in page)
    return [Evidence(code, "", Role.CATEGORY, 1.0) for code in codes if code >= 0]


def own_categories(bundle: Bundle, evidence: Iterable[Evidence]) -> frozenset[int]:
    """Numbers of the categories that the page's item and those of the cart are in."""
    held = {int(bundle.item_category[piece.place]) for piece in evidence if piece.role in (Role.ANCHOR, Role.CART)}
    return frozenset(held - {-1})


def alternatives_to(bundle: Bundle, evidence: Iterable[Evidence]) -> set[int]:
    """Items that would be bought instead of the page's item or of one in the cart."""
    found: set[int] = set()
    for piece in evidence:
        if piece.role in (Role.ANCHOR, Role.CART):
            items, _, relations, _ = _listed(bundle.item_pairs, piece)
            found.update(items[relations == Relation.ALTERNATIVE].tolist())
    return found


def candidates(pairs: RankedPairs, evidence: Sequence[Evidence], *, bar: float) -> Candidates:
    """What goes with any piece of the evidence and clears the bar; alternatives are left out.

    Several pieces are combined by the maximum, as the caller meets an item first where it is most probable. The
    maximum never claims more than the strongest evidence does. Noisy-or would take the items of one cart for
    independent and add an item's base rate once for each of them: ten that each say 5 % would claim 40 %.

    Args:
        pairs: The bundle's item pairs or category pairs; the evidence's places are anchors there.
        evidence: At least one piece.
        bar: Least probability.
    """
    parts = [_listed(pairs, piece) for piece in evidence]
    if len(parts) == 1 and evidence[0].weight == 1.0:
        items, probabilities, relations, bases = parts[0]
        sources = np.zeros(len(items), np.int32)
    else:
        items = np.concatenate([part[0] for part in parts])
        probabilities = np.concatenate([part[1] * piece.weight for part, piece in zip(parts, evidence, strict=True)])
        relations = np.concatenate([part[2] for part in parts])
        bases = np.concatenate([part[3] for part in parts])
        sources = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part[0]) for part in parts])
    shown = relations != Relation.ALTERNATIVE
    n_known = int(np.count_nonzero(shown))
    # In float32, as stored: a pair at exactly the bar clears it.
    kept = np.flatnonzero(shown & (probabilities >= np.float32(bar)))
    if len(parts) > 1:
        kept = kept[np.lexsort((items[kept], -probabilities[kept]))]
    return Candidates(
        items[kept].tolist(),
        probabilities[kept].tolist(),
        relations[kept].tolist(),
        bases[kept].tolist(),
        sources[kept].tolist(),
        n_known,
    )


def _listed(
    pairs: RankedPairs, piece: Evidence
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]:
    start, end = int(pairs.indptr[piece.place]), int(pairs.indptr[piece.place + 1])
    return pairs.item[start:end], pairs.probability[start:end], pairs.relation[start:end], pairs.basis[start:end]
