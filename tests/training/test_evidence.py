"""Topics and age over tables give what they give over plain values."""

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.consent import Identity, IdentityLink, identities_of
from privacy.topics import TopicWord
from tests.training.ledgers import customer, visitor
from tests.training.reference import evidence_reason_of
from tests.training.worlds import Row, World, answer, event, link, minute
from training.arrow import create_from
from training.deciding import decide_events
from training.identities import pairs_of
from training.intake import take_in
from training.reading import workspace
from training.sources.native import NATIVE
from training.terms import Terms
from training.words import Words, words_of_files

CATEGORIES = ("home", "home/lamps", "home/lamps/desk", "homely", "health/tests", "health", None)
TOPICS = ("home", "home/lamps", "home/lamps/desk", "health", "health/tests")
CUSTOMERS, VISITORS = ("anna", "bob", None), ("phone", None)
TIMES = (0, 10)
TYPES = ("view", "favourite")

people = st.sampled_from([customer("anna"), customer("bob"), visitor("phone")])
said = st.dictionaries(
    people, st.dictionaries(st.sampled_from(TOPICS), st.sampled_from(tuple(TopicWord)), max_size=4), max_size=3
)
terms = st.builds(
    Terms,
    sensitive_topics=st.frozensets(st.sampled_from(TOPICS), max_size=2),
    cutoffs=st.dictionaries(st.sampled_from(TYPES), st.sampled_from((-1, 5, 10, 11)).map(minute)),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(said, terms, st.booleans())
def test_tables_and_plain_values_agree_on_every_event(
    words: Mapping[Identity, Mapping[str, TopicWord]], terms: Terms, is_linked: bool
) -> None:
    links = [IdentityLink("phone", "bob", minute(-5))] if is_linked else []
    events: list[Row] = []
    expected: dict[str, str | None] = {}
    for who, browser, (number, category), at, kind in product(CUSTOMERS, VISITORS, enumerate(CATEGORIES), TIMES, TYPES):
        if who is None and browser is None:
            continue
        name = f"{who} {browser} {category} {at} {kind}"
        ids = {"customer_id": who, "visitor_id": browser}
        events.append(event(name, at, f"item {number}", kind, **ids))
        names = identities_of(who, browser, links)
        expected[name] = evidence_reason_of(kind, minute(at), category or "", names, words, terms)
    world = World(
        events,
        [
            answer(kind, one, "granted", -9)
            for kind, one in (("customer", "anna"), ("customer", "bob"), ("visitor", "phone"))
        ],
        [link(one.visitor_id, one.customer_id, -5) for one in links],
        [{"item_id": f"item {number}", "category": category} for number, category in enumerate(CATEGORIES)],
    )
    used, n_excluded = decided(world, words, terms)
    assert used == {name for name, reason in expected.items() if reason is None}
    reasons = [reason for reason in expected.values() if reason is not None]
    assert n_excluded == {reason: reasons.count(reason) for reason in reasons}


def decided(
    world: World, words: Mapping[Identity, Mapping[str, TopicWord]], terms: Terms
) -> tuple[set[str], dict[str, int]]:
    """Ids of the events that are used, and how many are not by reason."""
    with TemporaryDirectory() as directory, workspace(threads=2, memory_limit=None) as backend:
        inputs = world.write(Path(directory))
        tables = ("events", "consent", "identities", "catalogue")
        intake = take_in(backend, {name: getattr(inputs, name) for name in tables}, NATIVE, Path(directory, "bad"))
        pairs = backend.create_table("pairs", pairs_of(intake.checked["events"].good))
        spoken = words_of_files(backend, intake)
        topics = create_from(backend, "topics", rows_of(words))
        everything = Words(spoken.consent, spoken.identities, spoken.erasures, topics)
        found = decide_events(backend, intake, pairs, everything, terms, is_assumed=False)
        used = found.events.filter(found.events.reason == "granted").to_pyarrow()["event_id"].to_pylist()
        return set(used), found.n_excluded()


def rows_of(words: Mapping[Identity, Mapping[str, TopicWord]]) -> pa.Table:
    """A row a word."""
    rows: Sequence[Row] = [
        {"shopper_kind": str(one.kind), "shopper_id": one.id, "topic": topic, "is_mute": word is TopicWord.MUTE}
        for one, own in words.items()
        for topic, word in own.items()
    ]
    schema = pa.schema(
        {"shopper_kind": pa.string(), "shopper_id": pa.string(), "topic": pa.string(), "is_mute": pa.bool_()}
    )
    return pa.Table.from_pylist(list(rows), schema)
