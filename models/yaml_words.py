"""How a value of a file in YAML is told back to whoever wrote it: in the file's words, and short."""

import math
from collections.abc import Collection
from datetime import date, datetime
from difflib import get_close_matches

MAX_LETTERS = 60
"""Of a value that is told: enough to find it by."""
MAX_ENTRIES = 5
"""Of a list or a mapping that is told."""
LIKENESS = 0.65
"""Of two words, by difflib, from which on one is taken for the other: it pairs window and window_days, and keeps
duration and description apart."""


def wrong(rule: str, value: object, hint: str = "") -> str:
    """What is wrong with a value that does not keep to a rule.

    Args:
        rule: What it must be, for instance "must be a list".
        value: As the file has it; None where it does not.
        hint: How to write what was probably meant; empty where nobody knows.
    """
    fault = f"is missing: {rule}" if value is None else f"{rule}, is {said(value)}"
    return f"{fault}; {hint}" if hint else fault


def not_one_of(known: Collection[str], value: object) -> str:
    """What is wrong with a value that is none of the known words."""
    return wrong(f"must be one of {', '.join(known)}", value, did_you_mean(value, known))


def did_you_mean(value: object, known: Collection[str]) -> str:
    """A question after the known word that is most like a value; empty where none is like it."""
    meant = closest(value, known)
    return f"did you mean {meant}?" if meant else ""


def closest(value: object, known: Collection[str]) -> str:
    """The known word that is most like a value; empty where none is like it, or it is no word."""
    if not isinstance(value, str):
        return ""
    folded = value.strip().casefold().replace("-", "_").replace(" ", "_")
    return next(iter(get_close_matches(folded, known, n=1, cutoff=LIKENESS)), "")


def said(value: object) -> str:
    """A value as YAML has it, cut where it is long; of letters that cannot be seen, a mark."""
    if isinstance(value, list):
        return _cut(f"[{', '.join(map(_inner, value[:MAX_ENTRIES]))}{', ...' * (len(value) > MAX_ENTRIES)}]")
    if isinstance(value, dict):
        entries = [f"{_inner(key)}: {_inner(one)}" for key, one in list(value.items())[:MAX_ENTRIES]]
        return _cut(f"{{{', '.join(entries)}{', ...' * (len(value) > MAX_ENTRIES)}}}")
    if isinstance(value, str) and not value.strip():
        return "an empty text"
    return _cut(_plain(value))


def _inner(value: object) -> str:
    """Within another value; not deeper, as a value may hold itself."""
    return "[...]" if isinstance(value, list) else "{...}" if isinstance(value, dict) else _plain(value)


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return "no number" if math.isnan(value) else "infinite"
    if isinstance(value, int) and abs(value) >= 10**MAX_LETTERS:
        # Python refuses to write out the longest ones.
        return "a very long number"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in _one_line(value))


def _one_line(value: object) -> str:
    return " ".join(str(value).split())


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LETTERS else f"{text[: MAX_LETTERS - 3]}..."
