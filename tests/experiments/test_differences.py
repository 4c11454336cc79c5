"""Two definitions of a test are told apart in the words of the file."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from experiments.definition import Guardrail, Metric
from experiments.differences import Difference, differences, moment_text, weaker_guardrails
from tests.experiments.definitions import CONTROL, END, NEW, SHADOW, START, a_test

LATENCY, OPT_OUTS = Guardrail(Metric.LATENCY, 10.0), Guardrail(Metric.OPT_OUTS, 0.001)
BEFORE = a_test(end_bucket=500, guardrails=(OPT_OUTS, LATENCY))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"alpha": 0.1}, Difference("alpha", "0.05", "0.1")),
        ({"smallest_effect": 0.07}, Difference("smallest_effect", "5", "7")),
        ({"interleaved": ("control", "new")}, Difference("interleave", "none", "control, new")),
        ({"arms": (CONTROL, replace(NEW, weight=60))}, Difference("arms.new.weight", "50", "60")),
        ({"end_bucket": 400}, Difference("traffic", "[0, 50]", "[0, 40]", is_settled=False)),
        ({"first_bucket": 1}, Difference("traffic", "[0, 50]", "[0.1, 50]")),
        ({"ends_at": END + timedelta(hours=1)}, Difference("ends", "2026-12-22", "2026-12-22T01:00:00Z", False)),
        ({"guardrails": (LATENCY,)}, Difference("guardrails.opt_outs", "0.001", "false", is_settled=False)),
        ({"arms": (CONTROL, NEW, SHADOW)}, Difference("shadows", "none", "next (alias:shadow)", is_settled=False)),
        ({"description": "Is it worth it?"}, Difference("description", "none", "Is it worth it?", is_settled=False)),
    ],
    ids=lambda value: value.field if isinstance(value, Difference) else "",
)
def test_what_differs_is_told_as_the_file_has_it(changes: dict[str, Any], expected: Difference) -> None:
    assert differences(BEFORE, replace(BEFORE, **changes)) == [expected]


def test_what_must_stay_comes_first() -> None:
    after = replace(BEFORE, end_bucket=600, ends_at=END + timedelta(days=1), power=0.9)
    assert [one.is_settled for one in differences(BEFORE, after)] == [True, False, False]


def test_the_order_of_guardrails_and_of_placements_says_nothing() -> None:
    before = replace(BEFORE, placements=("cart", "product_page"))
    after = replace(before, placements=("product_page", "cart"), guardrails=(LATENCY, OPT_OUTS))
    assert differences(before, after) == []


@pytest.mark.parametrize(
    ("guardrails", "weaker"),
    [
        ((OPT_OUTS, LATENCY, Guardrail(Metric.MUTERS, 0.1)), []),
        ((OPT_OUTS, replace(LATENCY, margin=9.0)), []),
        ((OPT_OUTS, replace(LATENCY, margin=11.0)), ["guardrails.latency"]),
        ((), ["guardrails.opt_outs", "guardrails.latency"]),
    ],
)
def test_a_guardrail_is_weaker_that_is_gone_or_puts_up_with_more(
    guardrails: tuple[Guardrail, ...], weaker: list[str]
) -> None:
    assert [one.field for one in weaker_guardrails(BEFORE, replace(BEFORE, guardrails=guardrails))] == weaker


def test_a_moment_is_a_day_where_it_is_its_beginning() -> None:
    assert [moment_text(START), moment_text(START + timedelta(minutes=90))] == ["2026-12-01", "2026-12-01T01:30:00Z"]
