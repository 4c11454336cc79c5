"""`shopkeeper serve` through all of its services, errors included: nothing it shows to an operator says who.

Every id, token and word of a shopper that is sent holds MARK, and every token that is answered is remembered; then the
log, the figures, the spans, what is counted of tests of models and their reports are searched for them.
"""

import io
import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from shopkeeper.v1 import (
    catalogue_service_pb2,
    event_service_pb2,
    privacy_service_pb2,
    recommendation_service_pb2,
    shopper_pb2,
)

from cli.main import main
from privacy.state_directory import OWN_FILE
from service.core.callers import hash_of
from tests.integration.every_kind import NAMES, counted, done_with, every_kind, wait_until_live
from tests.integration.serving import Served, promoted
from tests.service.conftest import registry_template  # noqa: F401 - fixture
from tests.service.mlflow_registry import forgive_mlflow
from tests.service.waiting import until
from tests.service.watching.collector import Collector

pytestmark = forgive_mlflow

MARK = "q4711z"
TOKEN = f"shk_{MARK}-of-the-backend"
SCOPES = "recommend, record, privacy, admin"
METHODS = {
    f"{service.full_name}/{method.name}": method
    for module in (recommendation_service_pb2, event_service_pb2, privacy_service_pb2, catalogue_service_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
    for method in service.methods
}
PRICE_MINOR = 471_147_113
"""Of what was bought; a report may tell of it as a sum, and nothing else may."""
OF_TESTS = {"experiment_definitions", "experiment_answers", "experiment_departures"}
N_COUNTED = 5
"""Variants that answered at least: an arm and a draft for the shopper, both for somebody unknown, and the shadow."""
LARGEST = {FieldDescriptor.TYPE_INT32: 2**31 - 1, FieldDescriptor.TYPE_INT64: 2**63 - 1}
YES = shopper_pb2.CONSENT_STATUS_GRANTED
WHO = shopper_pb2.Shopper(customer_id=f"anna-{MARK}", visitor_id=f"phone-{MARK}")
ANNA = shopper_pb2.Shopper(customer_id=f"anna-{MARK}")


class Kept:
    """A server, what was said to it, and what it shows.

    Attributes:
        reports: Of each test, as JSON: while the shopper is in it, and once they are erased.
        tables: What the database holds of tests of models, by table.
    """

    def __init__(self, directory: Path, template: Path, collector: Collector) -> None:
        self._collector, self.state_dir = collector, directory / "state"
        tokens = directory / "tokens.yaml"
        tokens.write_text(f"tokens:\n- {{name: backend, sha256: {hash_of(TOKEN)}, scopes: [{SCOPES}]}}\n")
        with promoted(directory, template) as registry:
            self.experiments = every_kind(directory, registry)
            options = ("--metrics-port", "0", "--tokens", str(tokens), "--experiments", str(self.experiments))
            self.server = Served(self.state_dir, registry.uri, *options)
            self.server.wait_for("bundle_served")
            wait_until_live(self.server)
        self.channel = grpc.insecure_channel(self.server.address)
        self.secrets = {MARK, TOKEN}
        self.reports = list[str]()
        self.tables: dict[str, str] = {}

    def call(self, name: str, request: Message, token: str = TOKEN) -> Any:
        """Call a method; its answer, or the last part of it. The tokens of an answer are secrets from then on."""
        method = METHODS[name]
        answer_of = GetMessageClass(method.output_type).FromString
        make = self.channel.unary_stream if method.server_streaming else self.channel.unary_unary
        headers = (("authorization", f"Bearer {token}"), ("traceparent", f"{MARK}"), ("shopper", MARK))
        answer = make(f"/{name}", type(request).SerializeToString, answer_of)(request, timeout=20, metadata=headers)
        [*_, last] = answer if method.server_streaming else [answer]
        self.secrets |= {text for text in _texts(last) if len(text) >= 20}
        return last

    def log(self) -> str:
        """All that it wrote."""
        return self.server._log.read_text()

    def figures(self) -> str:
        """The page for Prometheus."""
        address = self.server.lines("metrics_listening")[0]["address"]
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=20) as answer:
            text: str = answer.read().decode()
        return text

    def report(self) -> None:
        """Have every test reported as it stands."""
        state_uri = f"sqlite:///{self.state_dir / OWN_FILE}"
        for name in NAMES:
            asked = ("experiment", "report", name, "--file", str(self.experiments), "--state-uri", state_uri, "--json")
            with redirect_stdout(io.StringIO()) as told:
                assert main(asked, subcommands=["cli.experiment"]) == 0
            self.reports.append(told.getvalue())

    def look_into_the_database(self) -> None:
        """Take down what it holds of tests of models."""
        with closing(sqlite3.connect(self.state_dir / OWN_FILE)) as connection:
            query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'experiment\\_%' ESCAPE '\\'"
            for (table,) in connection.execute(query).fetchall():
                rows = connection.execute(f"SELECT * FROM {table}").fetchall()
                self.tables[table] = "\n".join(map(str, rows))

    def spans(self) -> list[str]:
        """Spans so far, as text."""
        batches = list(self._collector.taken.queue)
        return [
            str(span)
            for batch in batches
            for resource in batch.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def _texts(message: Message) -> Iterator[str]:
    """Texts of tokens in an answer, and what a copy holds."""
    for field, value in message.ListFields():
        if field.name in ("token", "receipt", "attribution_token", "json"):
            yield value
        elif field.message_type is not None:
            for one in value if field.is_repeated else [value]:
                yield from _texts(one)


def marked(kind: Descriptor, depth: int = 3) -> Message:
    """A message with MARK in every text, and the largest number in every whole number: valid nowhere."""
    message = GetMessageClass(kind)()
    for field in kind.fields:
        value: Any = None
        if field.type == FieldDescriptor.TYPE_STRING:
            value = f"\n{MARK}-{field.name}"
        elif field.type in LARGEST:
            value = LARGEST[field.type]
        elif field.message_type is not None and depth and field.message_type.full_name != "google.protobuf.Timestamp":
            value = marked(field.message_type, depth - 1)
        if value is None:
            continue
        if field.is_repeated:
            getattr(message, field.name).append(value)
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(value)
        else:
            setattr(message, field.name, value)
    return message


@pytest.fixture(scope="module")
def kept(
    registry_template: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Kept]:
    """A server after it was told everything, in every way."""
    with ExitStack() as stack:
        collector = Collector()
        stack.callback(collector.close)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.address)
            patch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
            made = Kept(tmp_path_factory.mktemp("shop"), registry_template, collector)
        stack.callback(made.server.end)
        stack.enter_context(made.channel)
        tell(made)
        yield made


def tell(made: Kept) -> None:
    everything_goes_well(made)
    everything_is_at_fault(made)
    nobody_may(made)
    until(lambda: len(counted(made.state_dir)) >= N_COUNTED, "answers of tests to be written down")
    made.look_into_the_database()
    everything_is_broken(made)
    until(
        lambda: len({line for line in METHODS if any(line in span for span in made.spans())}) == len(METHODS), "spans"
    )


def everything_goes_well(kept: Kept) -> None:
    """Every method answers OK once, to a shopper who said yes."""
    recommend, record, privacy = (
        f"shopkeeper.v1.{name}/" for name in ("RecommendationService", "EventService", "PrivacyService")
    )
    pb, rec = privacy_service_pb2, recommendation_service_pb2
    how = pb.Circumstances(source=f"form-{MARK}", policy_version=f"p-{MARK}")
    answers = [pb.ConsentAnswer(purpose=purpose, status=YES) for purpose in (1, 2, 3, 4)]
    kept.call(f"{privacy}RecordConsent", pb.RecordConsentRequest(shopper=WHO, answers=answers, circumstances=how))
    kept.call(f"{privacy}LinkVisitor", pb.LinkVisitorRequest(shopper=WHO, circumstances=how))
    page = rec.RecommendRequest(
        placement="product_page",
        item_id="camera",
        shopper=WHO,
        cart_item_ids=[f"cart-{MARK}"],
        viewed_item_ids=[f"viewed-{MARK}"],
        signals=shopper_pb2.Signals(tcf_string=f"C{MARK}"),
        owned=[rec.OwnedItem(item_id=f"owned-{MARK}", days_since_bought=3)],
        muted_topics=[f"games/{MARK}"],
        session_id=f"session-{MARK}",
    )
    cart = rec.RecommendRequest(
        placement="cart", cart_item_ids=["camera"], shopper=WHO, session_id=f"session-{MARK}", owned=page.owned
    )
    kept.call(f"{recommend}Recommend", page)
    # What it says is no consent: with it nobody may be measured.
    page.ClearField("signals")
    kept.call(f"{recommend}Recommend", rec.RecommendRequest(placement="product_page", item_id=f"item-{MARK}"))
    kept.call(f"{recommend}Recommend", rec.RecommendRequest(placement="cart", cart_item_ids=["camera"]))
    batch = kept.call(f"{recommend}BatchRecommend", rec.BatchRecommendRequest(requests=[page, cart]))
    assert [answer.variant.partition("/")[0] for answer in batch.responses] == ["ranker", "look"]
    who = {"shopper": WHO, "session_id": f"session-{MARK}", "order_id": f"order-{MARK}"}
    events = [event for answer in batch.responses for event in done_with(answer, f"event-{MARK}", PRICE_MINOR, **who)]
    recorded = kept.call(f"{record}RecordEvents", event_service_pb2.RecordEventsRequest(events=events))
    assert {result.attribution for result in recorded.results} == {event_service_pb2.EVENT_ATTRIBUTION_JOINED}
    kept.report()
    topics = [pb.TopicPreference(topic=f"toys/{MARK}", choice=pb.TOPIC_CHOICE_MUTE)]
    kept.call(f"{privacy}UpdatePreferences", pb.UpdatePreferencesRequest(shopper=ANNA, topics=topics))
    kept.call(f"{privacy}GetPreferences", pb.GetPreferencesRequest(shopper=ANNA))
    contact = pb.CheckContactRequest(shopper=ANNA, channel=pb.CHANNEL_EMAIL, topic=f"toys/{MARK}")
    kept.call(f"{privacy}CheckContact", contact)
    link = kept.call(f"{privacy}CreateOptOutLink", pb.CreateOptOutLinkRequest(shopper=ANNA))
    kept.call(f"{privacy}ExportShopper", pb.ExportShopperRequest(shopper=ANNA))
    kept.call(f"{privacy}OptOut", pb.OptOutRequest(token=link.token, circumstances=how))
    erased = kept.call(f"{privacy}EraseShopper", pb.EraseShopperRequest(shopper=ANNA, source=f"mail-{MARK}"))
    kept.call(f"{privacy}GetErasure", pb.GetErasureRequest(receipt=erased.receipt))
    kept.report()
    news = catalogue_service_pb2.ItemUpdate(item_id=f"item-{MARK}", available=False)
    kept.call("shopkeeper.v1.CatalogueService/UpdateItems", catalogue_service_pb2.UpdateItemsRequest(items=[news]))


def everything_is_at_fault(kept: Kept) -> None:
    """Every field of every method is at fault, and so are tokens and receipts of the right form."""
    for name, method in METHODS.items():
        with suppress(grpc.RpcError):
            kept.call(name, marked(method.input_type))
    pb = privacy_service_pb2
    for name, request in {
        "OptOut": pb.OptOutRequest(token=f"{MARK}.{MARK}"),
        "GetPreferences": pb.GetPreferencesRequest(token=f"{MARK}.{MARK}"),
        "GetErasure": pb.GetErasureRequest(receipt=f"{MARK}-receipt"),
    }.items():
        with pytest.raises(grpc.RpcError):
            kept.call(f"shopkeeper.v1.PrivacyService/{name}", request)


def nobody_may(kept: Kept) -> None:
    """Every method is called by somebody who may not."""
    for name, method in METHODS.items():
        with pytest.raises(grpc.RpcError, match="UNAUTHENTICATED"):
            kept.call(name, marked(method.input_type), token=f"shk_{MARK}-of-nobody")


def everything_is_broken(kept: Kept) -> None:
    """The same calls once the database has lost its tables."""
    with sqlite3.connect(kept.state_dir / OWN_FILE) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            connection.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
    connection.close()
    pb = privacy_service_pb2
    failing: dict[str, Message] = {
        "PrivacyService/GetPreferences": pb.GetPreferencesRequest(shopper=ANNA),
        "PrivacyService/RecordConsent": pb.RecordConsentRequest(
            shopper=WHO, answers=[pb.ConsentAnswer(purpose=shopper_pb2.PURPOSE_CONTACT, status=YES)]
        ),
        "PrivacyService/ExportShopper": pb.ExportShopperRequest(shopper=ANNA),
        "PrivacyService/EraseShopper": pb.EraseShopperRequest(shopper=ANNA),
    }
    for name, request in failing.items():
        with pytest.raises(grpc.RpcError):
            kept.call(f"shopkeeper.v1.{name}", request)
    page = recommendation_service_pb2.RecommendRequest(placement="product_page", item_id="camera", shopper=WHO)
    kept.call("shopkeeper.v1.RecommendationService/Recommend", page)


def unwanted(kept: Kept, *texts: str) -> list[str]:
    """Secrets that are in a text, and what was paid."""
    return [secret for secret in {*kept.secrets, str(PRICE_MINOR)} if any(secret in text for text in texts)]


def test_every_method_was_answered_and_was_refused(kept: Kept) -> None:
    figures = kept.figures()
    for name in METHODS:
        method = name.rpartition("/")[2]
        assert f'shopkeeper_requests_total{{code="OK",method="{method}"}} 0.0' not in figures, method
        assert f'shopkeeper_requests_total{{code="UNAUTHENTICATED",method="{method}"}} 1.0' in figures, method
    assert "INVALID_ARGUMENT" in figures
    assert "shopkeeper_lookup_failures_total 0.0" not in figures


def test_the_log_tells_of_the_failures_and_of_nobody(kept: Kept) -> None:
    assert kept.server.lines("not_answered") or kept.server.lines("unexpected_error")
    assert unwanted(kept, kept.log()) == []


def test_the_figures_tell_of_nobody(kept: Kept) -> None:
    figures = kept.figures()
    assert all(f'"{variant}"' in figures for variant in ("look/+", "look/+~", "ranker/later"))
    assert unwanted(kept, figures) == []


def test_the_spans_tell_of_nobody(kept: Kept) -> None:
    spans = "\n".join(kept.spans())
    assert "shopkeeper.placement" in spans
    assert unwanted(kept, spans) == []


def test_what_is_counted_of_tests_of_models_tells_of_nobody(kept: Kept) -> None:
    assert kept.tables.keys() == OF_TESTS
    assert all(kept.tables.values()), kept.tables
    assert unwanted(kept, *kept.tables.values()) == []


def test_the_reports_tell_of_nobody(kept: Kept) -> None:
    assert len(kept.reports) == 2 * len(NAMES)
    assert [secret for secret in kept.secrets if any(secret in report for report in kept.reports)] == []


def test_who_is_erased_was_in_the_reports_and_is_not(kept: Kept) -> None:
    look, ranker, look_after, ranker_after = map(json.loads, kept.reports)
    assert (look["units"], look_after["units"]) == (1, 0)
    n_units = [sum(arm["units"] for arm in report["arms"].values()) for report in (ranker, ranker_after)]
    assert n_units == [1, 0]


def test_tokens_were_among_what_was_searched_for(kept: Kept) -> None:
    assert len(kept.secrets) >= 6
