"""Who bore an alias, one after the other: kept with the registered model, so that the one before can be put back."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from mlflow import MlflowClient
from mlflow.entities.model_registry import ModelVersion, RegisteredModel

HISTORY = "shopkeeper.history."
"""Tag of a registered model, with the alias behind it."""

MAX_TURNS = 20
"""Turns that are kept: 2 kB of JSON, where stores before MLflow 3 take 5,000 characters."""

ELSEWHERE = "elsewhere"
"""By what an alias was moved that none of our commands moved."""

ROLLED_BACK_AT = "rolled_back_at"
"""Tag of a version and its run: when the alias was taken from it; gone from the version once it is promoted again."""

ROLLED_BACK_FROM = "rolled_back_from"
"""Tag: the alias that was taken from it."""

ROLLED_BACK_TO = "rolled_back_to"
"""Tag: the version that got it."""

ROLLED_BACK_REASON = "rolled_back_reason"
"""Tag: why, where that was said."""

ROLLBACK_TAGS = frozenset((ROLLED_BACK_AT, ROLLED_BACK_FROM, ROLLED_BACK_TO, ROLLED_BACK_REASON))


@dataclass(frozen=True, slots=True)
class Turn:
    """A version that bore an alias.

    Attributes:
        version: Its number.
        at: When it got it, ISO 8601; empty where nobody knows.
        by: What gave it: promotion, training, rollback, or ELSEWHERE.
    """

    version: int
    at: str
    by: str


def turns_of(registered: RegisteredModel, alias: str) -> tuple[Turn, ...]:
    """The turns that lead to the version of now, the latest last; those that were rolled back are not among them.

    An alias that was moved by other means than ours ends them with a turn of its own.
    """
    turns = _read(registered.tags.get(f"{HISTORY}{alias}", ""))
    bearer = registered.aliases.get(alias)
    if bearer is not None and (not turns or turns[-1].version != int(bearer)):
        turns = (*turns, Turn(int(bearer), "", ELSEWHERE))
    return turns


def write_turns(client: MlflowClient, model: str, alias: str, turns: Sequence[Turn]) -> None:
    """Keep the latest turns of an alias."""
    kept = [asdict(turn) for turn in turns[-MAX_TURNS:]]
    client.set_registered_model_tag(model, f"{HISTORY}{alias}", json.dumps(kept))


def move_alias(
    client: MlflowClient, registered: RegisteredModel, alias: str, version: int, *, by: str, now: datetime
) -> None:
    """Point the alias at a version, and keep whose turn it was before.

    Args:
        client: Of the store.
        registered: The model as it is before the move.
        alias: The alias.
        version: The version, which is there.
        by: What moves it.
        now: The present.
    """
    turns = turns_of(registered, alias)
    client.set_registered_model_alias(registered.name, alias, str(version))
    if not turns or turns[-1].version != version:
        turns = (*turns, Turn(version, now.isoformat(timespec="seconds"), by))
        write_turns(client, registered.name, alias, turns)


def is_rolled_back(version: ModelVersion, alias: str) -> bool:
    """Whether the alias was taken from the version, and nobody has promoted it since."""
    return ROLLED_BACK_AT in version.tags and version.tags.get(ROLLED_BACK_FROM) == alias


def _read(text: str) -> tuple[Turn, ...]:
    """What was kept; nothing where somebody has made something else of it."""
    try:
        return tuple(Turn(int(turn["version"]), str(turn["at"]), str(turn["by"])) for turn in json.loads(text or "[]"))
    except (ValueError, TypeError, KeyError):
        return ()
