"""Putting back who bore an alias before: how far, what is marked, and what is no way back."""

from datetime import UTC, datetime, timedelta

import pytest
from mlflow import MlflowClient

from models.bundle.manifest import FINGERPRINT_TAG
from training.objections import objections_to
from training.registry import promote
from training.rollback import RollbackError, RolledBack, roll_back
from training.succession import MAX_TURNS, Turn, turns_of
from training.tracking import RegistryError, connect

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


class Shop:
    """A registry with versions 1 to 3 of shop; 3 is the bundle of 2 again."""

    def __init__(self, tracking_uri: str) -> None:
        self.uri, self.client = tracking_uri, connect(tracking_uri)
        self.client.create_registered_model("shop")
        experiment = self.client.create_experiment("shop")
        for fingerprint in ("a", "b", "b"):
            run = self.client.create_run(experiment)
            self.client.create_model_version(
                "shop", "file:///nowhere", run.info.run_id, tags={FINGERPRINT_TAG: fingerprint}
            )

    def promote(self, *versions: int, alias: str = "champion") -> None:
        for days, version in enumerate(versions):
            promote(
                "shop",
                str(version),
                alias=alias,
                tracking_uri=self.uri,
                clock=lambda days=days: NOW + timedelta(days=days),  # type: ignore[misc]
            )

    def roll_back(self, *, to: str | None = None, reason: str | None = None, alias: str = "champion") -> RolledBack:
        return roll_back("shop", alias=alias, to=to, reason=reason, tracking_uri=self.uri, clock=lambda: NOW)

    def champion(self) -> int:
        return int(self.client.get_registered_model("shop").aliases["champion"])

    def turns(self) -> list[int]:
        return [turn.version for turn in turns_of(self.client.get_registered_model("shop"), "champion")]

    def tags(self, version: int) -> dict[str, str]:
        tags = self.client.get_model_version("shop", str(version)).tags
        return {name: value for name, value in tags.items() if name.startswith("rolled_back")}


@pytest.fixture
def shop(tracking_uri: str) -> Shop:
    return Shop(tracking_uri)


def test_the_champion_before_is_put_back(shop: Shop) -> None:
    shop.promote(1, 2)
    assert shop.roll_back() == RolledBack("shop", "champion", 2, 1)
    assert shop.champion() == 1


def test_the_version_that_is_taken_off_is_marked_with_when_and_why_and_so_is_its_run(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.roll_back(reason="it shows what is sold out")
    marks = {
        "rolled_back_at": "2026-07-01T12:00:00+00:00",
        "rolled_back_from": "champion",
        "rolled_back_to": "1",
        "rolled_back_reason": "it shows what is sold out",
    }
    assert shop.tags(2) == marks
    run_id = shop.client.get_model_version("shop", "2").run_id
    assert marks.items() <= shop.client.get_run(run_id).data.tags.items()
    assert shop.tags(1) == {}


def test_rolling_back_twice_goes_back_further_and_then_there_is_none(shop: Shop) -> None:
    shop.promote(1, 2, 3)
    assert [shop.roll_back().version, shop.roll_back().version] == [2, 1]
    with pytest.raises(RollbackError, match="nothing was champion of shop before version 1"):
        shop.roll_back()
    assert shop.champion() == 1


def test_a_version_that_was_rolled_back_is_not_what_was_before_the_next(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.roll_back()
    shop.promote(3)
    assert shop.roll_back().version == 1


def test_a_promotion_by_a_person_takes_the_mark_off(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.roll_back()
    shop.promote(2)
    assert shop.tags(2) == {}
    assert shop.turns() == [1, 2]


def test_a_version_can_be_named_that_was_champion_earlier(shop: Shop) -> None:
    shop.promote(1, 2, 3)
    assert shop.roll_back(to="1").version == 1
    assert shop.turns() == [1]


def test_the_champion_of_now_is_left_as_it_is(shop: Shop) -> None:
    shop.promote(1, 2)
    assert shop.roll_back(to="2") == RolledBack("shop", "champion", 2, 2)
    assert shop.tags(2) == {}


def test_a_version_that_was_never_champion_is_no_way_past_the_gate(shop: Shop) -> None:
    shop.promote(1, 2)
    with pytest.raises(RollbackError, match="version 3 of shop was never champion"):
        shop.roll_back(to="3")
    assert shop.champion() == 2


def test_a_version_that_was_rolled_back_itself_is_for_promote_to_bring_back(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.roll_back()
    with pytest.raises(RollbackError, match="version 2 of shop was rolled back itself, so only promote"):
        shop.roll_back(to="2")


def test_a_deleted_version_is_told_with_those_before_it(shop: Shop) -> None:
    shop.promote(1, 2, 3)
    shop.client.delete_model_version("shop", "2")
    with pytest.raises(
        RegistryError, match=r"version 2 of shop, which was before, was deleted; --to takes an .* one: 1"
    ):
        shop.roll_back()
    assert shop.champion() == 3
    assert shop.roll_back(to="1").version == 1


def test_a_version_that_does_not_exist_is_told_with_those_there_are(shop: Shop) -> None:
    shop.promote(1, 2)
    with pytest.raises(RegistryError, match="no version or alias 9; its versions: 1, 2, 3"):
        shop.roll_back(to="9")


def test_without_a_champion_there_is_nothing_to_roll_back(shop: Shop) -> None:
    with pytest.raises(RollbackError, match="shop has no champion"):
        shop.roll_back()


def test_registries_from_before_turns_were_kept_say_whom_the_champion_replaced(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.client.delete_registered_model_tag("shop", "shopkeeper.history.champion")
    assert shop.roll_back().version == 1
    with pytest.raises(RollbackError):
        shop.roll_back()


def test_a_champion_that_was_set_by_hand_had_its_turn(shop: Shop) -> None:
    shop.promote(1)
    shop.client.set_registered_model_alias("shop", "champion", "3")
    assert shop.turns() == [1, 3]
    shop.promote(2)
    assert [shop.roll_back().version, shop.roll_back().version] == [3, 1]


def test_other_aliases_have_turns_of_their_own(shop: Shop) -> None:
    shop.promote(1, 2, alias="shadow")
    shop.promote(2, 3)
    assert shop.roll_back(alias="shadow").version == 1
    assert shop.champion() == 3
    assert shop.roll_back().version == 2, "that it was taken off another alias is no mark here"


def test_the_latest_turns_alone_are_kept(shop: Shop) -> None:
    for _ in range(MAX_TURNS):
        shop.promote(1, 2)
    turns = turns_of(shop.client.get_registered_model("shop"), "champion")
    assert len(turns) == MAX_TURNS
    assert turns[-1] == Turn(2, "2026-07-02T12:00:00+00:00", "promotion")


def test_a_version_that_is_promoted_again_and_again_has_one_turn(shop: Shop) -> None:
    shop.promote(1, 2)
    first = turns_of(shop.client.get_registered_model("shop"), "champion")
    shop.promote(*[2] * MAX_TURNS)
    assert turns_of(shop.client.get_registered_model("shop"), "champion") == first
    assert shop.roll_back().version == 1


def test_turns_that_cannot_be_read_are_none(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.client.set_registered_model_tag("shop", "shopkeeper.history.champion", "[{}]")
    assert shop.turns() == [2]


def test_the_same_bundle_under_another_number_was_rolled_back_too(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.roll_back()
    client: MlflowClient = shop.client
    assert objections_to(client, client.get_model_version("shop", "3"), "champion").says == (
        "version 2, which is the same bundle, was rolled back",
    )
    assert objections_to(client, client.get_model_version("shop", "3"), "shadow").says == ()
    assert objections_to(client, client.get_model_version("shop", "1"), "champion").says == ()


def test_a_fingerprint_with_a_quote_in_it_is_looked_up_and_nothing_else_is_asked(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.roll_back()
    shop.client.set_model_version_tag("shop", "1", FINGERPRINT_TAG, "b' and name = 'shop")
    one = shop.client.get_model_version("shop", "1")
    assert objections_to(shop.client, one, "champion").says == ()


def test_harm_in_the_version_that_is_put_back_is_told(shop: Shop) -> None:
    shop.promote(1, 2)
    shop.client.set_model_version_tag("shop", "1", "shopkeeper.experiment.may.harms", "true")
    assert [outcome.salt for outcome in shop.roll_back().harmful] == ["may"]
