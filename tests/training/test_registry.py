"""Moving an alias: by number, by another alias, and what is said when there is no such thing."""

import pytest
from mlflow import MlflowClient

from models.errors import InvalidInputError
from training.registry import Promoted, find_model, find_newest, promote
from training.tracking import RegistryError, connect


@pytest.fixture
def client(tracking_uri: str) -> MlflowClient:
    """A registry with shop 1 to 3, where 2 is the challenger."""
    client = connect(tracking_uri)
    client.create_registered_model("shop")
    for _ in range(3):
        client.create_model_version("shop", "file:///nowhere")
    client.set_registered_model_alias("shop", "challenger", "2")
    return client


def champion(client: MlflowClient) -> int:
    return int(client.get_registered_model("shop").aliases["champion"])


def test_a_number_becomes_champion(client: MlflowClient, tracking_uri: str) -> None:
    assert promote("shop", "3", tracking_uri=tracking_uri) == Promoted("shop", "champion", None, 3)
    assert champion(client) == 3


def test_an_alias_stands_for_its_version(client: MlflowClient, tracking_uri: str) -> None:
    promote("shop", "3", tracking_uri=tracking_uri)
    assert promote("shop", "challenger", tracking_uri=tracking_uri) == Promoted("shop", "champion", 3, 2)
    assert champion(client) == 2


def test_another_alias_can_be_moved(client: MlflowClient, tracking_uri: str) -> None:
    promote("shop", "1", alias="shadow", tracking_uri=tracking_uri)
    assert "champion" not in client.get_registered_model("shop").aliases
    assert int(client.get_registered_model("shop").aliases["shadow"]) == 1


@pytest.mark.parametrize("version", ["4", "0", "-1", "canary", ""])
def test_a_version_that_is_not_there_is_told_with_those_that_are(
    client: MlflowClient, tracking_uri: str, version: str
) -> None:
    with pytest.raises(RegistryError, match=r"its versions: 1, 2, 3; its aliases: challenger \(2\)"):
        promote("shop", version, tracking_uri=tracking_uri)
    assert "champion" not in client.get_registered_model("shop").aliases


@pytest.mark.usefixtures("client")
def test_a_model_that_is_not_there_is_told_with_those_that_are(tracking_uri: str) -> None:
    with pytest.raises(RegistryError, match="no model shoop; it holds: shop"):
        promote("shoop", "1", tracking_uri=tracking_uri)


@pytest.mark.usefixtures("client")
def test_a_reserved_alias_is_refused(tracking_uri: str) -> None:
    with pytest.raises(InvalidInputError, match="reserved"):
        promote("shop", "1", alias="latest", tracking_uri=tracking_uri)


def test_the_newest_is_the_highest_number_not_the_last_in_text_order(client: MlflowClient) -> None:
    for _ in range(8):
        client.create_model_version("shop", "file:///nowhere")
    assert int(find_newest(client, find_model(client, "shop")).version) == 11
