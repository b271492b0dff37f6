"""YAML with positions: text to plain values and back, by the 1.2 core schema.

The C parser gives a graph of nodes; scalars are resolved by the table below, so ``off``,
``no`` and ``12:30`` are texts. Every key and value keeps its `Place`. Duplicate keys,
tags, and graphs that grow beyond all bounds are problems, never a hang.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import yaml

from emulator.errors import Place, Problem

Path: TypeAlias = tuple[str | int, ...]

# More than any file by hand has; aliases count each time they are used.
_MOST_NODES = 200_000
_DEEPEST = 100
_LONGEST_NUMBER = 300

_NULL = re.compile(r"null|Null|NULL|~|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?(\.inf|\.Inf|\.INF)|\.nan|\.NaN|\.NAN"
)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({_TAG + "str", _TAG + "map", _TAG + "seq"})


class _Loader(yaml.CSafeLoader):
    """Resolves nothing by itself: every plain scalar comes as a text."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012  # PyYAML's own name


@dataclass(slots=True)
class Document:
    """A value, and the nodes that it came from: path to (key's node, value's node)."""

    value: object
    source: str
    lines: list[str]
    nodes: dict[Path, tuple[yaml.Node, yaml.Node]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def places(self, path: Path) -> tuple[Place, Place]:
        """Where the key and the value at a path stand; for an item of a list it is one place."""
        key, value = self.nodes[path]
        return _place(key, self.source), _place(value, self.source)

    def excerpt(self, place: Place) -> tuple[str, ...]:
        """The line at `place`, and the one before it if it is not blank."""
        shown = self.lines[max(0, place.line - 2) : place.line]
        return tuple(shown[1:] if len(shown) == 2 and not shown[0].strip() else shown)

    def problem(self, code: str, place: Place, found: str, cure: str, help: str = "") -> None:
        """Note a problem at a place, with the lines around it."""
        self.problems.append(Problem(code, place, found, cure, help, self.excerpt(place)))


def parse(text: str, source: str) -> Document:
    """Read one document; what is wrong with it is in its `problems`."""
    document = Document(None, source, text.split("\n"))
    if _SURROGATE.search(text):
        _forbidden(document)
        return document
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        _syntax(document, error)
        return document
    if node is not None:
        document.value = _Reader(document).read(node, ())
    return document


class _Reader:
    """Makes values of nodes, and counts what it makes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = _MOST_NODES
        self._inside: set[int] = set()
        self._depth = 0

    def read(self, node: yaml.Node, path: Path) -> object:
        self._document.nodes.setdefault(path, (node, node))
        self._left -= 1
        if self._left == 0:
            cure = "write out what you mean; aliases multiply"
            self._problem(node, "the file unfolds without end", cure)
        if self._left <= 0:
            return None
        if node.tag not in _PLAIN_TAGS:
            tag = node.tag.replace(_TAG, "!!")
            self._problem(node, f"tags are not used here: {tag}", "remove it")
        if isinstance(node, yaml.ScalarNode):
            return resolve(node.value) if node.style in (None, "") else node.value
        if self._depth >= _DEEPEST:
            self._problem(node, "this nests too deep", "nothing here nests more than 100 levels")
            return None
        if id(node) in self._inside:
            self._problem(node, "an alias of itself", "write it out")
            return None
        self._inside.add(id(node))
        self._depth += 1
        read = self._mapping if isinstance(node, yaml.MappingNode) else self._sequence
        value = read(node, path)
        self._depth -= 1
        self._inside.discard(id(node))
        return value

    def _sequence(self, node: yaml.Node, path: Path) -> object:
        return [self.read(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.Node, path: Path) -> object:
        document, value = self._document, dict[str, object]()
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._problem(key_node, "a key must be a text", "quote it if it is one")
                continue
            key, inner = key_node.value, (*path, key_node.value)
            if key in value:
                first = document.places(inner)[0].line
                found = f"`{key}` stands here twice, first in line {first}"
                self._problem(key_node, found, "keep one", "EMU102")
                continue
            document.nodes[inner] = (key_node, value_node)
            value[key] = self.read(value_node, inner)
        return value

    def _problem(self, node: yaml.Node, found: str, cure: str, code: str = "EMU100") -> None:
        place = _place(node, self._document.source)
        self._document.problem(code, place, found, cure)


def resolve(text: str) -> object:
    """A plain scalar by the YAML 1.2 core schema."""
    if _INT.fullmatch(text) and len(text) < _LONGEST_NUMBER:
        base = {"0o": 8, "0x": 16}.get(text[:2])
        return int(text[2:], base) if base else int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if _NULL.fullmatch(text):
        return None
    if _BOOL.fullmatch(text):
        return text.lower() == "true"
    return text


def _place(node: yaml.Node, source: str) -> Place:
    start, end = node.start_mark, node.end_mark
    width = end.column - start.column if end.line == start.line else 1
    return Place(source, start.line + 1, start.column + 1, max(1, width))


def _syntax(document: Document, error: yaml.YAMLError) -> None:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    message = " ".join(filter(None, (getattr(error, "context", ""), getattr(error, "problem", ""))))
    if mark is None:
        _forbidden(document)
        return
    number = min(mark.line, max(0, len(document.lines) - 1))
    line = document.lines[number] if document.lines else ""
    column = mark.column if number == mark.line else len(line)
    place = Place(document.source, number + 1, column + 1)
    document.problem("EMU100", place, f"not YAML: {message}", _syntax_cure(message, line))


def _forbidden(document: Document) -> None:
    """A character that may not stand in YAML at all; the parser does not say where."""
    found = [
        (number, match)
        for number, line in enumerate(document.lines, 1)
        if (match := _FORBIDDEN.search(line))
    ]
    number, match = found[0]
    place = Place(document.source, number, match.start() + 1)
    cure = "remove it, or write it as an escape in double quotes"
    document.problem("EMU100", place, f"not YAML: the character {match[0]!r}", cure)


def _syntax_cure(message: str, line: str) -> str:
    for sign, cure in _CURES:
        if sign(message, line):
            return cure
    return "check the indentation and the quotes of this line and the one above"


_CURES: tuple[tuple[Callable[[str, str], bool], str], ...] = (
    (lambda _, line: line.lstrip(" ").startswith("\t"), "YAML takes no tabs: use spaces"),
    (
        lambda message, _: "mapping values" in message,
        "quote the text: a plain one cannot hold `: `, nor can a key be indented under it",
    ),
    (lambda message, _: "single document" in message, "one scenario a file: make it two files"),
    (lambda message, _: "alias" in message, "quote a text that begins with *"),
    (lambda message, _: "nesting depth" in message, "nothing here nests this deep"),
    (lambda message, _: "end of stream" in message, "close the quote"),
    (
        lambda message, _: "parsing a flow" in message,
        "close the bracket, and put commas between what is in it; JSON works if it is whole",
    ),
    (lambda message, _: "cannot start any token" in message, "quote the text"),
    (
        lambda message, _: "block collection" in message or "block mapping" in message,
        "line it up with the lines above it",
    ),
)


class _Dumper(yaml.SafeDumper):
    """Writes what 1.1 and 1.2 readers understand alike: in doubt, a text is quoted."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    block = "\n" in text.strip("\n") and not re.search(r"[ \t]\n|\A\s|[^\n -~\xa1-\ud7ff]", text)
    plain = resolve(text) == text and "\x85" not in text  # single quotes would fold NEL
    style = "|" if block else None if plain else '"'
    return dumper.represent_scalar(_TAG + "str", text, style=style)


def _number(dumper: _Dumper, value: float) -> yaml.Node:
    # 1e-07 without a point is a text to readers of YAML 1.1.
    mantissa, mark, exponent = repr(value).partition("e")
    point = "" if "." in mantissa or "n" in mantissa else ".0"
    return dumper.represent_scalar(_TAG + "float", f"{mantissa}{point}{mark}{exponent}")


_Dumper.add_representer(str, _text)
_Dumper.add_representer(float, _number)


def dump(value: object) -> str:
    """A value as YAML that `parse` reads back as it was; keys in their order."""
    return yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100)
