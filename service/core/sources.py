"""What an answer is made of, as a set of few and in words that a page can show."""

from collections.abc import Iterable
from functools import cache

from service.core.answers import Request, Source
from service.core.evidence import Evidence, Role
from service.core.personal import Personal

_WORDS = {
    Source.PAGE: "this page",
    Source.CART: "your basket",
    Source.SESSION: "what you looked at just now",
    Source.HISTORY: "what you did here before",
    Source.PREFERENCES: "what you chose to see",
}


def bit(source: Source) -> int:
    """A set of one: sets are whole numbers, a bit for each source, as every page makes two of them."""
    return 1 << source


def sources_of(evidence: Iterable[Evidence]) -> int:
    """The sources of some evidence of items, the set of them: a role has the number of its source."""
    found = 0
    for piece in evidence:
        found |= 1 << piece.role
    return found


def sources_by(roles: int, asked: Iterable[Evidence]) -> int:
    """The sources of what was chosen, the set of them.

    Args:
        roles: Of the evidence that brought it, a set likewise.
        asked: All evidence of items: a category is of the page's item, or of the cart where the model does not know
            that.
    """
    if not roles & 1 << Role.CATEGORY:
        return roles
    of_categories = bit(Source.PAGE if sources_of(asked) & bit(Source.PAGE) else Source.CART)
    return roles & ~(1 << Role.CATEGORY) | of_categories


def looked_at(request: Request, evidence: Iterable[Evidence], personal: Personal) -> int:
    """All that is looked at for a page, the set of it.

    Args:
        request: What was waved away, passed by and is said to be owned is of the session.
        evidence: What the request and the history give to go on.
        personal: What may be used of the shopper.
    """
    found = sources_of(evidence)
    if request.dismissed_item_ids or request.passed_by_item_ids or request.owned:
        found |= bit(Source.SESSION)
    if personal.turned_to or personal.owned or personal.dismissed or personal.passed_by:
        found |= bit(Source.HISTORY)
    return found | bit(Source.PREFERENCES) if personal.prefers or request.muted_topics else found


@cache
def members(sources: int) -> tuple[Source, ...]:
    """The sources of a set, in the order of their numbers."""
    return tuple(source for source in Source if sources & bit(source))


@cache
def in_words(sources: int) -> str:
    """A set in English: "From this page and your basket"; empty for none."""
    words = [_WORDS[source] for source in members(sources)]
    if not words:
        return ""
    *before, last = words
    return f"From {', '.join(before)} and {last}" if before else f"From {last}"
