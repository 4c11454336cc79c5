"""Online: the gRPC server."""
