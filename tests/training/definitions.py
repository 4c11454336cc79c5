"""A test of models, as a shop defines it."""

from datetime import UTC, datetime

from experiments.definition import Arm, Experiment, Guardrail, Metric, Unit

DEFINITION = Experiment(
    name="ranker-2",
    salt="ranker-2.may",
    placements=("product_page", "cart"),
    arms=(Arm("now", 1, "alias:champion"), Arm("new", 1, "version:2"), Arm("none", 1)),
    control="now",
    unit=Unit.SHOPPER,
    layer="models",
    first_bucket=0,
    end_bucket=500,
    starts_at=datetime(2026, 5, 1, tzinfo=UTC),
    ends_at=datetime(2026, 6, 1, tzinfo=UTC),
    primary=Metric.CLICK_RATE,
    smallest_effect=0.02,
    guardrails=(Guardrail(Metric.OPT_OUTS, 0.001),),
)
