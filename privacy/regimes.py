"""Whose law a word is weighed by, and which policies make older yeses lapse."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Regime(StrEnum):
    """What a law makes of silence."""

    OPT_IN = "opt_in"
    """Only a yes is a yes."""
    OPT_OUT = "opt_out"
    """Who was told and did not object has not said no."""


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version of what shoppers are told.

    Attributes:
        version: As words carry it, for instance `2026-03`; not empty.
        effective_from: From when on it holds, UTC.
        older_lapse: Whether, from then on, yeses to older versions count as never asked.
    """

    version: str
    effective_from: datetime
    older_lapse: bool = False


@dataclass(frozen=True, slots=True)
class Regimes:
    """How words are weighed: by their jurisdiction, and by the policy they were given under.

    Attributes:
        by_jurisdiction: Regime by ISO 3166 code of a country (US) or of a part of one (US-CA). A part that is not
            named is under its country's; whoever is not named at all, or names no jurisdiction, is under opt-in.
        policy_versions: In order of `effective_from`, no two at one instant.
    """

    by_jurisdiction: Mapping[str, Regime] = field(default_factory=dict)
    policy_versions: tuple[PolicyVersion, ...] = ()

    def regime_of(self, jurisdiction: str) -> Regime:
        """The regime of the smallest named jurisdiction that this one is or lies in; opt-in where none is."""
        while jurisdiction:
            if jurisdiction in self.by_jurisdiction:
                return self.by_jurisdiction[jurisdiction]
            jurisdiction = jurisdiction.rpartition("-")[0]
        return Regime.OPT_IN

    def has_lapsed(self, policy_version: str, *, at: datetime) -> bool:
        """Whether a yes given under this version counts as never asked at a moment.

        A version that is not known, or none, is older than every known one.
        """
        for policy in reversed(self.policy_versions):
            if policy.version == policy_version:
                return False
            if policy.older_lapse and policy.effective_from <= at:
                return True
        return False
