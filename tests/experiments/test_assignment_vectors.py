"""The algorithm is what is published: in Python, and in the JavaScript of the page about it."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from experiments.assignment import Assignment, unit_key
from experiments.definition import Unit
from tests.experiments.vectors import PATH, experiment

PAGE = PATH.with_name("assignment.md")
PUBLISHED = json.loads(PATH.read_text(encoding="utf-8"))
HARNESS = """
globalThis.crypto ??= require("node:crypto").webcrypto;
%s
const {tests, vectors} = JSON.parse(require("node:fs").readFileSync(process.argv[2], "utf8"));
(async () => {
  const arms = [];
  for (const one of vectors) arms.push(one.key === null ? null : await armOf(tests[one.test], one.key));
  console.log(JSON.stringify(arms));
})();
"""


def test_python_gives_what_is_published() -> None:
    assignments = [
        Assignment(
            experiment(
                test["layer"],
                test["salt"],
                Unit(test["unit"]),
                tuple(test["slice"]),
                {arm["name"]: arm["weight"] for arm in test["arms"]},
            )
        )
        for test in PUBLISHED["tests"]
    ]
    for one in PUBLISHED["vectors"]:
        assignment = assignments[one["test"]]
        key = unit_key(assignment.experiment.unit, one["customer_id"], one["visitor_id"], one["session_id"])
        arm = None if key is None else assignment.arm_of(key)
        assert (key, None if arm is None else arm.name) == (one["key"], one["arm"])
        assert key is None or assignment.bucket_of(key) == one["bucket"]


def test_the_javascript_of_the_page_gives_what_is_published(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine")
    blocks = re.findall(r"```javascript\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    script = tmp_path / "page.js"
    script.write_text(HARNESS % "\n".join(blocks), encoding="utf-8")
    ended = subprocess.run([node, script, PATH], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stderr == ""
    assert json.loads(ended.stdout) == [one["arm"] for one in PUBLISHED["vectors"]]


def test_the_vectors_have_every_unit_every_arm_and_who_is_in_no_test() -> None:
    assert {test["unit"] for test in PUBLISHED["tests"]} == {str(unit) for unit in Unit}
    given = {one["arm"] for one in PUBLISHED["vectors"] if one["arm"]}
    assert {arm["name"] for test in PUBLISHED["tests"] for arm in test["arms"]} == given
    keyed = [one for one in PUBLISHED["vectors"] if one["key"]]
    assert len(keyed) > 200
    assert {one["arm"] is None for one in keyed} == {True, False}
    assert any(not one["key"].isascii() for one in keyed)
