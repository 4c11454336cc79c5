from bench.simulate.recall import measure
from tests.simulation.conftest import SimulatedShop


def test_a_plain_count_of_consented_purchases_finds_what_goes_with_what(simulated: SimulatedShop) -> None:
    figures = measure(simulated.folder)

    assert figures.anchors > 90
    assert figures.recall > 0.85
    assert figures.alternatives < 0.05


def test_popularity_alone_does_not(simulated: SimulatedShop) -> None:
    recall = simulated.value(
        "WITH popular AS (SELECT item_id FROM events WHERE event_type = 'purchase' GROUP BY ALL "
        "ORDER BY count(*) DESC LIMIT 8) SELECT avg((item_id IN (FROM popular))::INT) FROM truth "
        "WHERE relation IN ('accessory', 'complement')"
    )

    assert recall < 0.1
