"""Stand-ins for the ports: a registry in memory, a log that remembers."""

import json
import math
import shutil
from collections.abc import Callable, Sequence
from datetime import datetime
from io import StringIO
from pathlib import Path

from models.errors import ShopkeeperError
from privacy.consent import Identity
from privacy.entry import Circumstances
from privacy.kept_event import Act, KeptEvent
from privacy.person import NOBODY, Person
from service.adapters.ports import AliasMissingError, RegisteredVersion, RegistryUnreachableError
from service.log import Log


class FakeRegistry:
    """Versions whose bundles lie in directories."""

    def __init__(self) -> None:
        self.bundles: dict[str, Path] = {}
        self.fingerprints: dict[str, str | None] = {}
        self.registered_at_ms = 1
        self.champion: str | None = None
        self.other_aliases: dict[str, str] = {}
        self.fault: Exception | None = None
        self.n_fetches = 0

    def put(self, version: str, bundle: Path, fingerprint: str | None = None) -> None:
        """Register a bundle and make it the champion."""
        self.bundles[version], self.fingerprints[version], self.champion = bundle, fingerprint, version

    def find(self, name: str, alias: str) -> RegisteredVersion:
        """As the port says."""
        if self.fault:
            raise self.fault
        version = self.champion if alias == "champion" else self.other_aliases.get(alias)
        if version is None:
            raise AliasMissingError(f"no {alias} of {name}")
        return RegisteredVersion(name, version, self.registered_at_ms, self.fingerprints[version])

    def fetch(self, version: RegisteredVersion, directory: Path) -> Path:
        """As the port says."""
        self.n_fetches += 1
        if version.version not in self.bundles:
            raise RegistryUnreachableError("gone in between")
        return Path(shutil.copytree(self.bundles[version.version], directory / "artifacts" / "bundle"))


class Lines:
    """A log whose lines can be read."""

    def __init__(self) -> None:
        self._stream = StringIO()
        self.log = Log(self._stream, lambda: 0.0)

    def all(self) -> list[dict[str, str]]:
        """Every line so far."""
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]

    def events(self) -> list[str]:
        """What happened, in order."""
        return [line["event"] for line in self.all()]

    def only(self, event: str) -> dict[str, str]:
        """The one line of this event."""
        (line,) = [line for line in self.all() if line["event"] == event]
        return line


def flip_byte(path: Path, place: int = -1) -> None:
    """Change one byte of a file, keeping its size."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def registry_down() -> ShopkeeperError:
    """What a registry that does not answer raises."""
    return RegistryUnreachableError("connection refused")


class FakeShopperStore:
    """service.core.shopper_store.ShopperStore in memory: it knows whom a test says it does.

    Attributes:
        person: Whom every id names.
        people: Whom these ids name instead.
        person_in_keep: As of the transaction that keeps; as found where not given.
        acts: What everybody did lately.
        on: What happens in a method, by name, before it does its work; `kept` is the end of `keep`.
        calls: Names of the methods called.
    """

    def __init__(self) -> None:
        self.person: Person = NOBODY
        self.person_in_keep: Person | None = None
        self.people: dict[tuple[Identity, ...], Person] = {}
        self.acts: list[Act] = []
        self.showings: list[Act] = []
        self.on: dict[str, Callable[[], object]] = {}
        self.calls: list[str] = []
        self.times_s: list[float] = []
        self.kept: list[KeptEvent] = []
        self.links: list[tuple[str, str]] = []
        self.opt_outs: list[Circumstances] = []

    def _called(self, method: str) -> None:
        self.calls.append(method)
        self.on.get(method, lambda: None)()

    async def find(self, identities: Sequence[Identity], within_s: float = math.inf) -> Person:
        """As the port says."""
        self._called("find")
        self.times_s.append(within_s)
        return self.people.get(tuple(identities), self.person)

    async def look_up(self, identities: Sequence[Identity]) -> Person:
        """As the port says."""
        self._called("look_up")
        return self.people.get(tuple(identities), self.person)

    async def numbers(self, identities: Sequence[Identity]) -> dict[Identity, int]:
        """As the port says."""
        self._called("numbers")
        people = {one: self.people.get((one,), self.person).known for one in identities}
        return {of: known.subject for of, found in people.items() for known in found if known.kind is of.kind}

    async def find_subject(self, _subject: int) -> Person:
        """As the port says."""
        self._called("find_subject")
        return self.person

    async def as_of(self, person: Person, _at: datetime) -> Person:
        """As the port says, of people who never said anything else."""
        self._called("as_of")
        return person

    async def past(
        self, _person: Person, _n_events: int, since_us: int, within_s: float = math.inf
    ) -> tuple[list[Act], list[Act]]:
        """As the port says, of an n_events that is smaller than there are acts beside purchases and dismissals."""
        self._called("past")
        self.times_s.append(within_s)
        return self.acts, [act for act in self.showings if act.at_us >= since_us]

    async def record(self, *_given: object) -> int:
        """As the port says."""
        self._called("record")
        return 1

    async def opt_out(self, _identities: object, _purposes: object, circumstances: Circumstances) -> int:
        """As the port says."""
        self._called("opt_out")
        self.opt_outs.append(circumstances)
        return 1

    async def opt_out_subject(self, _subject: int, _purposes: object, circumstances: Circumstances) -> int:
        """As the port says."""
        self._called("opt_out_subject")
        self.opt_outs.append(circumstances)
        return 1

    async def subject_of(self, _identity: Identity) -> int:
        """As the port says."""
        return 1

    async def link(self, visitor_id: str, customer_id: str, _circumstances: Circumstances) -> int:
        """As the port says."""
        self._called("link")
        self.links.append((visitor_id, customer_id))
        return 1

    async def keep(
        self,
        named: Sequence[Sequence[int]],
        as_allowed: Callable[[Sequence[Person]], Sequence[KeptEvent | None]],
    ) -> int:
        """As the port says."""
        self._called("keep")
        allowed = as_allowed([self.person_in_keep or self.person for _ in named])
        self._called("kept")
        new = [event for event in allowed if event is not None]
        self.kept += new
        return len(new)
