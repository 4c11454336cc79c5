"""True words about why an item is shown."""

from functools import lru_cache
from typing import NamedTuple

from models.bundle.reading import Bundle
from service.core.answers import Basis, Reason, ReasonCode, Relation
from service.core.evidence import Candidate, Evidence, Role

MOST = 0.6
"""From here on it is most orders."""
LEAST_SHARE = 0.1
"""What joins fewer than one in ten orders is told by the people who bought it."""
_MOST_ORDERS = "In most orders of {} with something else"
_ONE_IN_N_ORDERS = "In about 1 in {n} orders of {} with something else"

_WORDS = {
    Relation.UNSPECIFIED: (ReasonCode.BOUGHT_TOGETHER, "Also bought by {people} who bought {}"),
    Relation.ACCESSORY: (ReasonCode.ACCESSORY_OF, "Added by {people} who bought {}"),
    Relation.COMPLEMENT: (ReasonCode.BOUGHT_TOGETHER, "Also bought by {people} who bought {}"),
    Relation.REFILL: (ReasonCode.REFILL_OF, "Bought again by many; also by {people} who bought {}"),
}
"""What holds of every pair of the relation. A pair is of people who bought both items, in one order or in two, more
often than by chance; that may still be one in fifty, so nothing is "often", and nothing "together". An accessory costs
less than its anchor; a refill is one that many of its buyers come back for, whatever else they have."""

_WORDS_WITHOUT_PURCHASES = {
    Basis.TITLE: (ReasonCode.TITLE_FITS, "By its title, it goes with {}"),
    Basis.VIEWS: (ReasonCode.LOOKED_AT_TOGETHER, "Also looked at by {people} who looked at {}"),
}

LEAST_PEOPLE = 10
"""Of fewer no number is said: it would hardly be round. They are no fewer than the bundle's floor."""


def reason_for(bundle: Bundle, pair: Candidate) -> Reason:
    """Why an item is shown.

    Only of a pair that rests on purchases is it said that people bought both. The page's item is "this item", as the
    shopper is looking at it; an item of the cart, one viewed or one of the history is named by its title where the
    catalogue has one.
    """
    item, probability, relation, basis, n_shoppers, evidence = pair
    role = evidence.role
    named_id = "" if role is Role.HISTORY else evidence.item_id
    if role is Role.CATEGORY:
        category = _leaf(bundle.category(evidence.place))
        return Reason(ReasonCode.GOES_WITH_CATEGORY, f"Bought together with items in {category}", "")
    if basis is Basis.CATEGORY:
        return Reason(ReasonCode.CATEGORIES_GO_TOGETHER, _of_categories(bundle, item, evidence), named_id)
    # Evidence that counts less than the page and the cart had its probabilities made less, and they are no shares.
    is_share = probability >= LEAST_SHARE and evidence.weight == 1
    said = _said(basis, relation, n_shoppers, _share(probability) if is_share else None)
    text = said.of_this_item if role is Role.ANCHOR else said.words.format(_name(bundle, evidence))
    return Reason(said.code, text, named_id, said.n_people)


def rounded(n_people: int) -> int:
    """A number of people as it is said: rounded down to 1, 2 or 5 and noughts, 0 where they are few."""
    if n_people < LEAST_PEOPLE:
        return 0
    nought = int(10 ** (len(str(n_people)) - 1))
    return nought * max(lead for lead in (1, 2, 5) if lead * nought <= n_people)


def _share(probability: float) -> int:
    """The N of about one in N orders, the nearest one; 1 for most."""
    return 1 if probability >= MOST else max(2, round(1 / probability))


class _Said(NamedTuple):
    """What is said of pairs that are alike: with room for the name of the evidence, and of the page's own item."""

    code: ReasonCode
    words: str
    of_this_item: str
    n_people: int


@lru_cache(8_192)
def _said(basis: Basis, relation: Relation, n_shoppers: int, share: int | None) -> _Said:
    """What is said of pairs that are alike.

    Args:
        basis: That is not of categories.
        relation: Of the pair.
        n_shoppers: Behind the pair.
        share: As of _share, if there is one.
    """
    n_people = 0 if basis is Basis.TITLE else rounded(n_shoppers)
    code, words = _WORDS[relation] if basis is Basis.PURCHASES else _WORDS_WITHOUT_PURCHASES[basis]
    if basis is Basis.PURCHASES and relation is not Relation.REFILL and share is not None:
        words = _MOST_ORDERS if share == 1 else _ONE_IN_N_ORDERS.replace("{n}", str(share))
    words = words.replace("{people}", f"{n_people:,}+ people" if n_people else "people")
    return _Said(code, words, words.format("this item"), n_people)


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
