from tests.simulation.conftest import SimulatedShop

NEW = "(SELECT item_id FROM catalogue ANTI JOIN events USING (item_id))"


def test_one_item_for_every_twenty_is_new_and_nobody_has_looked_at_it(simulated: SimulatedShop) -> None:
    assert simulated.value(f"SELECT count(*) FROM {NEW}") == 13
    assert simulated.value("SELECT count(*) FROM catalogue") == simulated.summary.items == 273


def test_a_new_item_can_be_bought_and_is_of_a_category_with_history(simulated: SimulatedShop) -> None:
    assert simulated.value(f"SELECT bool_and(available) FROM catalogue SEMI JOIN {NEW} USING (item_id)")
    strange = f"SELECT category FROM catalogue SEMI JOIN {NEW} USING (item_id) EXCEPT SELECT category FROM catalogue"
    assert simulated.rows(f"{strange} SEMI JOIN events USING (item_id)") == []


def test_a_new_item_is_this_years_model_of_a_sold_one(simulated: SimulatedShop) -> None:
    sold = "SELECT title FROM catalogue SEMI JOIN events USING (item_id)"
    named = f"SELECT title FROM catalogue SEMI JOIN {NEW} USING (item_id)"
    assert simulated.value(
        f"SELECT bool_and(title LIKE '% (2026)' AND replace(title, ' (2026)', '') IN ({sold})) FROM ({named})"
    )


def test_every_new_item_has_something_that_goes_with_it_and_an_alternative(simulated: SimulatedShop) -> None:
    rows = simulated.rows(
        "SELECT count(*) FILTER (relation <> 'alternative') > 0, count(*) FILTER (relation = 'alternative') > 0 "
        f"FROM truth WHERE anchor_item_id IN {NEW} GROUP BY anchor_item_id"
    )
    assert rows == [(True, True)] * 13


def test_new_items_are_no_companions_of_sold_ones_yet(simulated: SimulatedShop) -> None:
    assert simulated.rows(f"SELECT DISTINCT relation FROM truth WHERE item_id IN {NEW}") == [("alternative",)]


def test_alternatives_of_new_items_go_both_ways(simulated: SimulatedShop) -> None:
    assert (
        simulated.value(
            "SELECT count(*) FROM (FROM truth WHERE relation = 'alternative') t ANTI JOIN truth r "
            "ON r.anchor_item_id = t.item_id AND r.item_id = t.anchor_item_id AND r.relation = 'alternative'"
        )
        == 0
    )


def test_accessories_of_new_items_cost_less(simulated: SimulatedShop) -> None:
    assert simulated.value(
        "SELECT count(*) > 20 AND bool_and(i.price < a.price) FROM truth "
        f"JOIN catalogue a ON a.item_id = anchor_item_id JOIN catalogue i ON i.item_id = truth.item_id "
        f"WHERE relation = 'accessory' AND anchor_item_id IN {NEW}"
    )
