"""What shoppers said, in the terms of the events' ids, whether files say it or the ledger does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from training.intake import Intake
from training.validation import Checked

ERASURES = ibis.schema({"shopper_kind": "string", "shopper_id": "string", "erased_at": "timestamp(6)"})
TOPICS = ibis.schema({"shopper_kind": "string", "shopper_id": "string", "topic": "string", "is_mute": "boolean"})


@dataclass(frozen=True, slots=True)
class Words:
    """All that was said, by whom.

    Attributes:
        consent: Answers, parted by the rules of schema.CONSENT.
        identities: Links, parted by the rules of schema.IDENTITIES.
        erasures: Columns shopper_kind, shopper_id, erased_at, a row an identity.
        topics: Columns shopper_kind, shopper_id, topic, is_mute, a row an identity and topic.
        is_of_ledger: Whether the ledger says it, which knows of people's ids only those that events hold.
        n_doubtful: Entries of the ledger that break a rule, by "ledger: reason".
    """

    consent: Checked
    identities: Checked
    erasures: ir.Table
    topics: ir.Table
    is_of_ledger: bool = False
    n_doubtful: Mapping[str, int] = field(default_factory=dict)


def words_of_files(backend: Backend, intake: Intake) -> Words:
    """What the files say, which know of no erasures and no topics."""
    erasures = backend.create_table("no_erasures", schema=ERASURES)
    topics = backend.create_table("no_topics", schema=TOPICS)
    return Words(intake.checked["consent"], intake.checked["identities"], erasures, topics)
