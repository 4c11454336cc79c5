from collections.abc import Mapping
from importlib.metadata import distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.conftest import ROOT, Lock, satisfies

LOCKS = ["requirements.lock", "requirements/build.lock", "requirements/service.lock", "requirements/trainer.lock"]
TRAINERS_ALONE = {
    "duckdb",
    "ibis-framework",
    "implicit",
    "lightgbm",
    "matplotlib",
    "mlflow",
    "optuna",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "scipy",
    "sparse-dot-topn",
}
DEVELOPERS_ALONE = {"buf-bin", "hypothesis", "import-linter", "mypy", "pytest", "ruff"}


@pytest.mark.parametrize("path", LOCKS)
def test_a_lock_names_no_address(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")

    assert [word for word in ("://", "--index", "--extra-index", "--find-links", "-i ", " @ ") if word in text] == []


@pytest.mark.parametrize("path", LOCKS)
def test_every_line_of_a_lock_is_a_pin_with_hashes(path: str) -> None:
    lock = Lock(ROOT / path)

    assert lock.strangers == []
    assert [pin.name for pin in lock.pins if not pin.n_hashes] == []
    assert lock.pins


def test_the_lock_satisfies_every_requirement(lock: Lock, requirements: Mapping[str, list[Requirement]]) -> None:
    declared = [requirement for part in requirements.values() for requirement in part]

    assert [str(requirement) for requirement in declared if not satisfies(lock, requirement)] == []


@pytest.mark.parametrize(
    ("part", "extras"), [("service", ["", "service"]), ("trainer", ["", "service", "trainer"]), ("build", ["build"])]
)
def test_a_partial_lock_satisfies_its_part(
    partial_locks: Mapping[str, Lock], requirements: Mapping[str, list[Requirement]], part: str, extras: list[str]
) -> None:
    declared = [requirement for extra in extras for requirement in requirements[extra]]

    assert [str(requirement) for requirement in declared if not satisfies(partial_locks[part], requirement)] == []


@pytest.mark.parametrize("part", ["build", "service", "trainer"])
def test_a_partial_lock_is_a_part_of_the_lock(lock: Lock, partial_locks: Mapping[str, Lock], part: str) -> None:
    whole = {(pin.name, pin.version, pin.n_hashes) for pin in lock.pins}
    assert {(pin.name, pin.version, pin.n_hashes) for pin in partial_locks[part].pins} - whole == set()


def test_the_service_is_installed_without_the_trainer(partial_locks: Mapping[str, Lock]) -> None:
    assert partial_locks["service"].names & (TRAINERS_ALONE | DEVELOPERS_ALONE) == set()


def test_the_trainer_is_installed_without_the_developers_tools(partial_locks: Mapping[str, Lock]) -> None:
    assert partial_locks["trainer"].names & DEVELOPERS_ALONE == set()
    assert partial_locks["trainer"].names >= TRAINERS_ALONE


def test_nothing_the_service_extra_asks_for_leads_to_the_trainers_libraries(
    partial_locks: Mapping[str, Lock],
) -> None:
    reached = reach("shopkeeper", "service")

    assert reached & TRAINERS_ALONE == set()
    assert reached - {"shopkeeper"} <= partial_locks["service"].names


def test_mlflow_and_its_skinny_form_are_of_one_version(lock: Lock) -> None:
    versions = {pin.version for pin in lock.pins if pin.name in {"mlflow", "mlflow-skinny", "mlflow-tracing"}}
    assert len(versions) == 1


def test_the_build_backend_is_pinned(partial_locks: Mapping[str, Lock], pyproject: Mapping[str, dict]) -> None:
    backends = [Requirement(text) for text in pyproject["build-system"]["requires"]]
    assert [str(backend) for backend in backends if not satisfies(partial_locks["build"], backend)] == []


def reach(name: str, *extras: str) -> set[str]:
    """Names of the installed packages that a package with these extras asks for, itself included."""
    reached: set[str] = set()
    waiting = [(name, frozenset(extras))]
    seen = set(waiting)
    while waiting:
        current, wanted = waiting.pop()
        reached.add(canonicalize_name(current))
        for text in distribution(current).requires or []:
            requirement = Requirement(text)
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in wanted | {""}):
                step = (requirement.name, frozenset(requirement.extras))
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)
    return reached
