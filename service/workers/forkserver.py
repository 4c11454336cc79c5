"""Imports what a worker needs, and forks workers: python -m service.workers.forkserver HANDLE

A fork carries over neither grpc's threads nor a loop nor a connection, so nothing of them may be there: here is
imported, and nothing is made.
"""

import gc
import importlib
import json
import os
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

WORKER = "service.workers.worker"
DRIVER = "psycopg"
"""What a worker imports only as it connects, if it is installed. MLflow is not imported here (docs/decisions/0025)."""

_MOST_BYTES = 4096
_N_THREADS = ("OPENBLAS_NUM_THREADS", "1")
"""numpy's library for linear algebra else begins threads as it is imported, for which a server has no use."""


def main(argv: Sequence[str]) -> int:
    """Fork workers until the supervisor is gone; the exit code, in a fork that of its worker.

    Args:
        argv: The handle of the socket on which the supervisor asks.
    """
    supervisor = socket.socket(fileno=int(argv[0]))
    supervisor.set_inheritable(False)
    os.environ.setdefault(*_N_THREADS)
    # Else it would look again and again at objects of which hardly any goes.
    gc.disable()
    worker = importlib.import_module(WORKER)
    with suppress(ImportError):
        importlib.import_module(DRIVER)
    gc.collect()
    # No fork looks at what all of them share: a look alone makes a copy.
    gc.freeze()
    gc.enable()
    if (n_threads := len(list(Path("/proc/self/task").iterdir()))) > 1:
        _say(supervisor, unfit=f"{n_threads} threads run once all is imported, and a fork has one of them")
        return 1
    _say(supervisor, ready=True)
    mine = _forked(supervisor)
    supervisor.close()
    return 0 if mine is None else int(worker.main(mine))


def _forked(supervisor: socket.socket) -> list[str] | None:
    """A worker's arguments, in its process; None in this one once the supervisor is gone."""
    while True:
        try:
            asked, handles, _, _ = socket.recv_fds(supervisor, _MOST_BYTES, 1)
        except ConnectionError:
            return None
        if not asked:
            return None
        [line] = handles
        try:
            pid = _fork()
        except OSError as error:
            _say(supervisor, failed=[error.errno, error.strerror])
        else:
            if pid == 0:
                number, *others = json.loads(asked)
                return [number, str(line), *others]
            _say(supervisor, pid=pid)
        os.close(line)


def _fork() -> int:
    """The id of a new process, 0 in itself; its parent is gone, which makes it the supervisor's child.

    Raises:
        OSError: The machine has no room for it.
    """
    told, telling = os.pipe()
    between = os.fork()
    if between:
        os.close(telling)
        with os.fdopen(told, "rb") as answer:
            words = json.loads(answer.read() or '[0, "who was to fork it was killed"]')
        os.waitpid(between, 0)
        if isinstance(words, int):
            return words
        raise OSError(*words)
    try:
        pid = os.fork()
    except OSError as error:
        os.write(telling, json.dumps([error.errno, error.strerror]).encode())
        os._exit(1)
    if pid:
        os.write(telling, json.dumps(pid).encode())
        os._exit(0)
    os.close(told)
    os.close(telling)
    # Ctrl-C in a terminal is said to the supervisor alone, which passes it on.
    os.setpgid(0, 0)
    return 0


def _say(supervisor: socket.socket, **words: Any) -> None:
    try:
        supervisor.send(json.dumps(words).encode())
    except ConnectionError:
        # The supervisor is gone, which is seen when it is next heard.
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
