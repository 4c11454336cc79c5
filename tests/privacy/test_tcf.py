"""Consent strings: valid ones read right, and nothing else reads as consent. Strings are written by an own encoder."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.tcf import MAX_AGE, MAX_CHARACTERS, Refusal, RestrictionType, TcfConsent, TcfFault, allows, read_tcf
from tests.privacy.consent_strings import (
    DISCLOSED,
    MADE,
    NOW,
    US,
    Core,
    base64url,
    by_range,
    number,
    one_by_one,
)

PUBLISHER = number(3, 3) + "0" * 48 + number(2, 6) + "0110"
VALID = Core().text()


def read(text: str) -> TcfConsent:
    consent = read_tcf(text, NOW)
    assert isinstance(consent, TcfConsent), consent
    return consent


def fault(text: str, now: datetime = NOW) -> TcfFault | None:
    refusal = read_tcf(text, now)
    return refusal.reason if isinstance(refusal, Refusal) else None


def test_a_valid_string_is_read_field_by_field() -> None:
    restrictions = [(5, 1, [(US, US)]), (2, 0, [(3, 4), (8, 8)])]
    text = Core(last_updated=MADE + timedelta(days=1), restrictions=restrictions, others=(PUBLISHER, DISCLOSED)).text()
    consent = read(text)
    assert (consent.created, consent.last_updated, consent.policy_version) == (MADE, MADE + timedelta(days=1), 5)
    assert (consent.purposes, consent.vendors, consent.disclosed) == (
        frozenset({1, 5, 6, 8}),
        (range(US, US + 1),),
        (range(1, 1001),),
    )
    assert [(one.purpose, one.kind, one.vendors) for one in consent.restrictions] == [
        (5, RestrictionType.REQUIRE_CONSENT, (range(US, US + 1),)),
        (2, RestrictionType.NOT_ALLOWED, (range(3, 5), range(8, 9))),
    ]


def test_vendors_one_by_one_are_those_in_ranges() -> None:
    assert read(Core(vendors=one_by_one([1, 2, 3, US])).text()).vendors == frozenset({1, 2, 3, US})
    assert read(Core(vendors=by_range((1, 3), (US, US))).text()).vendors == (range(1, 4), range(US, US + 1))


# The example of a service's own string in IAB's document of the format, of policy version 2.
PUBLISHED = "CLcVDxRMWfGmWAVAHCENAXCkAKDAADnAABRgA5mdfCKZuYJez-NQm0TBMYA4oCAAGQYIAAAAAAEAIAEgAA.argAC0gAAAAAAAAAAAA"


def test_the_published_example_is_read_as_of_its_time() -> None:
    consent = read_tcf(PUBLISHED, datetime(2012, 2, 1, tzinfo=UTC))
    assert isinstance(consent, TcfConsent)
    assert consent.created.replace(microsecond=0) == datetime(2008, 12, 7, 10, 4, 17, tzinfo=UTC)
    assert consent.last_updated.replace(microsecond=0) == datetime(2012, 1, 10, 17, 10, 13, tzinfo=UTC)
    assert consent.purposes == {1, 3, 9, 10}
    assert isinstance(consent.vendors, frozenset)
    assert sorted(consent.vendors)[:10] == [2, 3, 6, 7, 8, 10, 12, 13, 14, 15]
    assert (allows(consent, 2, {1, 10}), allows(consent, 4, {1, 10}), allows(consent, 2, {1, 5})) == (
        True,
        False,
        False,
    )


# Strings printed in IAB's documents and its libraries' read-me files, and of other formats.
FOREIGN = {
    "the published example, today": (PUBLISHED, TcfFault.TOO_OLD),
    "with scope for every site": ("COrVd1pOrVd1pACABCENAHCAAAAAAAAAAAiQAAAAAAAA", TcfFault.WRONG_SCOPE),
    "TCF version 1": ("BOPnWgIOPnWgIAAABAENAI4AAAAA0ABA", TcfFault.WRONG_VERSION),
    "Global Privacy Platform": ("DBAA", TcfFault.WRONG_VERSION),
    "Global Privacy Platform, with sections": ("DBABMA~CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA", None),
    "US Privacy": ("1YNN", TcfFault.WRONG_VERSION),
    "Google's additional consent": ("1~1.35.41.101", None),
    "nothing": ("", TcfFault.EMPTY),
    "spaces": ("  ", TcfFault.FOREIGN_CHARACTERS),
    "a dot": (".", TcfFault.CUT),
    "dots": ("....", TcfFault.CUT),
    "one character": ("C", TcfFault.CUT),
    "JSON": ('{"consent":true}', TcfFault.FOREIGN_CHARACTERS),
    "words": ("granted", TcfFault.TRAILING_BITS),
    "ones": ("_" * 100, TcfFault.WRONG_VERSION),
    "zeros": ("A" * 100, TcfFault.WRONG_VERSION),
    "half a character": ("\ud800", TcfFault.FOREIGN_CHARACTERS),
    "digits of another script": ("C" + "\u0661" * 50, TcfFault.FOREIGN_CHARACTERS),
}


@pytest.mark.parametrize("case", FOREIGN)
def test_another_formats_string_is_refused(case: str) -> None:
    text, reason = FOREIGN[case]
    assert isinstance(read_tcf(text, NOW), Refusal)
    assert reason is None or fault(text) is reason


ODD = {
    "version 1": (Core(version=1), TcfFault.WRONG_VERSION),
    "version 3": (Core(version=3), TcfFault.WRONG_VERSION),
    "of a later policy": (Core(policy=6), TcfFault.WRONG_POLICY),
    "of the first policy": (Core(policy=1), TcfFault.WRONG_POLICY),
    "of a policy given up before it was made": (Core(policy=3), TcfFault.WRONG_POLICY),
    "for every site": (Core(is_service_specific=False), TcfFault.WRONG_SCOPE),
    "of no consent platform": (Core(cmp_id=1), TcfFault.WRONG_VALUE),
    "of no vendor list": (Core(vendor_list=0), TcfFault.WRONG_VALUE),
    "language no letters": (Core(language="[A"), TcfFault.WRONG_VALUE),
    "country no letters": (Core(country="D["), TcfFault.WRONG_VALUE),
    "made tomorrow": (Core(created=NOW + timedelta(days=1)), TcfFault.IN_THE_FUTURE),
    "changed tomorrow": (Core(last_updated=NOW + timedelta(seconds=1)), TcfFault.IN_THE_FUTURE),
    "changed before it was made": (Core(last_updated=MADE - timedelta(days=1)), TcfFault.IN_THE_FUTURE),
    "without disclosed vendors": (Core(others=()), TcfFault.NOT_DISCLOSED),
    "without disclosed vendors, under an older policy": (Core(policy=4, others=()), TcfFault.NOT_DISCLOSED),
    "disclosed vendors twice": (Core(others=(DISCLOSED, DISCLOSED)), TcfFault.WRONG_SEGMENT),
    "with a core for a segment": (Core(others=(DISCLOSED, Core().bits())), TcfFault.WRONG_SEGMENT),
    "with allowed vendors": (Core(others=(DISCLOSED, number(2, 3) + by_range((1, 9)))), TcfFault.WRONG_SEGMENT),
    "with an unknown segment": (Core(others=(DISCLOSED, number(4, 3) + "0" * 60)), TcfFault.WRONG_SEGMENT),
    "with a cut segment": (Core(others=(DISCLOSED[:40],)), TcfFault.CUT),
    "with more behind a segment": (Core(others=(DISCLOSED + "0" * 8 + "1",)), TcfFault.TRAILING_BITS),
    "a range backwards": (Core(vendors=by_range((9, 3), max_id=9)), TcfFault.WRONG_VALUE),
    "ranges out of order": (Core(vendors=by_range((9, 9), (3, 4))), TcfFault.WRONG_VALUE),
    "ranges that overlap": (Core(vendors=by_range((1, 5), (5, 9))), TcfFault.WRONG_VALUE),
    "a vendor 0": (Core(vendors=by_range((0, 0))), TcfFault.WRONG_VALUE),
    "a range beyond the last vendor": (Core(vendors=by_range((US, US), max_id=US - 1)), TcfFault.WRONG_VALUE),
    "fewer ranges than announced": (Core(vendors=number(US, 16) + "1" + number(4095, 12)), TcfFault.WRONG_VALUE),
    "fewer vendors than announced": (Core(vendors=number(60_000, 16) + "0"), TcfFault.CUT),
    "a restriction of no purpose": (Core(restrictions=[(0, 1, [(1, 1)])]), TcfFault.WRONG_VALUE),
    "a restriction of an unknown kind": (Core(restrictions=[(5, 3, [(1, 1)])]), TcfFault.WRONG_VALUE),
}


@pytest.mark.parametrize("case", ODD)
def test_an_odd_string_is_refused(case: str) -> None:
    core, reason = ODD[case]
    assert fault(core.text()) is reason


def test_bits_behind_the_core_are_refused() -> None:
    assert fault(base64url(Core().bits() + "0" * 30 + "1")) is TcfFault.TRAILING_BITS


def test_zeros_behind_the_core_say_nothing() -> None:
    core, disclosed = VALID.split(".")
    assert read(f"{core}AAAA.{disclosed}") == read(VALID)


def test_bits_that_fill_no_byte_must_be_zero() -> None:
    text = Core(others=(number(1, 3) + by_range((1, 1), (3, 999)),)).text()
    assert len(text.split(".")[1]) % 4 in (2, 3)
    assert fault(text[:-1] + chr(ord(text[-1]) + 1)) is TcfFault.TRAILING_BITS


@pytest.mark.parametrize("padding", ["=", "==", "\n", " ", ".", "%3D"])
def test_padding_and_what_else_may_hang_on_is_refused(padding: str) -> None:
    assert fault(VALID + padding) in (TcfFault.FOREIGN_CHARACTERS, TcfFault.CUT)


@pytest.mark.parametrize("other", ["+", "/"])
def test_the_other_base64_is_refused(other: str) -> None:
    assert fault(f"C{other}{VALID[2:]}") is TcfFault.FOREIGN_CHARACTERS


def test_a_string_is_read_up_to_the_longest_and_no_further() -> None:
    core, disclosed = VALID.split(".")
    room = (MAX_CHARACTERS - len(VALID)) // 4 * 4
    assert fault(f"{core}{'A' * room}.{disclosed}") is None
    assert fault(f"{core}{'A' * (room + 4)}.{disclosed}") is TcfFault.TOO_LONG


def test_a_string_is_good_for_thirteen_months_and_no_longer() -> None:
    assert fault(VALID, MADE + MAX_AGE) is None
    assert fault(VALID, MADE + MAX_AGE + timedelta(microseconds=1)) is TcfFault.TOO_OLD


def test_a_string_is_good_from_when_it_was_made() -> None:
    assert (fault(VALID, MADE), fault(VALID, MADE - timedelta(microseconds=1))) == (None, TcfFault.IN_THE_FUTURE)


def test_vendors_need_be_disclosed_only_since_version_2_3() -> None:
    before = datetime(2026, 2, 28, tzinfo=UTC)
    older, newer = (Core(policy=policy, created=before, last_updated=before, others=()).text() for policy in (4, 5))
    assert (fault(older), fault(newer)) == (None, TcfFault.NOT_DISCLOSED)


ALLOWED = {
    "as it stands": (Core(), True),
    "a purpose lacks": (Core(purposes=(1, 5)), False),
    "another purpose": (Core(purposes=(1, 5, 7)), False),
    "legitimate interest only": (Core(purposes=(), interests=(1, 5, 6)), False),
    "another vendor": (Core(vendors=by_range((1, US - 1), (US + 1, 900))), False),
    "no vendor": (Core(vendors=one_by_one([])), False),
    "a vendor's legitimate interest only": (Core(vendors=one_by_one([]), vendor_interests=by_range((US, US))), False),
    "not disclosed": (Core(others=(number(1, 3) + by_range((1, US - 1)),)), False),
    "nobody was asked about purpose 1": (Core(purpose_one_treatment=True), False),
    "the publisher forbids it": (Core(restrictions=[(5, 0, [(700, 800)])]), False),
    "the publisher wants legitimate interest": (Core(restrictions=[(6, 2, [(US, US)])]), False),
    "the publisher wants consent": (Core(restrictions=[(5, 1, [(US, US)])]), True),
    "the publisher wants consent and forbids it": (Core(restrictions=[(5, 1, [(1, 999)]), (5, 0, [(1, 999)])]), False),
    "the publisher forbids another purpose": (Core(restrictions=[(8, 0, [(US, US)])]), True),
    "the publisher forbids it to others": (Core(restrictions=[(5, 0, [(1, US - 1)])]), True),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_a_vendor_has_consent_to_all_purposes_or_none(case: str) -> None:
    core, is_allowed = ALLOWED[case]
    assert allows(read(core.text()), US, {1, 5, 6}) is is_allowed


def test_consent_to_no_purpose_is_none() -> None:
    assert not allows(read(VALID), US, set())


def test_vendor_0_has_no_consent() -> None:
    assert not allows(read(Core(vendors=by_range((1, 999))).text()), 0, {1})


def consents(text: str, purposes: Sequence[int] = (1, 5, 6)) -> bool:
    consent = read_tcf(text, NOW)
    return isinstance(consent, TcfConsent) and allows(consent, US, purposes)


LONG = Core(
    vendors=by_range((1, 3), (700, 800)), restrictions=[(2, 0, [(1, 2), (9, 9)])], others=(DISCLOSED, PUBLISHER)
).text()


@pytest.mark.parametrize("text", [VALID, LONG])
def test_every_cut_is_refused(text: str) -> None:
    whole = {text, text.rsplit(".", 1)[0]} if text is LONG else {text}
    # What is cut off a segment may be zeros that say nothing: then the same is read.
    read_anyway = [text[:end] for end in range(len(text)) if fault(text[:end]) is None]
    assert {one.count(".") for one in read_anyway} <= {one.count(".") for one in whole}
    assert all(read(one) == read(text) for one in read_anyway)


@given(st.integers(0, len(VALID) - 1), st.characters())
def test_a_changed_character_is_read_only_as_what_it_says(place: int, character: str) -> None:
    text = VALID[:place] + character + VALID[place + 1 :]
    assert not consents(text) or says_so(text)


@given(st.sets(st.integers(0, len(Core().bits()) - 1), min_size=1, max_size=3))
def test_flipped_bits_are_read_only_as_what_they_say(places: set[int]) -> None:
    bits = "".join(str(int(bit) ^ (place in places)) for place, bit in enumerate(Core().bits()))
    text = base64url(bits) + "." + base64url(DISCLOSED)
    assert not consents(text) or says_so(text)


def says_so(text: str) -> bool:
    """Whether the core's bits name purposes 1, 5 and 6, and vendor 755 first of all, where the format has them."""
    core = text.split(".")[0]
    bits = "".join(f"{byte:08b}" for byte in base64.urlsafe_b64decode(core + "=" * (-len(core) % 4)))
    by_number = bits[229:243] == "1" + number(1, 12) + "0" and int(bits[243:259], 2) == US
    in_range = bits[229:243] == "1" + number(1, 12) + "1" and int(bits[243:259], 2) <= US <= int(bits[259:275], 2)
    by_bit = bits[229] == "0" and bits[230 + US - 1 : 230 + US] == "1"
    return all(bits[152 + purpose - 1] == "1" for purpose in (1, 5, 6)) and (by_number or in_range or by_bit)


@given(
    st.text()
    | st.text("ABCDEFabcdef0189-_.", max_size=200)
    | st.binary(max_size=120).map(lambda b: base64.urlsafe_b64encode(b).decode())
)
def test_garbage_is_no_consent(text: str) -> None:
    assert not consents(text, (1,))


@given(st.binary(min_size=1, max_size=80))
def test_garbage_behind_a_valid_beginning_is_no_consent_of_ours(tail: bytes) -> None:
    head = Core().bits()[:152] + "0" * 24  # Consent to no purpose; the rest is anything.
    bits = head + "".join(f"{byte:08b}" for byte in tail)
    assert not consents(base64url(bits) + "." + base64url(DISCLOSED), (1,))


ids = st.lists(st.integers(1, 1200), unique=True, max_size=20).map(sorted)
purposes = st.lists(st.integers(1, 24), unique=True, max_size=6)


@given(ids, ids, purposes, purposes, ids, st.integers(0, 2), st.sampled_from([one_by_one, None]))
def test_what_is_written_is_what_is_read(
    members: list[int],
    disclosed: list[int],
    consented: list[int],
    needed: list[int],
    restricted: list[int],
    kind: int,
    form: Callable[[Sequence[int]], str] | None,
) -> None:
    def section(of: list[int]) -> str:
        return form(of) if form is not None else by_range(*[(one, one) for one in of])

    core = replace(
        Core(),
        vendors=section(members),
        purposes=consented,
        others=(number(1, 3) + section(disclosed),),
        restrictions=[(needed[0], kind, [(one, one) for one in restricted])] if needed else [],
    )
    consent = read(core.text())
    for vendor in {*members, *disclosed, 600}:
        forbidden = bool(needed) and kind != 1 and vendor in restricted
        expected = bool(needed) and set(needed) <= set(consented) and vendor in members and vendor in disclosed
        assert allows(consent, vendor, needed) is (expected and not forbidden)
