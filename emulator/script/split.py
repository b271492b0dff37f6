"""Split: cut the writes of a stream, as networks do. Harmless: a client must not notice.

Places are kinds (inside a code point, between the two line ends of a blank line ...),
offsets in the body before HTTP chunking, or every so many bytes of a write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from emulator.gaps import Gap
from emulator.items import Item, Segment
from emulator.settings import Duration, Settings, Written, count, count_schema

Kind: TypeAlias = Literal[
    "mid-utf8",
    "mid-escape",
    "mid-field",
    "after-colon",
    "mid-json",
    "mid-blank-line",
    "mid-crlf",
    "mid-done",
]


def _inside(pattern: bytes, at: Callable[[re.Match[bytes]], int]) -> Callable[[bytes], list[int]]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda data: [at(match) for match in compiled.finditer(data)]


# kind -> where in the bytes of one write. A cut stands before the byte at its offset.
_PLACES: dict[Kind, Callable[[bytes], list[int]]] = {
    "mid-utf8": _inside(rb"[\xc2-\xf4](?=[\x80-\xbf])", lambda m: m.end()),
    "mid-escape": _inside(rb"\\.", lambda m: m.start() + 1),
    "mid-field": _inside(rb"(?m:^)(?:data|event|id|retry)(?=:)", lambda m: m.start() + 2),
    "after-colon": _inside(rb"(?m:^)(?:data|event|id|retry):", lambda m: m.end()),
    "mid-json": _inside(rb"(?m:^)data: ?(\{[^\r\n]*)", lambda m: (m.start(1) + m.end()) // 2),
    "mid-blank-line": _inside(rb"(\r\n|\r|\n)(?=\1)", lambda m: m.end()),
    "mid-crlf": _inside(rb"\r(?=\n)", lambda m: m.end()),
    "mid-done": _inside(rb"\[DONE\]", lambda m: m.start() + 3),
}


_BYTES = ("byte", "1 byte or 16 bytes")


def size(value: object) -> int:
    """Read a number of bytes: ``1``, ``1 byte`` or ``16 bytes``."""
    return count(value, *_BYTES)


Bytes = Annotated[int, Field(ge=1), BeforeValidator(size), count_schema(*_BYTES, least=1)]


_KIND_SCHEMA = {"type": "string", "enum": [*get_args(Kind)]}


def _list(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class Split(Settings):
    """Where to cut the stream's writes."""

    at: Annotated[tuple[Kind, ...], BeforeValidator(_list), Written(_KIND_SCHEMA)] = Field(
        default=(),
        description="Every place of these kinds.",
        examples=["mid-utf8", ["mid-utf8", "mid-json"]],
    )
    every: Bytes | None = Field(
        default=None, description="Each write in pieces of this size.", examples=["1 byte"]
    )
    offsets: tuple[Bytes, ...] = Field(
        default=(), description="Offsets in the body.", examples=[[17, 200]]
    )
    gap: Duration | None = Field(
        default=None, description="Wait before each piece cut off.", examples=["5ms"]
    )

    @model_validator(mode="after")
    def _somewhere(self) -> Split:
        if not self.at and self.every is None and not self.offsets:
            raise PydanticCustomError(
                "shape", "a split cuts nowhere", {"cure": "give it at, every or offsets"}
            )
        return self


def split_segments(items: Iterable[Item], split: Split) -> Iterator[Item]:
    """Segments cut at the places of the split; bytes and gaps before them stay the same."""
    start = 0
    for item in items:
        if not isinstance(item, Segment):
            yield item
            continue
        end = start + len(item.data)
        yield from _pieces(item, _cuts(item.data, split, start), split.gap)
        start = end


def _cuts(data: bytes, split: Split, start: int) -> Sequence[int]:
    cuts = {cut for kind in split.at for cut in _PLACES[kind](data)}
    cuts |= {offset - start for offset in split.offsets}
    if split.every is not None:
        cuts |= set(range(split.every, len(data), split.every))
    return sorted(cut for cut in cuts if 0 < cut < len(data))


def _pieces(segment: Segment, cuts: Sequence[int], gap: float | None) -> Iterator[Segment]:
    later = Gap(script_s=gap) if gap else Gap()
    edges = [0, *cuts, len(segment.data)]
    for number, (first, last) in enumerate(pairwise(edges)):
        yield Segment(segment.data[first:last], later if number else segment.gap)
