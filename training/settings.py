"""Settings of a training: read once, from training.yaml and the command line, every fault reported at once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from models.candidates import Generator
from models.errors import Fault, InvalidInputError
from models.generators.registry import GENERATORS
from models.noise import NoiseSettings
from models.ranker import OBJECTIVES, RankerSettings
from models.relations import RelationRules
from training.bars import Placements


def _all_generators() -> tuple[Generator, ...]:
    return tuple(GENERATORS[name]() for name in sorted(GENERATORS))


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How a model is trained. The same settings and data give the same bundle, but where noise is on.

    Attributes:
        seed: Seed of everything random: factorisation, sampled test cases, bootstrap; 0 to 4294967295.
        max_items_per_shopper: Most distinct items that count of one shopper, in orders and again in views; the latest
            ones; 1 or more. On UCI Online Retail II, whose wholesalers buy the most, 2,000 leaves NDCG as it is.
        min_shoppers: Fewest distinct shoppers under a published pair, 1 or more.
        min_lift: How many times more often than chance orders or shoppers must join a published pair; 0 or more. On
            UCI Online Retail II 2 costs nothing measurable, 3 costs 1.5 % of NDCG.
        max_candidates: Most items kept for an anchor in the bundle, 1 to 1000.
        n_candidates: Most items each generator proposes for an anchor, max_candidates to 1000.
        generators: What proposes candidates, each with its own settings; all of them by default.
        relations: Where the lines between accessory, complement, refill and alternative are drawn.
        ranker: How the ranker's trees are grown.
        placements: What each placement may show, and how often it should be right; its bar follows from that, 0.02
            at least.
        noise: How much the bundle may tell of any one shopper; everything by default.
        n_slices: Slices of time that the ranker is fitted on, 1 to 8; a further one calibrates it.
        validation_share: Share of the orders, by time, of each of these slices; over 0, under 0.5.
        test_share: Share of the latest orders that the figures are computed on; over 0, under 0.5.
        max_cases: Most test cases, 1 or more.
        k: Length of the list that is scored, 1 to max_candidates.
        n_bootstrap: Resamples behind each interval, 100 or more.
    """

    seed: int = 0
    max_items_per_shopper: int = 2_000
    min_shoppers: int = 5
    min_lift: float = 2.0
    max_candidates: int = 64
    n_candidates: int = 100
    generators: tuple[Generator, ...] = field(default_factory=_all_generators)
    relations: RelationRules = field(default_factory=RelationRules)
    ranker: RankerSettings = field(default_factory=RankerSettings)
    placements: Placements = field(default_factory=Placements)
    noise: NoiseSettings = field(default_factory=NoiseSettings)
    n_slices: int = 3
    validation_share: float = 0.1
    test_share: float = 0.1
    max_cases: int = 8_000
    k: int = 10
    n_bootstrap: int = 1_000

    def as_dict(self) -> dict[str, Any]:
        """Plain values, in the form of training.yaml."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["generators"] = {generator.name: _plain(generator) for generator in self.generators}
        plain |= {name: _plain(getattr(self, name)) for name in SECTIONS}
        return plain


SECTIONS = ("relations", "ranker", "placements", "noise")
"""Settings that are sections of training.yaml."""


def read_settings(path: Path | None, overrides: Mapping[str, object] | None = None) -> TrainingSettings:
    """Defaults, then the file, then the overrides that are not None.

    Raises:
        InvalidInputError: Names every unknown key and every value that is of the wrong type or out of range.
    """
    given, faults = _read_yaml(path) if path is not None else ({}, [])
    given |= {name: value for name, value in (overrides or {}).items() if value is not None}
    sections: dict[str, Any] = {}
    if "generators" in given:
        sections["generators"] = _generators(given.pop("generators"), faults)
    for name in SECTIONS:
        if name in given:
            sections[name] = _section(getattr(TrainingSettings(), name), given.pop(name), f"{name}.", faults)
    settings = TrainingSettings(**_checked(TrainingSettings(), given, "", faults), **sections)
    faults += _out_of_range(settings)
    if faults:
        raise InvalidInputError(str(path or "training settings"), faults)
    return settings


_EXPONENT = re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+")
"""A number such as 1e-6, which YAML 1.1 takes for a word."""

_NAMES: dict[type, str] = {int: "a whole number", float: "a number", str: "a word"}


def _plain(section: object) -> dict[str, Any]:
    return dict(asdict(section))  # type: ignore[call-overload]  # each is a dataclass, as a test of theirs holds


def _read_yaml(path: Path) -> tuple[dict[str, Any], list[Fault]]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        return {}, [Fault(str(path), f"cannot be read: {error.strerror}")]
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        return {}, [Fault(str(path), f"is not YAML: {error}")]
    if content is None:
        return {}, []
    if not isinstance(content, dict):
        return {}, [Fault(str(path), "must be a mapping of settings to values")]
    return {str(name): value for name, value in content.items()}, []


def _generators(given: object, faults: list[Fault]) -> tuple[Generator, ...]:
    """Generators from a list of names, or from a mapping of names to settings; ordered by name."""
    if isinstance(given, list | tuple):
        repeated = sorted({str(name) for name in given if given.count(name) > 1})
        faults += [Fault("generators", f"names {name} more than once") for name in repeated]
        given = dict.fromkeys(given)
    if not isinstance(given, dict) or not given:
        faults.append(Fault("generators", "must be a list of names, or a mapping of names to settings; one or more"))
        return ()
    chosen: list[Generator] = []
    for name, options in sorted(given.items(), key=lambda entry: str(entry[0])):
        if name not in GENERATORS:
            faults.append(Fault(f"generators.{name}", f"unknown; known are {', '.join(sorted(GENERATORS))}"))
        elif not isinstance(options, dict | None):
            faults.append(Fault(f"generators.{name}", "must be a mapping of settings to values"))
        else:
            make: Callable[..., Generator] = GENERATORS[name]
            chosen.append(make(**_checked(make(), options or {}, f"generators.{name}.", faults)))
    return tuple(chosen)


def _section(defaults: Any, given: object, prefix: str, faults: list[Fault]) -> Any:
    """The defaults with what is given of a section; where its settings are sections too, with theirs."""
    if not isinstance(given, dict):
        faults.append(Fault(prefix.rstrip("."), "must be a mapping of settings to values"))
        return defaults
    inner = [f.name for f in fields(defaults) if is_dataclass(getattr(defaults, f.name))]
    values = {
        name: _section(getattr(defaults, name), given[name], f"{prefix}{name}.", faults)
        for name in inner
        if name in given
    }
    plain = {name: value for name, value in given.items() if name not in inner}
    if inner and plain:
        faults += [Fault(f"{prefix}{name}", f"unknown; known are {', '.join(inner)}") for name in plain]
        plain = {}
    return replace(defaults, **values, **_checked(defaults, plain, prefix, faults))


def _checked(defaults: object, given: Mapping[str, object], prefix: str, faults: list[Fault]) -> dict[str, Any]:
    """The given values that name a setting and have its type; the others become faults."""
    known = {f.name: getattr(defaults, f.name) for f in fields(defaults)}  # type: ignore[arg-type]  # a dataclass
    known = {name: value for name, value in known.items() if type(value) in _NAMES}
    values: dict[str, Any] = {}
    for name, value in given.items():
        wanted = type(known.get(name))
        if wanted is float and isinstance(value, str) and _EXPONENT.fullmatch(value):
            value = float(value)
        if name not in known:
            listed = f"known are {', '.join(known)}" if known else "it has no settings"
            faults.append(Fault(f"{prefix}{name}", f"unknown setting; {listed}"))
        elif wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
            values[name] = float(value)
        elif isinstance(value, wanted) and not isinstance(value, bool):
            values[name] = value
        else:
            faults.append(Fault(f"{prefix}{name}", f"must be {_NAMES[wanted]}, is {value!r}"))
        if prefix and name in values and not isinstance(values[name], str) and values[name] < 0:
            faults.append(Fault(f"{prefix}{name}", f"must be 0 or more, is {value!r}"))
    return values


def _out_of_range(s: TrainingSettings) -> list[Fault]:
    rules = [
        ("seed", 0 <= s.seed < 2**32, "0 to 4294967295"),
        ("max_items_per_shopper", s.max_items_per_shopper >= 1, "1 or more"),
        ("min_shoppers", s.min_shoppers >= 1, "1 or more"),
        ("min_lift", s.min_lift >= 0, "0 or more"),
        ("max_candidates", 1 <= s.max_candidates <= 1000, "1 to 1000"),
        ("n_candidates", s.max_candidates <= s.n_candidates <= 1000, "max_candidates to 1000"),
        ("n_slices", 1 <= s.n_slices <= 8, "1 to 8"),
        ("validation_share", 0 < s.validation_share < 0.5, "over 0 and under 0.5"),
        ("test_share", 0 < s.test_share < 0.5, "over 0 and under 0.5"),
        ("max_cases", s.max_cases >= 1, "1 or more"),
        ("k", 1 <= s.k <= s.max_candidates, "1 to max_candidates"),
        ("n_bootstrap", s.n_bootstrap >= 100, "100 or more"),
    ]
    of_ranker = [
        ("objective", s.ranker.objective in OBJECTIVES, " or ".join(OBJECTIVES)),
        ("n_rounds", 1 <= s.ranker.n_rounds <= 5000, "1 to 5000"),
        ("learning_rate", 0 < s.ranker.learning_rate <= 1, "over 0, at most 1"),
        ("num_leaves", 2 <= s.ranker.num_leaves <= 1024, "2 to 1024"),
        ("min_leaf_share", 0 <= s.ranker.min_leaf_share <= 0.5, "0 to 0.5"),
        ("feature_fraction", 0 < s.ranker.feature_fraction <= 1, "over 0, at most 1"),
    ]
    of_noise = [
        ("epsilon", 0 <= s.noise.epsilon <= 100, "0 to 100"),
        ("delta", 0 < s.noise.delta < 1, "over 0 and under 1"),
        ("max_pairs_per_shopper", 1 <= s.noise.max_pairs_per_shopper <= 100_000, "1 to 100000"),
        ("max_items_per_shopper", 1 <= s.noise.max_items_per_shopper <= 100_000, "1 to 100000"),
    ]
    of_placements = [
        (f"{name}.{field_name}", holds, wanted)
        for name, rules_of in s.placements.by_name().items()
        for field_name, holds, wanted in (
            ("max_results", rules_of.max_results >= 1, "1 or more"),
            ("wanted_precision", 0 <= rules_of.wanted_precision <= 1, "0 to 1"),
        )
    ]
    faults = [Fault(name, f"must be {wanted}, is {getattr(s, name)!r}") for name, holds, wanted in rules if not holds]
    faults += [
        Fault(f"{section}.{name}", f"must be {wanted}, is {getattr(getattr(s, section), name)!r}")
        for section, rules_of_section in (("ranker", of_ranker), ("noise", of_noise))
        for name, holds, wanted in rules_of_section
        if not holds
    ]
    return faults + [
        Fault(f"placements.{name}", f"must be {wanted}") for name, holds, wanted in of_placements if not holds
    ]
