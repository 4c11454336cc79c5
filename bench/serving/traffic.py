"""Pages and events in an open loop, while something else happens to the server; what became of each event is kept."""

import threading
import time
from collections import Counter
from collections.abc import Sequence

import numpy as np
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import recommendation_service_pb2 as pb

from bench.serving.load.frames import Call
from bench.serving.load.loops import OpenLoop, evenly
from bench.serving.load.results import Results, Status

N_CONNECTIONS = 16
"""So many that each of two workers has some of them."""
EVENT_EVERY = 4
"""Of so many calls in a row the last one tells an event."""
PATIENCE_S, RETELL_RATE = 60.0, 200.0
STORED = event_pb.EVENT_OUTCOME_STORED

Told = tuple[str, Call]


class Traffic:
    """Goes on from entering to leaving the block, or until there are no more events.

    Args:
        address: HOST:PORT.
        pages: Calls of Recommend, made in turn.
        events: Calls of RecordEvents with one event each, and its id; each is made once.
        rate: Calls a second, of both kinds.

    Attributes:
        outcomes: What was last answered of each event that was told, by its id: an EventOutcome; 0 where the call
            failed.
        reasons: Pages by what they said of personalisation.
        versions: Pages by the model's version.
    """

    def __init__(self, address: str, pages: Sequence[Call], events: Sequence[Told], rate: float) -> None:
        self._address, self._events = address, events
        n_calls = len(events) * EVENT_EVERY
        calls = [
            events[number // EVENT_EVERY][1] if self._is_event(number) else pages[number % len(pages)]
            for number in range(n_calls)
        ]
        self._loop = OpenLoop(
            address,
            calls,
            evenly(rate, n_calls / rate),
            n_connections=N_CONNECTIONS,
            on_answer=self._answered,
        )
        self.outcomes: dict[str, int] = {}
        self.reasons, self.versions = Counter[int](), Counter[str]()
        self._results: Results | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Traffic":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.stop()
        self._thread.join()

    @property
    def n_made(self) -> int:
        """Calls made so far."""
        return self._loop.n_made

    @property
    def n_stored(self) -> int:
        """Events acknowledged so far."""
        return Counter(self.outcomes.copy().values())[STORED]

    @property
    def pages(self) -> Results:
        """What came of the pages, once it is over."""
        return self._of(are_events=False)

    @property
    def event_calls(self) -> Results:
        """What came of the calls that told events, once it is over."""
        return self._of(are_events=True)

    def acknowledged(self) -> set[str]:
        """Ids of the events that the server said it has stored."""
        return {event_id for event_id, outcome in self.outcomes.items() if outcome == STORED}

    def tell_again(self) -> int:
        """Tell what was not acknowledged again until it is; how many events those were.

        Raises:
            TimeoutError: Some are not acknowledged for long.
        """
        unsaid = self._not_stored()
        until_s = time.monotonic() + PATIENCE_S
        while left := self._not_stored():
            if time.monotonic() > until_s:
                raise TimeoutError(f"{len(left)} events are not acknowledged after {PATIENCE_S} s")
            ids = [event_id for event_id, _ in left]

            def answered(number: int, status: int, message: bytes, ids: Sequence[str] = ids) -> None:
                self.outcomes[ids[number]] = _outcome(status, message)

            again = evenly(RETELL_RATE, len(left) / RETELL_RATE)[: len(left)]
            OpenLoop(self._address, [call for _, call in left], again, on_answer=answered).run()
        return len(unsaid)

    def _not_stored(self) -> list[Told]:
        return [told for told in self._events if self.outcomes.get(told[0], STORED) != STORED]

    def _of(self, *, are_events: bool) -> Results:
        if self._results is None:
            raise RuntimeError("the traffic has not ended well")
        numbers = np.arange(len(self._results))
        return self._results.where((numbers % EVENT_EVERY == EVENT_EVERY - 1) == are_events)

    def _run(self) -> None:
        self._results = self._loop.run()

    @staticmethod
    def _is_event(number: int) -> bool:
        return number % EVENT_EVERY == EVENT_EVERY - 1

    def _answered(self, number: int, status: int, message: bytes) -> None:
        if self._is_event(number):
            self.outcomes[self._events[number // EVENT_EVERY][0]] = _outcome(status, message)
        elif status == Status.OK:
            answer = pb.RecommendResponse.FromString(message)
            self.reasons[answer.personalisation] += 1
            self.versions[answer.model_version] += 1


def _outcome(status: int, message: bytes) -> int:
    if status != Status.OK:
        return event_pb.EVENT_OUTCOME_UNSPECIFIED
    [result] = event_pb.RecordEventsResponse.FromString(message).results
    return int(result.outcome)
