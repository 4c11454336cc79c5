"""A trouble is told of once, and so is its end."""

import pytest

from models.errors import ShopkeeperError
from service.troubles import Troubles
from tests.service.doubles import Lines


class Step:
    """A step that fails as it is told to."""

    def __init__(self) -> None:
        self.lines = Lines()
        self.error: Exception | None = None
        self._troubles = Troubles(self.lines.log)

    def do(self, error: Exception | None = None) -> None:
        """Do it, guarded."""
        self.error = error
        self._troubles.guard(self._fail, failed="step_failed", goes_on="step_goes_on")

    def _fail(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture
def step() -> Step:
    return Step()


def test_what_goes_well_is_not_told_of(step: Step) -> None:
    step.do()
    assert step.lines.all() == []


@pytest.mark.parametrize("kind", [ShopkeeperError, ZeroDivisionError, KeyError])
def test_a_trouble_and_its_end_are_told_of_once_whatever_its_words(step: Step, kind: type[Exception]) -> None:
    for error in (kind("a"), kind("b"), None, None, kind("c")):
        step.do(error)
    assert step.lines.events() == ["step_failed", "step_goes_on", "step_failed"]


def test_another_trouble_is_told_of_too(step: Step) -> None:
    for error in (ShopkeeperError("gone"), ValueError("a"), KeyError("a"), None):
        step.do(error)
    assert step.lines.events() == [*["step_failed"] * 3, "step_goes_on"]


def test_an_error_of_the_house_is_a_warning_and_another_has_its_traceback(step: Step) -> None:
    step.do(ShopkeeperError("gone"))
    step.do(ZeroDivisionError("a"))
    expected, unexpected = step.lines.all()
    assert (expected["level"], expected["reason"], expected["message"]) == ("warning", ShopkeeperError.reason, "gone")
    assert (unexpected["level"], unexpected["reason"]) == ("error", "ZeroDivisionError")
    assert "_fail" in unexpected["traceback"]


def test_subjects_have_troubles_of_their_own() -> None:
    troubles = Troubles(Lines().log)
    assert [troubles.is_news(subject, "gone") for subject in ("registry", "disk", "registry")] == [True, True, False]
    assert [troubles.is_over(subject) for subject in ("registry", "registry", "disk")] == [True, False, True]
