import re
from collections.abc import Mapping

from packaging.requirements import Requirement

from tests.house.conftest import ROOT

GENERATED = ROOT / "proto" / "shopkeeper" / "v1"


def generated_with(pattern: str, files: str) -> set[str]:
    """Versions of the compiler that the generated files say they were made with."""
    return {re.search(pattern, path.read_text(encoding="utf-8"))[1] for path in GENERATED.glob(files)}


def floor(requirements: Mapping[str, list[Requirement]], name: str) -> set[str]:
    [requirement] = [requirement for part in requirements.values() for requirement in part if requirement.name == name]
    return {specifier.version for specifier in requirement.specifier if specifier.operator == ">="}


def test_protobuf_is_never_older_than_the_generated_code(requirements: Mapping[str, list[Requirement]]) -> None:
    assert floor(requirements, "protobuf") == generated_with(r"Protobuf Python Version: (\S+)", "*_pb2.py")


def test_grpc_is_never_older_than_the_generated_code(requirements: Mapping[str, list[Requirement]]) -> None:
    made_with = generated_with(r"GRPC_GENERATED_VERSION = '(\S+)'", "*_pb2_grpc.py")

    assert floor(requirements, "grpcio") == made_with
    assert floor(requirements, "grpcio-tools") == made_with
