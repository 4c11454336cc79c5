"""The shop's privacy rules: read once, from privacy.yaml, every fault reported at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from models.errors import Fault, InvalidInputError
from models.yaml_file import flag_of, list_of, mapping_of, read_yaml, whole_number
from privacy.consent import Purpose
from privacy.regimes import PolicyVersion, Regime, Regimes
from privacy.retention import DEFAULT_DAYS, MAX_DAYS
from privacy.topics import topic_fault


def _tcf_purposes() -> dict[Purpose, frozenset[int]]:
    return {
        Purpose.PERSONALISATION: frozenset({1, 5, 6}),
        Purpose.MODEL_TRAINING: frozenset({1, 10}),
        Purpose.MEASUREMENT: frozenset({1, 8}),
    }


@dataclass(frozen=True, slots=True)
class TcfRules:
    """How consent strings of IAB's Transparency and Consent Framework count.

    Attributes:
        enabled: Whether a string that allows a purpose is a yes. One that does not is a no either way.
        vendor_id: The shop's number on the Global Vendor List, 1 to 65535; None allows nothing.
        purposes: Purposes of the framework, 1 to 24, that must all be consented to for one of ours. By default
            personalisation needs 1 (store on a device), 5 and 6 (profiles for content, and their use);
            model training 1 and 10 (improve services); measurement 1 and 8 (measure content). The framework has
            none for writing to people.
    """

    enabled: bool = False
    vendor_id: int | None = None
    purposes: Mapping[Purpose, frozenset[int]] = field(default_factory=_tcf_purposes)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the law and the shop make of shoppers' words and data.

    Attributes:
        regimes: How answers are weighed: law by jurisdiction, and policies that make older yeses lapse.
        sensitive_topics: Category paths that need a yes of their own.
        retention_days: Days that an event is kept by event type, 1 to 3650.
        tcf: How consent strings count.
        one_click_days: Days that a link to opt out works, 30 to 3650. At least 30 is what 16 CFR 316.3 (CAN-SPAM)
            wants of links in mail; a year lets one out of an old mail, and all it can do is say no.
        erasure_days: Days in which an erasure must have reached every model that serves, 1 to 30: the month of
            article 12(3) GDPR.
    """

    regimes: Regimes = field(default_factory=Regimes)
    sensitive_topics: frozenset[str] = frozenset()
    retention_days: Mapping[str, int] = field(default_factory=lambda: dict(DEFAULT_DAYS))
    tcf: TcfRules = field(default_factory=TcfRules)
    one_click_days: int = 365
    erasure_days: int = 30


def read_rules(path: Path | None) -> Rules:
    """The rules of a file, with defaults for what it leaves out; the defaults where there is no file.

    Raises:
        InvalidInputError: Names every unknown key and every value of the wrong form or out of range.
    """
    if path is None:
        return Rules()
    faults: list[Fault] = []
    content = read_yaml(path, faults)
    given = mapping_of(content, "", faults, known=_KEYS)
    rules = Rules(
        regimes=Regimes(
            _by_jurisdiction(given.get("regimes", {}), faults),
            _policy_versions(given.get("policy_versions", []), faults),
        ),
        sensitive_topics=_topics(given.get("sensitive_topics", []), faults),
        retention_days=_retention(given.get("retention_days", {}), faults),
        tcf=_tcf(given.get("tcf", {}), faults),
        one_click_days=whole_number(given.get("one_click_days", 365), "one_click_days", 30, MAX_DAYS, faults),
        erasure_days=whole_number(given.get("erasure_days", 30), "erasure_days", 1, 30, faults),
    )
    if faults:
        raise InvalidInputError(str(path), faults)
    return rules


_KEYS = ("regimes", "policy_versions", "sensitive_topics", "retention_days", "tcf", "one_click_days", "erasure_days")
_JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")


def _by_jurisdiction(value: object, faults: list[Fault]) -> dict[str, Regime]:
    regimes: dict[str, Regime] = {}
    for name, regime in mapping_of(value, "regimes", faults).items():
        if not _JURISDICTION.fullmatch(name):
            faults.append(Fault(f"regimes.{name}", "must be an ISO 3166 code such as DE or US-CA"))
        if regime in list(Regime):
            regimes[name] = Regime(regime)
        else:
            faults.append(Fault(f"regimes.{name}", f"must be {' or '.join(Regime)}, is {regime!r}"))
    return regimes


def _policy_versions(value: object, faults: list[Fault]) -> tuple[PolicyVersion, ...]:
    versions: list[PolicyVersion] = []
    for place, entry in enumerate(list_of(value, "policy_versions", faults)):
        where = f"policy_versions[{place}]"
        given = mapping_of(entry, where, faults, known=("version", "effective_from", "older_lapse"))
        version, moment = given.get("version"), _moment(given.get("effective_from"))
        if not isinstance(version, str) or not version:
            faults.append(Fault(f"{where}.version", f"must be a word, in quotes if it is a number, is {version!r}"))
        elif any(version == other.version for other in versions):
            faults.append(Fault(f"{where}.version", f"{version} is named before"))
        elif moment is None:
            wanted = f"must be a date, or a time in UTC, is {given.get('effective_from')!r}"
            faults.append(Fault(f"{where}.effective_from", wanted))
        elif any(moment == other.effective_from for other in versions):
            faults.append(Fault(f"{where}.effective_from", "two versions cannot take effect at one instant"))
        else:
            older_lapse = flag_of(given.get("older_lapse", False), f"{where}.older_lapse", faults)
            versions.append(PolicyVersion(version, moment, older_lapse))
    return tuple(sorted(versions, key=lambda one: one.effective_from))


def _moment(value: object) -> datetime | None:
    """A date is its first instant; a time without zone is UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return None


def _topics(value: object, faults: list[Fault]) -> frozenset[str]:
    topics: set[str] = set()
    for place, topic in enumerate(list_of(value, "sensitive_topics", faults)):
        fault = topic_fault(topic) if isinstance(topic, str) else f"must be a category path, is {topic!r}"
        if fault is None:
            topics.add(topic)
        else:
            faults.append(Fault(f"sensitive_topics[{place}]", fault))
    return frozenset(topics)


def _retention(value: object, faults: list[Fault]) -> dict[str, int]:
    given = mapping_of(value, "retention_days", faults, known=tuple(DEFAULT_DAYS))
    return dict(DEFAULT_DAYS) | {
        name: whole_number(days, f"retention_days.{name}", 1, MAX_DAYS, faults) for name, days in given.items()
    }


def _tcf(value: object, faults: list[Fault]) -> TcfRules:
    given = mapping_of(value, "tcf", faults, known=("enabled", "vendor_id", "purposes"))
    enabled = flag_of(given.get("enabled", False), "tcf.enabled", faults)
    vendor_id = whole_number(given["vendor_id"], "tcf.vendor_id", 1, 65535, faults) if "vendor_id" in given else None
    if enabled and vendor_id is None:
        faults.append(Fault("tcf.vendor_id", "must be given where TCF is enabled: it is whom the strings speak of"))
    purposes = _tcf_purposes()
    known = tuple(str(purpose) for purpose in purposes)
    for name, entry in mapping_of(given.get("purposes", {}), "tcf.purposes", faults, known=known).items():
        where = f"tcf.purposes.{name}"
        numbers = [whole_number(number, f"{where}[]", 1, 24, faults) for number in list_of(entry, where, faults)]
        if not numbers:
            faults.append(Fault(where, "must name one purpose or more"))
        purposes[Purpose(name)] = frozenset(numbers)
    return TcfRules(enabled, vendor_id, purposes)
