"""Erasure debt of a registry: which versions still serve that were trained on people who have been erased since."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Protocol

from mlflow import MlflowClient

from privacy import debt
from privacy.debt import RegisteredVersion, VersionDebt
from privacy.rules import Rules
from training.record import LEDGER_POSITION
from training.tracking import connect, told

_PAGE = 100


class Erased(Protocol):
    """An erasure, as privacy.store.store.PrivacyStore.erasures gives them.

    Attributes:
        position: Of its last entry in the ledger.
        at: When it was asked for, UTC.
    """

    @property
    def position(self) -> int: ...

    @property
    def at(self) -> datetime: ...


def erasure_debt(
    tracking_uri: str,
    erasures: Iterable[Erased],
    *,
    now: datetime,
    rules: Rules,
    models: Collection[str] | None = None,
) -> tuple[VersionDebt, ...]:
    """What each version that an alias points at owes, the oldest debt first: see privacy.debt.erasure_debt.

    A version whose training did not read the ledger owes every erasure there is.

    Args:
        tracking_uri: MLflow's store.
        erasures: All of the ledger, any order.
        now: The present instant, UTC.
        rules: Say within how many days an erasure is to be honoured.
        models: Registered models to look at; None for all of the store.

    Raises:
        RegistryError: MLflow cannot be used.
    """
    client = connect(tracking_uri)
    with told("the registered versions cannot be read"):
        versions = [
            version
            for name in sorted(set(_names(client) if models is None else models))
            for version in _versions(client, name)
        ]
    owed = [debt.Erasure(erasure.position, erasure.at) for erasure in erasures]
    return debt.erasure_debt(versions, owed, deadline_days=rules.erasure_days, now=now)


def due_at(debt: VersionDebt, rules: Rules) -> datetime | None:
    """When the oldest erasure that the version owes is to be honoured at the latest; None if it owes none."""
    return None if debt.oldest_at is None else debt.oldest_at + timedelta(days=rules.erasure_days)


def _names(client: MlflowClient) -> Iterator[str]:
    token = None
    while True:
        page = client.search_registered_models(max_results=_PAGE, page_token=token)
        yield from (model.name for model in page)
        token = page.token
        if not token:
            return


def _versions(client: MlflowClient, name: str) -> Iterator[RegisteredVersion]:
    """The versions that serve; those without an alias do not, and may be very many."""
    by_number: dict[int, list[str]] = {}
    for alias, number in client.get_registered_model(name).aliases.items():
        by_number.setdefault(int(number), []).append(alias)
    for number, aliases in sorted(by_number.items()):
        noted = client.get_model_version(name, str(number)).tags.get(LEDGER_POSITION, "")
        position = int(noted) if noted.isascii() and noted.isdecimal() else None
        yield RegisteredVersion(name, number, position, serving=True, aliases=tuple(sorted(aliases)))
