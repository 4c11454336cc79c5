"""The wire: protobuf in, protobuf out."""
