"""Consent strings of the TCF, written by an encoder of our own."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

MADE = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
US = 755

Entries = Sequence[tuple[int, int]]


def number(value: int, n_bits: int) -> str:
    return f"{value:0{n_bits}b}"


def letters(pair: str) -> str:
    return "".join(number(ord(letter) - ord("A"), 6) for letter in pair)


def among(members: Sequence[int], n_bits: int) -> str:
    return "".join("1" if place in members else "0" for place in range(1, n_bits + 1))


def ranges(entries: Entries) -> str:
    bits = number(len(entries), 12)
    for first, last in entries:
        bits += "0" + number(first, 16) if first == last else "1" + number(first, 16) + number(last, 16)
    return bits


def one_by_one(members: Sequence[int], max_id: int | None = None) -> str:
    n_bits = max(members, default=0) if max_id is None else max_id
    return number(n_bits, 16) + "0" + among(members, n_bits)


def by_range(*entries: tuple[int, int], max_id: int | None = None) -> str:
    return (
        number(max((last for _, last in entries), default=0) if max_id is None else max_id, 16) + "1" + ranges(entries)
    )


def base64url(bits: str) -> str:
    bits += "0" * (-len(bits) % 8)
    return base64.urlsafe_b64encode(int(bits, 2).to_bytes(len(bits) // 8, "big")).rstrip(b"=").decode()


DISCLOSED = number(1, 3) + by_range((1, 1000))


@dataclass(frozen=True)
class Core:
    """Fields of the core segment; what stands here reads as consent of vendor 755 to purposes 1, 5, 6 and 8."""

    version: int = 2
    created: datetime = MADE
    last_updated: datetime = MADE
    cmp_id: int = 300
    language: str = "EN"
    vendor_list: int = 100
    policy: int = 5
    is_service_specific: bool = True
    purposes: Sequence[int] = (1, 5, 6, 8)
    interests: Sequence[int] = ()
    purpose_one_treatment: bool = False
    country: str = "DE"
    vendors: str = by_range((US, US))
    vendor_interests: str = one_by_one([])
    restrictions: Sequence[tuple[int, int, Entries]] = ()
    others: Sequence[str] = field(default=(DISCLOSED,))

    def bits(self) -> str:
        bits = number(self.version, 6)
        bits += "".join(number(int(at.timestamp() * 10), 36) for at in (self.created, self.last_updated))
        bits += number(self.cmp_id, 12) + number(7, 12) + number(1, 6) + letters(self.language)
        bits += number(self.vendor_list, 12) + number(self.policy, 6) + str(int(self.is_service_specific)) + "0"
        bits += among([1], 12) + among(self.purposes, 24) + among(self.interests, 24)
        bits += str(int(self.purpose_one_treatment)) + letters(self.country) + self.vendors + self.vendor_interests
        bits += number(len(self.restrictions), 12)
        for purpose, kind, entries in self.restrictions:
            bits += number(purpose, 6) + number(kind, 2) + ranges(entries)
        return bits

    def text(self) -> str:
        return ".".join(base64url(bits) for bits in (self.bits(), *self.others))
