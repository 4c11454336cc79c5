"""A test survives being kept as JSON."""

import json

import pytest

from experiments.definition import Guardrail, Metric, Unit
from experiments.plain import from_plain, to_plain
from tests.experiments.definitions import CONTROL, HOLDOUT, NEW, SHADOW, a_test

WHOLE = a_test(
    arms=(CONTROL, NEW, HOLDOUT, SHADOW),
    unit=Unit.SESSION,
    guardrails=(Guardrail(Metric.LATENCY, 10.0), Guardrail(Metric.MUTERS, 0.1)),
    interleaved=("control", "new"),
    description="More people buy.",
)


def test_what_was_kept_is_what_it_was() -> None:
    found = from_plain(json.loads(json.dumps(to_plain(WHOLE))))
    assert found == WHOLE
    assert (type(found.unit), type(found.primary), type(found.guardrails[0].metric)) == (Unit, Metric, Metric)


def test_the_least_test_too() -> None:
    assert from_plain(json.loads(json.dumps(to_plain(a_test())))) == a_test()


def test_what_was_kept_before_tests_had_descriptions_is_read() -> None:
    kept = to_plain(a_test())
    del kept["description"]
    assert from_plain(kept) == a_test(description="")


@pytest.mark.parametrize("changes", [{"unit": "people"}, {"more": 1}, {"starts_at": "soon"}, {"arms": [{}]}])
def test_what_is_no_test_is_told(changes: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_plain({**to_plain(WHOLE), **changes})
