"""The dashboard and the alerts are whole, and read what there is."""

import re

import promql_parser
import pytest

from service.watching.families import FAMILIES, NAMESPACE, Kind
from tests.deploy.asking import DASHBOARD, DEPLOY, expressions, panels, rules, selectors

SUFFIXES = {Kind.COUNTER: ("_total",), Kind.GAUGE: ("",), Kind.HISTOGRAM: ("_bucket", "_sum", "_count")}
NAMES = {f"{NAMESPACE}_{family.name}{suffix}" for family in FAMILIES for suffix in SUFFIXES[family.kind]}


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_is_promql(expression: str) -> None:
    assert promql_parser.parse(expression)


def test_no_family_is_left_out_of_the_dashboard() -> None:
    asked = {name for expression in expressions() for name, _ in selectors(expression)}
    seconds = {f"{NAMESPACE}_erasure_debt_overdue"}  # by its deadline, which says so a week before
    missing = {
        family.name
        for family in FAMILIES
        if not asked & {f"{NAMESPACE}_{family.name}{suffix}" for suffix in SUFFIXES[family.kind]}
    }
    assert {f"{NAMESPACE}_{name}" for name in missing} == seconds


def test_every_panel_has_a_title_a_unit_and_says_what_it_shows() -> None:
    for panel in panels():
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]
        assert panel["description"].endswith("."), panel["title"]
        assert panel["targets"], panel["title"]


def test_panels_have_numbers_of_their_own_and_do_not_lie_on_each_other() -> None:
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_panels_read_the_source_that_the_reader_chose() -> None:
    names = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert names == {"datasource", "job", "instance"}
    assert {panel["datasource"]["uid"] for panel in panels()} == {"${datasource}"}
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    assert [one for one in asked if 'job=~"$job",instance=~"$instance"' not in one] == []


def test_every_alert_says_how_bad_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names) >= 10
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert set(rule["annotations"]) == {"summary", "description"}, rule["alert"]


def test_every_alert_has_its_reason() -> None:
    text = (DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8")
    assert len(re.findall(r"- alert: \w+\n +# \S", text)) == len(rules())


def test_the_readme_tells_of_every_figure_with_its_labels() -> None:
    rows = re.findall(
        r"^\| (`shopkeeper_.*?) \| ?([a-z, ]*?) ?\|", (DEPLOY / "README.md").read_text(encoding="utf-8"), re.M
    )
    told = {name: labels for names, labels in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == {
        f"{NAMESPACE}_{family.name}{'_total' if family.kind is Kind.COUNTER else ''}": ", ".join(family.labels)
        for family in FAMILIES
    }


def test_every_link_of_the_readme_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (DEPLOY / "README.md").read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (DEPLOY / link).exists()] == []
