"""What is written down of the gate: a file and tags of the run, tags of the version, and how they are read back."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from training.champion import NO_CHAMPION, Comparison
from training.gate import Verdict

GATE_FILE = "gate.json"

COMPARED_WITH = "compared_with"
"""Tag of a version: the champion that its training was compared with, or NOTHING."""

COMPARISON = "comparison"
"""Tag of a version: how it was compared, a sentence."""

COMPARISON_IS_FAIR = "comparison_is_fair"
"""Tag of a version: `true` where the champion's lists were scored."""

NOTHING = "none"


def gate_tags(comparison: Comparison, verdict: Verdict) -> dict[str, str]:
    """What the gate said of a training, and against whom, as tags of the run and the version."""
    return {
        "gate": "passed" if verdict.passed else "failed",
        **({} if verdict.passed else {"gate_failed": ",".join(verdict.failed)}),
        COMPARED_WITH: NOTHING if comparison.version is None else str(comparison.version),
        COMPARISON: comparison.says,
        COMPARISON_IS_FAIR: str(comparison.is_fair).lower(),
    }


def promotion_facts(verdict: Verdict, forced: str | None, *, objections: Sequence[str] = ()) -> dict[str, str]:
    """What the gate said where an alias was moved all the same, and why it was.

    Args:
        verdict: The gate's.
        forced: The reason for moving a champion that the gate or anything else says no to.
        objections: What else was passed by force, a sentence each.
    """
    if forced is None:
        return {"promotion_gate": "passed" if verdict.passed else "failed, first champion"}
    return {
        "promotion_gate": "forced",
        "promotion_forced": forced,
        "promotion_failed_rules": ",".join(verdict.failed) or NOTHING,
        **({"promotion_objections": "; ".join(objections)} if objections else {}),
    }


def comparison_in(tags: Mapping[str, str]) -> Comparison:
    """The comparison that gate_tags recorded; none where nothing is recorded."""
    version = tags.get(COMPARED_WITH, NOTHING)
    if version == NOTHING:
        return NO_CHAMPION
    return Comparison(int(version), is_fair=tags.get(COMPARISON_IS_FAIR) == "true", says=tags.get(COMPARISON, ""))


def write_gate(comparison: Comparison, verdict: Verdict, directory: Path) -> None:
    """Write what the gate said into a directory."""
    content = {"comparison": asdict(comparison), **verdict.as_dict()}
    (directory / GATE_FILE).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
