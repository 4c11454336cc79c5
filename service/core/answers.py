"""What is asked of a model and what it answers, as plain values."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from models.bundle.reading import Bundle


class Relation(IntEnum):
    """How an item relates to its anchor; numbered as in models.bundle.contents.RELATIONS and on the wire."""

    UNSPECIFIED = 0
    ACCESSORY = 1
    COMPLEMENT = 2
    REFILL = 3
    ALTERNATIVE = 4


class Rung(IntEnum):
    """What an answer rests on, richest first; numbered as on the wire."""

    HISTORY = 1
    SESSION = 2
    ITEM = 3
    CATEGORY = 4
    NONE = 5


class Basis(IntEnum):
    """What a pair rests on; numbered as in models.bundle.contents.BASES."""

    PURCHASES = 0
    CATEGORY = 1
    TITLE = 2
    VIEWS = 3


class QuietReason(IntEnum):
    """Why an answer is empty on purpose; numbered as on the wire."""

    NOT_QUIET = 0
    UNKNOWN_ITEM = 1
    NO_CANDIDATES = 2
    BELOW_BAR = 3
    ALL_EXCLUDED = 4
    NO_MODEL = 5
    TOO_FEW = 6
    HOLDOUT = 7


class ReasonCode(IntEnum):
    """Why an item is shown; numbered as on the wire."""

    BOUGHT_TOGETHER = 1
    ACCESSORY_OF = 2
    REFILL_OF = 3
    GOES_WITH_CATEGORY = 4
    CATEGORIES_GO_TOGETHER = 5
    TITLE_FITS = 6
    LOOKED_AT_TOGETHER = 7


class Source(IntEnum):
    """What an answer is made of; numbered as on the wire."""

    PAGE = 1
    CART = 2
    SESSION = 3
    HISTORY = 4
    PREFERENCES = 5


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A bundle and the name it is registered under.

    Attributes:
        bundle: What is asked.
        version: For instance "accessories/12".
        ledger_position: Of the ledger of consent at its training; None where it was trained without, or the registry
            does not say.
    """

    bundle: Bundle
    version: str
    ledger_position: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One page view, within its limits.

    Attributes:
        placement: Name of a placement.
        item_id: The page's item, the anchor; empty where the placement lives on the cart.
        cart_item_ids: Evidence and exclusion.
        viewed_item_ids: Evidence, oldest first.
        shown_item_ids: Exclusion.
        dismissed_item_ids: Exclusion.
        passed_by_item_ids: What this session was shown and did not turn to, an id for each time.
        max_results: 0 for the placement's own number.
        include_titles: Whether the answer carries titles.
        owned: What the shopper is said to own, with the days since it was bought.
        muted_topics: Topics that this session hides, each with its branch.
    """

    placement: str
    item_id: str = ""
    cart_item_ids: tuple[str, ...] = ()
    viewed_item_ids: tuple[str, ...] = ()
    shown_item_ids: tuple[str, ...] = ()
    dismissed_item_ids: tuple[str, ...] = ()
    passed_by_item_ids: tuple[str, ...] = ()
    max_results: int = 0
    include_titles: bool = False
    owned: tuple[tuple[str, float], ...] = ()
    muted_topics: tuple[str, ...] = ()


class Reason(NamedTuple):
    """True words about why an item is shown.

    Attributes:
        code: For a storefront that writes its own words.
        text: In English.
        evidence_item_id: The item of the request that brought the recommendation; empty when a category did.
        n_people: It rests on at least so many, a round number; 0 where nothing is said of that.
    """

    code: ReasonCode
    text: str
    evidence_item_id: str
    n_people: int = 0


class Recommendation(NamedTuple):
    """One item worth showing."""

    item_id: str
    probability: float
    relation: Relation
    reason: Reason
    title: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Recommendations for one page view, most probable first; empty on purpose when there is a quiet reason.

    Attributes:
        recommendations: What is shown.
        model_version: For instance "accessories/12".
        rung: What it rests on.
        quiet_reason: Why nothing is shown.
        anchor_title: Of the page's item.
        personalisation: Why the shopper's history may be used or not, a service.core.personal.ConsentReason.
        moment: What the shopper seems to be doing, a service.core.moments.Moment; 0 where no item is known.
        based_on: What the items shown rest on, a set of service.core.sources.
        looked_at: All that was looked at, to leave items out too; another one.
    """

    recommendations: tuple[Recommendation, ...]
    model_version: str
    rung: Rung
    quiet_reason: QuietReason
    anchor_title: str = ""
    personalisation: int = 0
    moment: int = 0
    based_on: int = 0
    looked_at: int = 0


NO_MODEL = Answer((), "", Rung.NONE, QuietReason.NO_MODEL)
"""The answer while no model has been loaded."""


def held_back(personalisation: int) -> Answer:
    """What is said where a test wants to know what it is worth to say anything: nothing.

    Args:
        personalisation: As of an answer.
    """
    return Answer((), "", Rung.NONE, QuietReason.HOLDOUT, personalisation=personalisation)
