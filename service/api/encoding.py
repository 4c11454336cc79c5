"""Answers to wire: the enums of the core carry the wire's numbers, so nothing is looked up."""

# The generated stubs want their own enum types, which exist for type checkers alone.
# mypy: disable-error-code="arg-type"

from shopkeeper.v1 import recommendation_service_pb2 as pb

from service.core.answers import Answer


def encode(answer: Answer) -> pb.RecommendResponse:
    """The answer as a message."""
    return pb.RecommendResponse(
        recommendations=[
            pb.Recommendation(
                item_id=item.item_id,
                probability=item.probability,
                relation=item.relation.value,
                reason=pb.Reason(
                    code=item.reason.code.value,
                    text=item.reason.text,
                    evidence_item_id=item.reason.evidence_item_id,
                ),
                title=item.title,
            )
            for item in answer.recommendations
        ],
        model_version=answer.model_version,
        rung=answer.rung.value,
        quiet_reason=answer.quiet_reason.value,
        anchor_title=answer.anchor_title,
        personalisation=answer.personalisation,
        moment=answer.moment,
    )
