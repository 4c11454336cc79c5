"""What the desks do when the store fails, or changes its mind, between two questions."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.errors import ShopkeeperError
from privacy.consent import Answer, Identity, Purpose, ShopperKind, Status
from privacy.entry import Circumstances
from privacy.kept_event import Act, Attribution, KeptEvent
from privacy.keys import new_ring
from privacy.person import NOBODY, Known, Person
from privacy.preferences import Preferences
from privacy.rules import Rules
from privacy.signals import Signals
from privacy.state import State
from privacy.store.database import StoreUnavailableError
from privacy.times import microseconds
from privacy.tokens import OptOutScope, Tokens
from service.core.answers import NO_MODEL, Model, Reason, ReasonCode, Recommendation, Relation
from service.core.attribution import AttributionTokens
from service.core.event_desk import AT_A_TIME, N_LOOK_UPS, EventDesk, Outcome, Result, Told
from service.core.joining import Joining
from service.core.personal import MAX_ACTS, ConsentReason, PersonalPages
from service.core.privacy_desk import PrivacyDesk
from tests.service.doubles import FakeShopperStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RING = new_ring(lambda n_bytes: bytes(range(n_bytes)))
TOKENS, ATTRIBUTION = Tokens(RING), AttributionTokens(RING, NOW.timestamp)
CUSTOMER, VISITOR = ShopperKind.CUSTOMER, ShopperKind.VISITOR
ANNA = (Identity(CUSTOMER, "anna"),)
BOTH = (*ANNA, Identity(VISITOR, "phone"))


def known(
    subject: int = 1,
    status: Status | None = Status.GRANTED,
    *,
    kind: ShopperKind = CUSTOMER,
    linked: tuple[int, ...] = (),
    preferences: Preferences | None = None,
) -> Known:
    answers = {} if status is None else {purpose: Answer(status, NOW - timedelta(days=1)) for purpose in Purpose}
    return Known(subject, kind, State(answers, linked), preferences or Preferences())


@pytest.fixture
def store() -> FakeShopperStore:
    made = FakeShopperStore()
    made.person = Person((known(),))
    return made


@pytest.fixture
def failures() -> list[ShopkeeperError]:
    return []


def told(
    event_id: str = "e", identities: tuple[Identity, ...] = ANNA, item_id: str = "camera", token: str = ""
) -> Told:
    return Told(KeptEvent(event_id, 0, "view", item_id, NOW), identities, Signals(), token)


def recorded(store: FakeShopperStore, failures: list[ShopkeeperError], *events: Told) -> list[tuple[Any, Any]]:
    return [(result.outcome, result.reason) for result in results_of(store, failures, *events)]


def results_of(store: FakeShopperStore, failures: list[ShopkeeperError], *events: Told) -> list[Result]:
    desk = EventDesk(store, Rules(), lambda: NOW, failures.append, ATTRIBUTION)
    return asyncio.run(desk.record(events or (told(),)))


def gone(*_: object) -> None:
    raise StoreUnavailableError("gone")


def test_an_opt_out_between_the_question_and_the_keeping_is_obeyed(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    store.person_in_keep = Person((known(status=Status.DENIED),))
    assert recorded(store, failures) == [(Outcome.NOT_ALLOWED, ConsentReason.DENIED)]
    assert store.kept == []


def test_what_could_not_be_kept_is_to_be_told_again(store: FakeShopperStore, failures: list[ShopkeeperError]) -> None:
    store.on["keep"] = gone
    assert recorded(store, failures) == [(Outcome.UNAVAILABLE, ConsentReason.UNAVAILABLE)]
    assert [str(error) for error in failures] == ["gone"]


def test_a_commit_that_fails_after_everything_was_allowed_is_no_promise(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    store.on["kept"] = gone
    assert recorded(store, failures) == [(Outcome.UNAVAILABLE, ConsentReason.UNAVAILABLE)]


def test_a_report_counts_once_it_is_kept_and_not_before(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    token = ATTRIBUTION.token("cart", NO_MODEL, "trial/new").decode()
    report = Told(KeptEvent("e", 0, "impression", "", NOW), ANNA, Signals(), token)
    reported: list[tuple[str, str]] = []

    def on_report(shown: Attribution, person: str) -> None:
        reported.append((shown.variant, person))

    def recorded_by(person: Person | None) -> None:
        store.person_in_keep = person
        desk = EventDesk(store, Rules(), lambda: NOW, failures.append, ATTRIBUTION, on_report)
        asyncio.run(desk.record([report]))

    recorded_by(Person((known(status=Status.DENIED),)))
    store.on["kept"] = gone
    recorded_by(None)
    assert reported == []
    del store.on["kept"]
    recorded_by(None)
    assert reported == [("trial/new", "anna")]


def test_of_who_said_no_it_is_said_so_though_the_rest_could_not_be_kept(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    store.on["keep"] = gone
    store.people[BOTH[1:]] = Person((known(2, Status.DENIED, kind=VISITOR),))
    results = recorded(store, failures, told("a"), told("b", BOTH[1:]))
    assert [outcome for outcome, _ in results] == [Outcome.UNAVAILABLE, Outcome.NOT_ALLOWED]


def test_an_event_of_both_ids_is_kept_of_the_customer_in_whatever_order_they_are_found(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    customer, visitor = known(1), known(2, kind=VISITOR, linked=(1,))
    for people in ((customer, visitor), (visitor, customer)):
        store.person = Person(people)
        recorded(store, failures, told(identities=BOTH))
    assert [event.subject for event in store.kept] == [1, 1]
    assert store.links == []


def test_who_is_named_together_for_the_first_time_is_linked_before_anything_is_kept(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    anna, phone = known(1), known(2, kind=VISITOR)
    store.people |= {BOTH: Person((anna, phone)), BOTH[:1]: Person((anna,)), BOTH[1:]: Person((phone,))}
    recorded(store, failures, told(identities=BOTH))
    assert store.links == [("phone", "anna")]
    assert store.calls.index("link") < store.calls.index("keep")


def test_events_of_both_ids_are_looked_up_once_and_their_numbers_asked_for_together(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    store.person = Person((known(1), known(2, kind=VISITOR, linked=(1,))))
    recorded(store, failures, told("a", BOTH), told("b", BOTH), told("c"))
    assert store.calls == ["look_up", "look_up", "numbers", "keep", "kept"]


class SlowStore(FakeShopperStore):
    """One that answers nobody but the first before so many ask at once.

    Attributes:
        n_expected: So many are looked up at once.
        most: So many were at once, at the most.
    """

    def __init__(self, n_expected: int) -> None:
        super().__init__()
        self.n_expected, self.most, self._n_now = n_expected, 0, 0
        self._are_there = asyncio.Event()

    async def look_up(self, identities: Sequence[Identity]) -> Person:
        self._n_now += 1
        self.most = max(self.most, self._n_now)
        if self._n_now == self.n_expected:
            self._are_there.set()
        # The first of a batch is looked up alone.
        if self.calls:
            await asyncio.wait_for(self._are_there.wait(), 10)
        found = await super().look_up(identities)
        self._n_now -= 1
        return found


def visitors(n_people: int) -> list[tuple[Identity, ...]]:
    return [(Identity(VISITOR, str(number)),) for number in range(n_people)]


def test_people_of_a_batch_are_looked_up_at_once_and_not_all_of_them(failures: list[ShopkeeperError]) -> None:
    store, named = SlowStore(N_LOOK_UPS), visitors(3 * AT_A_TIME + 1)
    store.people = {of: Person((known(status=Status.DENIED, kind=VISITOR),)) for of in named[::3]}
    results = recorded(store, failures, *(told(str(place), of) for place, of in enumerate(named)))
    said_no = [reason is ConsentReason.DENIED for _, reason in results]
    assert said_no == [of in store.people for of in named]
    assert (store.most, store.calls.count("look_up")) == (N_LOOK_UPS, len(named))


def test_after_a_look_up_that_fails_nobody_else_is_looked_up_and_nothing_is_kept(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    def fails_at_the_third() -> None:
        if store.calls.count("look_up") == 3:
            gone()

    store.on["look_up"] = fails_at_the_third
    results = recorded(store, failures, *(told(str(place), of) for place, of in enumerate(visitors(3 * AT_A_TIME))))
    assert results == [(Outcome.UNAVAILABLE, ConsentReason.UNAVAILABLE)] * 3 * AT_A_TIME
    assert [str(error) for error in failures] == ["gone"]
    assert {*store.calls} == {"look_up"}
    assert len(store.calls) <= 1 + AT_A_TIME


class OfOneProbe(FakeShopperStore):
    """One that was down: it refuses everybody until one look-up has gone well, and that takes a while."""

    def __init__(self) -> None:
        super().__init__()
        self._is_trying, self._is_back = False, False

    async def look_up(self, identities: Sequence[Identity]) -> Person:
        if not self._is_back:
            if self._is_trying:
                gone()
            self._is_trying = True
            await asyncio.sleep(0)
            self._is_trying, self._is_back = False, True
        return await super().look_up(identities)


def test_a_batch_finds_out_that_an_outage_is_over(failures: list[ShopkeeperError]) -> None:
    store = OfOneProbe()
    store.person = Person((known(status=Status.DENIED, kind=VISITOR),))
    results = recorded(store, failures, *(told(str(place), of) for place, of in enumerate(visitors(5))))
    assert results == [(Outcome.NOT_ALLOWED, ConsentReason.DENIED)] * 5


QUIET = ATTRIBUTION.token("cart", NO_MODEL).decode()


def without_measurement() -> Person:
    one = known()
    no = {**one.state.answers, Purpose.MEASUREMENT: Answer(Status.DENIED, NOW - timedelta(days=1))}
    return Person((one._replace(state=State(no)),))


def test_a_no_to_measurement_between_the_question_and_the_keeping_is_obeyed(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    lens = Recommendation("lens", 0.5, Relation.COMPLEMENT, Reason(ReasonCode.BOUGHT_TOGETHER, "", ""), "")
    token = ATTRIBUTION.token("cart", replace(NO_MODEL, recommendations=(lens,))).decode()
    events = (told("a", item_id="lens", token=token), told("b", item_id="", token=QUIET))
    assert [result.joining for result in results_of(store, failures, *events)] == [Joining.JOINED] * 2
    assert [event.attribution is None for event in store.kept] == [False, False]
    store.kept.clear()
    store.person_in_keep = without_measurement()
    first, second = results_of(store, failures, *events)
    assert (first.outcome, first.joining, second.outcome) == (Outcome.STORED, Joining.NOT_ALLOWED, Outcome.NOT_ALLOWED)
    assert [(event.event_id, event.attribution) for event in store.kept] == [("a", None)]


def test_what_is_at_fault_is_rejected_though_nobody_can_be_looked_up(
    store: FakeShopperStore, failures: list[ShopkeeperError]
) -> None:
    store.on["look_up"] = gone
    outcomes = [outcome for outcome, _ in recorded(store, failures, told(item_id="", token=QUIET[1:]), told())]
    assert outcomes == [Outcome.REJECTED, Outcome.UNAVAILABLE]


def page(store: FakeShopperStore, failures: list[ShopkeeperError], model: Model, **given: Any) -> Any:
    pages = PersonalPages(store, Rules(), lambda: NOW, failures.append)
    return asyncio.run(pages.of(given.get("identities", ANNA), Signals(), model.bundle))


@pytest.mark.parametrize("method", ["find", "past"])
def test_a_page_whose_look_up_fails_is_of_nobody(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model, method: str
) -> None:
    store.acts = [Act("view", "camera", microseconds(NOW))]
    store.on[method] = gone
    personal = page(store, failures, model)
    assert (personal.reason, personal.turned_to) == (ConsentReason.UNAVAILABLE, ())
    assert len(failures) == 1


def test_a_page_gives_both_look_ups_together_the_time_it_has(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model
) -> None:
    now = [NOW]

    def later() -> None:
        now[0] += timedelta(milliseconds=30)

    store.on["find"] = later
    pages = PersonalPages(store, Rules(), lambda: now[0], failures.append)
    asyncio.run(pages.of(ANNA, Signals(), model.bundle, 0.05))
    assert store.times_s == pytest.approx([0.05, 0.02])


def test_without_a_yes_the_history_is_not_even_read(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model
) -> None:
    for person in (NOBODY, Person((known(status=Status.DENIED),)), Person((known(status=None),))):
        store.person = person
        page(store, failures, model)
    assert "past" not in store.calls


def test_the_history_is_told_oldest_first_and_each_item_once(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model
) -> None:
    store.acts = [
        Act("view", item, microseconds(NOW - timedelta(hours=age))) for age, item in enumerate(("lens", "bag", "lens"))
    ]
    assert page(store, failures, model).turned_to == ("bag", "lens")


def test_what_was_bought_long_ago_is_owned_and_says_nothing_of_today(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model
) -> None:
    hours = [microseconds(NOW - timedelta(hours=age)) for age in range(MAX_ACTS + 2)]
    store.acts = [Act("view", "lens", at) for at in hours[:-2]]
    store.acts += [Act("purchase", "camera", hours[-2]), Act("dismiss", "bag", hours[-1])]
    personal = page(store, failures, model)
    assert ({*personal.owned}, personal.dismissed, personal.turned_to) == ({"camera"}, {"bag"}, ("lens",))


def test_what_was_shown_and_not_turned_to_since_was_passed_by(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model
) -> None:
    days = [microseconds(NOW - timedelta(days=age)) for age in (1, 2, 3, 91)]
    store.acts = [Act("click", "lens", days[1]), Act("dismiss", "bag", days[0])]
    store.showings = [Act("impression", item, at) for at in days for item in ("lens", "bag", "strap")]
    passed_by = page(store, failures, model).passed_by
    assert {item: [round(age) for age in ages] for item, ages in passed_by.items()} == {
        "lens": [1],
        "bag": [1, 2, 3],
        "strap": [1, 2, 3],
    }


def test_who_only_saw_things_has_passed_them_by(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model
) -> None:
    store.showings = [Act("impression", "lens", microseconds(NOW))]
    assert page(store, failures, model).passed_by == {"lens": [0.0]}


def test_showings_are_used_no_longer_than_they_may_be_kept(
    store: FakeShopperStore, failures: list[ShopkeeperError], model: Model
) -> None:
    store.showings = [Act("impression", "lens", microseconds(NOW - timedelta(days=2)))]
    rules = Rules(retention_days={"impression": 1})
    pages = PersonalPages(store, rules, lambda: NOW, failures.append)
    assert asyncio.run(pages.of(ANNA, Signals(), model.bundle)).passed_by == {}


def test_every_no_is_said_now_whatever_it_is_dated(store: FakeShopperStore) -> None:
    desk = PrivacyDesk(store, TOKENS, Rules(), lambda: NOW)
    long_ago = Circumstances(NOW - timedelta(days=99), source="mail")
    token, _ = asyncio.run(desk.opt_out_link(ANNA[0], OptOutScope(frozenset(Purpose)), None))
    asyncio.run(desk.opt_out(ANNA, (), long_ago))
    asyncio.run(desk.opt_out_by(token, long_ago))
    assert [(said.at, said.source, said.is_live) for said in store.opt_outs] == [(long_ago.at, "mail", True)] * 2


def test_answers_that_come_together_are_recorded_as_one(store: FakeShopperStore) -> None:
    desk = PrivacyDesk(store, TOKENS, Rules(), lambda: NOW)
    answers = {Purpose.PERSONALISATION: Status.GRANTED, Purpose.CONTACT: Status.DENIED}
    asyncio.run(desk.record(ANNA, answers, Circumstances(NOW)))
    assert store.calls == ["record"]
