"""What speaks against a version beside the gate: a test of models that found harm, and that it was rolled back."""

from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion

from models.bundle.manifest import FINGERPRINT_TAG
from training.experiment_record import Outcome, outcomes_in
from training.succession import is_rolled_back
from training.tracking import told


@dataclass(frozen=True, slots=True)
class Objections:
    """What is known of a version and of every other with the same bundle, byte for byte.

    Attributes:
        outcomes: Tests that one of them was in, the latest report first.
        rolled_back: Versions among them that the alias was taken from.
    """

    outcomes: tuple[Outcome, ...] = ()
    rolled_back: tuple[int, ...] = ()

    @property
    def harmful(self) -> tuple[Outcome, ...]:
        """The tests that say harm."""
        return tuple(outcome for outcome in self.outcomes if outcome.harms)

    @property
    def says(self) -> tuple[str, ...]:
        """A sentence for each thing that bars a promotion which nobody asked for by name."""
        harm = (outcome.says_harm for outcome in self.harmful)
        back = (f"version {number}, which is the same bundle, was rolled back" for number in self.rolled_back)
        return (*harm, *back)


def objections_to(client: MlflowClient, version: ModelVersion, alias: str) -> Objections:
    """What speaks against the alias's move to a version.

    Trainings are deterministic: to repeat one on the same data makes the same bundle under a new number, which must
    not be a way around what was found of the old one.

    Args:
        client: Of the store.
        version: The version that wants the alias.
        alias: The alias; rollbacks of others are no objection.
    """
    alike = [version]
    if fingerprint := version.tags.get(FINGERPRINT_TAG, "").replace("'", ""):
        with told(f"versions of {version.name} with the bundle of {version.version} cannot be looked up"):
            found = client.search_model_versions(
                f"name = '{version.name}' and tags.{FINGERPRINT_TAG} = '{fingerprint}'"
            )
        alike += [other for other in found if int(other.version) != int(version.version)]
    outcomes = [outcome for one in alike for outcome in outcomes_in(one)]
    outcomes.sort(key=lambda outcome: outcome.reported_at, reverse=True)
    taken = sorted(int(one.version) for one in alike if is_rolled_back(one, alias))
    return Objections(tuple(outcomes), tuple(taken))
