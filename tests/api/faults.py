"""The faults that a refused call names."""

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status


def faults_of(call: grpc.UnaryUnaryMultiCallable, request: object) -> dict[str, str]:
    """The fields at fault and what is said of each."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    (detail,) = rpc_status.from_call(caught.value).details
    bad_request = error_details_pb2.BadRequest()
    assert detail.Unpack(bad_request)
    return {violation.field: violation.description for violation in bad_request.field_violations}
