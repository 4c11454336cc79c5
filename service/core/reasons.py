"""True words about why an item is shown."""

from models.bundle.reading import Bundle
from service.core.answers import Reason, ReasonCode, Relation
from service.core.evidence import Evidence, Role

_WORDS = {
    Relation.UNSPECIFIED: (ReasonCode.BOUGHT_TOGETHER, "Often bought together with"),
    Relation.ACCESSORY: (ReasonCode.ACCESSORY_OF, "Often added to"),
    Relation.COMPLEMENT: (ReasonCode.BOUGHT_TOGETHER, "Often bought together with"),
    Relation.REFILL: (ReasonCode.REFILL_OF, "The usual refill for"),
}


def reason_for(bundle: Bundle, relation: Relation, evidence: Evidence) -> Reason:
    """Why an item of this relation to this evidence is shown.

    The page's item is "this item", as the shopper is looking at it; an item of the cart or one viewed is named by
    its title where the catalogue has one.
    """
    if evidence.role is Role.CATEGORY:
        category = bundle.category(evidence.place).rpartition("/")[2]
        return Reason(ReasonCode.GOES_WITH_CATEGORY, f"Popular with items in {category}", "")
    code, words = _WORDS[relation]
    return Reason(code, f"{words} {_name(bundle, evidence)}", evidence.item_id)


def _name(bundle: Bundle, evidence: Evidence) -> str:
    if evidence.role is Role.ANCHOR:
        return "this item"
    title = bundle.title(evidence.place)
    if evidence.role is Role.CART:
        return f"{title}, in the cart" if title else "an item in the cart"
    return f"{title}, viewed before" if title else "an item viewed before"
