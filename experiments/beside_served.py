"""A test as a file has it beside the one that servers ran under its salt: whose counts it would be read by."""

from experiments.definition import Experiment
from experiments.differences import Difference, differences, weaker_guardrails
from models.errors import Fault


def faults_beside(served: Experiment, test: Experiment, *, decides: bool) -> list[Fault]:
    """What of a file's test is no reading of what was counted under its salt.

    Args:
        served: As servers last ran it.
        test: As the file has it.
        decides: Whether what is found is kept to decide by: then weaker guardrails are a fault too.
    """
    faults = [_fault(test, one, "") for one in differences(served, test) if one.is_settled]
    if decides:
        faults += [_fault(test, one, ": harm would be let pass") for one in weaker_guardrails(served, test)]
    return faults


def warnings_beside(served: Experiment, test: Experiment) -> list[str]:
    """A sentence for each thing that may change while a test runs and is other in the file.

    Args:
        served: As servers last ran it.
        test: As the file has it.
    """
    free = [one for one in differences(served, test) if not one.is_settled]
    return [f"The file has {one.field} {one.after} where servers run {one.before}." for one in free]


def _fault(test: Experiment, difference: Difference, why: str) -> Fault:
    field = f"{test.name}.{difference.field}"
    return Fault(field, f"is {difference.after} where servers run {difference.before}{why}")
