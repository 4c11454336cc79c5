"""A fault is put where people find it, whatever the file looks like."""

import pytest

from experiments.fault_places import in_order
from models.errors import Fault
from models.yaml_text import parse

WRITTEN = parse('experiments:\n  - {name: "b\\e", arms: [{name: c}, d, {name: " "}]}\n  - 7\n')


def test_faults_stand_in_the_order_of_the_file_and_those_of_one_place_as_they_were_found() -> None:
    found = ["experiments[1]", "experiments[0].arms[1]", "experiments[0].ends", "experiments[0].alpha", "file"]
    told = in_order([Fault(field, "is wrong") for field in found], WRITTEN)
    assert [fault.field for fault in told] == [
        "file",
        "experiments[0].ends",
        "experiments[0].alpha",
        "experiments[0].arms[1]",
        "experiments[1]",
    ]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("file", "is wrong"),
        ("experiments", "line 1: is wrong"),
        ("experiments[0].ends", 'line 2, test "b\N{REPLACEMENT CHARACTER}": is wrong'),
        ("experiments[0].arms[0].weight", 'line 2, test "b\N{REPLACEMENT CHARACTER}", arm "c": is wrong'),
        ("experiments[0].arms[1]", 'line 2, test "b\N{REPLACEMENT CHARACTER}", arm 2: is wrong'),
        ("experiments[0].arms[2]", 'line 2, test "b\N{REPLACEMENT CHARACTER}", arm 3: is wrong'),
        ("experiments[1]", "line 3, test 2: is wrong"),
        ("experiments[1].arms[4]", "line 3, test 2, arm 5: is wrong"),
    ],
)
def test_a_fault_has_the_line_and_the_names_that_there_are(field: str, told: str) -> None:
    assert in_order([Fault(field, "is wrong")], WRITTEN) == [Fault(field, told)]
