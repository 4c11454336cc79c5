"""What the core's ports are made of: registry, files."""
