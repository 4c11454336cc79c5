"""The rule over tables gives what the rule over plain values gives, and any doubt is a no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ibis.backends.duckdb import Backend

from models.errors import InvalidInputError
from privacy.consent import (
    END_OF_TIME,
    ConsentRecord,
    Identity,
    IdentityLink,
    Purpose,
    ShopperKind,
    Status,
    identities_of,
)
from privacy.regimes import PolicyVersion, Regime, Regimes
from tests.training.reference import reason_of
from tests.training.worlds import Row, World, answer, event, link, minute
from training.arrow import create_from
from training.deciding import decide_events
from training.identities import NOBODY, pairs_of
from training.ingest import ingest
from training.intake import Intake, take_in
from training.reading import workspace
from training.sources.native import NATIVE
from training.terms import Terms
from training.words import Words, words_of_files

CUSTOMERS, VISITORS = (None, "anna", "bob"), (None, "phone", "laptop")
MINUTES = range(5)


@dataclass(frozen=True, slots=True)
class Circle:
    """People that know each other, and nobody else."""

    records: Sequence[ConsentRecord]
    links: Sequence[IdentityLink]
    erasures: Mapping[Identity, datetime]


identities = st.one_of(
    st.builds(Identity, st.just(ShopperKind.CUSTOMER), st.sampled_from(CUSTOMERS[1:])),
    st.builds(Identity, st.just(ShopperKind.VISITOR), st.sampled_from(VISITORS[1:])),
)
moments = st.sampled_from(MINUTES).map(minute)
purposes = st.sampled_from((Purpose.MODEL_TRAINING,) * 4 + (Purpose.PERSONALISATION,))
statuses = st.sampled_from((Status.GRANTED, Status.GRANTED, Status.DENIED, Status.NOTICED))
circles = st.builds(
    Circle,
    records=st.lists(
        st.builds(
            ConsentRecord,
            identities,
            purposes,
            statuses,
            moments,
            st.sampled_from(("", "DE", "US", "US-CA", "US-CA-X")),
            st.sampled_from(("", "1", "2", "3", "unheard of")),
        ),
        max_size=7,
    ),
    links=st.lists(
        st.builds(IdentityLink, st.sampled_from(VISITORS[1:]), st.sampled_from(CUSTOMERS[1:]), moments), max_size=3
    ),
    erasures=st.one_of(st.just({}), st.dictionaries(identities, moments, max_size=2)),
)
laws = st.dictionaries(st.sampled_from(("US", "US-CA", "DE")), st.sampled_from(tuple(Regime)))
policies = st.lists(st.tuples(moments, st.booleans()), max_size=3, unique_by=lambda policy: policy[0]).map(
    lambda drawn: tuple(
        PolicyVersion(str(number), at, older_lapse) for number, (at, older_lapse) in enumerate(sorted(drawn), start=1)
    )
)
terms_of = st.builds(Terms, regimes=st.builds(Regimes, laws, policies), now=st.one_of(st.just(END_OF_TIME), moments))


def world_of(batch: Sequence[Circle]) -> World:
    """All circles in one shop, apart by a prefix, with an event of every pair of ids at every minute."""
    events: list[Row] = []
    consent: list[Row] = []
    links: list[Row] = []
    for number, circle in enumerate(batch):

        def name(shopper_id: str | None, number: int = number) -> str | None:
            return None if shopper_id is None else f"{number}-{shopper_id}"

        for customer_id, visitor_id, at in product(CUSTOMERS, VISITORS, MINUTES):
            row = event(f"{number} {customer_id} {visitor_id} {at}", at)
            events.append(row | {"customer_id": name(customer_id), "visitor_id": name(visitor_id)})
        for record in circle.records:
            row = {"purpose": str(record.purpose), "status": str(record.status), "occurred_at": record.occurred_at}
            row |= {"shopper_kind": str(record.identity.kind), "shopper_id": name(record.identity.id)}
            row |= {"jurisdiction": record.jurisdiction or None, "policy_version": record.policy_version}
            consent.append(row)
        for one in circle.links:
            ids = {"visitor_id": name(one.visitor_id), "customer_id": name(one.customer_id)}
            links.append(ids | {"linked_at": one.linked_at})
    return World(events=events, consent=consent, identities=links)


def read(world: World, directory: Path, backend: Backend) -> Intake:
    inputs = world.write(directory)
    paths = {"events": inputs.events, "consent": inputs.consent, "identities": inputs.identities}
    return take_in(backend, paths, NATIVE, directory / "bad")


def erased(backend: Backend, batch: Sequence[Circle]) -> ir.Table:
    """The erasures of all circles."""
    rows = [
        {"shopper_kind": str(one.kind), "shopper_id": f"{number}-{one.id}", "erased_at": at.replace(tzinfo=None)}
        for number, circle in enumerate(batch)
        for one, at in circle.erasures.items()
    ]
    schema = pa.schema({"shopper_kind": pa.string(), "shopper_id": pa.string(), "erased_at": pa.timestamp("us")})
    return create_from(backend, "erasures", pa.Table.from_pylist(rows, schema))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(circles, min_size=1, max_size=25), terms_of)
def test_tables_and_plain_values_agree_on_every_event(batch: Sequence[Circle], terms: Terms) -> None:
    with TemporaryDirectory() as directory, workspace(threads=2, memory_limit=None) as backend:
        intake = read(world_of(batch), Path(directory), backend)
        pairs = backend.create_table("pairs", pairs_of(intake.checked["events"].good))
        said = words_of_files(backend, intake)
        words = Words(said.consent, said.identities, erased(backend, batch), said.topics)
        decided = decide_events(backend, intake, pairs, words, terms, is_assumed=False)
        rulings: dict[tuple[str, str], list[Row]] = {}
        for ruling in decided.rulings.to_pyarrow().to_pylist():
            rulings.setdefault((ruling["ruled_customer"], ruling["ruled_visitor"]), []).append(ruling)
    for number, circle in enumerate(batch):
        for customer_id, visitor_id, at in product(CUSTOMERS, VISITORS, MINUTES):
            then = identities_of(customer_id, visitor_id, circle.links, at=minute(at))
            now = identities_of(customer_id, visitor_id, circle.links)
            named = identities_of(customer_id, visitor_id, ())
            expected = reason_of(minute(at), then, now, circle.records, circle.erasures, terms, named)
            customer, visitor = (NOBODY if one is None else f"{number}-{one}" for one in (customer_id, visitor_id))
            found = [
                ruling["reason"]
                for ruling in rulings[customer, visitor]
                if ruling["starts"].replace(tzinfo=UTC) <= minute(at) < ruling["ends"].replace(tzinfo=UTC)
            ]
            assert found == [expected], (customer_id, visitor_id, at)


GRANTED = answer("customer", "anna", "granted")
VIEWS = [event(str(at), at, customer_id="anna", visitor_id="phone") for at in (10, 20, 30)]


def excluded(tmp_path: Path, *consent: Row, identities: Sequence[Row] = ()) -> dict[str, int]:
    """Why Anna's three views, who granted at the start, are left out; nobody else is there."""
    # Answers of others keep the bad rows from being more than half.
    others = [answer("customer", f"other {number}", "granted") for number in range(3)]
    links = [link(f"other {number}", "other") for number in range(3)]
    world = World(events=VIEWS, consent=[GRANTED, *others, *consent], identities=[*identities, *links])
    _, report = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    return dict(report.n_excluded)


def test_an_unreadable_answer_is_a_no_from_its_time_on(tmp_path: Path) -> None:
    assert excluded(tmp_path, answer("customer", "anna", "maybe", 15)) == {"denied": 2, "withdrawn": 1}


def test_a_yes_after_an_unreadable_answer_is_a_yes(tmp_path: Path) -> None:
    doubt, yes = answer("customer", "anna", "maybe", 15), answer("customer", "anna", "granted", 25)
    assert excluded(tmp_path, doubt, yes) == {"not_yet_granted": 1}


def test_a_denial_of_unknown_time_holds_for_ever(tmp_path: Path) -> None:
    denial = answer("customer", "anna", "denied") | {"occurred_at": None}
    assert excluded(tmp_path, denial) == {"withdrawn": 3}


def test_a_denial_by_an_id_of_unknown_kind_is_one_of_customer_and_visitor(tmp_path: Path) -> None:
    assert excluded(tmp_path, answer("person", "phone", "denied")) == {"denied": 3}


def test_a_grant_that_breaks_a_rule_grants_nothing_and_denies_nothing(tmp_path: Path) -> None:
    broken = answer("customer", "anna", "granted", purpose="training")
    assert excluded(tmp_path, broken) == {}
    world = World(events=VIEWS, consent=[broken, *[answer("visitor", str(n), "granted") for n in range(2)]])
    _, report = ingest(world.write(tmp_path), quarantine=tmp_path / "bad")
    assert report.n_excluded == {"never_asked": 3}


def test_an_unreadable_answer_for_another_purpose_denies_nothing(tmp_path: Path) -> None:
    assert excluded(tmp_path, answer("customer", "anna", "maybe", purpose="contact")) == {}


def test_a_link_of_unknown_time_lets_the_customer_say_no(tmp_path: Path) -> None:
    timeless = link("phone", "bob") | {"linked_at": None}
    assert excluded(tmp_path, answer("customer", "bob", "denied"), identities=[timeless]) == {"withdrawn": 3}


def test_a_link_to_an_unreadable_customer_stops_the_visitor(tmp_path: Path) -> None:
    assert excluded(tmp_path, identities=[link("phone", "bob") | {"customer_id": None}]) == {"withdrawn": 3}


def test_a_no_that_names_nobody_stops_the_training(tmp_path: Path) -> None:
    nameless = answer("customer", "anna", "denied") | {"shopper_id": None}
    with pytest.raises(InvalidInputError, match="1 rows may say no and name no shopper"):
        excluded(tmp_path, nameless)


def test_answers_after_the_last_event_count(tmp_path: Path) -> None:
    assert excluded(tmp_path, answer("customer", "anna", "denied", 10_000)) == {"withdrawn": 3}
