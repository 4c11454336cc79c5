"""What is no evidence though consent allows it: what is too old, and items whose topic its person keeps hidden.

The rule of a topic is privacy.topics.hidden, for every identity that a pair of ids names: one that would not be shown
the item is enough.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from models.errors import Fault
from privacy.consent import Reason
from privacy.topics import deepest
from training.arrow import create_from
from training.identities import NOBODY
from training.terms import Exclusion, Terms, naive

_BRANCHES = pa.schema({"category": pa.string(), "topic": pa.string(), "depth": pa.int64()})
_GUARDS = pa.schema({"category": pa.string(), "guard_depth": pa.int64()})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What decides on events that consent allows.

    Attributes:
        terms: Say what is too old.
        topics: Columns topic_item_id, topic_category and guard_depth of the items with a category, the last null
            where it is not sensitive; None where nobody hides anything.
        verdicts: Columns told_customer, told_visitor, told_category, is_muted, is_opened of the pairs with a word on
            a topic: whether somebody muted it, and whether everybody said yes to it where it is sensitive.
    """

    terms: Terms
    topics: ir.Table | None = None
    verdicts: ir.Table | None = None

    def weighed(self, judged: ir.Table) -> ir.Table:
        """Judged events, with the reason why they are no evidence in the place of `granted` where there is one.

        Args:
            judged: Columns reason, event_type, occurred_at, item_id, customer_id and visitor_id, and any others.
        """
        rows, hidden = judged, []
        if self.topics is not None and self.verdicts is not None:
            rows = _with_verdicts(judged, self.topics, self.verdicts)
            is_closed = rows.guard_depth.notnull() & ~rows.is_opened.fill_null(False)
            hidden = [
                (rows.is_muted.fill_null(False), str(Exclusion.MUTED_TOPIC)),
                (is_closed, str(Exclusion.SENSITIVE_TOPIC)),
            ]
        too_old = [
            ((rows.event_type == event_type) & (rows.occurred_at < _moment(cutoff)), str(Exclusion.PAST_RETENTION))
            for event_type, cutoff in sorted(self.terms.cutoffs.items())
        ]
        if not too_old and not hidden:
            return judged
        is_granted = rows.reason == str(Reason.GRANTED)
        reason = ibis.cases((~is_granted, rows.reason), *too_old, *hidden, else_=rows.reason)
        return rows.mutate(reason=reason).select(*judged.columns)


def evidence_of(
    backend: Backend,
    events: ir.Table,
    catalogue: ir.Table,
    pairs: ir.Table,
    members: ir.Table | None,
    words: ir.Table,
    terms: Terms,
) -> Evidence:
    """What decides on the events of a shop.

    Args:
        backend: Where tables are made.
        events: Good ones; columns customer_id, visitor_id, item_id.
        catalogue: Columns item_id and category, one row an item.
        pairs: Columns pair, customer_id, visitor_id.
        members: Columns pair, shopper_kind, shopper_id; None where consent is assumed and nobody has a word.
        words: Columns shopper_kind, shopper_id, topic, is_mute.
        terms: Of the training.
    """
    has_words = members is not None and bool(words.count().to_pyarrow().as_py())
    if not terms.sensitive_topics and not has_words:
        return Evidence(terms)
    listed = catalogue.filter(catalogue.category.notnull())
    categories = listed.select("category").distinct().to_pyarrow()["category"].to_pylist()
    guarded = [(category, deepest(terms.sensitive_topics, category)) for category in categories]
    guards = [{"category": name, "guard_depth": _depth(topic)} for name, topic in guarded if topic is not None]
    guards = create_from(backend, "topic_guards", pa.Table.from_pylist(guards, _GUARDS))
    known = listed.select("item_id", "category").left_join(guards, "category")
    topics = backend.create_table(
        "topic_items",
        known.select("guard_depth", topic_item_id=known.item_id, topic_category=known.category),
    )
    if members is None or not has_words:
        return Evidence(terms, topics, _no_verdicts(backend))
    branches = [
        {"category": category, "topic": topic, "depth": _depth(topic)}
        for category in categories
        for topic in _branches(category)
    ]
    branches = create_from(backend, "topic_branches", pa.Table.from_pylist(branches, _BRANCHES))
    seen = backend.create_table("topics_seen", _seen(events, topics, pairs, members, words))
    verdicts = backend.create_table("topic_verdicts", _verdicts(seen, pairs, members, words, branches))
    return Evidence(terms, topics, verdicts)


def faults_of_topics(words: ir.Table, terms: Terms, *, has_catalogue: bool) -> list[Fault]:
    """A fault if items have topics that matter and no catalogue says which."""
    if has_catalogue:
        return []
    if terms.sensitive_topics:
        return [Fault("catalogue", "is needed where topics are sensitive: it says which items are of which topic")]
    if words.filter(words.is_mute).count().to_pyarrow().as_py():
        return [Fault("catalogue", "is needed where shoppers mute topics: it says which items are of which topic")]
    return []


def _with_verdicts(judged: ir.Table, topics: ir.Table, verdicts: ir.Table) -> ir.Table:
    placed = judged.left_join(topics, judged.item_id == topics.topic_item_id)
    return placed.left_join(
        verdicts,
        [
            placed.customer_id.fill_null(NOBODY) == verdicts.told_customer,
            placed.visitor_id.fill_null(NOBODY) == verdicts.told_visitor,
            placed.topic_category == verdicts.told_category,
        ],
    )


def _seen(events: ir.Table, topics: ir.Table, pairs: ir.Table, members: ir.Table, words: ir.Table) -> ir.Table:
    """Columns pair, category and guard_depth of what people with a word on any topic did anything to."""
    speaking = pairs.semi_join(members.semi_join(words, ("shopper_kind", "shopper_id")), "pair")
    keyed = events.select(
        "item_id", customer_id=events.customer_id.fill_null(NOBODY), visitor_id=events.visitor_id.fill_null(NOBODY)
    )
    theirs = keyed.join(speaking, ("customer_id", "visitor_id"))
    placed = theirs.join(topics, theirs.item_id == topics.topic_item_id)
    return placed.select("pair", "guard_depth", category=placed.topic_category).distinct()


def _verdicts(seen: ir.Table, pairs: ir.Table, members: ir.Table, words: ir.Table, branches: ir.Table) -> ir.Table:
    """See Evidence.verdicts."""
    person = ("shopper_kind", "shopper_id")
    told = seen.join(members.select("pair", *person), "pair").join(words, person).join(branches, ("category", "topic"))
    deepest_word = told.group_by("pair", "category", "guard_depth", *person).aggregate(
        is_mute=told.is_mute.argmax(told.depth), depth=told.depth.max()
    )
    says_yes = ~deepest_word.is_mute & (deepest_word.depth >= deepest_word.guard_depth)
    said = deepest_word.group_by("pair", "category").aggregate(
        is_muted=deepest_word.is_mute.any(), n_yes=says_yes.fill_null(False).sum()
    )
    counted = members.group_by("pair").aggregate(n_members=members.count())
    joined = said.join(counted, "pair").join(pairs, "pair")
    return joined.select(
        "is_muted",
        told_customer=joined.customer_id,
        told_visitor=joined.visitor_id,
        told_category=joined.category,
        is_opened=joined.n_yes == joined.n_members,
    )


def _no_verdicts(backend: Backend) -> ir.Table:
    columns = dict.fromkeys(("told_customer", "told_visitor", "told_category"), "string")
    return backend.create_table(
        "topic_verdicts", schema=ibis.schema({**columns, "is_muted": "boolean", "is_opened": "boolean"})
    )


def _branches(category: str) -> Iterator[str]:
    """The category and all that it lies in."""
    while category:
        yield category
        category = category.rpartition("/")[0]


def _moment(moment: datetime) -> ir.TimestampScalar:
    return ibis.literal(naive(moment), "timestamp(6)")


def _depth(topic: str) -> int:
    return topic.count("/") + 1
