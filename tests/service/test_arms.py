"""What is counted of all that answers in tests."""

from experiments.definition import Arm
from service.core.arms import tallies_of
from service.core.slot import ModelSlot
from tests.service.trials import CHALLENGER, CHAMPION, CONTROL, NEW, live, trial

SHADOW = Arm("next", 0, "alias:shadow", is_shadow=True)


def test_each_arm_is_counted_once_as_measured_and_not_and_so_is_its_shadow() -> None:
    slots = {reference: ModelSlot() for reference in (CHAMPION, CHALLENGER, SHADOW.reference)}
    tests = live(slots, trial(CONTROL, NEW, SHADOW, placements=("product_page", "cart")))
    counted = sorted(tally.variant for tally in tallies_of(tests.values()))
    assert counted == ["trial/control", "trial/control~", "trial/new", "trial/new~", "trial/next"]
