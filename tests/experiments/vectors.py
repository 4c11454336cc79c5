"""Makes docs/assignment-vectors.json: `python -m tests.experiments.vectors`. Only for another algorithm, under another
number: with the vectors that are published, storefronts compute arms."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from experiments.assignment import Assignment, unit_key
from experiments.definition import Arm, Experiment, Unit
from tests.experiments.definitions import a_test

PATH = Path(__file__).resolve().parents[2] / "docs" / "assignment-vectors.json"

TESTS = (
    ("default", "ranker-2", Unit.SHOPPER, (0, 1_000), {"control": 1, "new": 1}),
    ("pages", "ranker-2-a", Unit.SHOPPER, (0, 350), {"control": 50, "new": 50, "holdout": 25}),
    ("pages", "0", Unit.SHOPPER, (350, 1_000), {"a": 1, "b": 10_000}),
    ("carts", "carts", Unit.VISITOR, (950, 1_000), {"a": 7, "b": 11, "c": 13}),
    ("default", "a" * 40, Unit.VISITOR, (0, 500), {f"arm-{n}": 10_000 for n in range(10)}),
    ("visits", "visits-1", Unit.SESSION, (333, 667), {"control": 3, "new": 1}),
    ("default", "each", Unit.REQUEST, (0, 1_000), {"control": 1, "new": 1}),
)
"""Layer, salt, unit, buckets, weights by arm."""

IDS = (
    *({"customer_id": f"c-{n}", "visitor_id": f"v-{n}", "session_id": f"s-{n}"} for n in range(40)),
    *({"customer_id": "", "visitor_id": f"v-{n}", "session_id": ""} for n in range(40, 70)),
    *(
        {"customer_id": text, "visitor_id": text, "session_id": text}
        for text in ("Zoë", "Zoe\u0308", "山田", "🛍️", "a:b:c", " ", "\u0000", "x" * 256, "A", "a", "%", "\\", '"')
    ),
    {"customer_id": "only", "visitor_id": "", "session_id": ""},
    {"customer_id": "", "visitor_id": "", "session_id": ""},
)
"""Of a request; among them two ways to write an e with two dots, which are two people."""


def experiment(layer: str, salt: str, unit: Unit, buckets: tuple[int, int], weights: dict[str, int]) -> Experiment:
    """The test of a row of TESTS."""
    return a_test(
        name=salt,
        salt=salt,
        layer=layer,
        unit=unit,
        first_bucket=buckets[0],
        end_bucket=buckets[1],
        arms=tuple(Arm(name, weight, f"alias:{name}") for name, weight in weights.items()),
        control=next(iter(weights)),
    )


def vectors() -> dict[str, Any]:
    """The file's content."""
    plain = [
        {
            "layer": layer,
            "salt": salt,
            "unit": str(unit),
            "slice": list(buckets),
            "arms": [{"name": name, "weight": weight} for name, weight in weights.items()],
        }
        for layer, salt, unit, buckets, weights in TESTS
    ]
    return {"tests": plain, "vectors": list(_rows())}


def _rows() -> Iterator[dict[str, Any]]:
    for place, row in enumerate(TESTS):
        test = experiment(*row)
        assignment = Assignment(test)
        for ids in IDS:
            key = unit_key(test.unit, **ids)
            arm = None if key is None else assignment.arm_of(key)
            bucket = None if key is None else assignment.bucket_of(key)
            yield {"test": place, **ids, "key": key, "bucket": bucket, "arm": arm.name if arm else None}


if __name__ == "__main__":
    content = vectors()
    lines = ",\n".join(f"    {json.dumps(row)}" for row in content["vectors"])
    tests = ",\n".join(f"    {json.dumps(row)}" for row in content["tests"])
    PATH.write_text(f'{{\n  "tests": [\n{tests}\n  ],\n  "vectors": [\n{lines}\n  ]\n}}\n', encoding="utf-8")
