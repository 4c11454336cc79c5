"""`shopkeeper catalogue update`: a file's prices and what is sold out reach the server; bad rows are named."""

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shopkeeper.v1 import catalogue_service_pb2 as pb

from cli.catalogue_files import CatalogueFile
from cli.main import main
from models.bundle.reading import Bundle
from service.core.answers import Model
from tests.api.shop import NOW, Shop, opened
from tests.service.conftest import closed_port  # noqa: F401 - fixture
from tests.service.shop import write_shop

FILE = Path("catalogue.csv")
AN_HOUR = timedelta(hours=1)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.chdir(tmp_path)
    write_shop(tmp_path / "bundle", prices_minor={"camera": 10_000})
    with opened(tmp_path, Model(Bundle.open(tmp_path / "bundle"), "accessories/1")) as made:
        yield made


def write(*lines: str, head: str = "item_id,price,currency,available") -> None:
    """A file of an hour ago."""
    FILE.write_text("\n".join([head, *lines]) + "\n")
    os.utime(FILE, times=((NOW - AN_HOUR).timestamp(),) * 2)


def update(shop: Shop, *options: str, file: Path = FILE) -> int:
    return main(["catalogue", "update", "--catalogue", str(file), "--target", shop.server.address, *options])


def told(shop: Shop, capsys: pytest.CaptureFixture[str], *options: str, code: int = 0) -> dict[str, Any]:
    assert update(shop, "--json", *options) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def words(shop: Shop) -> dict[str, tuple[object, ...]]:
    """What the server keeps of each item."""
    with shop.database.reading() as connection:
        query = "SELECT item_id, available, price_minor, available_at, price_at FROM catalogue_words"
        return {item_id: tuple(rest) for item_id, *rest in connection.exec_driver_sql(query)}


def test_prices_and_what_is_sold_out_are_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    write("bag,19.99,EUR,false", "card,60.005,EUR,true", "tent,5,EUR,")
    at_us = int((NOW - AN_HOUR).timestamp() * 1_000_000)
    assert told(shop, capsys) == {
        "catalogue": "catalogue.csv",
        "target": shop.server.address,
        "as_of": "2026-03-01T11:00:00+00:00",
        "rows": 3,
        "told": 3,
        "known": 2,
        "outdated": 0,
        "model_version": "accessories/1",
        "bad": [],
    }
    assert words(shop) == {
        "bag": (0, 1_999, at_us, at_us),
        "card": (1, 6_001, at_us, at_us),
        "tent": (None, 500, None, at_us),
    }
    assert shop.page() == {"lens", "strap"}


def test_a_value_that_a_row_does_not_give_says_nothing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    write("bag,,,false", "card,,,", "lens,,,true")
    assert told(shop, capsys)["told"] == 2
    assert {item_id: word[:2] for item_id, word in words(shop).items()} == {"bag": (0, None), "lens": (1, None)}


def test_what_the_server_knows_in_a_newer_form_stays(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    write("bag,,,false")
    told(shop, capsys)
    write("bag,,,true")
    assert told(shop, capsys, "--as-of", "2026-03-01T11:00:00+01:00")["outdated"] == 1
    assert "bag" not in shop.page()
    assert told(shop, capsys, "--as-of", "2026-03-01T12:00:00Z")["outdated"] == 0
    assert "bag" in shop.page()


def test_parquet_of_more_items_than_a_call_takes_is_told_whole(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    item_ids = [f"item-{number:05}" for number in range(2_500)] + ["bag"]
    table = pa.table({"item_id": item_ids, "available": [False] * len(item_ids)})
    pq.write_table(table, "catalogue.parquet")
    assert update(shop, "--as-of", NOW.isoformat(), file=Path("catalogue.parquet")) == 0
    assert "of 2,501 items" in capsys.readouterr().out
    assert len(words(shop)) == 2_501
    assert "bag" not in shop.page()


def test_bad_rows_are_named_and_the_others_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    write("bag,cheap,EUR,true", "card,1,EUR,maybe", ",3,EUR,true", "lens,1,EUR,true", "strap,1,EUR,true", "gone,,,true")
    found = told(shop, capsys, code=1)
    assert sorted((one["item_id"], one["reason"]) for one in found["bad"]) == [
        ("", "item_id is missing or unreadable"),
        ("bag", "price is not a number from 0 to 1e+12"),
        ("card", "available is neither true nor false"),
    ]
    assert words(shop).keys() == {"lens", "strap", "gone"}


def test_people_are_told_what_was_not_sent(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    write("bag,-1,EUR,true", "card,1,EUR,true", "lens,1,EUR,true", "lens,1,EUR,false", "tent,,,")
    assert update(shop) == 1
    out = capsys.readouterr().out
    assert f"catalogue.csv: told {shop.server.address} of 2 items, as of 2026-03-01 11:00:00 UTC" in out
    assert "accessories/1 knows 2 of them" in out
    assert "Left out: 1 rows that give neither price nor available" in out
    assert "Not sent: 2 bad rows" in out
    assert "  lens: duplicate item_id" in out
    assert "  bag: price is not a number from 0" in out


def test_a_server_whose_model_knows_none_of_the_items_may_be_another_shops(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    write("tent,5,EUR,true")
    assert update(shop) == 1
    out = capsys.readouterr().out
    assert "accessories/1, which answers there, knows none of them" in out
    assert f"Is {shop.server.address} this shop's server?" in out
    assert told(shop, capsys, "--force")["known"] == 0


def test_a_server_without_a_model_is_told_of_items_before_it_has_one(
    shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.server.slot.model = None
    write("tent,5,EUR,true")
    assert update(shop) == 0
    assert "The server has no model yet; all are kept for the first one" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("lines", "head", "words_told"),
    [
        (["bag,1,EUR,true", "card,1,USD,true"], "item_id,price,currency,available", "holds prices in EUR, USD"),
        (["bag,1"], "id,price", "catalogue.item_id: missing"),
        (["bag,x"], "item_id,title", "neither the column price nor available"),
        (["bag,x"], "item_id,price", "1 of 1 rows are bad"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_and_nothing_told(
    shop: Shop, capsys: pytest.CaptureFixture[str], lines: list[str], head: str, words_told: str
) -> None:
    shop.tell(pb.ItemUpdate(item_id="gone", available=True))
    write(*lines, head=head)
    assert update(shop) == 2
    assert words_told in capsys.readouterr().err
    assert words(shop).keys() == {"gone"}


def test_a_fault_that_the_server_finds_names_its_item(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    write("bag,1,EUR,true")
    assert update(shop, "--as-of", "2026-03-01T13:00:00Z") == 2
    assert "bag.changed_at: must be between 2000-01-01 and now" in capsys.readouterr().err


@pytest.mark.parametrize("moment", ["yesterday", "2026-03-01T12:00:00"])
def test_a_moment_that_is_none_is_told(shop: Shop, capsys: pytest.CaptureFixture[str], moment: str) -> None:
    write("bag,1,EUR,true")
    assert update(shop, "--as-of", moment) == 2
    assert "--as-of: must be a moment with its zone" in capsys.readouterr().err


def test_a_server_that_is_not_there_is_told(
    tmp_path: Path,
    closed_port: int,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    write("bag,1,EUR,true")
    assert main(["catalogue", "update", "--catalogue", str(FILE), "--target", f"127.0.0.1:{closed_port}"]) == 1
    assert "no server answers there" in capsys.readouterr().err


def test_how_far_it_came_is_told_when_the_server_fails(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(*(f"item-{number:05},1,EUR,true" for number in range(1_500)))
    batches = CatalogueFile.batches

    def and_then_the_database_goes(file: CatalogueFile) -> Iterator[list[object]]:
        first, second = batches(file)
        yield list(first)
        (tmp_path / "state.db").rename(tmp_path / "away.db")
        yield list(second)

    monkeypatch.setattr(CatalogueFile, "batches", and_then_the_database_goes)
    assert update(shop) == 1
    assert "1,000 items were told before that and stay so: run it again" in capsys.readouterr().err
