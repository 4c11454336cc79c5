"""Every family of figures that a server exposes: names as Prometheus wants them, labels with few values each.

Labels hold methods, codes, placements, reasons and versions of models. An item's or a shopper's id is never one.
"""

from dataclasses import dataclass
from enum import Enum

NAMESPACE = "shopkeeper"


class Kind(Enum):
    """How a family behaves."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Family:
    """One family.

    Attributes:
        name: Without the namespace; of a counter without the _total that it is exposed with.
        kind: How it behaves.
        what: One sentence.
        labels: Their names, in the order of keys.
    """

    name: str
    kind: Kind
    what: str
    labels: tuple[str, ...] = ()


REQUESTS = Family(
    "requests", Kind.COUNTER, "Calls by method and by the gRPC code that they ended with.", ("method", "code")
)
DURATION = Family(
    "request_duration_seconds",
    Kind.HISTOGRAM,
    "Time within the server of the calls that it took; those refused for want of room are not among them.",
    ("method",),
)
ANSWERS = Family(
    "answers", Kind.COUNTER, "Pages answered, by placement and the rung that they rest on.", ("placement", "rung")
)
RECOMMENDATIONS = Family(
    "recommendations", Kind.COUNTER, "Items shown, by placement and rung of their page.", ("placement", "rung")
)
QUIET = Family(
    "quiet_answers", Kind.COUNTER, "Pages with nothing to show, by placement and why.", ("placement", "reason")
)
PERSONALISATION = Family(
    "personalisation", Kind.COUNTER, "Pages by whether a history might be used, and why not.", ("reason",)
)
TEST_ANSWERS = Family(
    "test_answers",
    Kind.COUNTER,
    "Pages answered by each arm of a test, by whether they showed something; of a shadow, those computed beside them.",
    ("variant", "shown"),
)
SHADOW_ITEMS = Family(
    "shadow_items",
    Kind.COUNTER,
    "Items in the answers of a shadow or in those that were shown beside it (either), and in both of the two (both).",
    ("variant", "of"),
)
TEST_LIVE = Family(
    "test_live",
    Kind.GAUGE,
    "Whether a test of the file that is to be on by its times is, on every worker: 1 or 0.",
    ("test",),
)
TESTS_REFUSED = Family(
    "tests_file_refused", Kind.GAUGE, "Whether the file of tests, as it is now, was refused by any worker: 1 or 0."
)
EVENTS = Family("events", Kind.COUNTER, "Events told, by type and what became of them.", ("type", "outcome"))
FAILED_LOOKUPS = Family(
    "lookup_failures", Kind.COUNTER, "Look-ups of shoppers that failed: their pages knew nobody, their events wait."
)
BUNDLE = Family("bundle_info", Kind.GAUGE, "1 for each version of the model that a worker answers from.", ("version",))
BUNDLE_REGISTERED = Family(
    "bundle_registered_timestamp_seconds",
    Kind.GAUGE,
    "When that version was registered, just after its training; Unix time.",
    ("version",),
)
BUNDLE_SERVED = Family(
    "bundle_served_timestamp_seconds",
    Kind.GAUGE,
    "Since when the worker that took it up last answers from that version; Unix time.",
    ("version",),
)
WORKERS = Family("workers", Kind.GAUGE, "Processes that take calls.")
WORKERS_WANTED = Family("workers_wanted", Kind.GAUGE, "Processes that should.")
RESTARTS = Family("worker_restarts", Kind.COUNTER, "Workers started in the place of one that ended.")

# As `shopkeeper privacy debt --metrics` names them.
DEBT = ("model", "version")
DEBT_ERASURES = Family(
    "erasure_debt_erasures", Kind.GAUGE, "Erasures since the training of the served version, which holds them.", DEBT
)
DEBT_AGE = Family(
    "erasure_debt_oldest_age_seconds", Kind.GAUGE, "Age of the oldest of them when last looked at; 0 without any.", DEBT
)
DEBT_DEADLINE = Family(
    "erasure_debt_deadline_timestamp_seconds",
    Kind.GAUGE,
    "When the oldest of them is to be honoured at the latest, in Unix time.",
    DEBT,
)
DEBT_OVERDUE = Family("erasure_debt_overdue", Kind.GAUGE, "Whether that was past when last looked at: 1 or 0.", DEBT)

FAMILIES = (
    REQUESTS,
    DURATION,
    ANSWERS,
    RECOMMENDATIONS,
    QUIET,
    PERSONALISATION,
    TEST_ANSWERS,
    SHADOW_ITEMS,
    TEST_LIVE,
    TESTS_REFUSED,
    EVENTS,
    FAILED_LOOKUPS,
    BUNDLE,
    BUNDLE_REGISTERED,
    BUNDLE_SERVED,
    WORKERS,
    WORKERS_WANTED,
    RESTARTS,
    DEBT_ERASURES,
    DEBT_AGE,
    DEBT_DEADLINE,
    DEBT_OVERDUE,
)
"""All of them, in the order of the page."""

LEAST = frozenset({TEST_LIVE.name})
"""Gauges of which the least of all workers stands: what is not so on one of them is not so. Of others the greatest."""

BOUNDS_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)
"""Upper bounds of the durations' buckets: from a page at hand to a copy of all that is held."""
SUM = "sum"
"""Where a bucket's place stands in a key of durations, this stands for all the seconds together."""
