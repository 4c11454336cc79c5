"""A text in YAML: what it holds, the place of each field, and in plain words why it is none."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from models.errors import Fault
from models.yaml_words import said

Place = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a text holds.

    Attributes:
        content: Of the text; of a key that is given twice, the last.
        places: Where fields begin, by path, for instance `experiments[0].name`. What stands in two places by an alias
            or a merge is there once.
        repeated: A fault for each key that is given twice.
    """

    content: object
    places: Mapping[str, Place]
    repeated: tuple[Fault, ...] = ()

    def place_of(self, field: str) -> Place:
        """Where a field begins; where it is not in the text, what it would be in; (0, 0) where nothing is."""
        path = field
        while path not in self.places:
            shorter = path[: max(path.rfind("."), path.rfind("["), 0)]
            if not shorter:
                return 0, 0
            path = shorter
        return self.places[path]


def parse(text: str, *, keeps_times: bool = False) -> Written:
    """What a text holds.

    Args:
        text: Of a file.
        keeps_times: Whether days and times stay texts, for the reader to make of them what it can.

    Raises:
        ValueError: It is no YAML; says in which line.
    """
    try:
        # Both are SafeLoaders.
        loader = _TimesAsText(text) if keeps_times else _Loader(text)
        try:
            root = loader.get_single_node()
            places: dict[str, Place] = {}
            repeated: list[Fault] = []
            for path, node, before in _keys_and_items(root):
                places[path] = _place(node)
                if before is not None:
                    repeated.append(_repeated(path, node, before))
            content = None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise ValueError(_told(error)) from None
    except yaml.reader.ReaderError as error:
        raise ValueError(f"its letter number {error.position + 1} is none that a text may have") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return Written({} if content is None else content, places, tuple(repeated))


class _Loader(yaml.SafeLoader):
    """YAML in which a value that is none of its kind has a place, as all other mistakes have."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep=deep)
        except (ValueError, OverflowError, AttributeError):
            # A day that is in no calendar, digits of no number, and where a tag is forced upon a text.
            description = f"{said(node.value)} is no day, time or number"
            raise yaml.constructor.ConstructorError(None, None, description, node.start_mark) from None


class _TimesAsText(_Loader):
    yaml_implicit_resolvers = {  # noqa: RUF012  # as the class above it has them
        first: [(tag, form) for tag, form in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _keys_and_items(root: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, yaml.Node | None]]:
    """Path and node of every key and of every item of a list, and the same key before it, where it is repeated."""
    seen: set[int] = set()
    left = [("", root)]
    while left:
        path, node = left.pop()
        if id(node) in seen:
            # An alias: what holds itself, or is held ten times by each of ten, is gone through once.
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                yield f"{path}[{number}]", item, None
                left.append((f"{path}[{number}]", item))
        elif isinstance(node, yaml.MappingNode):
            keys: dict[str, yaml.Node] = {}
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    below = f"{path}.{said(key.value)}" if path else said(key.value)
                    yield below, key, keys.get(key.value)
                    keys.setdefault(key.value, key)
                    left.append((below, value))


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _repeated(path: str, node: yaml.Node, before: yaml.Node) -> Fault:
    line, column = _place(node)
    description = f"{said(node.value)} is given twice: in line {_place(before)[0]}, and again in line {line}"
    return Fault(path, f"{description}, column {column}")


_IN_WORDS = (
    (r"found character '\\t'", "a tab; indent and separate with spaces"),
    (r"found character '(.)'", r"a text cannot begin with \1: put it in quotes"),
    (r"mapping values are not allowed", "a colon is not expected here: look at the indent, or put the text in quotes"),
    (r"sequence entries are not allowed", "a list is not expected here: begin it on a line of its own"),
    (r"expected <block end>", "does not go with the indent of the lines before it"),
    (r"expected ',' or '(.)'", r"a comma or \1 is missing before it"),
    (r"could not find expected ':'", "a colon is missing before it"),
    (r"found unexpected end of stream", "a quote that was opened is not closed"),
    (r"found unknown escape character", r"in double quotes \\ begins a sign of its own: take single quotes"),
    (r"expected chomping or indentation", "after | or > the text begins on a line of its own"),
    (r"but found another document", "--- begins another document: a file is one"),
    (r"found undefined alias '(.*)'", r"*\1 is the name of nothing: put a text that begins with * in quotes"),
    (r"could not determine a constructor", "a tag that is not known: put a text that begins with ! in quotes"),
    (r"found unhashable key", "a key must be a word"),
    (r"expected the node content", "a value is missing before it"),
)
"""What the parser says of the mistakes that people make, and what they are."""


def _told(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "cannot be read"
    for pattern, words in _IN_WORDS:
        if found := re.search(pattern, problem):
            problem = found.expand(words)
            break
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem
