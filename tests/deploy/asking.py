"""What the files of deploy/ ask Prometheus for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "shopkeeper.json").read_text(encoding="utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8"))
_OF_PROMETHEUS = {"up"}
"""Metrics that Prometheus makes itself."""
_OF_TARGETS = {"job", "instance"}
"""Labels that Prometheus adds, or a dashboard's choice is made by."""


def panels() -> list[dict[str, Any]]:
    """Of the dashboard, without the rows' titles."""
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def rules() -> list[dict[str, Any]]:
    """Of all groups."""
    return [rule for group in ALERTS["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    """All that are asked, with a range in the place of the dashboard's own."""
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    marked = [annotation["expr"] for annotation in DASHBOARD["annotations"]["list"]]
    asked = [*shown, *marked, *(rule["expr"] for rule in rules())]
    return [expression.replace("$__rate_interval", "5m") for expression in asked]


def selectors(expression: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Metrics of ours that an expression reads, with the values of labels that it wants one of."""
    found: list[tuple[str, dict[str, str]]] = []

    def visit(node: object) -> bool:
        if isinstance(node, promql_parser.VectorSelector) and node.name not in _OF_PROMETHEUS:
            wanted = {one.name: one.value for one in node.matchers.matchers if one.name not in _OF_TARGETS}
            found.append((node.name, wanted))
        return True

    promql_parser.walk(promql_parser.parse(expression), visit)
    yield from found
