"""Recommend and BatchRecommend over a real channel."""

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.core import answers
from service.core.placements import Moment
from tests.api.conftest import Running


def page(item_id: str, **given: object) -> pb.RecommendRequest:
    return pb.RecommendRequest(placement="product_page", item_id=item_id, **given)


def test_an_item_is_answered_with_everything_a_page_needs(server: Running) -> None:
    answer = server.stub.Recommend(page("camera", include_titles=True, max_results=1))
    (only,) = answer.recommendations
    assert (only.item_id, only.title, only.relation) == ("bag", "Camera bag", pb.RELATION_ACCESSORY)
    assert only.probability == pytest.approx(0.5)
    assert only.reason == pb.Reason(
        code=pb.REASON_CODE_ACCESSORY_OF,
        text="In about 1 in 2 orders of this item with something else",
        evidence_item_id="camera",
        n_people=20,
    )
    assert (answer.based_on, answer.based_on_text) == ([pb.SOURCE_PAGE], "From this page")
    assert (answer.model_version, answer.rung, answer.anchor_title) == ("accessories/1", pb.RUNG_ITEM, "Camera")
    assert (answer.quiet_reason, answer.attribution_token) == (pb.QUIET_REASON_UNSPECIFIED, "")


@pytest.mark.parametrize(
    ("request_", "rung"),
    [
        (page("camera", cart_item_ids=["kettle"]), pb.RUNG_SESSION),
        (page("camera", cart_item_ids=["kettle"], max_results=1), pb.RUNG_ITEM),
        (page("camera"), pb.RUNG_ITEM),
        (page("new-camera"), pb.RUNG_CATEGORY),
        (page("unheard-of"), pb.RUNG_NONE),
        (pb.RecommendRequest(placement="cart", cart_item_ids=["camera"]), pb.RUNG_SESSION),
        (pb.RecommendRequest(placement="order_confirmation", item_id="camera"), pb.RUNG_ITEM),
    ],
)
def test_the_answer_names_its_rung(server: Running, request_: pb.RecommendRequest, rung: int) -> None:
    answer = server.stub.Recommend(request_)
    assert answer.rung == rung
    assert bool(answer.recommendations) == (rung != pb.RUNG_NONE)


@pytest.mark.parametrize(
    ("request_", "quiet_reason"),
    [
        (page("unheard-of"), pb.QUIET_REASON_UNKNOWN_ITEM),
        (page("lonely"), pb.QUIET_REASON_NO_CANDIDATES),
        (page("mug"), pb.QUIET_REASON_BELOW_BAR),
        (page("kettle", shown_item_ids=["filter", "mug", "camera-2"]), pb.QUIET_REASON_ALL_EXCLUDED),
    ],
)
def test_silence_is_an_answer_that_says_why(server: Running, request_: pb.RecommendRequest, quiet_reason: int) -> None:
    answer = server.stub.Recommend(request_)
    assert (list(answer.recommendations), answer.quiet_reason) == ([], quiet_reason)
    assert answer.model_version == "accessories/1"


def test_without_a_model_the_answer_is_empty_and_says_so(empty_server: Running) -> None:
    answer = empty_server.stub.Recommend(page("camera"))
    assert answer == pb.RecommendResponse(rung=pb.RUNG_NONE, quiet_reason=pb.QUIET_REASON_NO_MODEL)


def test_ids_are_any_text(server: Running) -> None:
    assert server.stub.Recommend(page("ключ ☕ 钥匙 / .. %00")).quiet_reason == pb.QUIET_REASON_UNKNOWN_ITEM


def test_a_batch_is_answered_in_its_order(server: Running) -> None:
    items = ["kettle", "unheard-of", "camera"] * 33 + ["lens"]
    batch = server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[page(item) for item in items]))
    assert list(batch.responses) == [server.stub.Recommend(page(item)) for item in items]


def test_a_batch_without_a_model_is_quiet_throughout(empty_server: Running) -> None:
    batch = empty_server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[page("a"), page("b")]))
    assert [answer.quiet_reason for answer in batch.responses] == [pb.QUIET_REASON_NO_MODEL] * 2


def test_what_was_passed_by_six_times_rests(server: Running) -> None:
    for n_times, is_shown in ((5, True), (6, False)):
        answer = server.stub.Recommend(page("camera", passed_by_item_ids=["bag"] * n_times))
        assert ("bag" in [item.item_id for item in answer.recommendations]) == is_shown


def test_what_is_owned_and_what_is_muted_is_obeyed_without_a_shopper(server: Running) -> None:
    owned = [pb.OwnedItem(item_id="filter", days_since_bought=9.5), pb.OwnedItem(item_id="mug", days_since_bought=99)]
    request = page("kettle", owned=owned, muted_topics=["photo"])
    answer = server.stub.Recommend(request)
    assert (list(answer.recommendations), answer.quiet_reason) == ([], pb.QUIET_REASON_ALL_EXCLUDED)
    assert answer.looked_at == [pb.SOURCE_PAGE, pb.SOURCE_SESSION, pb.SOURCE_PREFERENCES]
    owned[0].days_since_bought = 10
    request = page("kettle", owned=owned, muted_topics=["photo"])
    assert [item.item_id for item in server.stub.Recommend(request).recommendations] == ["filter"]
    assert len(server.stub.Recommend(page("kettle")).recommendations) == 3


def test_the_moment_is_told(server: Running) -> None:
    assert server.stub.Recommend(page("camera")).moment == pb.MOMENT_BROWSING
    assert server.stub.Recommend(page("camera", cart_item_ids=["bag"])).moment == pb.MOMENT_BUYING


def test_the_largest_valid_batch_fits(server: Running) -> None:
    ids = [f"{number:0128d}" for number in range(100)]
    names = ("cart_item_ids", "viewed_item_ids", "shown_item_ids", "dismissed_item_ids")
    topics = [f"{number:0256d}" for number in range(100)]
    owned = [pb.OwnedItem(item_id=item_id, days_since_bought=1) for item_id in ids]
    lists = dict.fromkeys(names, ids)
    request = page("x" * 128, max_results=100, passed_by_item_ids=ids * 2, owned=owned, muted_topics=topics, **lists)
    assert len(server.stub.BatchRecommend(pb.BatchRecommendRequest(requests=[request] * 100)).responses) == 100


def test_an_unexpected_error_is_logged_and_told_without_detail(server: Running) -> None:
    server.slot.model = answers.Model(None, "accessories/1")  # type: ignore[arg-type]
    with pytest.raises(grpc.RpcError) as caught:
        server.stub.Recommend(page("camera"))
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert "NoneType" not in caught.value.details()
    line = server.lines.only("unexpected_error")
    assert line["method"] == "Recommend"
    assert "builtins.TypeError" in line["traceback"]


@pytest.mark.parametrize(
    ("ours", "wire"),
    [
        (answers.Relation, pb.Relation),
        (answers.Rung, pb.Rung),
        (answers.QuietReason, pb.QuietReason),
        (answers.ReasonCode, pb.ReasonCode),
        (Moment, pb.Moment),
    ],
)
def test_the_cores_numbers_are_the_wires(ours: type, wire: object) -> None:
    prefix = "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in ours.__name__)[1:]
    for member in ours:
        name = "UNSPECIFIED" if member.name == "NOT_QUIET" else member.name
        assert wire.Value(f"{prefix}_{name}") == member.value
    assert len(wire.values()) - 1 == len([member for member in ours if member.value])
