"""What privacy.yaml may say, and what is said of it when it is wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import InvalidInputError
from privacy.consent import Purpose
from privacy.regimes import PolicyVersion, Regime, Regimes
from privacy.rules import Rules, TcfRules, read_rules

WHOLE = """
regimes: {US: opt_out, US-CA: opt_in, "NO": opt_in}
policy_versions:
  - {version: "2026-07", effective_from: 2026-07-01T12:00:00+02:00, older_lapse: true}
  - {version: "2026-01", effective_from: 2026-01-01}
sensitive_topics: [health/sexual, hobby/guns]
retention_days: {view: 30}
tcf: {enabled: true, vendor_id: 755, purposes: {measurement: [1, 7, 8]}}
one_click_days: 90
erasure_days: 14
"""


def read(tmp_path: Path, text: str) -> Rules:
    path = tmp_path / "privacy.yaml"
    path.write_text(text, encoding="utf-8")
    return read_rules(path)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE) == Rules(
        Regimes(
            {"US": Regime.OPT_OUT, "US-CA": Regime.OPT_IN, "NO": Regime.OPT_IN},
            (
                PolicyVersion("2026-01", datetime(2026, 1, 1, tzinfo=UTC)),
                PolicyVersion("2026-07", datetime(2026, 7, 1, 10, tzinfo=UTC), older_lapse=True),
            ),
        ),
        frozenset({"health/sexual", "hobby/guns"}),
        dict(Rules().retention_days) | {"view": 30},
        TcfRules(True, 755, dict(TcfRules().purposes) | {Purpose.MEASUREMENT: frozenset({1, 7, 8})}),
        one_click_days=90,
        erasure_days=14,
    )


def test_no_file_and_an_empty_one_are_the_defaults(tmp_path: Path) -> None:
    assert read_rules(None) == read(tmp_path, "") == read(tmp_path, "{}") == Rules()


def test_by_default_everywhere_is_opt_in_and_no_string_is_a_yes() -> None:
    assert (Rules().regimes, Rules().tcf.enabled, Rules().tcf.vendor_id) == (Regimes(), False, None)


def test_the_framework_has_no_purpose_for_contact() -> None:
    assert TcfRules().purposes == {
        Purpose.PERSONALISATION: {1, 5, 6},
        Purpose.MODEL_TRAINING: {1, 10},
        Purpose.MEASUREMENT: {1, 8},
    }


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[]", "file"),
        ("word", "file"),
        ("moods: 1", "moods"),
        ("1: 1", "1"),
        ("regimes: [US]", "regimes"),
        ("regimes:", "regimes"),
        ("regimes: {US: maybe}", "regimes.US"),
        ("regimes: {US: [opt_in]}", "regimes.US"),
        ("regimes: {us: opt_in}", "regimes.us"),
        ("regimes: {default: opt_out}", "regimes.default"),
        ("regimes: {NO: opt_out}", "regimes.false"),
        ("policy_versions: {}", "policy_versions"),
        ("policy_versions: [one]", "policy_versions[0]"),
        ("policy_versions: [{version: 1.0, effective_from: 2026-01-01}]", "policy_versions[0].version"),
        ("policy_versions: [{version: '', effective_from: 2026-01-01}]", "policy_versions[0].version"),
        ("policy_versions: [{version: a}]", "policy_versions[0].effective_from"),
        ("policy_versions: [{version: a, effective_from: soon}]", "policy_versions[0].effective_from"),
        (
            "policy_versions: [{version: a, effective_from: 2026-01-01, older_lapse: 1}]",
            "policy_versions[0].older_lapse",
        ),
        ("policy_versions: [{version: a, effective_from: 2026-01-01, since: 1}]", "policy_versions[0].since"),
        (
            "policy_versions: [{version: a, effective_from: 2026-01-01}, {version: a, effective_from: 2026-01-02}]",
            "policy_versions[1].version",
        ),
        (
            "policy_versions: [{version: a, effective_from: 2026-01-01}, {version: b, effective_from: 2026-01-01}]",
            "policy_versions[1].effective_from",
        ),
        ("sensitive_topics: health", "sensitive_topics"),
        ("sensitive_topics: [health/]", "sensitive_topics[0]"),
        ("sensitive_topics: [fine, 1]", "sensitive_topics[1]"),
        ("retention_days: {glance: 1}", "retention_days.glance"),
        ("retention_days: {view: 0}", "retention_days.view"),
        ("retention_days: {view: 3651}", "retention_days.view"),
        ("retention_days: {view: true}", "retention_days.view"),
        ("tcf: {enabled: 'yes'}", "tcf.enabled"),
        ("tcf: {enabled: true}", "tcf.vendor_id"),
        ("tcf: {vendor_id: 0}", "tcf.vendor_id"),
        ("tcf: {vendor_id: 65536}", "tcf.vendor_id"),
        ("tcf: {vendors: 1}", "tcf.vendors"),
        ("tcf: {purposes: {contact: [1]}}", "tcf.purposes.contact"),
        ("tcf: {purposes: {measurement: []}}", "tcf.purposes.measurement"),
        ("tcf: {purposes: {measurement: 8}}", "tcf.purposes.measurement"),
        ("tcf: {purposes: {measurement: [25]}}", "tcf.purposes.measurement[]"),
        ("one_click_days: 29", "one_click_days"),
        ("erasure_days: 31", "erasure_days"),
        ("erasure_days: 1.5", "erasure_days"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, text)
    assert field in [fault.field for fault in caught.value.faults]


def test_every_fault_is_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(tmp_path, "{moods: 1, regimes: {US: maybe}, sensitive_topics: [/], tcf: {enabled: true}, erasure_days: 0}")
    assert [fault.field for fault in caught.value.faults] == [
        "moods",
        "regimes.US",
        "sensitive_topics[0]",
        "tcf.vendor_id",
        "erasure_days",
    ]


@pytest.mark.parametrize("text", ["{", "a: b: c", "view: !!python/name:os.system", "a: 2026-13-01", "\x00"])
def test_what_is_no_yaml_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInputError, match="is not YAML"):
        read(tmp_path, text)


def test_a_key_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="US is given twice"):
        read(tmp_path, "regimes: {US: opt_in, US: opt_out}")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be read"):
        read_rules(tmp_path / "privacy.yaml")
