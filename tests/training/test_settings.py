from dataclasses import is_dataclass, replace
from pathlib import Path

import pytest
import yaml

from models.errors import InvalidInputError
from models.generators.factors import Factors
from models.generators.pair_counts import PairCounts
from training.settings import TrainingSettings, read_settings


def written(folder: Path, text: str) -> Path:
    path = folder / "training.yaml"
    path.write_text(text)
    return path


def faults(folder: Path, text: str) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        read_settings(written(folder, text))
    return {fault.field: fault.description for fault in caught.value.faults}


def test_without_a_file_the_defaults_hold() -> None:
    assert read_settings(None) == TrainingSettings()


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "")) == TrainingSettings()


def test_the_file_overrides_defaults_and_the_command_line_overrides_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "min_shoppers: 9\nk: 5\n")
    settings = read_settings(path, {"min_shoppers": 3, "seed": None})
    assert (settings.min_shoppers, settings.k, settings.seed) == (3, 5, 0)


def test_settings_survive_the_way_through_yaml(tmp_path: Path) -> None:
    text = "generators: {pair_counts: {half_life_days: 30}, als: {factors: 16}}\nrelations: {refill_share: 0.5}\n"
    settings = read_settings(written(tmp_path, text))
    assert read_settings(written(tmp_path, yaml.safe_dump(settings.as_dict()))) == settings


def test_generators_come_with_their_own_settings(tmp_path: Path) -> None:
    text = "generators:\n  pair_counts:\n    half_life_days: 30\n  als:\n"
    assert read_settings(written(tmp_path, text)).generators == (Factors(), PairCounts(half_life_days=30.0))


def test_generators_may_be_a_list_of_names(tmp_path: Path) -> None:
    assert read_settings(written(tmp_path, "generators: [pair_counts, als]")).generators == (Factors(), PairCounts())


def test_every_generator_by_default_is_a_dataclass() -> None:
    assert all(is_dataclass(generator) for generator in TrainingSettings().generators)


def test_every_fault_is_named_at_once(tmp_path: Path) -> None:
    text = (
        "min_shoppers: 0\nmax_candidates: many\nspeed: 3\ntest_share: 0.5\n"
        "generators: {pair_counts: {half_life: 3, smoothing: -1}, magic: {}}\nrelations: {refill_share: true}\n"
    )
    assert set(faults(tmp_path, text)) == {
        "min_shoppers",
        "max_candidates",
        "speed",
        "test_share",
        "generators.pair_counts.half_life",
        "generators.pair_counts.smoothing",
        "generators.magic",
        "relations.refill_share",
    }


def test_an_unknown_setting_is_told_the_known_ones(tmp_path: Path) -> None:
    assert "min_shoppers" in faults(tmp_path, "min_shopper: 5")["min_shopper"]


@pytest.mark.parametrize("text", ["generators: []", "generators: {}", "generators: 3"])
def test_no_generators_is_a_fault(tmp_path: Path, text: str) -> None:
    assert "generators" in faults(tmp_path, text)


def test_a_generator_named_twice_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, "generators: [als, als]")["generators"] == "names als more than once"


def test_more_candidates_than_proposed_is_a_fault(tmp_path: Path) -> None:
    assert faults(tmp_path, "max_candidates: 200")["n_candidates"] == "must be max_candidates to 1000, is 100"


@pytest.mark.parametrize("text", ["- a\n- b", "a: [", "\x00"])
def test_a_file_that_is_no_mapping_is_told_so(tmp_path: Path, text: str) -> None:
    assert list(faults(tmp_path, text)) == [str(tmp_path / "training.yaml")]


def test_a_missing_file_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_settings(tmp_path / "none.yaml")


def test_sections_change_what_they_name_and_nothing_else(tmp_path: Path) -> None:
    text = "ranker: {num_leaves: 31}\nplacements: {cart: {wanted_precision: 0.4}}\nn_slices: 2\n"
    settings, defaults = read_settings(written(tmp_path, text)), TrainingSettings()
    assert settings.ranker == replace(defaults.ranker, num_leaves=31)
    assert settings.placements == replace(
        defaults.placements, cart=replace(defaults.placements.cart, wanted_precision=0.4)
    )
    assert settings.n_slices == 2
    assert read_settings(written(tmp_path, yaml.safe_dump(settings.as_dict()))) == settings


def test_a_delta_as_it_is_mostly_written_is_a_number(tmp_path: Path) -> None:
    settings = read_settings(written(tmp_path, "noise: {epsilon: 1, delta: 1e-7}\n"))
    assert (settings.noise.epsilon, settings.noise.delta) == (1.0, 1e-7)
    assert settings.noise.is_on
    assert read_settings(written(tmp_path, yaml.safe_dump(settings.as_dict()))) == settings


def test_faults_of_noise_are_gathered(tmp_path: Path) -> None:
    noise = "{epsilon: .nan, delta: 0, max_pairs_per_shopper: 0, max_items_per_shopper: 100001}"
    text = f"noise: {noise}\nranker: {{depth: 1}}\n"
    assert set(faults(tmp_path, text)) == {
        "noise.epsilon",
        "noise.delta",
        "noise.max_pairs_per_shopper",
        "noise.max_items_per_shopper",
        "ranker.depth",
    }


def test_faults_of_sections_are_gathered(tmp_path: Path) -> None:
    text = (
        "n_slices: 9\nranker: {objective: magic, num_leaves: 1, learning_rate: fast, depth: 3}\n"
        "placements: {cart: {max_results: 0, wanted_precision: 2}, home: {max_results: 3}}\n"
    )
    assert set(faults(tmp_path, text)) == {
        "n_slices",
        "ranker.objective",
        "ranker.num_leaves",
        "ranker.learning_rate",
        "ranker.depth",
        "placements.cart.max_results",
        "placements.cart.wanted_precision",
        "placements.home",
    }
