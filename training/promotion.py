"""Promotion through the gate: a registered version is judged against the champion of now, and then takes its place."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from models.errors import BundleError, InvalidInputError
from training.experiment_record import Outcome
from training.fetching import fetch_bundle, find_champion, incumbent_of, metrics_of_run
from training.gate import Floor, GateLimits, Standing, Verdict, floor_of, judge
from training.gate_record import comparison_in, promotion_facts
from training.names import CHAMPION_ALIAS, faults_of_alias
from training.objections import objections_to
from training.registry import Promoted, find_model, find_version, promote
from training.tracking import RegistryError, connect, told


@dataclass(frozen=True, slots=True)
class Promotion:
    """What came of asking for a promotion.

    Attributes:
        version: The version that was asked for.
        moved: The alias that was moved; None if the gate refused.
        verdict: What the gate said; None where it was not asked: the version is champion already, or the alias is
            another than the champion's.
        forced: Why the alias was moved though the gate said no, or a test found harm; None where it was not forced.
        outcomes: Tests that the version was in, or another with the same bundle, the latest report first.
        harmful: Those of them for which the alias was not moved, or was by force.
    """

    version: int
    moved: Promoted | None
    verdict: Verdict | None
    forced: str | None
    outcomes: tuple[Outcome, ...] = ()
    harmful: tuple[Outcome, ...] = ()


def promote_through_gate(
    model: str,
    version: str,
    *,
    alias: str = CHAMPION_ALIAS,
    tracking_uri: str,
    forced: str | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Promotion:
    """Point the alias at a version if the gate lets it pass and no test found that it does harm.

    Both guard the champion's alias alone. That a version was rolled back is no hindrance here: it is asked for by name.

    Args:
        model: The registered model.
        version: A number, or an alias such as `challenger`.
        alias: The alias to move.
        tracking_uri: MLflow's store.
        forced: Why to move it though the gate says no or a test found harm; recorded where that is so.
        clock: Gives the time that is recorded.

    Raises:
        InvalidInputError: MLflow would not take the alias.
        RegistryError: There is no such model or version, or MLflow cannot be reached.
    """
    if faults := faults_of_alias(alias):
        raise InvalidInputError("promote", faults)
    client = connect(tracking_uri)
    chosen = find_version(client, find_model(client, model), version)
    number = int(chosen.version)
    champion = find_champion(client, model)
    objections = objections_to(client, chosen, alias)
    if alias != CHAMPION_ALIAS or (champion is not None and int(champion.version) == number):
        moved = promote(model, str(number), alias=alias, tracking_uri=tracking_uri, clock=clock)
        return Promotion(number, moved, None, None, objections.outcomes)
    verdict = judge(_standing(client, chosen), incumbent_of(client, champion), GateLimits())
    harmful = objections.harmful
    if forced is None and (harmful or not verdict.passed):
        return Promotion(number, None, verdict, None, objections.outcomes, harmful)
    reason = forced if harmful or not verdict.passed else None
    facts = promotion_facts(verdict, reason, objections=[outcome.says_harm for outcome in harmful])
    moved = promote(model, str(number), tracking_uri=tracking_uri, facts=facts, clock=clock)
    return Promotion(number, moved, verdict, reason, objections.outcomes, harmful)


def _standing(client: MlflowClient, version: ModelVersion) -> Standing:
    """What the registry knows of the version: a part that it lacks fails its rule, and is no error."""
    params: dict[str, str] = {}
    if version.run_id:
        with told(f"the run of {version.name} {version.version} cannot be read"):
            params = client.get_run(version.run_id).data.params
    floor: Floor | None = None
    with tempfile.TemporaryDirectory(prefix="shopkeeper-") as directory:
        try:
            floor = floor_of(fetch_bundle(client, version, Path(directory)))
        except (BundleError, RegistryError):
            floor = None
    return Standing(
        k=int(params.get("k", 0)),
        metrics=metrics_of_run(client, version),
        min_shoppers=int(params["min_shoppers"]) if "min_shoppers" in params else None,
        floor=floor,
        comparison=comparison_in(version.tags),
    )
