"""The use case: what goes with what is on the page, or silence and why."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.bundle.reading import Bundle, PairLists
from service.core.answers import Answer, Basis, Model, QuietReason, Recommendation, Relation, Request, Rung
from service.core.evidence import (
    Evidence,
    Hides,
    Role,
    alternatives_to,
    candidates,
    categories_of,
    gather,
    has_candidates,
    hides,
    own_categories,
    seen,
    stood_for,
)
from service.core.manners import Manners
from service.core.moments import moment_of
from service.core.personal import IMPERSONAL, Personal
from service.core.placements import Placement, Restraint
from service.core.reasons import reason_for
from service.core.sources import looked_at, sources_by


def recommend(model: Model, request: Request, placement: Placement, personal: Personal = IMPERSONAL) -> Answer:
    """Items for one page view, on the highest rung of the ladder that has something to show.

    Args:
        model: What is asked.
        request: Within its limits; placement.name is its placement.
        placement: The slot's policy.
        personal: What may be used of the shopper.
    """
    bundle = model.bundle
    is_hidden = hides(bundle, personal.hidden, request.muted_topics)
    evidence = gather(bundle, request, personal.turned_to, is_hidden)
    alternatives = alternatives_to(bundle, evidence)
    moment = moment_of(bundle, request, evidence, alternatives) if evidence else None

    def answer(rung: Rung, quiet: QuietReason, chosen: tuple[Recommendation, ...] = (), based_on: int = 0) -> Answer:
        title, looked = _anchor_title(bundle, request), looked_at(request, evidence, personal)
        return Answer(chosen, model.version, rung, quiet, title, personal.reason, moment or 0, based_on, looked)

    if moment is None:
        return answer(Rung.NONE, QuietReason.UNKNOWN_ITEM)
    used = seen(evidence, is_hidden)
    if not used:
        return answer(Rung.NONE, QuietReason.ALL_EXCLUDED)
    selection = _Selection.of(model, request, placement, placement.at(moment), alternatives, personal, is_hidden)
    chosen = selection.choose(bundle.item_lists, used)
    if not selection.is_enough(chosen) and (categories := categories_of(bundle, used)):
        # What has no pairs has no known alternatives: as much as its own category is kept out here.
        selection.kept_out = own_categories(bundle, evidence)
        selection.stood_for = stood_for(used)
        chosen = selection.choose(bundle.category_lists, categories)
    if not selection.is_enough(chosen):
        return answer(Rung.NONE, selection.quiet_reason())
    return answer(_rung(selection.roles), QuietReason.NOT_QUIET, chosen, sources_by(selection.brought_by, used))


@dataclass(slots=True)
class _Selection:
    """Chooses among candidates, exclusions last: every rung passes through here, so no rung can leak one.

    Attributes:
        excluded_ids: The page's item, the cart, what is shown already and what was dismissed, now or before.
        owned: Days since the shopper bought each item, as kept or as told: offered again only as a refill that is due.
        told: Times that the session says it passed an item by.
        passed_by: Days since each time that the shopper is known to have passed an item by.
        is_hidden: Whether an item is of a category that the shopper or the session muted or did not ask for.
        alternatives: Item indices that would replace what the shopper looks at or holds.
        kept_out: Numbers of categories whose items would replace it too.
        stood_for: What categories stand for, where they are asked.
        limit: Items shown at most.
        least: Items shown at least, or none.
        bar: Least probability.
        include_titles: Whether titles are wanted.
        asked: What was chosen from on each rung.
        found_excluded: Whether one over the bar was held back.
        found_few: Whether some could be shown, but fewer than the least.
        roles: Of the evidence that brought what was chosen; the category where a pair rests on categories or titles.
        brought_by: Roles of that evidence itself, a set of service.core.sources.
    """

    model: Model
    placement: Placement
    excluded_ids: set[str]
    owned: Mapping[str, float]
    told: Counter[str]
    passed_by: Mapping[str, Sequence[float]]
    is_hidden: Hides | None
    alternatives: set[int]
    limit: int
    least: int
    bar: float
    include_titles: bool
    kept_out: frozenset[int] = frozenset()
    stood_for: Sequence[Evidence] = ()
    asked: list[tuple[PairLists, list[Evidence]]] = field(default_factory=list)
    found_excluded: bool = False
    found_few: bool = False
    roles: set[Role] = field(default_factory=set)
    brought_by: int = 0

    @classmethod
    def of(
        cls,
        model: Model,
        request: Request,
        placement: Placement,
        restraint: Restraint,
        alternatives: set[int],
        personal: Personal,
        is_hidden: Hides | None,
    ) -> "_Selection":
        limit = placement.limit(request.max_results, restraint)
        return cls(
            model,
            placement,
            {
                request.item_id,
                *request.cart_item_ids,
                *request.shown_item_ids,
                *request.dismissed_item_ids,
                *personal.dismissed,
            },
            _latest(personal.owned, request.owned) if request.owned else personal.owned,
            Counter(request.passed_by_item_ids),
            personal.passed_by,
            is_hidden,
            alternatives,
            limit,
            min(placement.min_results, limit),
            placement.bar(model.bundle.min_probability) * restraint.bar_factor,
            request.include_titles,
        )

    def choose(self, pairs: PairLists, evidence: list[Evidence]) -> tuple[Recommendation, ...]:
        """The best items that go with the evidence, none of them excluded."""
        bundle = self.model.bundle
        self.asked.append((pairs, evidence))
        manners = Manners(bundle, self.placement, self.limit, self.stood_for)
        self.roles, self.brought_by = set(), 0
        chosen: list[Recommendation] = []
        met: set[int] = set()
        for candidate in candidates(pairs, evidence, bar=self.bar):
            index, probability, relation, basis, _, source = candidate
            if index in met:
                continue
            met.add(index)
            item_id = bundle.item_id(index)
            if self._is_excluded(index, item_id, relation) or not manners.take(index, relation, source):
                self.found_excluded = True
                continue
            self.roles.add(Role.CATEGORY if basis in _OF_CATEGORIES else source.role)
            self.brought_by |= 1 << source.role
            chosen.append(
                Recommendation(
                    item_id,
                    probability,
                    relation,
                    reason_for(bundle, candidate),
                    bundle.title(index) if self.include_titles else "",
                )
            )
            if len(chosen) == self.limit:
                break
        return tuple(chosen)

    def is_enough(self, chosen: tuple[Recommendation, ...]) -> bool:
        """Whether there are so many that the placement speaks at all."""
        self.found_few |= 0 < len(chosen) < self.least
        return len(chosen) >= self.least

    def _is_excluded(self, index: int, item_id: str, relation: Relation) -> bool:
        bundle = self.model.bundle
        if item_id in self.excluded_ids or self._would_replace(index) or not bundle.available[index]:
            return True
        if (item_id in self.told or item_id in self.passed_by) and self._rests(item_id):
            return True
        if item_id in self.owned and not self._is_due(index, relation, self.owned[item_id]):
            return True
        return self.is_hidden is not None and self.is_hidden(index)

    def _rests(self, item_id: str) -> bool:
        """Whether the item was passed by so often that it is left alone for a while.

        The session and the history may both tell of one showing, so the larger number counts.
        """
        placement = self.placement
        n_kept = sum(days < placement.rest_days for days in self.passed_by.get(item_id, ()))
        return 0 < placement.rest_after <= max(n_kept, self.told[item_id])

    def _is_due(self, index: int, relation: Relation, days: float) -> bool:
        """Whether what was bought so long ago is used up by now; of a refill without an interval nobody knows."""
        interval = float(self.model.bundle.refill_interval_days[index])
        return relation is Relation.REFILL and 0 < interval <= days

    def _would_replace(self, index: int) -> bool:
        if index in self.alternatives:
            return True
        return bool(self.kept_out) and int(self.model.bundle.item_category[index]) in self.kept_out

    def quiet_reason(self) -> QuietReason:
        """Why nothing was chosen."""
        if self.found_few:
            return QuietReason.TOO_FEW
        if self.found_excluded:
            return QuietReason.ALL_EXCLUDED
        knows_any = any(has_candidates(pairs, evidence) for pairs, evidence in self.asked)
        return QuietReason.BELOW_BAR if knows_any else QuietReason.NO_CANDIDATES


_OF_CATEGORIES = frozenset({Basis.CATEGORY, Basis.TITLE})


def _latest(kept: Mapping[str, float], told: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Days since each item was bought the last time, of what the history and the session know."""
    owned = dict(kept)
    for item_id, days in told:
        owned[item_id] = min(days, owned.get(item_id, days))
    return owned


def _anchor_title(bundle: Bundle, request: Request) -> str:
    if not (request.include_titles and request.item_id):
        return ""
    index = bundle.index_of(request.item_id)
    return "" if index is None else bundle.title(index)


def _rung(roles: set[Role]) -> Rung:
    """The rung of an answer that rests on evidence of these roles."""
    if Role.HISTORY in roles:
        return Rung.HISTORY
    if roles & {Role.CART, Role.VIEWED}:
        return Rung.SESSION
    return Rung.ITEM if Role.ANCHOR in roles else Rung.CATEGORY
