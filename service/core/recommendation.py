"""The use case: what goes with what is on the page, or silence and why."""

from dataclasses import dataclass

from models.bundle.contents import RankedPairs
from models.bundle.reading import Bundle
from service.core.answers import Answer, Model, QuietReason, Recommendation, Relation, Request, Rung
from service.core.evidence import Evidence, Role, alternatives_to, candidates, categories_of, gather
from service.core.placements import Placement
from service.core.reasons import reason_for


def recommend(model: Model, request: Request, placement: Placement) -> Answer:
    """Items for one page view, on the highest rung of the ladder that has something to show.

    Args:
        model: What is asked.
        request: Within its limits; placement.name is its placement.
        placement: The slot's policy.
    """
    bundle = model.bundle
    title = _anchor_title(bundle, request)
    evidence = gather(bundle, request)
    if not evidence:
        return Answer((), model.version, Rung.NONE, QuietReason.UNKNOWN_ITEM, title)
    selection = _Selection.of(bundle, request, placement, evidence)
    chosen = selection.choose(bundle.item_pairs, evidence)
    rung = Rung.SESSION if _session_speaks(bundle, evidence) else Rung.ITEM
    if not chosen:
        rung = Rung.CATEGORY
        categories = categories_of(bundle, evidence)
        chosen = selection.choose(bundle.category_pairs, categories) if categories else ()
    if not chosen:
        return Answer((), model.version, Rung.NONE, selection.quiet_reason(), title)
    return Answer(chosen, model.version, rung, QuietReason.NOT_QUIET, title)


@dataclass(slots=True)
class _Selection:
    """Chooses among candidates, exclusions last: every rung passes through here, so no rung can leak one.

    Attributes:
        excluded_ids: The page's item, the cart, what is shown already and what was dismissed.
        alternatives: Item indices that would replace what the shopper looks at or holds.
        found_candidate: Whether any rung had one.
        found_excluded: Whether one over the bar was held back.
    """

    bundle: Bundle
    excluded_ids: set[str]
    alternatives: set[int]
    limit: int
    bar: float
    include_titles: bool
    found_candidate: bool = False
    found_excluded: bool = False

    @classmethod
    def of(cls, bundle: Bundle, request: Request, placement: Placement, evidence: list[Evidence]) -> "_Selection":
        return cls(
            bundle,
            {request.item_id, *request.cart_item_ids, *request.shown_item_ids, *request.dismissed_item_ids},
            alternatives_to(bundle, evidence),
            request.max_results or placement.max_results,
            placement.min_probability,
            request.include_titles,
        )

    def choose(self, pairs: RankedPairs, evidence: list[Evidence]) -> tuple[Recommendation, ...]:
        """The best items that go with the evidence, none of them excluded."""
        bundle = self.bundle
        found = candidates(pairs, evidence, bar=self.bar)
        self.found_candidate |= found.n_known > 0
        chosen: list[Recommendation] = []
        met: set[int] = set()
        for place, index in enumerate(found.items):
            if index in met:
                continue
            met.add(index)
            item_id = bundle.item_id(index)
            if item_id in self.excluded_ids or index in self.alternatives or not bundle.available[index]:
                self.found_excluded = True
                continue
            relation = Relation(found.relations[place])
            chosen.append(
                Recommendation(
                    item_id,
                    found.probabilities[place],
                    relation,
                    reason_for(bundle, relation, evidence[found.sources[place]]),
                    bundle.title(index) if self.include_titles else "",
                )
            )
            if len(chosen) == self.limit:
                break
        return tuple(chosen)

    def quiet_reason(self) -> QuietReason:
        """Why nothing was chosen."""
        if self.found_excluded:
            return QuietReason.ALL_EXCLUDED
        return QuietReason.BELOW_BAR if self.found_candidate else QuietReason.NO_CANDIDATES


def _anchor_title(bundle: Bundle, request: Request) -> str:
    if not (request.include_titles and request.item_id):
        return ""
    index = bundle.index_of(request.item_id)
    return "" if index is None else bundle.title(index)


def _session_speaks(bundle: Bundle, evidence: list[Evidence]) -> bool:
    indptr = bundle.item_pairs.indptr
    return any(piece.role is not Role.ANCHOR and indptr[piece.place + 1] > indptr[piece.place] for piece in evidence)
