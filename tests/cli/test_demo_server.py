"""The demo waits for the model it has registered, not for any."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from shopkeeper.v1 import recommendation_service_pb2 as pb
from shopkeeper.v1 import recommendation_service_pb2_grpc as service

from cli.demo_server import DemoFailedError, wait_for_model


class OldThenNew(service.RecommendationServiceServicer):
    """Answers twice by the version on disk, then by the one that was registered."""

    def __init__(self) -> None:
        self.answers = ["", "accessories/1", "accessories/2"]

    def Recommend(self, _page: pb.RecommendRequest, _context: grpc.ServicerContext) -> pb.RecommendResponse:  # noqa: N802
        answering = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return pb.RecommendResponse(model_version=answering)


@pytest.fixture
def served() -> Iterator[tuple[OldThenNew, str]]:
    with ThreadPoolExecutor() as threads:
        server, shop = grpc.server(threads), OldThenNew()
        service.add_RecommendationServiceServicer_to_server(shop, server)  # type: ignore[no-untyped-call]  # generated
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield shop, f"127.0.0.1:{port}"
        server.stop(None).wait()


def test_pages_are_asked_for_once_the_registered_version_answers(served: tuple[OldThenNew, str]) -> None:
    shop, target = served
    wait_for_model(target, "accessories/2")
    assert shop.answers == ["accessories/2"]


def test_a_version_that_never_answers_is_named_with_the_one_that_does(served: tuple[OldThenNew, str]) -> None:
    _, target = served
    with pytest.raises(DemoFailedError, match=r"answered by accessories/2, not accessories/3"):
        wait_for_model(target, "accessories/3", timeout_s=1)
