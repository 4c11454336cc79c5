"""Whether a file is still the one it was."""

from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, ...]


def stamp_of(path: Path) -> Stamp:
    """Changes with the file, also where a link leads to another, as Kubernetes renews a mounted secret.

    Args:
        path: Of the file; one that is not there has a stamp too.
    """
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_mtime_ns, status.st_ino, status.st_dev, status.st_size
