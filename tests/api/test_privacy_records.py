"""What is held can be had and be gone, and nothing outside the database tells who anybody is."""

import json
from pathlib import Path

import grpc
import pytest
from shopkeeper.v1 import event_service_pb2 as event_pb
from shopkeeper.v1 import privacy_service_pb2 as pb

from privacy.store.database import Database
from service.core.answers import Model
from tests.api.counter import ANNA, ANNAS_PHONE, BOB, IDS, NO, PHONE, YES, Counter, P, Shopper, refused, stamp
from tests.api.wishes import ALLOWED, NEVER_ASKED


@pytest.fixture
def busy(counter: Counter) -> Counter:
    """Anna and her phone, linked, and Bob: all with words, wishes and events."""
    for shopper in (ANNA, PHONE, BOB):
        counter.says(shopper, jurisdiction="DE", policy_version="2026-01", source="test")
        counter.prefers(shopper, "photo", pb.TOPIC_CHOICE_SHOW)
        counter.did(shopper, "camera")
    counter.privacy.LinkVisitor(pb.LinkVisitorRequest(shopper=ANNAS_PHONE))
    counter.did(BOB, "kettle")
    return counter


def erased(counter: Counter, shopper: Shopper = ANNA) -> pb.EraseShopperResponse:
    counter.clock.on(seconds=1)
    return counter.privacy.EraseShopper(pb.EraseShopperRequest(shopper=shopper, source="test"))


def test_a_copy_is_all_that_is_held_and_counts_it(busy: Counter) -> None:
    lines = busy.export(PHONE)
    assert [line["kind"] for line in lines] == ["answer"] * 4 + ["preference"] + ["entry"] * 5 + ["event", "summary"]
    assert lines[-1] == {"kind": "summary", "answer": 4, "preference": 1, "entry": 5, "event": 1, "shared": 0}
    assert lines[0] == {
        "kind": "answer",
        "of": "visitor",
        "purpose": "contact",
        "status": "granted",
        "at": "2026-03-01T12:00:03.000000Z",
        "jurisdiction": "DE",
        "policy_version": "2026-01",
        "source": "test",
    }
    assert lines[4]["topics"] == {"photo": "show"}
    assert [line["entry"] for line in lines if line["kind"] == "entry"] == ["consent"] * 4 + ["link"]


def test_a_copy_holds_nothing_of_anybody_else_and_no_number(busy: Counter) -> None:
    text = json.dumps(busy.export(ANNA))
    with busy.database.reading() as connection:
        subjects = [str(subject) for subject in connection.exec_driver_sql("SELECT subject FROM shoppers").scalars()]
    assert "kettle" not in text
    assert not [secret for secret in (*IDS, *subjects) if secret in text]


@pytest.mark.parametrize("named", [ANNA, ANNAS_PHONE])
def test_the_copy_of_a_customer_holds_what_is_of_its_own_browser(busy: Counter, named: Shopper) -> None:
    assert busy.export(named)[-1] == {
        "kind": "summary",
        "answer": 8,
        "preference": 2,
        "entry": 9,
        "event": 2,
        "shared": 0,
    }


def test_a_browser_that_may_be_somebody_elses_is_not_in_the_customers_copy(busy: Counter) -> None:
    bobs_phone = Shopper(customer_id=BOB.customer_id, visitor_id=PHONE.visitor_id)
    busy.privacy.LinkVisitor(pb.LinkVisitorRequest(shopper=bobs_phone))
    summary = busy.export(ANNA)[-1]
    assert (summary["event"], summary["shared"]) == (1, 1)


def test_the_copy_of_who_was_never_met_is_empty_and_meets_nobody(counter: Counter) -> None:
    assert counter.export(ANNA) == [
        {"kind": "summary", "answer": 0, "preference": 0, "entry": 0, "event": 0, "shared": 0}
    ]
    assert counter.n_rows("shoppers") == 0


def test_a_copy_can_be_had_again(busy: Counter) -> None:
    assert busy.export(ANNA) == busy.export(ANNA)


def test_a_long_copy_comes_whole_while_pages_are_answered(busy: Counter) -> None:
    events = [busy.event(BOB, f"item-{number}") for number in range(3_000)]
    for first in range(0, len(events), 500):
        busy.told(*events[first : first + 500])
    parts = busy.privacy.ExportShopper(pb.ExportShopperRequest(shopper=BOB))
    next(parts)
    assert busy.page(BOB, "camera").recommendations
    *_, last = parts
    assert json.loads(last.json)["event"] == 3_002


def test_an_erasure_leaves_nothing_to_use_and_says_how_far_it_has_come(busy: Counter) -> None:
    answer = erased(busy)
    assert answer.erasure.n_events == 2
    assert answer.erasure.requested_at == stamp(busy.clock.now)
    assert (answer.erasure.models_due_at.seconds - answer.erasure.requested_at.seconds) / 86_400 == 30
    assert busy.state_of(ANNA) == busy.state_of(PHONE) == NEVER_ASKED
    assert [line["kind"] for line in busy.export(PHONE)] == ["entry"] * 6 + ["summary"]
    assert busy.n_rows("kept_events") == 2


def test_an_erasure_is_of_nobody_else(busy: Counter) -> None:
    before = busy.export(BOB)
    erased(busy)
    assert busy.export(BOB) == before
    assert busy.state_of(BOB) == ALLOWED


def test_an_erasure_is_found_again_by_its_receipt(busy: Counter) -> None:
    answer = erased(busy)
    for _ in range(2):
        found = busy.privacy.GetErasure(pb.GetErasureRequest(receipt=answer.receipt))
        assert found.erasure == answer.erasure


def test_erasing_again_is_harmless(busy: Counter) -> None:
    first, second = erased(busy), erased(busy)
    assert first.receipt != second.receipt
    assert second.erasure.n_events == 0


def test_who_was_never_met_can_be_erased(counter: Counter) -> None:
    assert erased(counter).erasure.n_events == 0


def test_a_receipt_of_no_erasure_is_not_found(counter: Counter) -> None:
    code, reason = refused(counter.privacy.GetErasure, pb.GetErasureRequest(receipt="r"))
    assert (code, reason) == (grpc.StatusCode.NOT_FOUND, "RECEIPT_UNKNOWN")


@pytest.mark.parametrize(("lag", "is_clean"), [(-1, False), (0, True), (1, True), (None, False)])
def test_the_served_model_is_clean_once_it_was_trained_after_the_erasure(
    busy: Counter, model: Model, lag: int | None, is_clean: bool
) -> None:
    answer = erased(busy)
    assert not answer.erasure.served_model_is_clean
    position = None if lag is None else answer.erasure.ledger_position + lag
    busy.server.slot.model = Model(model.bundle, model.version, position)
    found = busy.privacy.GetErasure(pb.GetErasureRequest(receipt=answer.receipt))
    assert found.erasure.served_model_is_clean == is_clean


def test_a_receipt_and_a_link_of_an_erased_shopper_name_nobody(busy: Counter) -> None:
    texts = [busy.link(ANNA), erased(busy).receipt, busy.link(ANNA)]
    with busy.database.reading() as connection:
        subjects = [str(subject) for subject in connection.exec_driver_sql("SELECT subject FROM shoppers").scalars()]
    assert not [text for text in texts for secret in (*IDS, *subjects) if secret in text]


def test_a_link_made_before_an_erasure_still_says_no(busy: Counter) -> None:
    token = busy.link(ANNA)
    erased(busy)
    busy.says(ANNA, YES, P)
    busy.clock.on(seconds=1)
    busy.privacy.OptOut(pb.OptOutRequest(token=token))
    assert not busy.state_of(ANNA)[P][0]


def everything(counter: Counter) -> None:
    """Every call there is, as it goes well and as it fails."""
    for shopper in (ANNA, PHONE, ANNAS_PHONE, BOB):
        for call in (
            lambda who: counter.says(who),
            lambda who: counter.told(counter.event(who, "camera", session_id="phone-4713")),
            lambda who: counter.page(who),
            lambda who: counter.state_of(who),
            lambda who: counter.prefers(who, "photo"),
            lambda who: counter.export(who),
            lambda who: counter.link(who),
            lambda who: counter.privacy.LinkVisitor(pb.LinkVisitorRequest(shopper=who)),
            lambda who: counter.privacy.CheckContact(pb.CheckContactRequest(shopper=who, channel=1)),
            lambda who: counter.privacy.EraseShopper(pb.EraseShopperRequest(shopper=who)),
            lambda who: counter.says(who, NO),
            lambda who: counter.opts_out(who),
        ):
            try:
                call(shopper)
            except grpc.RpcError:
                continue


def assert_no_id_in(lines: list[dict[str, str]]) -> None:
    text = json.dumps(lines, ensure_ascii=False)
    assert not [secret for secret in IDS if secret in text]


def test_no_id_is_in_the_log_when_all_is_well_or_the_database_is_gone(counter: Counter, tmp_path: Path) -> None:
    everything(counter)
    (tmp_path / "state.db").unlink()
    everything(counter)
    assert {"not_answered", "shoppers_unknown"} <= set(counter.server.lines.events())
    assert_no_id_in(counter.server.lines.all())


def test_no_id_is_in_the_log_when_tables_are_gone(counter: Counter) -> None:
    counter.says(ANNA)
    with counter.database.transaction() as connection:
        for table in ("kept_events", "aliases"):
            connection.exec_driver_sql(f"DROP TABLE {table}")
    everything(counter)
    assert_no_id_in(counter.server.lines.all())


def test_no_id_is_in_the_log_when_the_server_itself_is_at_fault(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*ids: object) -> None:
        raise KeyError(*map(str, ids), *IDS)

    monkeypatch.setattr(counter.store, "opt_out", fail)
    with pytest.raises(grpc.RpcError) as caught:
        counter.opts_out(ANNA)
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    line = counter.server.lines.only("unexpected_error")
    assert "KeyError" in line["traceback"]
    assert "in opt_out" in line["traceback"]
    assert_no_id_in([line])


def test_no_id_is_in_the_database(counter: Counter, tmp_path: Path) -> None:
    counter.says(ANNAS_PHONE)
    counter.did(ANNAS_PHONE, "camera", event_pb.EVENT_TYPE_PURCHASE)
    counter.prefers(BOB, "photo")
    Database(f"sqlite:///{tmp_path / 'state.db'}").close()
    files = list(tmp_path.glob("state.db*"))
    assert files
    assert not [(file, secret) for file in files for secret in IDS if secret.encode() in file.read_bytes()]
