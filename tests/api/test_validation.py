"""A request that is plain at a glance is one that has no fault when it is looked over."""

from hypothesis import event, given
from hypothesis import strategies as st
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from service.api.validation import _faults, _is_plain, _request
from service.core.placements import PLACEMENTS

ODD = ["", "a\n", "\x7f", "\x85", "é", "é" * 65, "x" * 128, "x" * 129, " ", "\u2028"]
IDS = st.sampled_from(["a", "b", "c", "d", *ODD])
FEW = st.lists(st.sampled_from(["a", "b", "c", "d"]), unique=True)
LISTS = FEW | st.lists(IDS, max_size=4) | st.integers(99, 102).map(lambda n: [str(number) for number in range(n)])
SHOPPERS = st.none() | st.builds(shopper_pb2.Shopper, customer_id=IDS, visitor_id=IDS)
SIGNALS = st.none() | st.builds(shopper_pb2.Signals, jurisdiction=st.sampled_from(["", "DE", "de"]))
OWNED = st.none() | st.lists(
    st.builds(pb.OwnedItem, item_id=IDS, days_since_bought=st.floats(-1, 9, width=32) | st.just(float("nan"))),
    max_size=2,
)
REQUESTS = st.builds(
    pb.RecommendRequest,
    placement=st.sampled_from([*PLACEMENTS, "", "sidebar"]),
    item_id=IDS,
    cart_item_ids=LISTS,
    viewed_item_ids=LISTS,
    shown_item_ids=FEW,
    dismissed_item_ids=LISTS,
    passed_by_item_ids=LISTS | st.just(["a"] * 201),
    max_results=st.sampled_from([-1, 0, 1, 100, 101]),
    shopper=SHOPPERS,
    signals=SIGNALS,
    owned=OWNED,
    muted_topics=st.none() | st.lists(st.sampled_from(["a/b", "a", "/", *ODD]), max_size=3),
    session_id=IDS,
)


@given(REQUESTS)
def test_what_is_plain_has_no_fault(request: pb.RecommendRequest) -> None:
    is_plain = _is_plain(_request(request), request, PLACEMENTS)
    event(f"plain: {is_plain}")
    assert not (is_plain and list(_faults(request, PLACEMENTS, "")))


@given(st.sampled_from([*PLACEMENTS]), FEW, FEW, st.integers(0, 100))
def test_what_nearly_all_send_is_plain(placement: str, cart: list[str], viewed: list[str], n: int) -> None:
    request = pb.RecommendRequest(
        placement=placement, item_id="SKU-1 (red)", cart_item_ids=cart, viewed_item_ids=viewed, max_results=n,
        passed_by_item_ids=["a", "a"], shopper=shopper_pb2.Shopper(customer_id="4711"),
    )  # fmt: skip
    assert _is_plain(_request(request), request, PLACEMENTS)
