"""Which scope each service wants, and what a call says of its caller."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from models.errors import ShopkeeperError
from service.core.callers import Callers, Scope

SCOPES = {
    "shopkeeper.v1.RecommendationService": Scope.RECOMMEND,
    "shopkeeper.v1.EventService": Scope.RECORD,
    "shopkeeper.v1.PrivacyService": Scope.PRIVACY,
    "shopkeeper.v1.CatalogueService": Scope.ADMIN,
    # What the services look like is public: who may ask for a page may read it here.
    "grpc.reflection.v1alpha.ServerReflection": Scope.RECOMMEND,
}
"""By full name of the service; one that is missing is not served where tokens are wanted."""
KEY = "authorization"

Check: TypeAlias = Callable[[Iterable[tuple[str, str | bytes]] | None], ShopkeeperError | None]
"""From a call's metadata to why it may not be made, None where it may."""


def check_of(service_name: str, callers: Callers) -> Check:
    """The check of a service's calls.

    Args:
        service_name: Full.
        callers: That are known.

    Raises:
        LookupError: No scope is known for the service.
    """
    if service_name not in SCOPES:
        raise LookupError(f"no scope for {service_name}: say in service.api.callers who may call it")
    scope = SCOPES[service_name]

    def check(metadata: Iterable[tuple[str, str | bytes]] | None) -> ShopkeeperError | None:
        for key, value in metadata or ():
            if key == KEY and isinstance(value, str):
                return callers.refusal(value, scope)
        return callers.refusal(None, scope)

    return check
