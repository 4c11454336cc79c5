"""What a session suggests, by the request alone."""

from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from service.core.answers import Model, Request
from service.core.placements import PLACEMENTS, Moment
from service.core.recommendation import recommend
from tests.service.shop import write_shop


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        ({}, Moment.BROWSING),
        ({"viewed_item_ids": ("camera-2",)}, Moment.BROWSING),
        ({"viewed_item_ids": ("camera", "camera-2")}, Moment.BROWSING),
        ({"viewed_item_ids": ("kettle", "lens", "bag")}, Moment.BROWSING),
        ({"viewed_item_ids": ("camera-2", "kettle", "new-camera")}, Moment.COMPARING),
        ({"viewed_item_ids": ("camera-2", "new-camera"), "cart_item_ids": ("bag",)}, Moment.BUYING),
        ({"viewed_item_ids": ("camera-2", "new-camera"), "cart_item_ids": ("unheard-of",)}, Moment.BUYING),
        ({"placement": "cart"}, Moment.BUYING),
        ({"placement": "order_confirmation", "cart_item_ids": ("bag",)}, Moment.DONE),
    ],
)
def test_the_moment_is_told_from_the_request(model: Model, given: dict, moment: Moment) -> None:
    request = Request(**({"placement": "product_page", "item_id": "camera"} | given))
    assert recommend(model, request, PLACEMENTS[request.placement]).moment == moment


def test_an_alternative_is_a_rival_whatever_its_category(tmp_path: Path) -> None:
    rivals = [("bag", 0.5, "alternative"), ("card", 0.5, "alternative")]
    write_shop(tmp_path / "bundle", pairs={"camera": rivals}, categories={})
    model = Model(Bundle.open(tmp_path / "bundle"), "accessories/1")
    request = Request(placement="product_page", item_id="camera", viewed_item_ids=("bag", "card"))
    assert recommend(model, request, PLACEMENTS["product_page"]).moment == Moment.COMPARING


def test_of_nothing_known_there_is_no_moment(model: Model) -> None:
    request = Request(placement="product_page", item_id="unheard-of", cart_item_ids=("never-seen",))
    assert recommend(model, request, PLACEMENTS["product_page"]).moment == 0
