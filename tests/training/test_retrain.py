"""How a version was trained, read back from its run."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from models.errors import InvalidInputError
from tests.training.ledgers import say, store_in, write_with_ledger
from tests.training.trained import inputs_in, result_in
from tests.training.worlds import World, answer, event
from training.fingerprint import fingerprint_files
from training.ingest import Inputs
from training.ledger.export import write_ledger_export
from training.publish import publish
from training.registry import promote
from training.retrain import Recipe, read_recipe
from training.tracking import RegistryError, connect


@dataclass(frozen=True, slots=True)
class Shop:
    """A store with shop/1, trained with consent, and public/1 and public/2, trained without."""

    directory: Path
    tracking_uri: str

    def recipe(self, name: str, *, ledger: str | None = None, **newer: Path) -> Recipe:
        return read_recipe(name, tracking_uri=self.tracking_uri, newer=newer, ledger=ledger)


@pytest.fixture(scope="module")
def shop(make_store: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    directory = tmp_path_factory.mktemp("shop")
    uri = make_store(directory)
    result = result_in(directory, scored=False)
    publish(result, inputs_in(directory), model="shop", alias="challenger", tracking_uri=uri)
    public = inputs_in(directory, assume_consent="public data")
    for _ in range(2):
        publish(result, public, model="public", alias="challenger", tracking_uri=uri)
    return Shop(directory, uri)


def test_settings_and_inputs_are_those_of_the_version(shop: Shop) -> None:
    again = shop.recipe("shop")
    assert (again.settings.seed, again.settings.min_shoppers) == (3, 4)
    assert (again.inputs, again.origin) == (inputs_in(shop.directory), "shop/1")


def test_newer_files_take_the_place_of_the_recorded_ones(shop: Shop, tmp_path: Path) -> None:
    newer = tmp_path / "newer.parquet"
    newer.touch()
    again = shop.recipe("shop", events=newer).inputs
    assert (again.events, again.consent) == (newer, shop.directory / "consent.parquet")


@pytest.fixture
def dated(make_store: Callable[[Path], str], tmp_path: Path) -> Shop:
    """A store with shop/1, whose run knows what its files held."""
    result = result_in(tmp_path, scored=False)
    inputs = inputs_in(tmp_path)
    for path in (inputs.events, inputs.consent):
        assert path is not None
        path.write_text(f"{path.name} of then")
    report = replace(
        result.ingest,
        events_fingerprint=fingerprint_files([inputs.events]),
        consent_fingerprint=fingerprint_files([tmp_path / "consent.parquet"]),
    )
    uri = make_store(tmp_path)
    publish(replace(result, ingest=report), inputs, model="shop", alias=None, tracking_uri=uri)
    (tmp_path / "newer.parquet").write_text("events of now")
    return Shop(tmp_path, uri)


def test_newer_events_are_not_trained_on_the_word_of_then(dated: Shop) -> None:
    with pytest.raises(InvalidInputError, match=r"whoever has said no since .* Give --consent NEWER") as raised:
        dated.recipe("shop", events=dated.directory / "newer.parquet")
    assert [fault.field for fault in raised.value.faults] == ["consent"]


def test_events_that_grew_where_they_were_are_newer_too(dated: Shop) -> None:
    (dated.directory / "events.parquet").write_text("events of then and now")
    with pytest.raises(InvalidInputError, match="Give --consent NEWER"):
        dated.recipe("shop")


def test_consent_brought_up_to_date_where_it_was_is_as_good_as_newer_consent(dated: Shop) -> None:
    (dated.directory / "consent.parquet").write_text("consent of now")
    again = dated.recipe("shop", events=dated.directory / "newer.parquet").inputs
    assert again.consent == dated.directory / "consent.parquet"


def test_the_same_consent_serves_newer_events_when_somebody_says_so(dated: Shop) -> None:
    consent = dated.directory / "consent.parquet"
    again = dated.recipe("shop", events=dated.directory / "newer.parquet", consent=consent).inputs
    assert (again.events, again.consent) == (dated.directory / "newer.parquet", consent)


def test_the_same_events_are_trained_on_the_same_word(dated: Shop) -> None:
    assert dated.recipe("shop").inputs == inputs_in(dated.directory)
    same = dated.directory / "copy.parquet"
    same.write_text("events.parquet of then")
    assert dated.recipe("shop", events=same).inputs.events == same


def test_assumed_consent_and_source_are_kept(shop: Shop) -> None:
    again = shop.recipe("public").inputs
    assert (again.consent, again.source, again.assume_consent) == (None, "online-retail", "public data")


def test_consent_that_is_given_now_is_not_assumed_any_more(shop: Shop, tmp_path: Path) -> None:
    consent = tmp_path / "consent.parquet"
    consent.touch()
    again = shop.recipe("public", consent=consent).inputs
    assert (again.consent, again.assume_consent) == (consent, None)


@dataclass(frozen=True, slots=True)
class LedgerShop(Shop):
    """A store with ledger/1, trained by the ledger, and export/1, trained by an export of it."""

    inputs: Inputs


@pytest.fixture
def by_ledger(make_store: Callable[[Path], str], tmp_path: Path) -> LedgerShop:
    inputs = write_with_ledger(
        World([event("1", 10, customer_id="anna")], [answer("customer", "anna", "granted")]), tmp_path
    )
    write_ledger_export(inputs.ledger or "", tmp_path / "export")
    with store_in(tmp_path) as store:
        head = store.head()
    result = result_in(tmp_path, scored=False)
    report = replace(
        result.ingest,
        events_fingerprint=fingerprint_files([inputs.events]),
        consent_fingerprint="",
        ledger_position=head.count,
        ledger_hash=head.hash.hex(),
    )
    uri = make_store(tmp_path)
    for model, ledger in (("ledger", inputs.ledger), ("export", str(tmp_path / "export"))):
        read = replace(inputs, ledger=ledger)
        publish(replace(result, ingest=report), read, model=model, alias=None, tracking_uri=uri)
    (tmp_path / "newer.parquet").write_text("events of now")
    return LedgerShop(tmp_path, uri, inputs)


def test_the_ledger_is_read_again_as_it_stands(by_ledger: LedgerShop) -> None:
    newer = by_ledger.directory / "newer.parquet"
    assert by_ledger.recipe("ledger", events=newer).inputs == replace(by_ledger.inputs, events=newer)


def test_newer_events_are_not_trained_by_the_export_of_then(by_ledger: LedgerShop) -> None:
    newer = by_ledger.directory / "newer.parquet"
    with pytest.raises(InvalidInputError, match=r"whoever has said no since .* Give --ledger NEWER") as raised:
        by_ledger.recipe("export", events=newer)
    assert [fault.field for fault in raised.value.faults] == ["ledger"]
    same = str(by_ledger.directory / "export")
    assert by_ledger.recipe("export", events=newer, ledger=same).inputs.ledger == same
    assert by_ledger.recipe("export").inputs.ledger == same


def test_an_export_brought_up_to_date_where_it_was_is_as_good_as_a_newer_one(by_ledger: LedgerShop) -> None:
    export = by_ledger.directory / "export"
    shutil.rmtree(export)
    say(by_ledger.directory, [answer("customer", "anna", "denied", 20)], [])
    write_ledger_export(by_ledger.inputs.ledger or "", export)
    assert by_ledger.recipe("export", events=by_ledger.directory / "newer.parquet").inputs.ledger == str(export)


def test_a_ledger_that_has_moved_is_told_with_its_option(by_ledger: LedgerShop) -> None:
    (by_ledger.directory / "state.db").unlink()
    with pytest.raises(InvalidInputError, match=r"state\.db is not there.*give --ledger for where it is now"):
        by_ledger.recipe("ledger")


def test_consent_given_now_takes_the_ledgers_place_and_the_ledger_that_of_consent(
    by_ledger: LedgerShop, shop: Shop
) -> None:
    consent = by_ledger.directory / "consent.parquet"
    consent.touch()
    files = by_ledger.recipe("ledger", consent=consent).inputs
    assert (files.consent, files.ledger, files.keys) == (consent, None, None)
    given = by_ledger.inputs
    again = shop.recipe("shop", ledger=given.ledger, keys=given.keys or Path()).inputs
    assert (again.consent, again.ledger, again.keys) == (None, given.ledger, given.keys)
    with pytest.raises(InvalidInputError, match="give --keys"):
        shop.recipe("public", ledger=given.ledger)


def test_a_name_alone_is_its_champion_else_its_newest_version(shop: Shop) -> None:
    assert shop.recipe("public").version == 2
    promote("public", "1", tracking_uri=shop.tracking_uri)
    assert shop.recipe("public").version == 1
    assert shop.recipe("public@challenger").version == 2
    assert shop.recipe("public/2").version == 2


def test_all_missing_files_are_told_together(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as raised:
        shop.recipe("shop", events=tmp_path / "events", catalogue=tmp_path / "catalogue")
    assert [fault.field for fault in raised.value.faults] == ["events", "catalogue"]


def test_a_recorded_file_that_has_moved_is_told_with_its_option(shop: Shop) -> None:
    consent = shop.directory / "consent.parquet"
    consent.unlink()
    with pytest.raises(InvalidInputError, match="give --consent for where it is now"):
        shop.recipe("shop")
    consent.touch()


def test_a_version_that_another_tool_registered_cannot_be_repeated(tracking_uri: str) -> None:
    client = connect(tracking_uri)
    client.create_registered_model("shop")
    run_id = client.create_run("0").info.run_id
    client.create_model_version("shop", "file:///nowhere", run_id)
    with pytest.raises(RegistryError, match="not one of `shopkeeper train`"):
        read_recipe("shop", tracking_uri=tracking_uri, newer={})
