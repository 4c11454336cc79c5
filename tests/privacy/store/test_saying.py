"""Whatever is said in whatever order, what stands is what the reference says of all of it."""

from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.consent import Answer, Identity, Purpose, ShopperKind, Status, standing_of
from privacy.entry import Circumstances
from privacy.store.bulk import Bulk, GivenAnswer
from privacy.store.database import Database
from privacy.store.store import PrivacyStore
from tests.privacy.store.conftest import RING

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
PURPOSES = (Purpose.PERSONALISATION, Purpose.CONTACT)
NUMBERS = count(1)

answers = st.builds(
    Answer,
    status=st.sampled_from(Status),
    at=st.integers(0, 4).map(lambda day: MONDAY + timedelta(days=day)),
    jurisdiction=st.sampled_from(["", "DE"]),
    policy_version=st.sampled_from(["", "2026-03"]),
)
words = st.tuples(st.sampled_from(PURPOSES), answers, st.sampled_from(["say", "record", "opt_out", "import"]))


def say(store: PrivacyStore, bulk: Bulk, who: Identity, purpose: Purpose, answer: Answer, way: str) -> None:
    said = Circumstances(answer.at, answer.jurisdiction, answer.policy_version)
    if way == "import":
        where = (answer.at, answer.jurisdiction, answer.policy_version)
        bulk.answers([GivenAnswer(who, purpose, answer.status, *where)])
    elif way == "opt_out" and answer.status is Status.DENIED:
        store.opt_out([who], [purpose], said)
    elif way == "record":
        store.record([who], {purpose: answer.status}, said)
    else:
        store.say([who], {purpose: answer.status}, said)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(words, min_size=1, max_size=8))
def test_what_stands_is_what_the_reference_says_of_every_word_ever_said(
    database: Database, store: PrivacyStore, said: list[tuple[Purpose, Answer, str]]
) -> None:
    # Each example has a shopper of its own in the one database.
    who = Identity(ShopperKind.CUSTOMER, f"shopper-{next(NUMBERS)}")
    subject = store.subject_of(who)
    bulk = Bulk(database, RING, lambda _: subject)
    for purpose, answer, way in said:
        say(store, bulk, who, purpose, answer, way)
    stands = store.find([who]).known[0].state.answers
    wanted = {purpose: standing_of(answer for of, answer, _ in said if of is purpose) for purpose in PURPOSES}
    assert {purpose: stands.get(purpose) for purpose in PURPOSES} == wanted
    n_entries = store.head().count
    for purpose, answer, way in said:
        say(store, bulk, who, purpose, answer, way)
    assert store.head().count == n_entries
