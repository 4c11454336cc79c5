"""Of whom a row holds what cannot be read, a page knows nothing."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from models.bundle.reading import Bundle
from models.errors import ShopkeeperError
from privacy.rules import Rules
from privacy.signals import Signals
from privacy.store.database import Database, StoreUnavailableError
from privacy.store.store import PrivacyStore
from service.adapters.shopper_store import AsyncShopperStore
from service.core.personal import ConsentReason, PersonalPages
from tests.privacy.store.shoppers import ANNA, BOB, YES, P, at, event, keep, moment
from tests.service.shop import write_shop

GOOD = ["granted", 1772359200000000, "DE", "2026-03", "banner"]


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    directory = tmp_path_factory.mktemp("shop") / "bundle"
    write_shop(directory)
    return Bundle.open(directory)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "answer",
    [["dennied", *GOOD[1:]], GOOD[:4], ["granted", 10**18, *GOOD[2:]], [*GOOD[:2], ["DE"], *GOOD[3:]]],
    ids=["status", "short", "time", "law"],
)
def test_a_row_that_cannot_be_read_makes_a_page_of_nobody_and_no_other_page(
    database: Database, store: PrivacyStore, bundle: Bundle, tmp_path: Path, answer: list[object]
) -> None:
    store.say([ANNA, BOB], {P: YES}, at(1))
    keep(store, event(store, ANNA, "e1"), event(store, BOB, "e2"))
    [anna] = store.find([ANNA]).subjects
    with database.transaction() as connection:
        state = json.dumps({str(P): answer})
        connection.exec_driver_sql("UPDATE shoppers SET state = ? WHERE subject = ?", (state, anna))
    failures: list[ShopkeeperError] = []
    adapter = AsyncShopperStore(lambda: store, file=tmp_path / "state.db", monotonic=time.monotonic)
    adapter.open()
    pages = PersonalPages(adapter, Rules(), lambda: moment(2), failures.append)
    annas, bobs = (asyncio.run(pages.of([one], Signals(), bundle)) for one in (ANNA, BOB))
    adapter.close()
    assert (annas.reason, annas.turned_to) == (ConsentReason.UNAVAILABLE, ())
    assert [type(failure) for failure in failures] == [StoreUnavailableError]
    assert bobs.reason is ConsentReason.GRANTED
