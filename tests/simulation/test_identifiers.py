import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation.identifiers import hexadecimal, scramble


@given(st.integers(min_value=0, max_value=2**64))
def test_scrambling_is_one_to_one(key: int) -> None:
    assert sorted(scramble(np.arange(1 << 16), 16, key).tolist()) == list(range(1 << 16))


@pytest.mark.parametrize("bits", [48, 56, 64])
def test_scrambled_numbers_stay_below_their_bound_and_distinct(bits: int) -> None:
    mixed = scramble(np.arange(100_000), bits, 7)

    assert len(np.unique(mixed)) == 100_000
    assert int(mixed.max()) < 1 << bits


def test_hexadecimal_writes_every_digit_in_order() -> None:
    assert hexadecimal(np.array([0x0123AB, 255], dtype=np.uint64), 24, "v-").to_pylist() == ["v-0123ab", "v-0000ff"]


def test_hexadecimal_is_null_where_nothing_is_known() -> None:
    numbers = np.arange(10, dtype=np.uint64)
    known = numbers % 3 != 1

    text = hexadecimal(numbers, 16, "c-", known)

    text.validate(full=True)
    assert text.to_pylist() == [f"c-{number:04x}" if number % 3 != 1 else None for number in range(10)]
