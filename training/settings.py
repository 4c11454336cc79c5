"""Settings of a training: read once, from training.yaml and the command line, every fault reported at once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import yaml

from models.errors import Fault, InvalidInputError
from models.generators.registry import GENERATORS


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How a model is trained. The same settings and data give the same bundle.

    Attributes:
        seed: Seed of everything random: factorisation, sampled test cases, bootstrap.
        min_shoppers: Fewest distinct shoppers under a published pair, 1 or more.
        max_candidates: Most items kept for an anchor in the bundle, 1 to 1000.
        n_candidates: Most items each generator proposes for an anchor, max_candidates or more.
        generators: Names of the generators to blend, in any order.
        validation_share: Share of the orders, by time, whose outcomes fit the blend; over 0, under 0.5.
        test_share: Share of the latest orders that the figures are computed on; over 0, under 0.5.
        max_cases: Most test cases, 1 or more.
        k: Length of the list that is scored, 1 to max_candidates.
        n_bootstrap: Resamples behind each interval, 100 or more.
    """

    seed: int = 0
    min_shoppers: int = 5
    max_candidates: int = 64
    n_candidates: int = 100
    generators: tuple[str, ...] = tuple(sorted(GENERATORS))
    validation_share: float = 0.1
    test_share: float = 0.1
    max_cases: int = 8_000
    k: int = 10
    n_bootstrap: int = 1_000

    def as_dict(self) -> dict[str, object]:
        """Plain values, as they stand in training.yaml."""
        return {**asdict(self), "generators": list(self.generators)}


def read_settings(path: Path | None, overrides: Mapping[str, object] | None = None) -> TrainingSettings:
    """Defaults, then the file, then the overrides that are not None.

    Raises:
        InvalidInputError: Names every unknown key and every value that is out of range.
    """
    given: dict[str, object] = {}
    faults: list[Fault] = []
    if path is not None:
        given, faults = _read_yaml(path)
    given |= {name: value for name, value in (overrides or {}).items() if value is not None}
    known = {f.name: f for f in fields(TrainingSettings)}
    faults += [
        Fault(name, f"unknown setting; known are {', '.join(known)}") for name in given if name not in known
    ]
    defaults = TrainingSettings()
    values = {}
    for name, value in given.items():
        if name not in known:
            continue
        wanted = type(getattr(defaults, name))
        if wanted is tuple and isinstance(value, list | tuple):
            values[name] = tuple(value)
        elif wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
            values[name] = float(value)
        elif isinstance(value, wanted) and not isinstance(value, bool):
            values[name] = value
        else:
            faults.append(Fault(name, f"must be {_NAMES[wanted]}, is {value!r}"))
    settings = TrainingSettings(**values)  # type: ignore[arg-type]  # each value was checked against its default's type
    faults += _out_of_range(settings)
    if faults:
        raise InvalidInputError(str(path or "training settings"), faults)
    return settings


_NAMES = {int: "a whole number", float: "a number", tuple: "a list of names"}


def _read_yaml(path: Path) -> tuple[dict[str, object], list[Fault]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        return {}, [Fault(str(path), f"cannot be read: {error.strerror}")]
    except yaml.YAMLError as error:
        return {}, [Fault(str(path), f"is not YAML: {error}")]
    if content is None:
        return {}, []
    if not isinstance(content, dict):
        return {}, [Fault(str(path), "must be a mapping of settings to values")]
    return {str(name): value for name, value in content.items()}, []


def _out_of_range(s: TrainingSettings) -> list[Fault]:
    unknown = [name for name in s.generators if name not in GENERATORS]
    rules = [
        ("seed", 0 <= s.seed < 2**32, "0 to 4294967295"),
        ("min_shoppers", s.min_shoppers >= 1, "1 or more"),
        ("max_candidates", 1 <= s.max_candidates <= 1000, "1 to 1000"),
        ("n_candidates", s.max_candidates <= s.n_candidates <= 1000, "max_candidates to 1000"),
        ("generators", bool(s.generators), "one name or more"),
        ("generators", not unknown, f"names among {', '.join(sorted(GENERATORS))}"),
        ("generators", len(set(s.generators)) == len(s.generators), "each name once"),
        ("validation_share", 0 < s.validation_share < 0.5, "over 0 and under 0.5"),
        ("test_share", 0 < s.test_share < 0.5, "over 0 and under 0.5"),
        ("max_cases", s.max_cases >= 1, "1 or more"),
        ("k", 1 <= s.k <= s.max_candidates, "1 to max_candidates"),
        ("n_bootstrap", s.n_bootstrap >= 100, "100 or more"),
    ]
    return [Fault(name, f"must be {wanted}, is {getattr(s, name)!r}") for name, holds, wanted in rules if not holds]
