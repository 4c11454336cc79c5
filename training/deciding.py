"""Each good event used or excluded, its shopper and item as numbers, and duplicates among the used set aside."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from privacy.consent import Reason
from training import consent, identities, standings
from training.evidence import Evidence, evidence_of
from training.identities import NOBODY
from training.intake import Intake
from training.numbering import numbered_by_use
from training.terms import REASONS, Terms
from training.validation import part_duplicates, quarantine, repeated
from training.words import Words


@dataclass(frozen=True, slots=True)
class Decided:
    """Events after the consent rule.

    Attributes:
        events: One row for each good event, with its reason; of an excluded one nothing else.
        items: Columns item_id and item, a number that follows the order of the ids.
        rulings: What each pair of ids may be used for, with the number of its shopper, in the order of the ids.
        strangers: Columns stranger and shopper: events of nobody known, where consent is assumed.
        evidence: What is left out though consent allows it.
    """

    events: ir.Table
    items: ir.Table
    rulings: ir.Table
    strangers: ir.Table | None
    evidence: Evidence

    def n_excluded(self) -> dict[str, int]:
        """Excluded events by reason."""
        excluded = self.events.filter(self.events.reason != str(Reason.GRANTED))
        rows = excluded.group_by("reason").aggregate(n=excluded.count()).to_pyarrow().to_pylist()
        counts = {row["reason"]: row["n"] for row in rows}
        return {reason: counts[reason] for reason in REASONS if reason in counts}


def decide_events(
    backend: Backend, intake: Intake, pairs: ir.Table, words: Words, terms: Terms, *, is_assumed: bool
) -> Decided:
    """Apply the consent rule to every good event, and then what else may speak against it.

    Numbers of shoppers and items are dense over all rows, so only their order may leave: see training.histories.

    Args:
        backend: Where tables are made.
        intake: The shop's files.
        pairs: As identities.pairs_of gives them, of the good events.
        words: What shoppers said.
        terms: How that is weighed.
        is_assumed: Whether consent is taken as given.
    """
    good = intake.checked["events"].good
    links = backend.create_table("links", identities.links_of(words.identities.good, words.identities.bad))
    members = None if is_assumed else backend.create_table("members", identities.members_of(pairs, links))
    rulings, people = _rulings(backend, pairs, links, members, words, terms)
    strangers = _strangers(backend, good, rulings) if is_assumed else None
    listed = intake.checked["catalogue"].good
    ids = good.select("item_id").union(listed.select("item_id"), distinct=True)
    items = backend.create_table("items", ids.mutate(item=ibis.row_number().over(order_by="item_id")))
    evidence = evidence_of(backend, good, listed, pairs, members, words.topics, terms)
    judged = _judged(good, rulings, items, strangers, evidence)
    is_used = judged.reason == str(Reason.GRANTED)
    kept = [name for name in (*_USED, *(_IDS if words.is_of_ledger else ())) if name in judged.columns]
    values = {name: is_used.ifelse(judged[name], ibis.null(judged[name].type())) for name in kept}
    events = backend.create_table("events_decided", judged.select("reason", **values))
    if words.is_of_ledger:
        events, rulings = numbered_by_use(backend, events, rulings, people)
    return Decided(events, items, rulings, strangers, evidence)


def without_duplicates(
    backend: Backend, intake: Intake, decided: Decided, quarantine_to: Path
) -> tuple[ir.Table, Mapping[str, int]]:
    """The used events, each id once, and the count of all bad events by reason, with later duplicates among them.

    Only used events are compared: an event of a person without consent displaces nothing.
    """
    used = decided.events.filter(decided.events.reason == str(Reason.GRANTED)).drop("reason")
    twice = backend.create_table("events_repeated", repeated(used, "event_id"))
    if not twice.count().to_pyarrow().as_py():
        return used, intake.n_quarantined["events"]
    checked = intake.checked["events"]
    rows = checked.good.semi_join(twice, "event_id")
    judged = _judged(rows, decided.rulings, decided.items, decided.strangers, decided.evidence)
    first, later = part_duplicates(judged.filter(judged.reason == str(Reason.GRANTED)), "event_id")
    first = backend.create_table("events_first", first.select(*used.columns))
    path = quarantine_to / "events.parquet"
    counts = quarantine([checked.bad, later], path)
    return used.anti_join(twice, "event_id").union(first), counts


_USED = (
    "event_id",
    "event_type",
    "occurred_at",
    "shopper",
    "session_id",
    "order_id",
    "item",
    "unit_price",
    "item_title",
)


_IDS = ("customer_id", "visitor_id")


def _rulings(
    backend: Backend, pairs: ir.Table, links: ir.Table, members: ir.Table | None, words: Words, terms: Terms
) -> tuple[ir.Table, ir.Table]:
    """Columns ruled_customer, ruled_visitor, starts, ends, reason, shopper; and shopper_kind, shopper_id, shopper."""
    if members is None:
        rulings, customers = consent.assumed_rulings(pairs), None
    else:
        said = consent.answers_of(words.consent.good, words.consent.bad, words.identities.bad)
        answers = backend.create_table("answers", consent.since_erasure(said, words.erasures))
        stood = backend.create_table("standings", standings.standings_of(answers, terms))
        rulings = consent.rulings_of(pairs, members, stood, words.erasures)
        customers = standings.consenting_customers(stood)
    rulings = backend.create_table("pair_rulings", rulings)
    about = identities.shoppers_of(rulings, pairs, identities.owners_of(links, customers))
    about = backend.create_table("shopper_rulings", about)
    people = about.filter(about.shopper_id.notnull()).select("shopper_kind", "shopper_id").distinct()
    number = ibis.row_number().over(order_by=("shopper_kind", "shopper_id"))
    numbered = backend.create_table("people", people.mutate(shopper=number))
    joined = about.left_join(numbered, ("shopper_kind", "shopper_id"))
    named = joined.select(
        "starts", "ends", "reason", "shopper", ruled_customer=joined.customer_id, ruled_visitor=joined.visitor_id
    )
    return backend.create_table("rulings", named), numbered


def _strangers(backend: Backend, good: ir.Table, rulings: ir.Table) -> ir.Table:
    """Events without a person, numbered after the people: those of one session, else of one order, else each."""
    n_people = rulings.shopper.max().to_pyarrow().as_py()
    keys = good.select(stranger=_stranger(good)).filter(lambda rows: rows.stranger.notnull()).distinct()
    number = ibis.row_number().over(order_by="stranger") + (0 if n_people is None else n_people + 1)
    return backend.create_table("strangers", keys.mutate(shopper=number))


def _stranger(events: ir.Table) -> ir.StringValue:
    key = ibis.coalesce("session " + events.session_id, "order " + events.order_id, "event " + events.event_id)
    return (events.customer_id.isnull() & events.visitor_id.isnull()).ifelse(key, ibis.null("string"))


def _judged(
    good: ir.Table, rulings: ir.Table, items: ir.Table, strangers: ir.Table | None, evidence: Evidence
) -> ir.Table:
    """Good events with reason, shopper and item."""
    events = good.mutate(by_customer=good.customer_id.fill_null(NOBODY), by_visitor=good.visitor_id.fill_null(NOBODY))
    ruled = events.join(
        rulings,
        [
            events.by_customer == rulings.ruled_customer,
            events.by_visitor == rulings.ruled_visitor,
            events.occurred_at >= rulings.starts,
            events.occurred_at < rulings.ends,
        ],
    )
    judged = ruled.drop("by_customer", "by_visitor", "ruled_customer", "ruled_visitor", "starts", "ends")
    judged = evidence.weighed(judged.join(items, "item_id"))
    if strangers is None:
        return judged
    keyed = judged.mutate(stranger=_stranger(judged))
    known = keyed.left_join(strangers.rename(stranger_shopper="shopper"), "stranger")
    numbered = known.mutate(shopper=known.shopper.coalesce(known.stranger_shopper))
    return numbered.drop("stranger", "stranger_right", "stranger_shopper")
