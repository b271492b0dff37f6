"""Split: where the writes are cut, and that nothing else changes."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from emulator.gaps import FIRST, NO_GAP, TOKEN, Gap
from emulator.items import End, Head, Item, Segment
from emulator.script.split import Kind, Split, split_segments
from tests.making import joined

KINDS = get_args(Kind)


def pieces(data: bytes, before: Gap = NO_GAP, /, **written: object) -> list[Segment]:
    found = list(split_segments([Segment(data, before)], Split.model_validate(written)))
    assert all(isinstance(piece, Segment) for piece in found)
    return [piece for piece in found if isinstance(piece, Segment)]


@pytest.mark.parametrize(
    ("kind", "text", "cut"),
    [
        pytest.param("mid-utf8", "é🎉a", [b"\xc3", b"\xa9\xf0", b"\x9f\x8e\x89a"], id="utf8"),
        pytest.param("mid-utf8", "plain", [b"plain"], id="utf8-nowhere"),
        pytest.param("mid-escape", r"a\nb\\c", [b"a\\", b"nb\\", b"\\c"], id="escape"),
        pytest.param(
            "mid-field", "data: a\nid: 1\ndata", [b"da", b"ta: a\nid", b": 1\ndata"], id="field"
        ),
        pytest.param("mid-field", "a data: b", [b"a data: b"], id="field-not-within-a-line"),
        pytest.param(
            "after-colon", "event:a\nretry: 5\n", [b"event:", b"a\nretry:", b" 5\n"], id="colon"
        ),
        pytest.param("after-colon", ": comment\n", [b": comment\n"], id="colon-of-a-comment"),
        pytest.param("mid-json", 'data: {"a":"12"}\n\n', [b'data: {"a":', b'"12"}\n\n'], id="json"),
        pytest.param("mid-json", "data: [DONE]\n\n", [b"data: [DONE]\n\n"], id="no-json"),
        pytest.param("mid-blank-line", "a\n\nb", [b"a\n", b"\nb"], id="blank-line-lf"),
        pytest.param("mid-blank-line", "a\r\rb", [b"a\r", b"\rb"], id="blank-line-cr"),
        pytest.param("mid-blank-line", "a\r\n\r\nb", [b"a\r\n", b"\r\nb"], id="blank-line-crlf"),
        pytest.param("mid-blank-line", "a\r\nb\n", [b"a\r\nb\n"], id="no-blank-line"),
        pytest.param("mid-crlf", "a\r\n\r\n", [b"a\r", b"\n\r", b"\n"], id="crlf"),
        pytest.param("mid-crlf", "a\n\r", [b"a\n\r"], id="no-crlf"),
        pytest.param("mid-done", "data: [DONE]\n", [b"data: [DO", b"NE]\n"], id="done"),
    ],
)
def test_each_kind_of_place_is_cut_where_it_says(kind: Kind, text: str, cut: list[bytes]) -> None:
    assert [piece.data for piece in pieces(text.encode(), at=kind)] == cut


@pytest.mark.parametrize("json", ["{}", '{"a":1}'])
def test_short_json_is_cut_inside_too(json: str) -> None:
    first, *_ = pieces(f"data: {json}\n\n".encode(), at="mid-json")

    assert len(b"data: ") < len(first.data) < len(f"data: {json}")


def test_every_kind_of_place_is_found_in_one_stream() -> None:
    data = 'data: {"a":"é\\n"}\r\n\r\ndata: [DONE]\n\n'.encode()

    assert all(len(pieces(data, at=kind)) > 1 for kind in KINDS)


@pytest.mark.parametrize(
    ("written", "cut"),
    [
        pytest.param({"every": "2 bytes"}, [b"ab", b"cd", b"e"], id="every"),
        pytest.param({"every": 5}, [b"abcde"], id="every-as-long-as-all"),
        pytest.param({"every": "1 byte"}, [b"a", b"b", b"c", b"d", b"e"], id="each"),
        pytest.param({"offsets": [3, 1, 3]}, [b"a", b"bc", b"de"], id="offsets"),
        pytest.param({"offsets": [5, 99]}, [b"abcde"], id="offsets-beyond"),
        pytest.param({"offsets": [3], "every": 2}, [b"ab", b"c", b"d", b"e"], id="both"),
    ],
)
def test_a_write_is_cut_by_size_and_at_offsets(
    written: dict[str, object], cut: list[bytes]
) -> None:
    assert [piece.data for piece in pieces(b"abcde", **written)] == cut


def test_offsets_count_through_the_whole_body() -> None:
    items: list[Item] = [Head(200), Segment(b"abc"), Segment(b"def"), End()]

    found = list(split_segments(items, Split(offsets=(2, 3, 4))))

    assert found == [
        Head(200),
        Segment(b"ab"),
        Segment(b"c"),
        Segment(b"d"),
        Segment(b"ef"),
        End(),
    ]


def test_pieces_cut_off_wait_for_the_gap_that_is_written() -> None:
    found = pieces(b"abc", TOKEN, every=1, gap="5ms")

    assert [piece.gap for piece in found] == [TOKEN, Gap(script_s=0.005), Gap(script_s=0.005)]


ITEMS = st.lists(
    st.builds(
        Segment,
        st.text('da:t {}[DONE]\\"\r\né🎉', max_size=20).map(str.encode),
        st.sampled_from([NO_GAP, FIRST, TOKEN, Gap(script_s=1.5, fault_s=2.0)]),
    )
    | st.sampled_from([Head(200), End(gap=TOKEN)]),
    max_size=6,
)
SPLITS = st.builds(
    Split,
    at=st.lists(st.sampled_from(KINDS), min_size=1, max_size=8).map(tuple),
    every=st.none() | st.integers(1, 9),
    offsets=st.lists(st.integers(1, 60), max_size=4).map(tuple),
)


def total(items: list[Item]) -> Gap:
    return sum((item.gap for item in items if not isinstance(item, Head)), NO_GAP)


@given(ITEMS, SPLITS)
def test_bytes_gaps_and_other_items_stay_the_same(items: list[Item], split: Split) -> None:
    found = list(split_segments(items, split))

    assert joined(found) == joined(items)
    assert total(found) == total(items)
    assert [one for one in found if not isinstance(one, Segment)] == [
        one for one in items if not isinstance(one, Segment)
    ]


@given(ITEMS, SPLITS)
def test_no_piece_is_empty_that_was_not(items: list[Item], split: Split) -> None:
    found = list(split_segments(items, split))

    def empty(some: list[Item]) -> int:
        return sum(isinstance(one, Segment) and not one.data for one in some)

    assert empty(found) == empty(items)


@given(ITEMS, st.integers(1, 9))
def test_no_piece_is_larger_than_it_may_be(items: list[Item], every: int) -> None:
    found = list(split_segments(items, Split(every=every)))

    assert all(len(one.data) <= every for one in found if isinstance(one, Segment))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param({}, "a split cuts nowhere", id="nothing"),
        pytest.param({"gap": "5ms"}, "a split cuts nowhere", id="gap-alone"),
        pytest.param({"every": "lots"}, "not a number of bytes: 'lots'", id="word"),
        pytest.param({"every": "16 tokens"}, "not a number of bytes: '16 tokens'", id="unit"),
        pytest.param({"every": True}, "not a number of bytes: True", id="truth"),
        pytest.param({"every": 1.5}, "not a number of bytes: 1.5", id="broken"),
        pytest.param({"offsets": [[]]}, r"not a number of bytes: \[\]", id="list"),
        pytest.param({"every": 0}, "greater than or equal to 1", id="nought"),
        pytest.param({"at": "mid-word"}, "Input should be 'mid-utf8'", id="kind"),
    ],
)
def test_what_is_no_split_is_refused(written: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Split.model_validate(written)


@pytest.mark.parametrize("written", [16, "16", " 16 bytes ", "16byte"], ids=repr)
def test_a_size_is_read_with_or_without_its_unit(written: object) -> None:
    assert Split.model_validate({"every": written}).every == 16
