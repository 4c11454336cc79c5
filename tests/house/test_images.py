import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from service.settings import Settings
from tests.house.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVING = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
DEPLOYING = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
RUN = re.compile(r"^docker run ((?:.*\\\n)*.*)$", re.MULTILINE)
STAGES = {stage.split("\n", 1)[0].rpartition(" AS ")[2]: stage for stage in DOCKERFILE.split("\nFROM ")[1:]}  # by name


@pytest.mark.parametrize("target", ["service", "trainer"])
def test_an_image_does_not_run_as_root(target: str) -> None:
    users = [line for line in STAGES[target].splitlines() if line.startswith("USER")]
    assert users == ["USER 10001:10001"]


@pytest.mark.parametrize("target", ["service", "trainer"])
def test_an_image_is_installed_from_its_own_lock(target: str) -> None:
    assert f"--require-hashes -r requirements/{target}.lock" in STAGES[f"{target}-environment"]
    assert f"COPY --from={target}-environment /opt/shopkeeper /opt/shopkeeper" in STAGES[target]


def test_all_that_the_wheel_holds_enters_the_build(pyproject: Mapping[str, Any]) -> None:
    entering = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    packages = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]

    assert [package for package in packages if f"!{package.partition('/')[0]}" not in entering] == []


def test_no_bytecode_goes_by_the_time_of_its_source() -> None:
    assert "--invalidation-mode unchecked-hash" in STAGES["base"]  # Python's own library
    assert "PYC_INVALIDATION_MODE=UNCHECKED_HASH" in STAGES["builder"]
    assert "--compile-bytecode" in STAGES["builder"]


def test_the_folder_of_what_the_shop_keeps_is_empty_at_first() -> None:
    assert "--no-create-home" in STAGES["final"]  # a home would be made with a shell's files in it
    assert "install --directory --owner 10001 --group 10001 /var/lib/shopkeeper" in STAGES["final"]


def test_the_images_that_are_run_are_those_that_are_built() -> None:
    built = re.findall(r"docker build --target \w+ -t (\S+) \.", DOCKERFILE)
    assert re.findall(r"^docker build --target \w+ -t (\S+) \.$", SERVING, re.MULTILINE) == built
    runs = RUN.findall(SERVING) + RUN.findall(DEPLOYING)
    assert len(runs) >= 4
    assert [run for run in runs if not set(built) & set(run.split())] == []


def test_a_server_that_is_open_to_its_network_is_published_on_loopback() -> None:
    assert "SHOPKEEPER_OPEN_TO_NETWORK=yes" in STAGES["service"]
    published = re.findall(r" -p (\S+)", SERVING + DEPLOYING)
    assert len(published) >= 3
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


@pytest.fixture
def health_server() -> Iterator[tuple[int, health.HealthServicer]]:
    servicer = health.HealthServicer()
    with ThreadPoolExecutor(1) as executor:
        server = grpc.server(executor)
        health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield port, servicer
        server.stop(grace=None).wait()


def check_health(port: int, **settings: str) -> int:
    command = [sys.executable, str(ROOT / ".ci" / "healthcheck.py")]
    environment = {**os.environ, "SHOPKEEPER_PORT": str(port), **settings}
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode


@pytest.mark.parametrize(("status", "code"), [("SERVING", 0), ("NOT_SERVING", 1)])
def test_a_container_is_as_healthy_as_its_server_says(
    health_server: tuple[int, health.HealthServicer], status: str, code: int
) -> None:
    port, servicer = health_server
    servicer.set("", health_pb2.HealthCheckResponse.ServingStatus.Value(status))

    assert check_health(port) == code


def test_a_container_without_a_server_is_not_healthy() -> None:
    assert check_health(1) == 1  # tcpmux: nothing listens there


@pytest.mark.parametrize(("is_there", "code"), [(True, 0), (False, 1)])
def test_a_container_with_tls_is_healthy_while_it_listens(is_there: bool, code: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1] if is_there else 1
        assert check_health(port, SHOPKEEPER_TLS_CERT="server.pem") == code


def test_the_images_own_settings_let_its_server_start() -> None:
    given = dict(re.findall(r"(SHOPKEEPER_\w+)=(\S+)", STAGES["service"]))
    assert Settings.read(given).host == "0.0.0.0"  # noqa: S104 - that of a container
