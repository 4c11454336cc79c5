"""The champion's lists that a new training may be compared with: the freshest that cannot have seen its test slice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from models.bundle.contents import BASES, RELATIONS
from models.bundle.reading import Bundle
from models.candidates import Candidates
from models.items import ItemIndex
from models.lists import indptr_of
from training.holdout import Holdout

ListsOfChampion = Callable[[ItemIndex, int], Candidates | None]
"""From a training's items and the beginning of its test slice, seconds since 1970 UTC, to the champion's lists; None
where all there are may have seen the slice."""

_ALTERNATIVE = RELATIONS.index("alternative")
_OF_NEW_ITEMS = (BASES.index("category"), BASES.index("title"))


@dataclass(frozen=True, slots=True, eq=False)
class Champion:
    """What there is of the champion to compare with.

    Attributes:
        version: Its number.
        bundle: What it publishes; None where that cannot be read.
        holdout: What it would have published before its own test slice; None where that cannot be read.
        metrics: Its run's figures by name.
        unread: Why a part is None, a clause each.
    """

    version: int
    bundle: Bundle | None
    holdout: Holdout | None
    metrics: Mapping[str, float]
    unread: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a training was compared with the champion.

    Attributes:
        version: The champion's number then; None if there was no champion.
        is_fair: Whether lists of it were scored.
        says: Which lists, or why none: a sentence.
    """

    version: int | None
    is_fair: bool
    says: str


NO_CHAMPION = Comparison(None, is_fair=False, says="There was no champion.")


def champion_lists(champion: Champion, items: ItemIndex, test_s: int) -> Candidates | None:
    """The freshest lists of the champion that cannot have seen the test slice, in the training's own indices.

    Args:
        champion: The champion.
        items: The training's items; the champion's others are left out of the lists.
        test_s: Beginning of the test slice, seconds since 1970 UTC.
    """
    if champion.bundle is not None and _end_of_bundle_s(champion.bundle) <= test_s:
        return _mapped(*_shown(champion.bundle), items)
    if champion.holdout is not None and champion.holdout.test_s <= test_s:
        return _mapped(champion.holdout.items.ids, champion.holdout.lists, items)
    return None


def comparison_with(champion: Champion | None, test_s: int | None) -> Comparison:
    """Whether champion_lists has lists for a test slice, in words.

    Args:
        champion: The champion; None if there is none.
        test_s: Beginning of the test slice, seconds since 1970 UTC; None where too few orders were there for one.
    """
    if champion is None:
        return NO_CHAMPION
    if test_s is None:
        says = "No fair comparison: there were too few orders to set some aside."
        return Comparison(champion.version, is_fair=False, says=says)
    name = f"The champion, version {champion.version},"
    if champion.bundle is not None and _end_of_bundle_s(champion.bundle) <= test_s:
        until = champion.bundle.manifest["training"]["last_event"]
        return Comparison(champion.version, is_fair=True, says=f"{name} was scored as it is, counted up to {until}.")
    if champion.holdout is not None and champion.holdout.test_s <= test_s:
        until = f"{datetime.fromtimestamp(champion.holdout.test_s, UTC):%Y-%m-%d}"
        says = f"{name} was scored by its holdout lists, counted before {until}."
        return Comparison(champion.version, is_fair=True, says=says)
    unfair = f"No fair comparison with the champion, version {champion.version}"
    why = [
        *(["its bundle may have seen the test slice"] if champion.bundle is not None else []),
        *(["its holdout lists have seen some of it"] if champion.holdout is not None else []),
        *champion.unread,
    ]
    return Comparison(champion.version, is_fair=False, says=f"{unfair}: {'; '.join(why)}.")


def _end_of_bundle_s(bundle: Bundle) -> float:
    """When everything in the bundle had happened: the end of its last day, as a bundle knows days alone."""
    last = bundle.manifest["training"].get("last_event")
    if not last:
        return np.inf
    after = date.fromisoformat(last[:10]) + timedelta(days=1)
    return datetime.combine(after, time(), UTC).timestamp()


def _shown(bundle: Bundle) -> tuple[list[str], Candidates]:
    """The bundle's items, and its lists without alternatives and pairs of new items, as new lists are scored."""
    pairs = bundle.item_pairs
    shown = (pairs.relation != _ALTERNATIVE) & ~np.isin(pairs.basis, _OF_NEW_ITEMS)
    lists = Candidates(indptr_of(shown)[pairs.indptr], pairs.item[shown], pairs.probability[shown])
    return [bundle.item_id(index) for index in range(bundle.n_items)], lists


def _mapped(ids: Sequence[str], lists: Candidates, items: ItemIndex) -> Candidates:
    """The lists in the indices of other items; both indices follow the ids, so anchors and ties keep their order."""
    place: NDArray[np.int32] = items.indices_of(ids)
    anchor, item = place[lists.anchors()], place[lists.item]
    kept = (anchor >= 0) & (item >= 0)
    lengths = np.bincount(anchor[kept], minlength=len(items))
    return Candidates(indptr_of(lengths), item[kept], lists.score[kept])
