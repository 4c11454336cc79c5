"""Bytes that are written directly are protobuf's own, and answers at hand are those that would be given."""

import gc

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from service.api.at_hand import (
    MAX_ANSWER_BYTES,
    MAX_ANSWERS,
    MAX_REQUEST_BYTES,
    AnswersAtHand,
    Shelves,
    says_nothing_of_anybody,
)
from service.api.wire import encode, encode_batch, is_quiet
from service.core.answers import Answer, Model, QuietReason, Reason, ReasonCode, Recommendation, Relation, Rung, Source
from service.core.arms import Stand
from service.core.slot import ModelSlot
from service.core.sources import bit, in_words, members
from service.core.tally import Tally
from service.watching.meters import PageMeter
from tests.api.conftest import Running

texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=40), st.sampled_from(["x" * 127, "x" * 128, "é" * 200])
)
reasons = st.builds(Reason, st.sampled_from(ReasonCode), texts, texts, st.integers(0, 2_000_000))
sets = st.sets(st.sampled_from(Source)).map(lambda sources: sum(map(bit, sources)))
items = st.builds(Recommendation, texts, st.floats(0, 1, width=32), st.sampled_from(Relation), reasons, texts)
answers = st.builds(
    Answer,
    st.lists(items, max_size=4).map(tuple),
    texts,
    st.sampled_from(Rung),
    st.sampled_from(QuietReason),
    texts,
    st.integers(0, 7),
    st.integers(0, 300),
    sets,
    sets,
)


def message_of(answer: Answer) -> pb.RecommendResponse:
    """The answer as protobuf's own objects."""
    return pb.RecommendResponse(
        recommendations=[
            pb.Recommendation(
                item_id=item.item_id,
                probability=item.probability,
                relation=item.relation.value,  # type: ignore[arg-type]  # the stubs' own enumeration
                reason=pb.Reason(
                    code=item.reason.code.value,  # type: ignore[arg-type]
                    text=item.reason.text,
                    evidence_item_id=item.reason.evidence_item_id,
                    n_people=item.reason.n_people,
                ),
                title=item.title,
            )
            for item in answer.recommendations
        ],
        model_version=answer.model_version,
        rung=answer.rung.value,  # type: ignore[arg-type]
        quiet_reason=answer.quiet_reason.value,  # type: ignore[arg-type]
        anchor_title=answer.anchor_title,
        personalisation=answer.personalisation,  # type: ignore[arg-type]
        moment=answer.moment,  # type: ignore[arg-type]
        based_on=members(answer.based_on),  # type: ignore[arg-type]
        based_on_text=in_words(answer.based_on),
        looked_at=members(answer.looked_at),  # type: ignore[arg-type]
    )


@given(answers)
def test_an_answers_bytes_are_those_of_its_message(answer: Answer) -> None:
    message = message_of(answer)
    assert encode(answer) == message.SerializeToString(deterministic=True)
    message.attribution_token = "said"  # noqa: S105 - no secret
    assert encode(answer, b"said") == message.SerializeToString(deterministic=True)


@given(st.lists(answers, max_size=3))
def test_a_batchs_bytes_are_those_of_its_message(batch: list[Answer]) -> None:
    message = pb.BatchRecommendResponse(responses=map(message_of, batch))
    assert encode_batch([encode(answer) for answer in batch]) == message.SerializeToString(deterministic=True)


def test_every_field_of_an_answer_is_written() -> None:
    full = Recommendation("a", 0.5, Relation.ACCESSORY, Reason(ReasonCode.ACCESSORY_OF, "text", "b", 10), "title")
    answer = Answer((full,), "m/1", Rung.ITEM, QuietReason.TOO_FEW, "anchor", 1, 2, 2, 2)
    told = pb.RecommendResponse.FromString(encode(answer, b"token", "salt/arm"))
    assert len(told.ListFields()) == len(told.DESCRIPTOR.fields)
    (item,) = told.recommendations
    assert len(item.ListFields()) == len(item.DESCRIPTOR.fields)
    assert len(item.reason.ListFields()) == len(item.reason.DESCRIPTOR.fields)


@given(answers)
def test_whether_an_answer_is_quiet_is_seen_in_its_bytes(answer: Answer) -> None:
    assert is_quiet(encode(answer, b"token", "salt/arm")) == (not answer.recommendations)


def test_a_page_that_names_no_shopper_is_answered_from_what_is_at_hand(server: Running, model: Model) -> None:
    page = pb.RecommendRequest(placement="product_page", item_id="camera")
    named = pb.RecommendRequest(shopper=shopper_pb2.Shopper(visitor_id="v"))
    named.MergeFrom(page)
    first = server.stub.Recommend(page)
    assert server.stub.Recommend(page) == first
    server.slot.model = Model(model.bundle, "accessories/2")
    assert server.stub.Recommend(page).model_version == "accessories/2"
    assert server.stub.Recommend(named).recommendations == first.recommendations


def test_answers_are_of_one_model(model: Model) -> None:
    at_hand, other = AnswersAtHand(lambda: 0), Model(model.bundle, "accessories/2")
    assert at_hand.find(model, b"page") is None
    at_hand.keep(model, b"page", b"answer", PageMeter())
    at_hand.keep(other, b"other page", b"late", PageMeter())
    assert (at_hand.find(model, b"page"), at_hand.find(model, b"other page")) == (b"answer", None)
    assert at_hand.find(other, b"page") is None
    assert at_hand.find(model, b"page") is None


def test_what_is_asked_for_stays_and_the_rest_goes(model: Model) -> None:
    at_hand = AnswersAtHand(lambda: 0)
    at_hand.find(model, b"")
    for number in range(4 * MAX_ANSWERS):
        at_hand.keep(model, b"%d" % number, b"", PageMeter())
        at_hand.find(model, b"0")
    assert at_hand.find(model, b"0") is not None
    assert at_hand.find(model, b"1") is None
    assert len(at_hand._recent) + len(at_hand._older) <= 2 * MAX_ANSWERS


def test_no_answer_outlives_the_hour_that_its_token_names(model: Model) -> None:
    hours = [7]
    at_hand = AnswersAtHand(lambda: hours[0])
    at_hand.find(model, b"page")
    at_hand.keep(model, b"page", b"answer", PageMeter())
    assert at_hand.find(model, b"page") == b"answer"
    hours[0] = 8
    assert at_hand.find(model, b"page") is None
    assert at_hand.find(model, b"page") is None


def filled(shelf: AnswersAtHand, model: Model) -> None:
    shelf.find(model, b"")
    for number in range(3 * MAX_ANSWERS):
        shelf.keep(model, b"%d" % number, b"", PageMeter())


def n_at_hand(shelf: AnswersAtHand) -> int:
    return len(shelf._recent) + len(shelf._older)


def test_ten_arms_have_no_more_at_hand_than_one(model: Model) -> None:
    shelves, stands = Shelves(lambda: 0), [Stand(ModelSlot(), Tally(str(number))) for number in range(10)]
    n_of_all = []
    for stand in stands:
        filled(shelves.of(stand), model)
        n_of_all.append(sum(map(n_at_hand, map(shelves.of, stands[: len(n_of_all) + 1]))))
    assert n_of_all[0] == 2 * MAX_ANSWERS
    assert max(n_of_all) <= 2 * MAX_ANSWERS
    for stand in stands:
        filled(shelves.of(stand), model)
        assert n_at_hand(shelves.of(stand)) > MAX_ANSWERS // 10


def test_the_room_of_an_arm_that_is_gone_is_the_others(model: Model) -> None:
    shelves, stands = Shelves(lambda: 0), [Stand(ModelSlot(), Tally(str(number))) for number in range(2)]
    first, _ = map(shelves.of, stands)
    del stands[1:]
    gc.collect()
    filled(first, model)
    assert n_at_hand(first) == 2 * MAX_ANSWERS


def test_only_a_page_alone_is_remembered(server: Running, model: Model) -> None:
    fields = pb.RecommendRequest.DESCRIPTOR.fields
    told: dict[str, object] = {field.name: ["bag"] for field in fields if field.is_repeated}
    told |= {"shopper": shopper_pb2.Shopper(), "signals": shopper_pb2.Signals(), "owned": [pb.OwnedItem(item_id="bag")]}
    told["session_id"] = "visit"
    page = {"placement": "product_page", "item_id": "camera"}
    assert says_nothing_of_anybody(pb.RecommendRequest(**page, max_results=3, include_titles=True))
    assert {*told} | {*page} | {"max_results", "include_titles"} == {*pb.RecommendRequest.DESCRIPTOR.fields_by_name}
    for name, value in told.items():
        assert not says_nothing_of_anybody(pb.RecommendRequest(**page, **{name: value}))
    looked = pb.RecommendRequest(**page, viewed_item_ids=["lens"])
    assert server.stub.Recommend(looked).moment == pb.MOMENT_BROWSING
    held = [one for one in gc.get_objects() if isinstance(one, AnswersAtHand)]
    assert not any(looked.SerializeToString() in one._recent for one in held)


UNKNOWN = b"\x82\x7d\x09anna-4711"
"""Field 2000 of a caller that knows more than this server."""


def remembered(server: Running, request: bytes) -> bool:
    """Whether a server has these bytes at hand once it was asked with them."""
    server.channel.unary_unary("/shopkeeper.v1.RecommendationService/Recommend")(request, timeout=10)
    held = [one for one in gc.get_objects() if isinstance(one, AnswersAtHand)]
    return any(request in kept for one in held for kept in (one._recent, one._older))


def test_what_a_server_has_no_field_for_is_not_remembered(server: Running) -> None:
    page = pb.RecommendRequest(placement="product_page", item_id="camera").SerializeToString()
    assert remembered(server, page)
    assert not remembered(server, page + UNKNOWN)


def test_a_long_request_is_not_remembered(server: Running) -> None:
    # The same field again and again, of which the last counts.
    page = pb.RecommendRequest(placement="product_page", item_id="camera").SerializeToString()
    assert not remembered(server, page * (MAX_REQUEST_BYTES // len(page) + 1))


def test_of_what_is_remembered_request_and_answer_have_a_longest(model: Model) -> None:
    at_hand, longest = AnswersAtHand(lambda: 0), b"p" * MAX_REQUEST_BYTES
    at_hand.find(model, b"")
    at_hand.keep(model, longest, b"a" * MAX_ANSWER_BYTES, PageMeter())
    assert at_hand.find(model, longest) is not None
    at_hand.keep(model, longest + b"p", b"", PageMeter())
    at_hand.keep(model, b"page", b"a" * (MAX_ANSWER_BYTES + 1), PageMeter())
    assert list(at_hand._recent) == [longest]


class Unhashed(bytes):
    """Bytes that may be measured and not looked up."""

    __slots__ = ()

    def __hash__(self) -> int:
        raise AssertionError("megabytes would be read for it")


def test_a_long_request_is_not_looked_for(model: Model) -> None:
    at_hand = AnswersAtHand(lambda: 0)
    at_hand.find(model, b"")
    assert at_hand.find(model, Unhashed(MAX_REQUEST_BYTES + 1)) is None


def test_bytes_that_are_no_request_are_the_callers_fault(server: Running) -> None:
    for method in ("Recommend", "BatchRecommend"):
        call = server.channel.unary_unary(f"/shopkeeper.v1.RecommendationService/{method}")
        with pytest.raises(grpc.RpcError) as caught:
            call(b"\xff\xff\xff")
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
