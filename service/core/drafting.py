"""The lists of two models as one page shows them: in turn, with the manners of one list."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from experiments.assignment import unit_key
from experiments.definition import Unit
from experiments.interleaving import FIRST, SECOND, draft_bits, draft_variant, team_draft
from service.core.answers import Answer, Model, QuietReason, Recommendation, Request, Rung
from service.core.manners import Manners, take_in_all
from service.core.placements import Moment, Placement, Restraint
from service.core.slot import ModelSlot


@dataclass(frozen=True, slots=True, eq=False)
class Draft:
    """What makes one list of an arm's and another model's.

    Attributes:
        second: Where the other model stands.
        salt: Of the test.
        unit: Of the test.
        is_measured: Whether the unit may be measured.
    """

    second: ModelSlot
    salt: str
    unit: Unit
    is_measured: bool

    def coins(self, named: tuple[str, str, str] | None, request: Request, random_bits: int) -> int:
        """The draft's, the same for a unit as often as it comes back to a page: a list whose order changes with each
        look would be a nuisance, and whose item was wanted is counted by unit.

        Args:
            named: The unit, as service.core.arms.Named; None where it may not be measured.
            request: The page.
            random_bits: 64 of them, for who cannot be known again.
        """
        key = None if named is None else unit_key(self.unit, *named)
        return random_bits if key is None else draft_bits(self.salt, key, (request.placement, request.item_id))

    def variant(self, teams: str) -> str:
        """How tokens and events name the answer, by the teams of its items."""
        return draft_variant(self.salt, teams, is_measured=self.is_measured)


class Listed(NamedTuple):
    """What a model answered.

    Attributes:
        model: Which one.
        answer: On a page by itself.
    """

    model: Model
    answer: Answer


def drafted(first: Listed, second: Listed, request: Request, placement: Placement, coins: int) -> tuple[Answer, str]:
    """One answer made of two, and the team of each of its items.

    What each list leaves out is left out. The items stand beside each other as those of one list may, by what either
    model knows of them; and where the models take the page for two different moments, as much is said as at both.

    Args:
        first: Of experiments.interleaving.FIRST.
        second: Of SECOND.
        request: The page.
        placement: Its own.
        coins: Of the draft.
    """
    named = {FIRST: first, SECOND: second}
    speaking = [one for one in (first, second) if one.answer.recommendations]
    both = replace(
        first.answer,
        model_version=f"{first.answer.model_version}+{second.answer.model_version}",
        rung=Rung.NONE,
        quiet_reason=max(first.answer.quiet_reason, second.answer.quiet_reason),
        anchor_title=first.answer.anchor_title or second.answer.anchor_title,
        moment=first.answer.moment or second.answer.moment,
        looked_at=first.answer.looked_at | second.answer.looked_at,
        recommendations=(),
        based_on=0,
    )
    if not speaking:
        return both, ""
    restraints = {one.answer.moment: placement.at(Moment(one.answer.moment)) for one in speaking}
    moment = min(restraints, key=lambda one: placement.limit(request.max_results, restraints[one]))
    limit = placement.limit(request.max_results, restraints[moment])
    lists = {
        team: {item.item_id: item for item in _over_bar(one, placement, tuple(restraints.values()))}
        for team, one in named.items()
    }
    manners = [(one.model.bundle, Manners(one.model.bundle, placement, limit)) for one in (first, second)]

    def takes(item_id: str) -> bool:
        places = ((held_to, bundle.index_of(item_id)) for bundle, held_to in manners)
        return take_in_all([(held_to, index) for held_to, index in places if index is not None])

    drawn = team_draft([*lists[FIRST]], [*lists[SECOND]], limit, coins, takes)
    if len(drawn) < min(placement.min_results, limit):
        return replace(both, quiet_reason=QuietReason.TOO_FEW, moment=moment), ""
    teams = "".join(team for _, team in drawn)
    based_on = 0
    for team in {*teams}:
        based_on |= named[team].answer.based_on
    shown = replace(
        both,
        recommendations=tuple(lists[team][item_id] for item_id, team in drawn),
        rung=min(named[team].answer.rung for team in teams),
        quiet_reason=QuietReason.NOT_QUIET,
        moment=moment,
        based_on=based_on,
    )
    return shown, teams


def _over_bar(one: Listed, placement: Placement, restraints: Sequence[Restraint]) -> Sequence[Recommendation]:
    """What is probable enough at each of the moments: a list is over the bar of its own already."""
    items = one.answer.recommendations
    if len(restraints) == 1 or not items:
        return items
    factor = max(restraint.bar_factor for restraint in restraints)
    # In float32, as candidates are held to it.
    least = float(np.float32(placement.bar(one.model.bundle.min_probability) * factor))
    return [item for item in items if item.probability >= least]
