"""Puts the version back that bore an alias before: no gate is asked, as it served already, and minutes may count."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion, RegisteredModel

from models.errors import InvalidInputError, ShopkeeperError
from training.experiment_record import Outcome
from training.names import CHAMPION_ALIAS, faults_of_alias
from training.objections import objections_to
from training.registry import find_model, find_version
from training.succession import (
    ROLLED_BACK_AT,
    ROLLED_BACK_FROM,
    ROLLED_BACK_REASON,
    ROLLED_BACK_TO,
    Turn,
    is_rolled_back,
    turns_of,
    write_turns,
)
from training.tracking import RegistryError, connect, told


class RollbackError(ShopkeeperError):
    """There is nothing to go back to."""

    reason = "NOTHING_TO_ROLL_BACK_TO"


@dataclass(frozen=True, slots=True)
class RolledBack:
    """An alias that was put back.

    Attributes:
        model: The registered model.
        alias: The alias.
        before: The version it was taken from.
        version: The version that has it now; the same where nothing was to be done.
        harmful: Tests that found harm in the version that has it now: to be told, and no hindrance.
    """

    model: str
    alias: str
    before: int
    version: int
    harmful: tuple[Outcome, ...] = ()


def roll_back(
    model: str,
    *,
    alias: str = CHAMPION_ALIAS,
    to: str | None = None,
    reason: str | None = None,
    tracking_uri: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> RolledBack:
    """Point the alias at the version that bore it before, and mark the one it is taken from.

    Once more goes back further. The mark keeps trainings from bringing the version back by themselves; a promotion that
    a person asks for takes it off.

    Args:
        model: The registered model.
        alias: The alias to move.
        to: A number, or another alias, of a version that bore the alias once; the one before by default.
        reason: Why; recorded with the version that is taken off and its run.
        tracking_uri: MLflow's store.
        clock: Gives the time that is recorded.

    Raises:
        InvalidInputError: MLflow would not take the alias.
        RollbackError: No version bore the alias before; or this one did not, or was rolled back itself.
        RegistryError: There is no such model or version, or it was deleted.
    """
    if faults := faults_of_alias(alias):
        raise InvalidInputError("rollback", faults)
    client = connect(tracking_uri)
    registered = find_model(client, model)
    if alias not in registered.aliases:
        raise RollbackError(f"{model} has no {alias}, so there is nothing to roll back: promote a version")
    turns = turns_of(registered, alias)
    current = find_version(client, registered, alias)
    if to is None:
        target, turns = _before(client, registered, turns, current, alias)
    else:
        target = find_version(client, registered, to)
        turns = _turns_to(target, turns, current, alias)
    harmful = objections_to(client, target, alias).harmful
    done = RolledBack(model, alias, int(current.version), int(target.version), harmful)
    if done.version != done.before:
        now = clock().isoformat(timespec="seconds")
        turns = turns or (Turn(done.version, now, "rollback"),)
        with told(f"the alias {alias} of {model} could not be put back"):
            # The mark first: whatever breaks off after it, the next rollback does not come back here.
            _mark(client, current, done, reason, now)
            client.set_registered_model_alias(model, alias, str(done.version))
            write_turns(client, model, alias, turns)
    return done


def _before(
    client: MlflowClient, registered: RegisteredModel, turns: tuple[Turn, ...], current: ModelVersion, alias: str
) -> tuple[ModelVersion, tuple[Turn, ...]]:
    """The version before the current one, and the turns that led to it."""
    # Versions that were promoted before turns were kept say themselves whom they replaced.
    over = current.tags.get("promoted_over", "") if current.tags.get("promoted_to") == alias else ""
    if len(turns) == 1 and over.isdecimal():
        turns = (Turn(int(over), "", "promotion"), *turns)
    for place in reversed(range(len(turns) - 1)):
        number = turns[place].version
        if number == int(current.version):
            continue
        version = _there(client, registered, number, turns[:place])
        if not is_rolled_back(version, alias):
            return version, turns[: place + 1]
    raise RollbackError(
        f"nothing was {alias} of {registered.name} before version {current.version}: promote another, or train one"
    )


def _there(client: MlflowClient, registered: RegisteredModel, number: int, earlier: tuple[Turn, ...]) -> ModelVersion:
    """The version of a number, which a turn names."""
    try:
        return find_version(client, registered, str(number))
    except RegistryError as error:
        if "version" not in error.metadata:
            raise
        others = ", ".join(dict.fromkeys(str(turn.version) for turn in reversed(earlier)))
        instead = f"--to takes an earlier one: {others}" if others else "no other was before it: promote one"
        raise RegistryError(
            f"version {number} of {registered.name}, which was before, was deleted; {instead}", metadata=error.metadata
        ) from None


def _turns_to(target: ModelVersion, turns: tuple[Turn, ...], current: ModelVersion, alias: str) -> tuple[Turn, ...]:
    """The turns that led to a version that was asked for; none where they are not known any more."""
    number = int(target.version)
    if is_rolled_back(target, alias):
        raise RollbackError(f"version {number} of {target.name} was rolled back itself, so only promote brings it back")
    for place in reversed(range(len(turns))):
        if turns[place].version == number:
            return turns[: place + 1]
    if target.tags.get("promoted_to") != alias and current.tags.get("promoted_over") != str(number):
        raise RollbackError(
            f"version {number} of {target.name} was never {alias}, so it is no way back: promote asks the gate"
        )
    return ()


def _mark(client: MlflowClient, version: ModelVersion, done: RolledBack, reason: str | None, now: str) -> None:
    tags = {
        ROLLED_BACK_AT: now,
        ROLLED_BACK_FROM: done.alias,
        ROLLED_BACK_TO: str(done.version),
        **({} if reason is None else {ROLLED_BACK_REASON: reason}),
    }
    for name, value in tags.items():
        client.set_model_version_tag(version.name, version.version, name, value)
        if version.run_id:
            client.set_tag(version.run_id, name, value)
