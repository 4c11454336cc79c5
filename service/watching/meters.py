"""What one worker counts while it serves: whole numbers in plain Python, as a page has no microsecond to spare."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping

from privacy.retention import DEFAULT_DAYS
from service.core.answers import Answer, QuietReason, Rung
from service.core.event_desk import Outcome
from service.core.personal import ConsentReason
from service.core.tally import Tally
from service.watching import families as of
from service.watching.arm_meters import ArmMeters
from service.watching.figures import Figures, Key

_BOUNDS_NS = tuple(round(bound * 1e9) for bound in of.BOUNDS_S)
OK, NO_ROOM = "OK", "RESOURCE_EXHAUSTED"
TURNED_AWAY = frozenset({NO_ROOM, "UNAUTHENTICATED"})
"""Codes of calls that were not let in. Their time is not noted, or an overload would look quick."""
_NS = 1e-9


class MethodMeter:
    """The calls of one method."""

    __slots__ = ("_buckets", "_codes", "_sum_ns")

    def __init__(self) -> None:
        self._buckets, self._sum_ns = [0] * (len(_BOUNDS_NS) + 1), 0
        self._codes: dict[str, int] = {NO_ROOM: 0}

    def answered(self, took_ns: int) -> None:
        """One went well."""
        self._sum_ns += took_ns
        self._buckets[bisect_left(_BOUNDS_NS, took_ns)] += 1

    def failed(self, code: str, took_ns: int) -> None:
        """One did not; `code` is gRPC's name of the status."""
        self._codes[code] = self._codes.get(code, 0) + 1
        if code not in TURNED_AWAY:
            self.answered(took_ns)

    def counts(self, name: str) -> dict[Key, float]:
        """What was counted, under the method's name."""
        buckets, codes = self._buckets.copy(), self._codes.copy()
        n_failed = sum(n for code, n in codes.items() if code not in TURNED_AWAY)
        found: dict[Key, float] = {(of.REQUESTS.name, name, OK): max(0, sum(buckets) - n_failed)}
        found |= {(of.REQUESTS.name, name, code): n for code, n in codes.items()}
        found |= {(of.DURATION.name, name, str(place)): n for place, n in enumerate(buckets)}
        found[of.DURATION.name, name, of.SUM] = self._sum_ns * _NS
        return found


class PageMeter:
    """How many pages were answered alike.

    Attributes:
        n: So many. Whoever gives an answer again that was given before adds to it.
    """

    __slots__ = ("n",)

    def __init__(self) -> None:
        self.n = 0


class Meters:
    """Everything that a worker counts. The loop alone adds; figures may be taken from any thread."""

    def __init__(self) -> None:
        self._noughts: Mapping[Key, float] = {}
        self._methods: dict[str, MethodMeter] = {}
        self._pages: dict[tuple[str, int, int, int, int], PageMeter] = {}
        self._events: dict[tuple[str, Outcome], int] = {}
        self._n_failed_lookups = 0
        self._arms = ArmMeters(tuple)
        self._bundle: Mapping[Key, float] = {}
        self._debt: Mapping[Key, float] = {}
        self._tests: Mapping[Key, float] = {}

    def expect(self, placements: Iterable[str]) -> None:
        """There will be pages of these placements: a rate wants a nought to begin with."""
        keys: list[Key] = [(of.PERSONALISATION.name, reason.name.lower()) for reason in ConsentReason]
        for placement in placements:
            for rung in Rung:
                keys += [(family.name, placement, rung.name.lower()) for family in (of.ANSWERS, of.RECOMMENDATIONS)]
            keys += [(of.QUIET.name, placement, why.name.lower()) for why in QuietReason if why]
        for event_type in DEFAULT_DAYS:
            keys += [(of.EVENTS.name, event_type, outcome.name.lower()) for outcome in Outcome]
        self._noughts = dict.fromkeys(keys, 0)

    def method(self, name: str) -> MethodMeter:
        """Of a method of some service."""
        return self._methods.setdefault(name, MethodMeter())

    def page(self, placement: str, answer: Answer) -> PageMeter:
        """Count one page that was made, and say where those are counted that are given the same answer."""
        key = (placement, answer.rung, answer.quiet_reason, answer.personalisation, len(answer.recommendations))
        meter = self._pages.get(key)
        if meter is None:
            meter = self._pages[key] = PageMeter()
        meter.n += 1
        return meter

    def event(self, event_type: str, outcome: Outcome) -> None:
        """Count one event."""
        self._events[event_type, outcome] = self._events.get((event_type, outcome), 0) + 1

    def counts_tests(self, tallies: Callable[[], Iterable[Tally]]) -> None:
        """Arms of tests count for themselves; a count stays after its test.

        Args:
            tallies: Those of all that run.
        """
        self._arms = ArmMeters(tallies)

    def lookup_failed(self) -> None:
        """Count one look-up of a shopper."""
        self._n_failed_lookups += 1

    def serves(self, version: str, *, registered_at_s: float, now_s: float) -> None:
        """This version answers from now on."""
        self._bundle = {
            (of.BUNDLE.name, version): 1,
            (of.BUNDLE_REGISTERED.name, version): registered_at_s,
            (of.BUNDLE_SERVED.name, version): now_s,
        }

    def owes(self, debt: Mapping[Key, float]) -> None:
        """This is what the version in service owes; nothing where it is not known."""
        self._debt = debt

    def tests(self, is_live: Mapping[str, bool], *, is_file_refused: bool) -> None:
        """These tests of the file are to be on, and are or are not; from any thread."""
        live: dict[Key, float] = {(of.TEST_LIVE.name, name): int(value) for name, value in is_live.items()}
        self._tests = {**live, (of.TESTS_REFUSED.name,): int(is_file_refused)}

    def figures(self) -> Figures:
        """All of it, as of now."""
        counts: dict[Key, float] = {(of.FAILED_LOOKUPS.name,): self._n_failed_lookups}
        counts |= self._noughts
        for name, meter in self._methods.copy().items():
            counts |= meter.counts(name)
        for (placement, rung, quiet, reason, n_items), page in self._pages.copy().items():
            rung_name = Rung(rung).name.lower()
            _add(counts, (of.ANSWERS.name, placement, rung_name), page.n)
            _add(counts, (of.RECOMMENDATIONS.name, placement, rung_name), page.n * n_items)
            if quiet:
                _add(counts, (of.QUIET.name, placement, QuietReason(quiet).name.lower()), page.n)
            _add(counts, (of.PERSONALISATION.name, ConsentReason(reason).name.lower()), page.n)
        for (event_type, outcome), n in self._events.copy().items():
            _add(counts, (of.EVENTS.name, event_type, outcome.name.lower()), n)
        counts |= self._arms.counts()
        return Figures(counts, {**self._bundle, **self._debt, **self._tests})


def _add(counts: dict[Key, float], key: Key, n: int) -> None:
    counts[key] = counts.get(key, 0) + n
