"""An answer in a terminal of 80 columns: every item on one line, every reason once."""

from io import StringIO

import pytest
from rich.console import Console
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import shopper_pb2

from cli.answer_words import RESTS_ON, SEEMS
from cli.client import Page
from cli.main import main
from cli.recommend import print_answer
from tests.api.counter import ANNA, PHONE, Counter

COMMAND = ("cli.recommend",)
ACCESSORY = "Added by people who bought this item"
REFILL = "Bought again by many; also by people who bought Orbis charger (in the cart)"


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


NOBODYS = Page("ELE-452630")
ANNAS = Page("ELE-452630", customer_id="anna")


def printed(
    answer: pb.RecommendResponse, page: Page = NOBODYS, *, soft_wrap: bool = False, width: int = 80
) -> list[str]:
    stream = StringIO()
    print_answer(Console(file=stream, width=width, soft_wrap=soft_wrap), page, answer)
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
    assert lines[-5:-3] == [f"1-2, 4  {ACCESSORY}", f"3       {REFILL}"]


@pytest.mark.parametrize(
    ("evidence", "share_of"),
    [("ELE-452630", "orders of this item with something else"), ("ELE-1", "orders of what it goes with and more")],
)
def test_the_chance_is_said_to_be_a_share_of_orders_that_hold_more_than_the_item(evidence: str, share_of: str) -> None:
    reason = pb.Reason(text=ACCESSORY, evidence_item_id=evidence)
    shown = pb.Recommendation(item_id="ELE-2", probability=0.25, reason=reason)
    lines = printed(pb.RecommendResponse(recommendations=[shown]))
    assert f"chance: of {share_of}, the share that holds it" in lines


def with_reason(reason: int, **given: object) -> pb.RecommendResponse:
    return pb.RecommendResponse(personalisation=reason, quiet_reason=pb.QUIET_REASON_NO_CANDIDATES, **given)


@pytest.mark.parametrize("reason", shopper_pb2.ConsentReason.values())
def test_of_a_named_shopper_it_says_in_words_whether_the_history_was_used(reason: int) -> None:
    lines = printed(with_reason(reason, rung=pb.RUNG_NONE), ANNAS, width=120)
    [line] = [line for line in lines if line.startswith("history ")]
    assert ("may be used" in line) == (reason == shopper_pb2.CONSENT_REASON_GRANTED)
    assert "CONSENT_REASON" not in line


def test_a_history_that_was_used_is_said_to_be() -> None:
    answer = with_reason(shopper_pb2.CONSENT_REASON_GRANTED, rung=pb.RUNG_HISTORY)
    assert "history was used: the shopper says yes to it" in printed(answer, ANNAS)


def test_of_nobody_it_says_nothing_about_history() -> None:
    assert "history" not in "".join(printed(with_reason(shopper_pb2.CONSENT_REASON_UNSPECIFIED)))


def test_the_command_names_the_shopper_to_the_server(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    counter.says(ANNA)
    counter.did(ANNA, "camera")
    target = ("--target", counter.server.address)
    assert main(["recommend", "lonely", "--customer", ANNA.customer_id, *target], subcommands=COMMAND) == 0
    assert "history was used" in capsys.readouterr().out
    assert main(["recommend", "camera", "--visitor", PHONE.visitor_id, *target], subcommands=COMMAND) == 0
    assert "history is not used: the shopper was never asked" in capsys.readouterr().out


def test_the_command_lists_what_is_wrong_with_the_ids(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "recommend",
        "camera",
        "--customer",
        "x" * 129,
        "--visitor",
        "a\nb",
        "--target",
        counter.server.address,
    ]
    assert main(arguments, subcommands=COMMAND) == 2
    told = capsys.readouterr().err
    assert all(name in told for name in ("shopper.customer_id:", "shopper.visitor_id:"))


def test_what_it_rests_on_what_the_shopper_seems_to_do_and_the_version_close_it() -> None:
    assert printed(ANSWER)[-2:] == ["rests on the cart or the items viewed", "model accessories/1"]
    told = pb.RecommendResponse(moment=pb.MOMENT_BUYING, based_on_text="From your basket")
    told.MergeFrom(ANSWER)
    assert printed(told, width=120)[-2:] == [
        'rests on the cart or the items viewed ("From your basket"); the shopper seems to be buying',
        "model accessories/1",
    ]


def test_every_rung_that_shows_something_and_every_moment_has_words() -> None:
    assert {*RESTS_ON, "RUNG_UNSPECIFIED", "RUNG_NONE"} == {*pb.Rung.keys()}
    assert {*SEEMS, "MOMENT_UNSPECIFIED"} == {*pb.Moment.keys()}


@pytest.mark.parametrize("reason", [value for value in pb.QuietReason.values() if value])
def test_every_reason_to_be_quiet_has_words(reason: int) -> None:
    lines = printed(pb.RecommendResponse(quiet_reason=reason), width=200)
    assert "QUIET_REASON" not in "".join(lines)


@pytest.mark.parametrize(
    ("page", "told"),
    [
        (Page("[NEW]-1"), "The model does not know [NEW]-1, so there is nothing to go on."),
        (
            Page("NEW-1", cart_item_ids=["NEW-2"], viewed_item_ids=["NEW-3", "NEW-1"]),
            "The model knows none of NEW-1, NEW-2, NEW-3, so there is nothing to go on.",
        ),
        (Page("", placement="cart"), "No item is named, so there is nothing to go on."),
    ],
)
def test_items_that_the_model_does_not_know_are_named(page: Page, told: str) -> None:
    assert told in printed(pb.RecommendResponse(quiet_reason=pb.QUIET_REASON_UNKNOWN_ITEM), page)


@pytest.mark.parametrize(("asked", "is_told"), [(0, False), (4, False), (40, True)])
def test_a_list_shorter_than_was_asked_for_says_what_may_limit_it(asked: int, *, is_told: bool) -> None:
    lines = printed(ANSWER, Page("ELE-452630", max_results=asked), width=200)
    assert any(line.startswith(f"4 of the {asked} asked for: no more goes with it") for line in lines) == is_told


def test_relations_are_a_column_only_where_there_are_some() -> None:
    assert any("relation" in line for line in printed(ANSWER))
    without = pb.RecommendResponse(recommendations=[item("Case", "ELE-2", ACCESSORY, pb.RELATION_UNSPECIFIED)])
    assert not any("relation" in line for line in printed(without))
