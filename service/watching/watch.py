"""All that watches one process that serves, put together."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privacy.debt import RegisteredVersion as OwingVersion
from service.adapters.ports import RegisteredVersion
from service.clock import now
from service.log import Log
from service.settings import Settings
from service.shoppers import Shoppers
from service.watching.crew import alone
from service.watching.debt import DebtWatch
from service.watching.figures import Figures
from service.watching.meters import Meters
from service.watching.reporting import reported
from service.watching.tracing import Tracing

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer


@dataclass(slots=True)
class Watch:
    """What is noted of one process that serves.

    Attributes:
        meters: What it counts.
        tracer: Makes spans; None where nobody collects them.
        is_shown: Whether anybody can read the figures.
        served: The version in service.
    """

    meters: Meters = field(default_factory=Meters)
    tracer: "Tracer | None" = None
    is_shown: bool = False
    served: RegisteredVersion | None = None

    def serves(self, version: RegisteredVersion) -> None:
        """This version answers from now on; from any thread."""
        self.served = version
        self.meters.serves(version.label, registered_at_s=version.registered_at_ms / 1000, now_s=now().timestamp())

    def debt_watch(self, shoppers: Shoppers, log: Log) -> DebtWatch | None:
        """What looks at the erasure debt; None where there is none, or nobody would read of it.

        Args:
            shoppers: Whose erasures.
            log: Of the process.
        """
        store = shoppers.store
        if store is None or not self.is_shown:
            return None
        return DebtWatch(
            lambda after: store.open().erasures(after=after),
            self._owing,
            log,
            erasure_days=shoppers.rules.erasure_days,
            clock=now,
            tell=self.meters.owes,
        )

    def _owing(self) -> OwingVersion | None:
        if self.served is None:
            return None
        return OwingVersion(self.served.name, int(self.served.version), self.served.ledger_position, serving=True)


@contextmanager
def watching(
    settings: Settings, environ: Mapping[str, str], log: Log, say: Callable[[Figures], None] | None
) -> Iterator[Watch]:
    """Watch meanwhile.

    Args:
        settings: Say whether and where figures are shown.
        environ: Says whether and where spans go.
        log: Of the process.
        say: Tells the supervisor figures, who shows those of all; None where this process is alone.

    Raises:
        AddressUnavailableError: The port for figures cannot be listened on.
    """
    watch = Watch(is_shown=settings.metrics_port is not None)
    with ExitStack() as stack:
        if settings.metrics_port is not None and say is not None:
            stack.enter_context(reported(watch.meters.figures, say))
        elif settings.metrics_port is not None:
            # Not imported before it is wanted: it takes longer than all else of this folder.
            from service.watching.exposition import exposed

            stack.enter_context(
                exposed(settings.metrics_host, settings.metrics_port, lambda: alone(watch.meters.figures()), log)
            )
        tracing = Tracing.wanted(environ, log)
        if tracing is not None:
            stack.callback(tracing.close)
            watch.tracer = tracing.tracer
        yield watch
