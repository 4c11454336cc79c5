"""Who may call, by the hash of a token."""

import re
import secrets

import pytest

from service.core.callers import MAX_AT_HAND, Caller, Callers, Scope, hash_of, new_token

TOKEN, OTHER = "shk_one", "shk_other"


class Clock:
    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def callers(clock: Clock | None = None, **caller: float) -> Callers:
    known = {hash_of(TOKEN): Caller("storefront", frozenset({Scope.RECOMMEND, Scope.RECORD}), **caller)}
    return Callers(known, clock or Clock())


@pytest.mark.parametrize("scope", [Scope.RECOMMEND, Scope.RECORD])
def test_a_token_is_good_for_its_scopes(scope: Scope) -> None:
    assert callers().refusal(f"Bearer {TOKEN}", scope) is None


@pytest.mark.parametrize("scope", [Scope.PRIVACY, Scope.ADMIN])
def test_a_token_is_good_for_no_other_scope_which_the_refusal_names(scope: Scope) -> None:
    refusal = callers().refusal(f"Bearer {TOKEN}", scope)
    assert refusal is not None
    assert refusal.reason == "SCOPE_MISSING"
    assert f"`{scope}`" in str(refusal)


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", f"Bearer {OTHER}", TOKEN, f"Basic {TOKEN}", f"Bearer {hash_of(TOKEN)}"],
)
def test_who_shows_no_token_that_is_known_is_unknown_and_told_what_to_send(authorization: str | None) -> None:
    refusal = callers().refusal(authorization, Scope.RECOMMEND)
    assert refusal is not None
    assert refusal.reason == "CALLER_UNKNOWN"
    assert "authorization: Bearer TOKEN" in str(refusal)


@pytest.mark.parametrize("authorization", [f"bearer {TOKEN}", f"BEARER  {TOKEN} "])
def test_the_scheme_may_be_in_any_case(authorization: str) -> None:
    assert callers().refusal(authorization, Scope.RECOMMEND) is None


@pytest.mark.parametrize(("authorization", "scope"), [(f"Bearer {OTHER}", "recommend"), (f"Bearer {TOKEN}", "admin")])
def test_a_refusal_never_repeats_the_token(authorization: str, scope: str) -> None:
    refusal = callers().refusal(authorization, Scope(scope))
    assert refusal is not None
    assert not re.search("shk_", f"{refusal} {refusal.metadata}")


def test_a_token_that_was_used_ends_when_it_expires() -> None:
    clock = Clock()
    known = callers(clock, expires_at_s=clock.now_s + 1)
    assert known.refusal(f"Bearer {TOKEN}", Scope.RECORD) is None
    clock.now_s += 1
    refusal = known.refusal(f"Bearer {TOKEN}", Scope.RECORD)
    assert refusal is not None
    assert (refusal.reason, "expired" in str(refusal)) == ("CALLER_UNKNOWN", True)


def test_a_token_that_was_used_is_revoked_at_once() -> None:
    known = callers()
    assert known.refusal(f"Bearer {TOKEN}", Scope.RECORD) is None
    known.replace({hash_of(OTHER): Caller("other", frozenset({Scope.RECORD}))})
    assert known.refusal(f"Bearer {TOKEN}", Scope.RECORD) is not None
    assert known.refusal(f"Bearer {OTHER}", Scope.RECORD) is None


def test_however_a_caller_writes_its_header_little_is_remembered() -> None:
    known = callers()
    for n_spaces in range(1, 2 * MAX_AT_HAND):
        known.refusal(f"Bearer{' ' * n_spaces}{TOKEN}", Scope.RECORD)
    assert len(known._at_hand) <= MAX_AT_HAND


def test_a_header_of_nobody_is_not_remembered() -> None:
    known = callers()
    known.refusal(f"Bearer {OTHER}", Scope.RECORD)
    assert known._at_hand == {}


def test_a_token_is_of_256_random_bits_and_can_be_found_by_a_scanner() -> None:
    asked: list[int] = []

    def random_text(n_bytes: int) -> str:
        asked.append(n_bytes)
        return secrets.token_urlsafe(n_bytes)

    assert re.fullmatch(r"shk_[\w-]{43}", new_token(random_text))
    assert asked == [32]
