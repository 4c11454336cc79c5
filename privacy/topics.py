"""Topics: branches of the shop's categories that a shopper mutes or asks for, and those that need their own yes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

MAX_TOPIC_BYTES = 256
"""Longest topic in bytes of UTF-8: a dozen levels of long names; what is longer is a mistake."""


class TopicWord(StrEnum):
    """What a shopper says of a topic."""

    SHOW = "show"
    MUTE = "mute"


def topic_fault(topic: str) -> str | None:
    """What keeps this from being a topic, in words that say what would be right; None if nothing does."""
    if not topic or not all(topic.split("/")):
        return "must be a category path such as `photo/cameras`, without empty parts"
    if not topic.isprintable():
        return "must hold no control characters"
    if len(topic.encode("utf-8", "surrogatepass")) > MAX_TOPIC_BYTES:
        return f"must be at most {MAX_TOPIC_BYTES} bytes long"
    return None


def covers(topic: str, category: str) -> bool:
    """Whether a category is the topic or lies in it, by whole parts: `a/b` covers `a/b/c` and not `a/bc`."""
    return category == topic or category.startswith(f"{topic}/")


def deepest(topics: Collection[str], category: str) -> str | None:
    """The longest of the topics that covers the category; None where none does."""
    while category:
        if category in topics:
            return category
        category = category.rpartition("/")[0]
    return None


def is_muted(category: str, words: Mapping[str, TopicWord]) -> bool:
    """Whether the deepest word on the category is mute."""
    topic = deepest(words, category)
    return topic is not None and words[topic] is TopicWord.MUTE


def lacks_own_yes(category: str, words: Mapping[str, TopicWord], sensitive: Collection[str]) -> bool:
    """Whether the category is sensitive, and the deepest word on it is not a show within the sensitive topic.

    Of sensitive topics within one another the inner one needs its own yes.
    """
    guarded = deepest(sensitive, category)
    if guarded is None:
        return False
    topic = deepest(words, category)
    return topic is None or words[topic] is not TopicWord.SHOW or not covers(guarded, topic)


def hidden(category: str, words: Mapping[str, TopicWord], sensitive: Collection[str]) -> bool:
    """Whether a category is neither shown to a shopper nor used as evidence about them.

    Args:
        category: Category path; the empty one of items without category is never hidden.
        words: What the shopper says, by topic.
        sensitive: Topics that need a yes of their own.
    """
    return is_muted(category, words) or lacks_own_yes(category, words, sensitive)


class TopicNumbers:
    """`hidden` for all categories of a bundle at once, by their numbers.

    Made once for a bundle and a set of rules. Somebody without a word on any topic, as nearly everybody is, costs
    nothing; each word costs one operation on the set of the categories that its topic covers.

    Args:
        categories: Category paths by number.
        sensitive: Topics that need a yes of their own.
    """

    __slots__ = ("_covered", "_opened", "unasked")

    def __init__(self, categories: Sequence[str], sensitive: Collection[str]) -> None:
        guarded = {number: deepest(sensitive, category) for number, category in enumerate(categories)}
        self.unasked = frozenset(number for number, topic in guarded.items() if topic is not None)
        """Numbers hidden from somebody who says nothing: the sensitive ones."""
        covered: dict[str, set[int]] = {}
        for number, category in enumerate(categories):
            for topic in _branches(category):
                covered.setdefault(topic, set()).add(number)
        self._covered = {topic: frozenset(numbers) for topic, numbers in covered.items()}
        self._opened = {
            topic: frozenset(number for number in numbers if covers(guarded[number] or topic, topic))
            for topic, numbers in covered.items()
            if not self.unasked.isdisjoint(numbers)
        }

    def hidden(self, words: Mapping[str, TopicWord]) -> frozenset[int]:
        """Numbers of the hidden categories."""
        if not words:
            return self.unasked
        return self._after(words, self.unasked, self._opened)

    def hidden_of(
        self, own: Sequence[Mapping[str, TopicWord]], others: Sequence[Mapping[str, TopicWord]] = ()
    ) -> frozenset[int]:
        """Numbers of the categories that are hidden from several people at one page.

        What one of them muted is hidden from all; a sensitive topic is shown where one of those before the page asked
        for it. Each of them is heard by itself: a deeper word of one does not answer a wider one of another.

        Args:
            own: What those before the page say.
            others: What those say who only share the browser; they may hide, and open nothing.
        """
        said = [words for words in (*own, *others) if words]
        if not said:
            return self.unasked
        muted = frozenset[int]().union(*(self._after(words, frozenset(), {}) for words in said))
        unasked = self.unasked
        for words in own:
            unasked &= self.hidden(words)
        return muted | unasked

    def _after(
        self, words: Mapping[str, TopicWord], numbers_before: frozenset[int], opened: Mapping[str, frozenset[int]]
    ) -> frozenset[int]:
        """Numbers that are hidden after one person's words; a word to show opens all it covers, or what is told."""
        numbers = set(numbers_before)
        # Deeper topics are longer than the ones they lie in, so their word comes later and wins.
        for topic in sorted(words, key=len):
            covered = self._covered.get(topic)
            if covered is None:
                continue
            numbers |= covered
            if words[topic] is TopicWord.SHOW:
                numbers -= opened.get(topic, covered)
        return frozenset(numbers)


def _branches(category: str) -> Iterable[str]:
    while category:
        yield category
        category = category.rpartition("/")[0]
