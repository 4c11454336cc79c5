"""Settings are read once, and every problem is told at once."""

from pathlib import Path

import pytest

from models.errors import InvalidInputError
from service.settings import SETTINGS, Settings, as_environment


def test_nothing_given_gives_the_defaults() -> None:
    settings = Settings.read({})
    assert (settings.host, settings.port, settings.model, settings.alias) == (
        "127.0.0.1",
        50051,
        "accessories",
        "champion",
    )
    assert settings.state_dir == Path(".shopkeeper")


def test_the_command_line_wins_over_the_environment() -> None:
    environ = {"SHOPKEEPER_PORT": "1", "SHOPKEEPER_ALIAS": "shadow"}
    settings = Settings.read(environ, {"port": "2", "alias": None})
    assert (settings.port, settings.alias) == (2, "shadow")


def test_a_variable_set_to_nothing_is_not_set() -> None:
    assert Settings.read({"SHOPKEEPER_MODEL": ""}).model == "accessories"


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        Settings.read(
            {"SHOPKEEPER_PORT": "70000", "SHOPKEEPER_DRAIN_S": "nan"}, {"min_probability": "2", "model": "a/b"}
        )
    assert [fault.field for fault in caught.value.faults] == [
        "SHOPKEEPER_PORT",
        "--model",
        "SHOPKEEPER_DRAIN_S",
        "--min-probability",
    ]


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", "100001"])
def test_calls_at_once_are_a_whole_number_from_1(text: str) -> None:
    with pytest.raises(InvalidInputError, match="SHOPKEEPER_MAX_CONCURRENT_CALLS"):
        Settings.read({"SHOPKEEPER_MAX_CONCURRENT_CALLS": text})
    assert Settings.read({"SHOPKEEPER_MAX_CONCURRENT_CALLS": "1"}).max_concurrent_calls == 1


def test_a_drain_may_begin_at_once_or_after_a_while() -> None:
    assert Settings.read({}).lame_duck_s == 0
    assert Settings.read({}, {"lame_duck_s": "30"}).lame_duck_s == 30
    with pytest.raises(InvalidInputError, match="--lame-duck-s"):
        Settings.read({}, {"lame_duck_s": "-1"})


@pytest.mark.parametrize("text", ["0", "65", "2.0", "all"])
def test_workers_are_a_whole_number_and_one_unless_given(text: str) -> None:
    with pytest.raises(InvalidInputError, match="--workers"):
        Settings.read({}, {"workers": text})
    assert Settings.read({}).workers == 1
    assert Settings.read({"SHOPKEEPER_WORKERS": "8"}).workers == 8


def test_a_process_that_is_given_the_environment_reads_the_same_settings() -> None:
    environ = {"SHOPKEEPER_PORT": "1", "SHOPKEEPER_KEYS": "of-the-environment", "SHOPKEEPER_MIN_PROBABILITY": "0.5"}
    overrides = {"port": "2", "alias": None, "min_probability": "trained", "keys": "", "tracking_uri": "http://mlflow"}
    assert Settings.read(environ | as_environment(overrides)) == Settings.read(environ, overrides)


def test_the_bar_is_left_to_training_unless_given() -> None:
    assert Settings.read({}).min_probability is None
    assert Settings.read({"SHOPKEEPER_MIN_PROBABILITY": "0.1"}).min_probability == 0.1
    assert Settings.read({"SHOPKEEPER_MIN_PROBABILITY": "0.1"}, {"min_probability": "trained"}).min_probability is None


def test_an_option_given_as_nothing_is_a_fault() -> None:
    with pytest.raises(InvalidInputError, match="--alias"):
        Settings.read({}, {"alias": ""})


def test_every_field_is_documented_with_a_default_that_parses() -> None:
    assert [setting.name for setting in SETTINGS] == list(Settings.__dataclass_fields__)
    for setting in SETTINGS:
        assert setting.description.endswith(".")
        setting.parse(setting.default)
