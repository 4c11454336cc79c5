"""Whose items were used, counted by hand."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from experiments.analysis.credit import Credit, Credits, Deed, credits_of
from experiments.analysis.measured import write_measured
from experiments.definition import Unit
from tests.experiments.analysis.measured_rows import (
    DAY,
    HOUR,
    INSTANT,
    START,
    WINDOW_DAYS,
    Row,
    a_test,
    event,
    impression,
    purchase,
    quiet,
)

ABBA = {"variant": "s1/+abba"}
BAAB = {"variant": "s1/+baab"}


def credited(directory: Path, rows: Sequence[Row], unit: Unit = Unit.SHOPPER, **asked: object) -> Credits:
    write_measured([rows], directory)
    test = a_test(unit, interleaved=("control", "challenger"))
    return credits_of(test, directory, n_threads=1, **asked)  # type: ignore[arg-type]


def seen(person: int, exposure: str = "page", at: int = 0, **values: object) -> list[Row]:
    """A page of four items, all seen."""
    shown = {**ABBA, **values}
    return [
        impression(person, START + at * HOUR, f"item{position}", f"{exposure}{person}", position=position, **shown)
        for position in range(1, 5)
    ]


def done(person: int, position: int | None, what: str = "click", exposure: str = "page", **values: object) -> Row:
    """Something done with an item of a page, an hour after it was shown."""
    shown = {**ABBA, "position": position, "exposure": f"{exposure}{person}", **values}
    return event(person, what, START + HOUR, f"item{position}", **shown)


def test_an_item_is_of_the_team_whose_letter_stands_at_its_place(tmp_path: Path) -> None:
    found = credited(
        tmp_path,
        [
            *(row for person in range(1, 6) for row in seen(person)),
            # Two for the first, as the page's ends are its; one for the second; one for both; one for neither.
            done(1, 1),
            done(2, 4),
            done(3, 2),
            done(4, 1),
            done(4, 3),
        ],
    )
    assert found.by_deed[Deed.CLICKS] == Credit(first=3, second=2, n_first=2, n_second=1, n_ties=2)
    assert (found.n_units, found.n_exposures, found.n_quiet, found.n_alone) == (5, 5, 0, 0)
    assert (found.shown_first, found.shown_second) == (10, 10)
    assert (found.place_first, found.place_second) == (2.5, 2.5)


def test_a_unit_prefers_the_arm_of_which_it_used_more_over_all_its_pages(tmp_path: Path) -> None:
    later = {**BAAB, "exposure": "later"}
    rows = [*seen(1), *seen(1, "later", 1, **BAAB), done(1, 1), done(1, 2, **later), done(1, 1, **later)]
    assert credited(tmp_path, rows).by_deed[Deed.CLICKS] == Credit(2, 1, 1, 0, 0)


def test_each_deed_is_counted_by_itself_and_once_of_an_answers_item(tmp_path: Path) -> None:
    found = credited(
        tmp_path,
        [
            *seen(1),
            *(done(1, 1) for _ in range(3)),
            done(1, 2, "add_to_cart"),
            done(1, 3, "dismiss"),
            done(1, 2, "purchase", unit_price_minor=300, quantity=2, currency="EUR"),
            done(1, 1, "purchase", unit_price_minor=50, currency="EUR"),
            done(1, 1, "purchase", unit_price_minor=9_000, currency="USD"),
            purchase(1, START + HOUR, 70_000),
        ],
    )
    assert found.by_deed == {
        Deed.CLICKS: Credit(1, 0, 1, 0, 0),
        Deed.CARTS: Credit(0, 1, 0, 1, 0),
        Deed.PURCHASES: Credit(1, 1, 0, 0, 1),
        Deed.REVENUE: Credit(50, 600, 0, 1, 0),
        Deed.DISMISSALS: Credit(0, 1, 0, 1, 0),
    }
    assert found.currency == "EUR"


def test_a_quiet_answer_and_one_of_one_list_alone_are_told(tmp_path: Path) -> None:
    rows = [
        quiet(1, START, variant="s1/+"),
        impression(2, START, variant="s1/+bb"),
        impression(2, START, "bulb", position=2, variant="s1/+bb"),
    ]
    found = credited(tmp_path, rows)
    assert (found.n_units, found.n_exposures, found.n_quiet, found.n_alone) == (2, 2, 1, 1)
    assert (found.shown_first, found.shown_second, found.place_first, found.place_second) == (0, 2, None, 1.5)


def test_what_is_done_before_the_first_exposure_or_after_the_window_is_nobodys(tmp_path: Path) -> None:
    last = START + WINDOW_DAYS * DAY - INSTANT
    on = {**ABBA, "position": 1}
    within = event(1, "click", last, "item1", exposure="page1", **on)
    after = event(1, "click", last + INSTANT, "item2", exposure="page1", **{**on, "position": 2})
    before = event(1, "click", START - INSTANT, "item3", exposure="page1", **{**on, "position": 3})
    assert credited(tmp_path, [*seen(1), within, after, before]).by_deed[Deed.CLICKS] == Credit(1, 0, 1, 0, 0)


def test_what_was_drafted_for_a_request_of_nobody_or_is_of_another_test_is_left_out(tmp_path: Path) -> None:
    rows = [
        *seen(1, variant="s1/+abba~"),
        done(1, 1, variant="s1/+abba~"),
        *seen(2, variant="s12/+abba"),
        done(2, 1, variant="s12/+abba"),
        *seen(3, variant="s1/control"),
    ]
    assert credited(tmp_path, rows).n_units == 0


def test_an_item_that_was_not_on_the_page_is_of_no_team(tmp_path: Path) -> None:
    rows = [*seen(1), done(1, None), done(1, 9)]
    assert credited(tmp_path, rows).by_deed[Deed.CLICKS] == Credit(0, 0, 0, 0, 1)


def test_later_events_are_left_out_of_what_is_asked_as_of_a_time(tmp_path: Path) -> None:
    found = credited(tmp_path, [*seen(1), done(1, 1), *seen(2, at=5)], as_of=START + HOUR)
    assert (found.n_units, found.by_deed[Deed.CLICKS].first) == (1, 0)


def test_where_the_unit_is_the_session_credit_goes_to_the_one_that_saw_the_answer(tmp_path: Path) -> None:
    rows = [
        *seen(1, session_id="morning"),
        *seen(1, "later", 1, session_id="evening"),
        done(1, 1, session_id="morning"),
        done(1, 2, exposure="later", session_id="evening"),
        *seen(1, "apart", 1),
    ]
    found = credited(tmp_path, rows, Unit.SESSION)
    assert (found.n_units, found.by_deed[Deed.CLICKS]) == (2, Credit(1, 1, 1, 1, 0))


def test_where_the_unit_is_the_request_each_answer_is_one(tmp_path: Path) -> None:
    rows = [*seen(1), *seen(1, "later", 1), done(1, 1), done(1, 2), done(1, 2, exposure="later")]
    found = credited(tmp_path, rows, Unit.REQUEST)
    assert (found.n_units, found.by_deed[Deed.CLICKS]) == (2, Credit(1, 2, 0, 1, 1))


def test_days_and_versions_are_those_of_the_exposures(tmp_path: Path) -> None:
    rows = [*seen(1, model_version="m/1+m/2"), *seen(2, at=48, model_version="m/1+m/3")]
    found = credited(tmp_path, rows)
    assert (found.first_day, found.last_day) == (date(2026, 3, 1), date(2026, 3, 3))
    assert found.model_versions == ("m/1+m/2", "m/1+m/3")


def test_nothing_seen_is_no_unit(tmp_path: Path) -> None:
    found = credited(tmp_path, [])
    assert (found.n_units, found.first_day, found.place_first) == (0, None, None)
    assert found.by_deed[Deed.CLICKS] == Credit(0, 0, 0, 0, 0)
