"""An answer in a terminal of 80 columns: every item on one line, every reason once."""

from io import StringIO

import pytest
from rich.console import Console
from shopkeeper.v1 import recommendation_service_pb2 as pb

from cli.recommend import print_answer

ACCESSORY = "Added by people who bought this item"
REFILL = "Bought again by many; also bought by people who bought Orbis charger (in the cart)"


def item(title: str, item_id: str, reason: str, relation: int = pb.RELATION_ACCESSORY) -> pb.Recommendation:
    return pb.Recommendation(
        item_id=item_id, title=title, relation=relation, probability=0.125, reason=pb.Reason(text=reason)
    )


ANSWER = pb.RecommendResponse(
    model_version="accessories/1",
    rung=pb.RUNG_SESSION,
    anchor_title="Orbis Lyra Lite smartphone",
    recommendations=[
        item("Orbis tempered glass for Lyra Lite", "ELE-949831", ACCESSORY),
        item("Pellucid Vela USB-C fast charger", "ELE-731888", ACCESSORY),
        item("Pellucid Vela [refill]", "ELE-1", REFILL, pb.RELATION_REFILL),
        item("", "ELE-2", ACCESSORY, pb.RELATION_UNSPECIFIED),
    ],
)


def printed(answer: pb.RecommendResponse, *, soft_wrap: bool = False, width: int = 80) -> list[str]:
    stream = StringIO()
    print_answer(Console(file=stream, width=width, soft_wrap=soft_wrap), "ELE-452630", answer)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("soft_wrap", [False, True])
def test_every_item_is_one_line_of_80_columns(*, soft_wrap: bool) -> None:
    lines = printed(ANSWER, soft_wrap=soft_wrap)
    assert all(len(line) <= 80 for line in lines)
    assert [line.split() for line in lines[3:7]] == [
        ["1", *"Orbis tempered glass for Lyra Lite".split(), "ELE-949831", "accessory", "12.5%"],
        ["2", *"Pellucid Vela USB-C fast charger".split(), "ELE-731888", "accessory", "12.5%"],
        ["3", "Pellucid", "Vela", "[refill]", "ELE-1", "refill", "12.5%"],
        ["4", "ELE-2", "12.5%"],
    ]


def test_every_reason_stands_once_with_the_ranks_it_is_for() -> None:
    lines = printed(ANSWER, width=120)
    assert lines[-3:-1] == [f"1-2, 4  {ACCESSORY}", f"3       {REFILL}"]


def test_the_version_and_the_rung_close_it() -> None:
    assert printed(ANSWER)[-1] == "model accessories/1, rung session"
