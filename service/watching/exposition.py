"""The page of figures that Prometheus reads."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from prometheus_client import CollectorRegistry, MetricsHandler
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from service.log import Log
from service.watching.families import BOUNDS_S, FAMILIES, NAMESPACE, SUM, Family, Kind
from service.watching.figures import Figures, Key
from service.workers.address import AddressUnavailableError, written

PATIENCE_S = 10.0
"""How long whoever connects may take to say what it wants; a reader that hangs holds a thread no longer."""
_LE = tuple(map(floatToGoString, (*BOUNDS_S, float("inf"))))


class Exposition(Collector):
    """Figures in the library's form.

    Args:
        figures: Takes them, from whichever thread asks.
    """

    def __init__(self, figures: Callable[[], Figures]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Every family that there is a figure of."""
        figures = self._figures()
        for family in FAMILIES:
            source = figures.gauges if family.kind is Kind.GAUGE else figures.counts
            found = {key[1:]: value for key, value in source.items() if key[0] == family.name}
            if found:
                yield _metric(family, found)


@contextmanager
def exposed(host: str, port: int, figures: Callable[[], Figures], log: Log) -> Iterator[str]:
    """Serve the page meanwhile, in threads of its own; gives the address.

    Args:
        host: To listen on.
        port: To listen on, 0 for any free one.
        figures: Takes them, from any thread.
        log: Where it says its address.

    Raises:
        AddressUnavailableError: The port cannot be listened on.
    """
    registry = CollectorRegistry()  # the library's own would add figures of one process of several
    registry.register(Exposition(figures))
    try:
        server = _Server.on(host, port, _Handler.factory(registry))
    except OSError as error:
        raise AddressUnavailableError(
            f"cannot show figures on {written(host, port)} ({error.strerror or error}): another process has the port, "
            "or the host is not this machine's; choose another --metrics-port or --metrics-host"
        ) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        address = written(host, server.server_address[1])
        log.info("metrics_listening", address=address)
        try:
            yield address
        finally:
            server.shutdown()
            thread.join()


class _Handler(MetricsHandler):
    """The library's, which answers GET alone; probes may ask for the head."""

    timeout = PATIENCE_S

    def do_HEAD(self) -> None:  # noqa: N802 - the name by which http.server finds it
        """Say that the page is there, and take no figures for it."""
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", choose_encoder(self.headers.get("Accept", ""))[1])
        self.end_headers()


class _Server(socketserver.ThreadingTCPServer):
    """Not http.server's, which asks the name service for its own name before it listens."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    @classmethod
    def on(cls, host: str, port: int, handler: type[MetricsHandler]) -> "_Server":
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return type("Server", (cls,), {"address_family": family})(address, handler)  # type: ignore[no-any-return]


def _metric(family: Family, found: Mapping[Key, float]) -> Metric:
    name = f"{NAMESPACE}_{family.name}"
    if family.kind is Kind.HISTOGRAM:
        return _histogram(name, family, found)
    kind = CounterMetricFamily if family.kind is Kind.COUNTER else GaugeMetricFamily
    metric = kind(name, family.what, labels=family.labels)
    # What has not happened is there, as a rate needs it, below what has.
    for labels, value in sorted(found.items(), key=lambda one: (not one[1], one[0])):
        metric.add_metric(labels, value)
    return metric


def _histogram(name: str, family: Family, found: Mapping[Key, float]) -> Metric:
    metric = HistogramMetricFamily(name, family.what, labels=family.labels)
    for labels in sorted({key[:-1] for key in found}):
        so_far, buckets = 0.0, []
        for place, bound in enumerate(_LE):
            so_far += found.get((*labels, str(place)), 0)
            buckets.append((bound, so_far))
        metric.add_metric(labels, buckets, found[*labels, SUM])
    return metric
