"""What an answer says that it is made of."""

import pytest

from service.core.answers import Model, Request, Source
from service.core.personal import ConsentReason, Personal
from service.core.placements import PLACEMENTS
from service.core.recommendation import recommend
from service.core.sources import bit, in_words, members

PAGE, CART, SESSION, HISTORY, PREFERENCES = Source


def asked(model: Model, request: Request, personal: Personal | None = None) -> tuple[set[Source], set[Source]]:
    answer = recommend(model, request, PLACEMENTS[request.placement], personal or Personal())
    return {*members(answer.based_on)}, {*members(answer.looked_at)}


@pytest.mark.parametrize(
    ("request_", "based_on", "looked_at"),
    [
        (Request("product_page", "camera"), {PAGE}, {PAGE}),
        (Request("cart", cart_item_ids=("camera",)), {CART}, {CART}),
        (Request("cart", "lonely", ("camera",)), {CART}, {PAGE, CART}),
        (Request("cart", viewed_item_ids=("camera",)), {SESSION}, {SESSION}),
        (Request("cart", "kettle", viewed_item_ids=("camera",), max_results=4), {PAGE, SESSION}, {PAGE, SESSION}),
        (Request("product_page", "camera", dismissed_item_ids=("bag",)), {PAGE}, {PAGE, SESSION}),
        (Request("product_page", "camera", passed_by_item_ids=("bag",)), {PAGE}, {PAGE, SESSION}),
        (Request("product_page", "camera", owned=(("bag", 1.0),)), {PAGE}, {PAGE, SESSION}),
        (Request("product_page", "camera", muted_topics=("photo",)), {PAGE}, {PAGE, PREFERENCES}),
        (Request("product_page", "new-camera"), {PAGE}, {PAGE}),
        (Request("cart", cart_item_ids=("new-camera",)), {CART}, {CART}),
        (Request("product_page", "unheard of"), set(), set()),
        (Request("product_page", "lonely"), set(), {PAGE}),
    ],
)
def test_of_a_request(model: Model, request_: Request, based_on: set[Source], looked_at: set[Source]) -> None:
    assert asked(model, request_) == (based_on, looked_at)


@pytest.mark.parametrize(
    "personal",
    [
        Personal(ConsentReason.GRANTED, owned={"bag": 3.0}),
        Personal(ConsentReason.GRANTED, dismissed=frozenset({"bag"})),
        Personal(ConsentReason.GRANTED, passed_by={"bag": [1.0]}),
    ],
)
def test_a_history_that_only_left_things_out_was_looked_at(model: Model, personal: Personal) -> None:
    assert asked(model, Request("product_page", "camera"), personal) == ({PAGE}, {PAGE, HISTORY})


def test_what_a_history_brought_rests_on_it(model: Model) -> None:
    personal = Personal(ConsentReason.GRANTED, turned_to=("camera",))
    assert asked(model, Request("product_page", "lonely"), personal) == ({HISTORY}, {PAGE, HISTORY})


def test_what_was_said_of_topics_was_looked_at(model: Model) -> None:
    assert asked(model, Request("product_page", "camera"), Personal(prefers=True)) == ({PAGE}, {PAGE, PREFERENCES})


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        ((), ""),
        ((PAGE,), "From this page"),
        ((CART, PAGE), "From this page and your basket"),
        ((HISTORY, PAGE, CART), "From this page, your basket and what you did here before"),
    ],
)
def test_sources_in_words(sources: tuple[Source, ...], words: str) -> None:
    assert in_words(sum(map(bit, sources))) == words
