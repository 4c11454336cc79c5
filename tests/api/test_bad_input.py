"""Bad input: one INVALID_ARGUMENT with one BadRequest that lists every field at fault."""

import math

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb

from tests.api.conftest import Running
from tests.api.faults import faults_of

LISTS = ("cart_item_ids", "viewed_item_ids", "shown_item_ids", "dismissed_item_ids")


def owned(*item_ids: str, days: float = 0.0) -> list[pb.OwnedItem]:
    return [pb.OwnedItem(item_id=item_id, days_since_bought=days) for item_id in item_ids]


def request(**given: object) -> pb.RecommendRequest:
    return pb.RecommendRequest(**{"placement": "product_page", "item_id": "camera", **given})


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"placement": ""}, "placement", "is empty; give one of product_page, cart, order_confirmation"),
        ({"placement": "sidebar"}, "placement", "is unknown"),
        ({"placement": "Product_Page"}, "placement", "is unknown"),
        ({"item_id": ""}, "item_id", "needs the page's item"),
        ({"item_id": "x" * 129}, "item_id", "is longer than 128 bytes"),
        ({"item_id": "é" * 65}, "item_id", "is longer than 128 bytes"),
        ({"item_id": "a\nb"}, "item_id", "has control characters"),
        ({"item_id": "a\x00"}, "item_id", "has control characters"),
        ({"item_id": "a\x7f"}, "item_id", "has control characters"),
        ({"item_id": "a\x85"}, "item_id", "has control characters"),
        ({"max_results": -1}, "max_results", "is -1; give 1 to 100"),
        ({"max_results": 101}, "max_results", "is 101"),
        ({"max_results": 2**31 - 1}, "max_results", "is 2147483647"),
        *(({name: [""]}, name, "[0] is empty") for name in LISTS),
        *(({name: ["a", "b", "a", "a"]}, name, "[2-3] is there already") for name in LISTS),
        *(({name: ["a", "x" * 129]}, name, "[1] is longer than 128 bytes") for name in LISTS),
        *(({name: ["a\t"]}, name, "[0] has control characters") for name in LISTS),
        *(({name: [str(n) for n in range(101)]}, name, "holds 101 ids; give at most 100") for name in LISTS),
        ({"passed_by_item_ids": ["a", "a", ""]}, "passed_by_item_ids", "[2] is empty"),
        ({"passed_by_item_ids": ["a"] * 201}, "passed_by_item_ids", "holds 201 ids; give at most 200"),
        ({"owned": owned("a", "", "a")}, "owned.item_id", "[1] is empty; [2] is there already"),
        ({"owned": owned(*map(str, range(101)))}, "owned", "holds 101 items; give at most 100"),
        *(
            ({"owned": owned("a", days=days)}, "owned.days_since_bought", "[0] is out of range; give 0 to 36500 days")
            for days in (-0.1, 36_501.0, math.nan, math.inf)
        ),
        ({"muted_topics": ["a/b", "", "a//b"]}, "muted_topics", "[1-2] must be a category path"),
        ({"muted_topics": ["a", "a/b", "a"]}, "muted_topics", "[2] is there already"),
        ({"muted_topics": ["a\n"]}, "muted_topics", "[0] must hold no control characters"),
        ({"muted_topics": ["x" * 257]}, "muted_topics", "[0] must be at most 256 bytes long"),
        ({"muted_topics": [str(n) for n in range(101)]}, "muted_topics", "holds 101 topics; give at most 100"),
        ({"session_id": "x" * 129}, "session_id", "is longer than 128 bytes"),
        ({"session_id": "a\x7f"}, "session_id", "has control characters"),
    ],
)
def test_a_field_out_of_its_range_is_named_with_what_would_be_right(
    server: Running, given: dict, field: str, words: str
) -> None:
    faults = faults_of(server.stub.Recommend, request(**given))
    assert list(faults) == [field]
    assert words in faults[field]


def test_every_field_at_fault_is_listed_at_once(server: Running) -> None:
    bad = pb.RecommendRequest(placement="?", item_id="\x01", max_results=-5, **{key: ["", "a", "a"] for key in LISTS})
    assert set(faults_of(server.stub.Recommend, bad)) == {"placement", "item_id", "max_results", *LISTS}


def test_every_place_in_a_list_is_named(server: Running) -> None:
    ids = ["", "a", "", "", "b", "b", "c\n", "d" * 129]
    description = faults_of(server.stub.Recommend, request(cart_item_ids=ids))["cart_item_ids"]
    assert "[0, 2-3] is empty" in description
    assert "[5] is there already" in description
    assert "[6] has control characters" in description
    assert "[7] is longer than 128 bytes" in description


def test_bad_input_is_refused_before_there_is_a_model(empty_server: Running) -> None:
    assert list(faults_of(empty_server.stub.Recommend, request(max_results=-1))) == ["max_results"]


def test_limits_are_inclusive(server: Running) -> None:
    hundred = [f"{number:0128d}" for number in range(100)]
    bought, topics = owned(*hundred, days=36_500.0), [f"{number:0256d}" for number in range(100)]
    lists = dict.fromkeys(LISTS, hundred)
    server.stub.Recommend(request(max_results=100, item_id="é" * 64, owned=bought, muted_topics=topics, **lists))


def test_one_id_may_stand_in_several_lists(server: Running) -> None:
    server.stub.Recommend(request(item_id="camera", **{key: ["camera"] for key in LISTS}))


@pytest.mark.parametrize("placement", ["cart", "order_confirmation"])
def test_other_placements_need_no_item(server: Running, placement: str) -> None:
    server.stub.Recommend(pb.RecommendRequest(placement=placement))


@pytest.mark.parametrize("n_requests", [0, 101])
def test_a_batch_holds_1_to_100(server: Running, n_requests: int) -> None:
    batch = pb.BatchRecommendRequest(requests=[request()] * n_requests)
    assert list(faults_of(server.stub.BatchRecommend, batch)) == ["requests"]


def test_a_batchs_faults_name_the_request(server: Running) -> None:
    batch = pb.BatchRecommendRequest(
        requests=[request(), request(max_results=-1), request(), request(item_id="", cart_item_ids=[""])]
    )
    assert set(faults_of(server.stub.BatchRecommend, batch)) == {
        "requests[1].max_results",
        "requests[3].item_id",
        "requests[3].cart_item_ids",
    }


def test_the_worst_request_still_gets_all_its_faults(server: Running) -> None:
    worst = [bad for number in range(25) for bad in (f"{number}", "", f"{number}", "\n")]
    faults = faults_of(server.stub.Recommend, request(placement="?", item_id="\n", **dict.fromkeys(LISTS, worst)))
    assert set(faults) == {"placement", "item_id", *LISTS}


def test_the_worst_batch_gets_what_fits_and_is_told_of_the_rest(server: Running) -> None:
    bad = pb.RecommendRequest(max_results=-1, **{key: ["", "\n"] for key in LISTS})
    faults = faults_of(server.stub.BatchRecommend, pb.BatchRecommendRequest(requests=[bad] * 100))
    listed = len(faults) - 1
    assert listed >= 20
    assert faults["requests"] == f"has {600 - listed} more fields at fault, not listed for length"


def test_the_message_alone_names_the_fields(server: Running) -> None:
    with pytest.raises(grpc.RpcError, match="invalid: placement, max_results;"):
        server.stub.Recommend(request(placement="?", max_results=-1))


def test_what_is_wrong_is_not_repeated_to_the_caller(server: Running) -> None:
    assert "secret" not in str(faults_of(server.stub.Recommend, request(placement="secret", item_id="secret\n")))


def test_bad_input_leaves_no_line_in_the_log(server: Running) -> None:
    faults_of(server.stub.Recommend, request(max_results=-1))
    assert server.lines.all() == []
