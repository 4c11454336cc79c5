"""What stands of a person after all the ledger says: a fold over the entries, kept as one text for one look-up."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from privacy.consent import Answer, Purpose, Status, replaces
from privacy.entry import EntryKind, Word
from privacy.times import microseconds, moment


class State(NamedTuple):
    """What stands of one person.

    Attributes:
        answers: The answer that stands, by purpose.
        linked: Customers that this visitor is, in the order of their numbers.
        erased_at: When all before was erased; None if nothing was.
    """

    answers: Mapping[Purpose, Answer] = MappingProxyType({})
    linked: tuple[int, ...] = ()
    erased_at: datetime | None = None

    def after(self, word: Word) -> "State":
        """The state once one more word is known; words may come in any order.

        What was said before an erasure stays erased, whenever it comes in.
        """
        if word.kind is EntryKind.LINK:
            assert word.other is not None  # noqa: S101 - a link has two ends
            return self._replace(linked=tuple(sorted({*self.linked, word.other})))
        if word.kind is EntryKind.ERASURE:
            erased_at = word.at if self.erased_at is None else max(self.erased_at, word.at)
            kept = {purpose: answer for purpose, answer in self.answers.items() if answer.at > erased_at}
            return self._replace(answers=kept, erased_at=erased_at)
        assert word.purpose is not None  # noqa: S101 - a consent has both
        assert word.status is not None  # noqa: S101
        answer = Answer(word.status, word.at, word.jurisdiction, word.policy_version, word.source)
        is_erased = self.erased_at is not None and word.at <= self.erased_at
        if is_erased or not replaces(answer, self.answers.get(word.purpose)):
            return self
        return self._replace(answers={**self.answers, word.purpose: answer})

    def as_text(self) -> str:
        """The state as the table holds it; equal states give equal texts."""
        content: dict[str, object] = {
            str(purpose): [
                str(answer.status),
                microseconds(answer.at),
                answer.jurisdiction,
                answer.policy_version,
                answer.source,
            ]
            for purpose, answer in sorted(self.answers.items())
        }
        if self.linked:
            content["linked"] = list(self.linked)
        if self.erased_at is not None:
            content["erased_at"] = microseconds(self.erased_at)
        return json.dumps(content, separators=(",", ":"), sort_keys=True)

    @classmethod
    def of_text(cls, text: str) -> "State":
        """The state of a table's text.

        Raises:
            ValueError: It is none; or another error of what has not the form that is expected, which is no KeyError. So
                a no that cannot be read is not taken for silence.
        """
        content, end = _JSON.raw_decode(text)
        linked, erased_at = content.pop("linked", ()), content.pop("erased_at", None)
        for purpose, (status, at, jurisdiction, policy_version, source) in content.items():
            texts = type(jurisdiction) is type(policy_version) is type(source) is str
            if not (texts and purpose in _PURPOSES and status in _STATUSES and _FIRST_US <= at <= _LAST_US):
                raise ValueError("an answer cannot be read")
        if end != len(text) or not {*map(type, linked)} <= _NUMBERS:
            raise ValueError("a state cannot be read")
        return cls(_Answers(content), tuple(linked), None if erased_at is None else moment(erased_at))


_JSON = json.JSONDecoder()
_PURPOSES = {str(purpose): purpose for purpose in Purpose}
_STATUSES = {str(status): status for status in Status}
"""A look in a dictionary takes a fifth of the enumeration's own time."""
_FIRST_US, _LAST_US = microseconds(datetime.min.replace(tzinfo=UTC)), microseconds(datetime.max.replace(tzinfo=UTC))
"""What can be a time."""
_NUMBERS = {int}


class _Answers(Mapping[Purpose, Answer]):
    """Answers of a text that was looked over, made only when they are asked for: a page asks for one of four."""

    __slots__ = ("_said",)

    def __init__(self, said: Mapping[str, list[Any]]) -> None:
        self._said = said

    def __getitem__(self, purpose: Purpose) -> Answer:
        status, at, jurisdiction, policy_version, source = self._said[purpose]
        return Answer(_STATUSES[status], moment(at), jurisdiction, policy_version, source)

    def __iter__(self) -> Iterator[Purpose]:
        return map(_PURPOSES.__getitem__, self._said)

    def __len__(self) -> int:
        return len(self._said)


NOTHING = State()
"""Of whom nothing is known."""
