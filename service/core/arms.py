"""Who answers a page: the champion, or an arm of the test that runs on its placement."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from experiments.assignment import Running, unit_key
from experiments.definition import Arm, Experiment, Unit, variant_of
from experiments.interleaving import draft_variant
from privacy.kept_event import Attribution
from service.core.drafting import Draft
from service.core.slot import ModelSlot
from service.core.tally import Tally


class Named(NamedTuple):
    """What a request names a unit by; empty where it does not.

    Attributes:
        customer_id: The account.
        visitor_id: The browser.
        session_id: The visit.
    """

    customer_id: str
    visitor_id: str
    session_id: str

    @property
    def person(self) -> str:
        """An id of whoever asks: the browser's, which events name too, else the account's."""
        return self.visitor_id or self.customer_id


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Stand:
    """An arm as it answers.

    Attributes:
        slot: Where its model stands; None of a holdout, which shows nothing.
        tally: Counts its answers, under its variant.
        shadows: Arms of its test that are computed beside it.
        draft: How its list and another model's are shown as one; None of an arm alone.
    """

    slot: ModelSlot | None
    tally: Tally
    shadows: "tuple[Stand, ...]" = ()
    draft: Draft | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it can answer."""
        has_second = self.draft is None or self.draft.second.model is not None
        return has_second and (self.slot is None or self.slot.model is not None)


@dataclass(frozen=True, slots=True, eq=False)
class LiveTests:
    """The tests that run on one placement, with all that answers in them.

    Attributes:
        running: Draws their arms.
        stands: Of each arm two, by variant: drawn for a unit that may be measured, and for a request. Where two arms'
            lists are shown as one, both arms' are the same.
    """

    running: Running
    stands: Mapping[str, Stand]

    def drawn(self, named: Named | None, random_bits: int) -> Stand | None:
        """Who answers a page; None where none of the tests has it.

        Args:
            named: Its unit; None where that may not be measured, so that an arm is drawn for the request alone.
            random_bits: 64 of them: the request's own draw.
        """
        running = self.running
        key = None if named is None else unit_key(running.unit, *named)
        if key is not None:
            drawn = running.drawn_for(key)
        else:
            is_measured = named is not None and running.unit is Unit.REQUEST
            drawn = running.drawn_at_random(random_bits, is_measured=is_measured)
        return None if drawn is None else self.stands[drawn.variant]


@dataclass(slots=True, eq=False)
class Arms:
    """Everything that may answer.

    Attributes:
        champion: Answers where no test runs.
        live: The tests that run, by placement; replaced as a whole, so a page reads it once and keeps to what it read.
    """

    champion: ModelSlot
    live: Mapping[str, LiveTests] = field(default_factory=lambda: MappingProxyType({}))

    def reported(self, shown: Attribution, person: str) -> None:
        """Count that a page said that an answer of an arm was seen.

        Args:
            shown: What the answer's token says.
            person: By whom, as for service.core.groups.group_of.
        """
        tests = self.live.get(shown.placement)
        stand = None if tests is None else tests.stands.get(shown.variant)
        if stand is not None:
            stand.tally.report(person)


def stands_of(experiment: Experiment, slots: Mapping[str, ModelSlot]) -> dict[str, Stand]:
    """All that answers in a test, by variant.

    Args:
        experiment: The test.
        slots: Of its arms' models, by reference.
    """
    shadows = tuple(
        Stand(slots[arm.reference], Tally(variant_of(experiment, arm, is_measured=True)))
        for arm in experiment.arms
        if arm.is_shadow
    )
    if experiment.interleaved:
        first, second = map(experiment.arm, experiment.interleaved)
        return _drafting(experiment, first, second, slots, shadows)
    return {
        # Beside a page that shows nothing a shadow agrees with nobody.
        variant: Stand(None, Tally(variant))
        if arm.shows_nothing
        else Stand(slots[arm.reference], Tally(variant), shadows)
        for arm in experiment.shown_arms
        for variant in (variant_of(experiment, arm, is_measured=is_measured) for is_measured in (True, False))
    }


def _drafting(
    experiment: Experiment, first: Arm, second: Arm, slots: Mapping[str, ModelSlot], shadows: tuple[Stand, ...]
) -> dict[str, Stand]:
    """Whichever of the two arms is drawn, both answer; all their answers are counted as one."""
    stands: dict[str, Stand] = {}
    for is_measured in (True, False):
        tally = Tally(draft_variant(experiment.salt, "", is_measured=is_measured))
        draft = Draft(slots[second.reference], experiment.salt, experiment.unit, is_measured)
        stand = Stand(slots[first.reference], tally, shadows, draft)
        stands |= {variant_of(experiment, arm, is_measured=is_measured): stand for arm in (first, second)}
    return stands


def is_ready(experiment: Experiment, stands: Mapping[str, Stand]) -> bool:
    """Whether every arm that is shown can answer: before, the test has no page, as one arm would be left out."""
    return all(stands[variant_of(experiment, arm, is_measured=True)].is_ready for arm in experiment.shown_arms)


def tallies_of(live: Iterable[LiveTests]) -> list[Tally]:
    """What is counted of all that answers, each once."""
    stands = [stand for tests in live for stand in tests.stands.values()]
    found = {one.tally.variant: one.tally for stand in stands for one in (stand, *stand.shadows)}
    return list(found.values())
