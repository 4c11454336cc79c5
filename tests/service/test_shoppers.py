"""What serves shoppers is put together from the settings, or the operator is told what is amiss."""

import asyncio
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import InvalidInputError
from privacy.consent import Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.keys import new_ring, write_ring
from service.clock import now
from service.settings import Settings
from service.shoppers import Shoppers
from tests.service.doubles import Lines

ANNA = (Identity(ShopperKind.CUSTOMER, "anna"),)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    return Settings.read({"SHOPKEEPER_STATE_DIR": str(state_dir)})


def opened(settings: Settings, lines: Lines | None = None) -> Shoppers:
    return Shoppers.opened(settings, (lines or Lines()).log)


def refused(settings: Settings) -> dict[str, str]:
    """The faults that it is refused for."""
    with pytest.raises(InvalidInputError) as caught:
        opened(settings)
    return {fault.field: fault.description for fault in caught.value.faults}


def test_keys_are_made_once_and_are_for_their_owner_alone(settings: Settings) -> None:
    key_file = settings.state_dir / "keys"
    opened(settings).close()
    made = key_file.read_bytes()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    opened(settings).close()
    assert key_file.read_bytes() == made


def test_who_said_something_is_known_after_a_restart(settings: Settings) -> None:
    first = opened(settings)
    first.store.open().say(ANNA, {Purpose.CONTACT: Status.GRANTED}, Circumstances(now()))
    first.close()
    second = opened(settings)
    assert len(second.store.open().find(ANNA).known) == 1
    second.close()


def test_keys_that_are_gone_while_their_database_is_there_are_not_made_anew(settings: Settings) -> None:
    opened(settings).close()
    (settings.state_dir / "keys").unlink()
    [(field, words)] = refused(settings).items()
    assert field == str(settings.state_dir / "keys")
    assert "put it back from your backup" in words
    assert not (settings.state_dir / "keys").exists()


def test_keys_of_another_shop_are_refused(settings: Settings) -> None:
    ours = opened(settings)
    ours.store.open().say(ANNA, {Purpose.CONTACT: Status.GRANTED}, Circumstances(now()))
    ours.close()
    write_ring(new_ring(lambda n_bytes: b"\x07" * n_bytes), settings.state_dir / "keys", replace=True)
    words = refused(settings)[str(settings.state_dir / "keys")]
    assert "are not those that the ledger was sealed with" in words


def test_keys_that_others_may_read_are_refused(settings: Settings) -> None:
    opened(settings).close()
    (settings.state_dir / "keys").chmod(0o644)
    assert "chmod 600" in refused(settings)["file"]


@pytest.mark.parametrize("uri", ["postgresql://nobody@/shop?host=/nowhere", "sqlite:///{}/other.db"])
def test_a_database_that_others_may_share_needs_keys_that_are_there(settings: Settings, uri: str) -> None:
    shared = replace(settings, state_uri=uri.format(settings.state_dir))
    assert "shopkeeper privacy keys new" in refused(shared)[str(settings.state_dir / "keys")]
    named = replace(settings, keys=settings.state_dir / "mine")
    assert "shopkeeper privacy keys new" in refused(named)[str(settings.state_dir / "mine")]


def test_a_server_whose_database_is_away_starts_and_says_so(settings: Settings) -> None:
    keys = settings.state_dir / "mine"
    write_ring(new_ring(lambda n_bytes: b"\x07" * n_bytes), keys, replace=False)
    lines = Lines()
    shoppers = opened(replace(settings, state_uri="postgresql://nobody@/shop?host=/nowhere", keys=keys), lines)
    assert lines.only("shoppers_unknown")["reason"] == "STORE_UNAVAILABLE"
    assert shoppers.desks(lines.log).privacy is not None
    shoppers.close()


def test_no_database_is_nobody_known_and_no_service_for_shoppers(settings: Settings) -> None:
    lines = Lines()
    shoppers = opened(replace(settings, state_uri=None), lines)
    desks = shoppers.desks(lines.log)
    assert (desks.privacy, desks.events, lines.events()) == (None, None, ["without_shoppers"])
    assert list(settings.state_dir.iterdir()) == []
    shoppers.close()


@pytest.mark.parametrize("uri", ["nonsense", "mysql://host/shop", "sqlite://", "sqlite:///:memory:"])
def test_what_is_no_database_to_keep_words_in_is_refused(settings: Settings, uri: str) -> None:
    assert list(refused(replace(settings, state_uri=uri))) == ["state_uri"]


def test_a_folder_that_cannot_be_made_is_told(settings: Settings) -> None:
    (settings.state_dir / "file").touch()
    uri = f"sqlite:///{settings.state_dir}/file/below/state.db"
    assert "its folder cannot be made" in refused(replace(settings, state_uri=uri))["state_uri"]


def test_rules_that_cannot_be_read_are_refused(settings: Settings) -> None:
    rules = settings.state_dir / "privacy.yaml"
    rules.write_text("one_click_days: 1\nerasure_days: 31\n")
    assert set(refused(replace(settings, privacy_rules=rules))) == {"one_click_days", "erasure_days"}


def test_an_outage_is_told_now_and_then_however_many_pages_meet_it(settings: Settings) -> None:
    lines = Lines()
    shoppers = opened(settings, lines)
    (settings.state_dir / "state.db").unlink()
    pages = shoppers.desks(lines.log).pages

    class Bundle:
        n_categories = 0

    for _ in range(100):
        asyncio.run(pages.of(ANNA, None, Bundle()))  # type: ignore[arg-type]
    assert lines.events() == ["shoppers_unknown"]
    shoppers.close()
