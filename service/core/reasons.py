"""True words about why an item is shown."""

from models.bundle.reading import Bundle
from service.core.answers import Basis, Reason, ReasonCode, Relation
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

_WORDS_WITHOUT_PURCHASES = {
    Basis.TITLE: (ReasonCode.TITLE_FITS, "By its title, it goes with {}"),
    Basis.VIEWS: (ReasonCode.LOOKED_AT_TOGETHER, "Also looked at by people who looked at {}"),
}


def reason_for(bundle: Bundle, index: int, relation: Relation, basis: Basis, evidence: Evidence) -> Reason:
    """Why the item is shown, which has this relation to this evidence.

    Only of a pair that rests on purchases is it said that people bought both. The page's item is "this item", as the
    shopper is looking at it; an item of the cart, one viewed or one of the history is named by its title where the
    catalogue has one.
    """
    if evidence.role is Role.ANCHOR and basis is not Basis.CATEGORY:
        code, text = _OF_THIS_ITEM[basis, relation]
        return Reason(code, text, evidence.item_id)
    named_id = "" if evidence.role is Role.HISTORY else evidence.item_id
    if evidence.role is Role.CATEGORY:
        category = _leaf(bundle.category(evidence.place))
        return Reason(ReasonCode.GOES_WITH_CATEGORY, f"Bought together with items in {category}", "")
    if basis is Basis.CATEGORY:
        return Reason(ReasonCode.CATEGORIES_GO_TOGETHER, _of_categories(bundle, index, evidence), named_id)
    code, words = _WORDS[relation] if basis is Basis.PURCHASES else _WORDS_WITHOUT_PURCHASES[basis]
    return Reason(code, words.format(_name(bundle, evidence)), named_id)


_OF_THIS_ITEM = {
    (basis, relation): (code, words.format("this item"))
    for basis in (Basis.PURCHASES, *_WORDS_WITHOUT_PURCHASES)
    for relation, (code, words) in (
        _WORDS if basis is Basis.PURCHASES else dict.fromkeys(Relation, _WORDS_WITHOUT_PURCHASES[basis])
    ).items()
}
"""The words for the page's own item, made once: most of what is shown rests on it."""


def _of_categories(bundle: Bundle, index: int, evidence: Evidence) -> str:
    of_evidence, of_item = (_leaf(bundle.category(int(bundle.item_category[at]))) for at in (evidence.place, index))
    if of_evidence and of_item:
        return f"People who bought items in {of_evidence} also bought items in {of_item}"
    return f"People who bought something like {_name(bundle, evidence)} also bought things like it"


def _leaf(category: str) -> str:
    return category.rpartition("/")[2]


def _name(bundle: Bundle, evidence: Evidence) -> str:
    if evidence.role is Role.ANCHOR:
        return "this item"
    title = bundle.title(evidence.place)
    if evidence.role is Role.CART:
        return f"{title} (in the cart)" if title else "an item in the cart"
    if evidence.role is Role.HISTORY:
        return f"{title} (from your history)" if title else "an item from your history"
    return f"{title} (viewed before)" if title else "an item viewed before"
