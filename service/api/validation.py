"""Wire to use case: a request within its limits, or all that is wrong with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from shopkeeper.v1 import recommendation_service_pb2 as pb

from models.errors import Fault, InvalidInputError
from models.items import MAX_ID_BYTES
from privacy.topics import topic_fault
from service.api.ids import ID_RULE, wrong_with
from service.api.shoppers import shopper_faults, signal_faults
from service.core.answers import Request
from service.core.placements import Placement

MAX_LIST = 100
MAX_PASSED_BY = 200
MAX_RESULTS = 100
MAX_DAYS = 36_500
"""A century: what was bought before is a mistake."""
MAX_BATCH = 100
_LISTS = ("cart_item_ids", "viewed_item_ids", "shown_item_ids", "dismissed_item_ids")


def read_request(message: pb.RecommendRequest, placements: Mapping[str, Placement]) -> Request:
    """The request of one message.

    Raises:
        InvalidInputError: Names every field at fault.
    """
    request = _request(message)
    if not _is_plain(request, message, placements) and (faults := list(_faults(message, placements, ""))):
        raise InvalidInputError("the request", faults)
    return request


def read_batch(message: pb.BatchRecommendRequest, placements: Mapping[str, Placement]) -> list[Request]:
    """The requests of a batch, in order.

    Raises:
        InvalidInputError: Names every field at fault, as requests[3].item_id.
    """
    n_requests = len(message.requests)
    if not 1 <= n_requests <= MAX_BATCH:
        raise InvalidInputError(
            "the batch", [Fault("requests", f"holds {n_requests} requests; give 1 to {MAX_BATCH} in one call")]
        )
    faults = [
        fault
        for place, request in enumerate(message.requests)
        for fault in _faults(request, placements, f"requests[{place}].")
    ]
    if faults:
        raise InvalidInputError("the batch", faults)
    return [_request(request) for request in message.requests]


def _request(message: pb.RecommendRequest) -> Request:
    owned = message.owned
    return Request(
        placement=message.placement,
        item_id=message.item_id,
        cart_item_ids=tuple(message.cart_item_ids),
        viewed_item_ids=tuple(message.viewed_item_ids),
        shown_item_ids=tuple(message.shown_item_ids),
        dismissed_item_ids=tuple(message.dismissed_item_ids),
        passed_by_item_ids=tuple(message.passed_by_item_ids),
        max_results=message.max_results,
        include_titles=message.include_titles,
        owned=tuple((one.item_id, one.days_since_bought) for one in owned) if owned else (),
        muted_topics=tuple(message.muted_topics),
    )


def _is_plain(request: Request, message: pb.RecommendRequest, placements: Mapping[str, Placement]) -> bool:
    """Whether a request is as nearly all are, which is soon seen, and so has no fault: plain ids, none twice.

    One that is not may be without fault too; to look for faults one by one takes five times as long.
    """
    placement = placements.get(request.placement)
    if placement is None or message.HasField("signals") or not 0 <= request.max_results <= MAX_RESULTS:
        return False
    ids: list[str] = []
    if request.item_id:
        ids.append(request.item_id)
    elif placement.needs_item:
        return False
    for listed in (request.cart_item_ids, request.viewed_item_ids, request.shown_item_ids, request.dismissed_item_ids):
        if listed:
            if len(listed) > MAX_LIST or len({*listed}) != len(listed):
                return False
            ids += listed
    if len(request.passed_by_item_ids) > MAX_PASSED_BY or request.owned or request.muted_topics:
        return False
    ids += request.passed_by_item_ids
    if message.session_id:
        ids.append(message.session_id)
    if message.HasField("shopper"):
        ids += filter(None, (message.shopper.customer_id, message.shopper.visitor_id))
    text = "".join(ids)
    return text.isascii() and text.isprintable() and all(0 < len(one) <= MAX_ID_BYTES for one in ids)


def _faults(message: pb.RecommendRequest, placements: Mapping[str, Placement], prefix: str) -> Iterable[Fault]:
    placement = placements.get(message.placement)
    if placement is None:
        yield Fault(f"{prefix}placement", f"{_state_of(message.placement)}; give one of {', '.join(placements)}")
    if message.item_id:
        wrong = wrong_with(message.item_id)
        if wrong:
            yield Fault(f"{prefix}item_id", f"{wrong}; {ID_RULE}")
    elif placement is not None and placement.needs_item:
        yield Fault(f"{prefix}item_id", f"is empty; placement {placement.name} needs the page's item")
    for name in _LISTS:
        description = _list_fault(getattr(message, name))
        if description:
            yield Fault(prefix + name, description)
    description = _list_fault(message.passed_by_item_ids, most=MAX_PASSED_BY, may_repeat=True)
    if description:
        yield Fault(f"{prefix}passed_by_item_ids", description)
    yield from _owned_faults(message.owned, f"{prefix}owned")
    description = _list_fault(message.muted_topics, topic_fault, what="topics")
    if description:
        yield Fault(f"{prefix}muted_topics", description)
    if message.session_id and (wrong := wrong_with(message.session_id)):
        yield Fault(f"{prefix}session_id", f"{wrong}; {ID_RULE}")
    if message.HasField("shopper"):
        yield from shopper_faults(message.shopper, f"{prefix}shopper", n_least=0)
    if message.HasField("signals"):
        yield from signal_faults(message.signals, f"{prefix}signals")
    if not 0 <= message.max_results <= MAX_RESULTS:
        yield Fault(
            f"{prefix}max_results",
            f"is {message.max_results}; give 1 to {MAX_RESULTS}, or 0 for the placement's own number",
        )


def _state_of(placement: str) -> str:
    return "is unknown" if placement else "is empty"


def _owned_faults(owned: Sequence[pb.OwnedItem], path: str) -> Iterable[Fault]:
    if len(owned) > MAX_LIST:
        yield Fault(path, f"holds {len(owned)} items; give at most {MAX_LIST}")
        return
    description = _list_fault([one.item_id for one in owned])
    if description:
        yield Fault(f"{path}.item_id", description)
    # Of what is no number neither is true.
    wrong = [place for place, one in enumerate(owned) if not 0 <= one.days_since_bought <= MAX_DAYS]
    if wrong:
        yield Fault(f"{path}.days_since_bought", f"[{_runs(wrong)}] is out of range; give 0 to {MAX_DAYS} days")


def _list_fault(
    listed: Sequence[str],
    wrong_with_one: Callable[[str], str | None] = wrong_with,
    *,
    what: str = "ids",
    most: int = MAX_LIST,
    may_repeat: bool = False,
) -> str:
    """What is wrong with a list of ids or topics and where, empty when nothing is; short however much is wrong."""
    if not listed:
        return ""
    if len(listed) > most:
        return f"holds {len(listed)} {what}; give at most {most}"
    places: dict[str, list[int]] = {}
    met: set[str] = set()
    for place, one in enumerate(listed):
        wrong = wrong_with_one(one) or ("is there already" if one in met and not may_repeat else "")
        met.add(one)
        if wrong:
            places.setdefault(wrong, []).append(place)
    if not places:
        return ""
    found = "; ".join(f"[{_runs(at)}] {wrong}" for wrong, at in places.items())
    if wrong_with_one is not wrong_with:
        return found
    return f"{found}; {ID_RULE}" if may_repeat else f"{found}; {ID_RULE}, each id once"


def _runs(places: Sequence[int]) -> str:
    """Ascending numbers as text, neighbours joined: 0-3, 7."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1][1] = place
        else:
            runs.append([place, place])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in runs)
