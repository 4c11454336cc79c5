"""Interleaving from the page to the report: what shoppers do with the items of one list is found to be a preference."""

from datetime import timedelta
from pathlib import Path

from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb

from experiments.analysis.credit import Deed, credits_of
from experiments.analysis.first_look import PREFERRED, interleaving_report
from experiments.analysis.measured import write_measured
from experiments.definition import Metric
from models.bundle.reading import Bundle
from privacy.store.measured import measured_events
from service.core.answers import Model
from service.core.slot import ModelSlot
from tests.api.conftest import counter  # noqa: F401 - fixture
from tests.api.counter import NO, RULES, START, Counter, M, Shopper
from tests.service.conftest import model, shop_directory  # noqa: F401 - fixtures
from tests.service.shop import write_shop
from tests.service.trials import CHALLENGER, CHAMPION, interleaved, live

IMPRESSION, CLICK = event_pb.EVENT_TYPE_IMPRESSION, event_pb.EVENT_TYPE_CLICK
N_SHOPPERS = 60
DAY = timedelta(days=1)


def test_what_shoppers_click_is_found_by_the_report(counter: Counter, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    write_shop(tmp_path / "second", pairs={"camera": [("tripod", 0.5, "complement"), ("lens", 0.4, "complement")]})
    challenger, test = ModelSlot(), interleaved(primary=Metric.CLICK_RATE, starts_at=START - DAY, ends_at=START + DAY)
    challenger.model = Model(Bundle.open(tmp_path / "second"), "accessories/2")
    counter.server.arms.live = live({CHAMPION: counter.server.slot, CHALLENGER: challenger}, test)
    shoppers = [Shopper(customer_id=f"customer-{number}") for number in range(N_SHOPPERS)]
    for number, shopper in enumerate(shoppers):
        counter.says(shopper)
        if number % 6 == 0:
            counter.says(shopper, NO, M)
        request = pb.RecommendRequest(placement="product_page", item_id="camera", shopper=shopper, max_results=2)
        page = counter.server.stub.Recommend(request)
        told = [(item.item_id, IMPRESSION) for item in page.recommendations]
        # Four of five want what only the second model knows of; whoever may not be measured wants the other.
        told.append(("bag" if number % 6 < 2 else "tripod", CLICK))
        token = page.attribution_token
        counter.told(*(counter.event(shopper, item, what, attribution_token=token) for item, what in told))

    (tmp_path / "events").mkdir()
    with counter.database.reading() as connection:
        rows = measured_events(connection, test.salt, RULES, counter.clock.now, test.starts_at, before=DAY)
        write_measured(rows, tmp_path / "events")
    counted = credits_of(test, tmp_path / "events", n_threads=1)
    assert (counted.n_units, counted.shown_first, counted.shown_second) == (50, 50, 50)
    clicks = counted.by_deed[Deed.CLICKS]
    assert (clicks.n_first, clicks.n_second, clicks.n_ties) == (10, 40, 0)
    assert counted.model_versions == ("accessories/1+accessories/2",)
    verdict = interleaving_report(test, counted, counter.clock.now)["verdict"]
    assert (verdict["outcome"], verdict["arm"]) == (PREFERRED, "new")
