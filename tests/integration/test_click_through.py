"""What the server kept of showings and clicks is counted as docs/asking.md does: exposures, and those with a click."""

import re
from pathlib import Path

import duckdb
import pytest
from shopkeeper.v1 import event_service_pb2 as pb

from service.core.answers import Model
from tests.api.conftest import counter  # noqa: F401 - fixture
from tests.api.counter import ANNA, BOB, PHONE, Counter, Shopper
from tests.integration.serving import ROOT
from tests.service.conftest import model, shop_directory  # noqa: F401 - fixtures
from tests.training.kept import exported

CLICK, IMPRESSION = pb.EVENT_TYPE_CLICK, pb.EVENT_TYPE_IMPRESSION


def query(out: Path) -> str:
    """The documentation's, of a folder."""
    text = (ROOT / "docs" / "asking.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- click-through: .*?```sql\n(.*?)```", text, re.DOTALL)
    assert block is not None
    return block[1].replace("'kept/", f"'{out}/")


class Storefront:
    """Tells what shoppers see and click."""

    def __init__(self, counter: Counter) -> None:  # noqa: F811 - what the fixture gives
        self._counter = counter

    def token(self, shopper: Shopper, item_id: str = "camera") -> str:
        """Of a page."""
        return self._counter.page(shopper, item_id).attribution_token

    def tells(self, shopper: Shopper, token: str, event_type: int, *item_ids: str) -> None:
        """Something of each item, which is kept and joined."""
        events = [self._counter.event(shopper, item_id, event_type, attribution_token=token) for item_id in item_ids]
        for result in self._counter.events.RecordEvents(pb.RecordEventsRequest(events=events)).results:
            assert (result.outcome, result.attribution) == (pb.EVENT_OUTCOME_STORED, pb.EVENT_ATTRIBUTION_JOINED)


@pytest.fixture
def storefront(counter: Counter) -> Storefront:  # noqa: F811
    for shopper in (ANNA, BOB, PHONE):
        counter.says(shopper)
    return Storefront(counter)


def test_of_each_version_exposures_are_counted_and_those_that_were_clicked(
    storefront: Storefront,
    counter: Counter,  # noqa: F811
    model: Model,  # noqa: F811
    tmp_path: Path,
) -> None:
    token = storefront.token(ANNA)
    # Three items of one page and two clicks on it are one exposure that was clicked.
    storefront.tells(ANNA, token, IMPRESSION, "bag", "card", "lens")
    storefront.tells(ANNA, token, CLICK, "bag", "card")
    # Bob was given the same answer, saw it and clicked on nothing.
    assert storefront.token(BOB) == token
    storefront.tells(BOB, token, IMPRESSION, "bag", "card", "lens")
    # A click without an impression is no exposure.
    storefront.tells(PHONE, token, CLICK, "bag")
    # A place that stayed empty is one for an experiment, which reads the database; a training is not given it.
    storefront.tells(BOB, storefront.token(BOB, "lonely"), IMPRESSION, "")
    counter.server.slot.model = Model(model.bundle, "accessories/2")
    storefront.tells(PHONE, storefront.token(PHONE), IMPRESSION, "bag")
    out = tmp_path / "kept"
    exported(tmp_path, out)
    assert duckdb.sql(query(out)).fetchall() == [
        ("product_page", "accessories/1", "", 2, 1),
        ("product_page", "accessories/2", "", 1, 0),
    ]
