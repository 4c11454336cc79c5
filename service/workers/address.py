"""A port kept for the workers of one server, and from everybody else."""

import errno
import fcntl
import os
import resource
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from models.errors import ShopkeeperError

_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""What a name may stand for besides: an address of IPv6 on a machine without it."""


class AddressUnavailableError(ShopkeeperError):
    """The port cannot be listened on."""

    reason = "ADDRESS_UNAVAILABLE"

    @classmethod
    def at(cls, host: str, port: int) -> "AddressUnavailableError":
        """The error for this address."""
        return cls(
            f"cannot listen on {written(host, port)}: another process has the port, or the host is not this machine's; "
            "stop that process or choose another --port or --host"
        )


MOST_HANDLES = 4096
"""Below which a worker's connections are, if it has no more of them."""


@contextmanager
def high_handles() -> Iterator[None]:
    """What is opened meanwhile has a higher handle than connections will have.

    Linux closes the handles of a process that is killed from the highest down (task_work_run, since 4.3). With the one
    that listens below, a client that is hung up on and comes back at once may be sent to the dying worker once more;
    gRPC then tries again only after a second.
    """
    wanted = _wanted()
    taken = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while taken[-1] < wanted:
            taken.append(os.dup(taken[0]))
        yield
    finally:
        for handle in taken:
            os.close(handle)


def room_for_handles() -> None:
    """Have `high_handles` find the room it needs; to be called while this process has one thread.

    Linux doubles the table of handles as it fills, and where threads share it waits each time for all processors
    (expand_fdtable): some 80 ms until there is room for as many, of the 150 that a forked worker took to listen.
    """
    handle = os.open(os.devnull, os.O_RDONLY)
    os.close(fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, _wanted()))
    os.close(handle)


def written(host: str, port: int) -> str:
    """Host and port as one writes them."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _wanted() -> int:
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_HANDLES if most == resource.RLIM_INFINITY else min(MOST_HANDLES, most * 3 // 4)


class HeldAddress:
    """An address that only processes of this user which share ports on purpose can listen on.

    Sockets that are bound and do not listen: connections go to the workers, and a second server is refused even while
    no worker is there.

    Attributes:
        port: Bound.
    """

    def __init__(self, port: int, sockets: Sequence[socket.socket]) -> None:
        self.port, self._sockets = port, sockets

    @classmethod
    def hold(cls, host: str, port: int) -> "HeldAddress":
        """Take the address.

        Args:
            host: A name or an address of this machine; all that the name stands for is held.
            port: 0 for any free one.

        Raises:
            AddressUnavailableError: Another process has the port, or the host is not this machine's.
        """
        held: list[socket.socket] = []
        bound = port
        try:
            for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                try:
                    held.append(_held(family, (address[0], bound, *address[2:])))
                except OSError as error:
                    if error.errno not in _NOT_HERE:
                        raise
                else:
                    bound = held[-1].getsockname()[1]
            if not held:
                raise AddressUnavailableError.at(host, port)
        except OSError as error:
            cls(bound, held).release()
            raise AddressUnavailableError.at(host, port) from error
        return cls(bound, held)

    def release(self) -> None:
        """Let others have it."""
        for held in self._sockets:
            held.close()


def _held(family: int, address: tuple[object, ...]) -> socket.socket:
    """A socket bound to the address.

    Raises:
        OSError: It cannot be, or somebody else's is.
    """
    held = socket.socket(family, socket.SOCK_STREAM)
    try:
        with socket.socket(family, socket.SOCK_STREAM) as first:
            # Connections that a server before this one left behind are no server.
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            _only_this_family(first)
            first.bind(address)
            # Of those who bind at once without sharing, one can listen; and only then it begins to share.
            first.listen(1)
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            _only_this_family(held)
            held.bind(first.getsockname())
            # From here on whoever does not share the port is refused, and not only while someone listens.
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except BaseException:
        held.close()
        raise
    return held


def _only_this_family(made: socket.socket) -> None:
    """An address of IPv6 is none of IPv4, which has a socket of its own."""
    if made.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
