"""What SQLite has on disk."""

from pathlib import Path


def bytes_on_disk(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()) if path.name.startswith("state.db"))
