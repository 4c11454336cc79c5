"""True words about why an item is shown."""

from models.bundle.reading import Bundle
from service.core.answers import Reason, ReasonCode, Relation
from service.core.evidence import Evidence, Role

_WORDS = {
    Relation.UNSPECIFIED: (ReasonCode.BOUGHT_TOGETHER, "Also bought by people who bought {}"),
    Relation.ACCESSORY: (ReasonCode.ACCESSORY_OF, "Added by people who bought {}"),
    Relation.COMPLEMENT: (ReasonCode.BOUGHT_TOGETHER, "Also bought by people who bought {}"),
    Relation.REFILL: (ReasonCode.REFILL_OF, "Bought again by many; also bought by people who bought {}"),
}
"""What holds of every pair of the relation. A pair is of people who bought both items, in one order or in two, more
often than by chance; that may still be one in fifty, so nothing is "often", and nothing "together". An accessory costs
less than its anchor; a refill is one that many of its buyers come back for, whatever else they have."""


def reason_for(bundle: Bundle, relation: Relation, evidence: Evidence) -> Reason:
    """Why an item of this relation to this evidence is shown.

    The page's item is "this item", as the shopper is looking at it; an item of the cart or one viewed is named by
    its title where the catalogue has one.
    """
    if evidence.role is Role.CATEGORY:
        category = bundle.category(evidence.place).rpartition("/")[2]
        return Reason(ReasonCode.GOES_WITH_CATEGORY, f"Bought together with items in {category}", "")
    code, words = _WORDS[relation]
    return Reason(code, words.format(_name(bundle, evidence)), evidence.item_id)


def _name(bundle: Bundle, evidence: Evidence) -> str:
    if evidence.role is Role.ANCHOR:
        return "this item"
    title = bundle.title(evidence.place)
    if evidence.role is Role.CART:
        return f"{title} (in the cart)" if title else "an item in the cart"
    return f"{title} (viewed before)" if title else "an item viewed before"
