"""The terms of a training: how words weigh, which topics need their own yes, what is too old, and as of when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from privacy.consent import END_OF_TIME, Reason
from privacy.regimes import Regimes
from privacy.retention import cutoffs
from privacy.rules import read_rules


class Exclusion(StrEnum):
    """Why an event that consent would allow is left out all the same."""

    ERASED = "erased"
    """It happened until somebody of its person was erased."""
    PAST_RETENTION = "past_retention"
    """It is older than events of its type are kept."""
    MUTED_TOPIC = "muted_topic"
    """Somebody of its person does not want to see the item's topic."""
    SENSITIVE_TOPIC = "sensitive_topic"
    """The item's topic needs a yes of its own, which somebody of its person has not given."""


REASONS = (*(str(reason) for reason in Reason), *(str(reason) for reason in Exclusion))
"""All reasons in the order that they are told in."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rules say at one moment. By default they are those of no rules: opt-in, and nothing lapses or ages.

    Attributes:
        regimes: How answers are weighed.
        sensitive_topics: Categories that need a yes of their own.
        cutoffs: Moment by event type; what happened before is not learnt from.
        now: As of when.
    """

    regimes: Regimes = field(default_factory=Regimes)
    sensitive_topics: frozenset[str] = frozenset()
    cutoffs: Mapping[str, datetime] = field(default_factory=dict)
    now: datetime = END_OF_TIME


def read_terms(rules: Path | None, as_of: datetime | None) -> Terms:
    """The terms of a rules file.

    Args:
        rules: The file; None for no rules.
        as_of: The moment that is now for the training; needed where there are rules. None is after every answer.

    Raises:
        InvalidInputError: With every fault of the file.
    """
    if rules is None:
        return Terms(now=as_of or END_OF_TIME)
    read = read_rules(rules)
    if as_of is None:
        raise ValueError("rules weigh by the moment, so they need one")
    return Terms(read.regimes, read.sensitive_topics, cutoffs(read.retention_days, as_of), as_of)


def naive(moment: datetime) -> datetime:
    """The moment as the backend's times are: in UTC, without zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)
