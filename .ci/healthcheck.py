"""Exits with 0 if the server of this container says over grpc.health.v1 that it serves, else with 1.

Of a server with TLS it asks no more than whether it listens: it has no certificate to show, and the server's own is
none of 127.0.0.1. A probe that has both learns more.
"""

import os
import socket
import sys

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

TIMEOUT_S = 2.0


def main() -> int:
    port = os.environ.get("SHOPKEEPER_PORT") or "50051"
    address = f"127.0.0.1:{port}"
    if os.environ.get("SHOPKEEPER_TLS_CERT"):
        try:
            socket.create_connection(("127.0.0.1", int(port)), TIMEOUT_S).close()
        except OSError as error:
            print(f"{address}: {error.strerror}", file=sys.stderr)
            return 1
        return 0
    with grpc.insecure_channel(address) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=TIMEOUT_S)
        except grpc.RpcError as error:
            print(f"{address}: {error.code().name}", file=sys.stderr)
            return 1
    return 0 if answer.status == health_pb2.HealthCheckResponse.SERVING else 1


if __name__ == "__main__":
    sys.exit(main())
