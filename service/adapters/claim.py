"""A say in what becomes of a directory that several processes share; it ends with the process at the latest."""

import fcntl
import os
from pathlib import Path


class Claim:
    """A lock on a directory, under whatever name: of many who use it, or of one who deletes it.

    Where the file system has no locks, every claim is granted.
    """

    def __init__(self, directory: Path, handle: int) -> None:
        self._directory, self._handle = directory, handle

    @classmethod
    def to_use(cls, directory: Path) -> "Claim | None":
        """Nobody may delete it while this is held; None where it is not there, or just being deleted."""
        return cls._of(directory, fcntl.LOCK_SH)

    @classmethod
    def to_delete(cls, directory: Path) -> "Claim | None":
        """Nobody may use it while this is held; None where it is not there, or someone does."""
        return cls._of(directory, fcntl.LOCK_EX)

    def is_alone(self) -> bool:
        """Turn a claim to use into one to delete; False where others use it, or another directory has its name."""
        return self._locked(fcntl.LOCK_EX)

    def release(self) -> None:
        """Give it up; once only."""
        os.close(self._handle)

    @classmethod
    def _of(cls, directory: Path, kind: int) -> "Claim | None":
        try:
            claim = cls(directory, os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
        except OSError:
            return None
        if claim._locked(kind):
            return claim
        claim.release()
        return None

    def _locked(self, kind: int) -> bool:
        try:
            fcntl.flock(self._handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            pass
        # Whoever had the lock before may have deleted the directory, or put another in its place.
        try:
            return os.path.samestat(os.fstat(self._handle), self._directory.stat())
        except OSError:
            return False
