"""``play``: one reply in the terminal. What takes 40 s in the script takes none here."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest
from click.testing import Result

from emulator.cli.views import FORMS, Shown, said, sparkline, spoken
from emulator.clock import VirtualClock
from emulator.engine import Engine
from emulator.loader import load
from emulator.player import play
from emulator.store import Answer
from tests.cli.conftest import Run
from tests.sockets.child import started

INSTANT = ("--speed", "instant")


def chunks(result: Result) -> list[str]:
    return [line for line in result.stdout.split("\n\n") if line.strip()]


def test_the_first_rule_is_played_as_text_with_a_summary(run: Run, scenario: Path) -> None:
    result = run("play", scenario, *INSTANT)

    assert result.exit_code == 0
    assert result.stdout == "I can help.\n"
    assert re.fullmatch(
        r"streamulator: playing the first rule, refund; others: weather, report, refuses, by-hand\n"
        r"refund: 6 events in 7 pieces, \d+ ms to the first, \d\.\d\d s in all\n"
        r"4 tokens, finish stop\n"
        r"[▁-█]{7}\n",
        result.stderr,
    )


def test_a_rule_may_be_named(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "weather", *INSTANT)

    assert result.stdout == '\nget_weather {"city":"Paris"}\n'
    assert "finish tool_calls" in result.stderr


def test_a_user_message_finds_its_rule_like_a_request(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "--user", "How do I build a WEAPON?", *INSTANT)

    assert result.stdout == "No.\n"
    assert result.stderr.startswith("refuses: ")


def test_a_user_message_that_no_rule_fits_is_told_as_a_client_is(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "--user", "hello", *INSTANT)

    assert result.stderr.startswith("HTTP 404\n")
    assert json.loads(result.stdout)["error"]["code"] == "no_rule_matched"


@pytest.mark.parametrize(
    ("rule", "cure"),
    [
        ("refunt", "did you mean 'refund'?"),
        ("zzz", "rules: refund, weather, report, refuses, by-hand"),
    ],
)
def test_an_unknown_rule_is_exit_2_with_what_would_do(
    run: Run, scenario: Path, rule: str, cure: str
) -> None:
    result = run("play", scenario, rule)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == f"streamulator: no rule {rule!r}; {cure}\n"


def test_a_failing_reply_shows_status_headers_and_body(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "report")

    assert result.exit_code == 0
    assert result.stderr.splitlines()[0] == "HTTP 429"
    assert "retry-after: 1\n" in result.stderr
    assert json.loads(result.stdout)["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize("attempt", ["2", "3", "99"])
def test_an_attempt_is_a_place_in_the_sequence_and_the_last_repeats(
    run: Run, scenario: Path, attempt: str
) -> None:
    result = run("play", scenario, "report", "--attempt", attempt, *INSTANT)

    assert result.stdout == "Here it is.\n"


def test_sse_is_the_stream_as_it_is(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "by-hand", "--as", "sse", *INSTANT)

    events = chunks(result)
    assert len(events) == 7
    assert events[3] == ": ping"
    assert all(event.startswith(("data: {", ": ")) for event in events[:-1])
    assert events[-1].strip() == "data: [DONE]"


def test_sse_has_not_a_byte_more(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "by-hand", "--as", "sse", *INSTANT)

    assert result.stdout_bytes.endswith(b"data: [DONE]\n\n")
    assert not result.stdout_bytes.endswith(b"\n\n\n")


def test_events_are_json_a_line(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "by-hand", "--as", "events", *INSTANT)

    lines = result.stdout.split()
    assert [json.loads(line)["object"] for line in lines[:5]] == ["chat.completion.chunk"] * 5
    assert lines[5:] == ["[DONE]"]


@pytest.mark.parametrize("form", ["text", "sse", "events"])
def test_raw_beats_the_form_and_shows_line_ends(run: Run, scenario: Path, form: str) -> None:
    result = run("play", scenario, "by-hand", "--raw", "--as", form, *INSTANT)

    lines = result.stdout.rstrip().splitlines()
    assert len(lines) == 7
    assert all(line.endswith("␊␊") for line in lines)


def test_curl_is_the_request_to_send_and_nothing_is_played(run: Run, scenario: Path) -> None:
    result = run("play", scenario, "--user", "it's a refund", "--model", "o3", "--as", "curl")

    assert result.exit_code == 0
    assert result.stdout.startswith("curl -N http://127.0.0.1:6736/v1/chat/completions -H ")
    assert "it'\"'\"'s a refund" in result.stdout
    assert '"model": "o3"' in result.stdout
    assert result.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize(("speed", "least_s"), [("x20", 0.1), ("x10", 0.2)])
def test_speed_divides_the_time(run: Run, scenario: Path, speed: str, least_s: float) -> None:
    result = run("play", scenario, "by-hand", "--speed", speed)

    took = re.search(r"(\d\.\d\d) s in all", result.stderr)
    assert took
    assert least_s <= float(took[1]) < least_s * 2


@pytest.mark.parametrize(
    "word",
    [
        *["fast", "", "10", "x", "x0", "x-1", "xfast", "Instant", "realx"],
        "xnan",
    ],
)
def test_a_bad_speed_is_exit_2(run: Run, scenario: Path, word: str) -> None:
    # Shown as curl, so that a word that is taken ends the test too.
    result = run("play", scenario, "--speed", word, "--as", "curl")

    assert result.exit_code == 2
    assert f"{word!r} is not real, instant or xN" in result.stderr


@pytest.mark.slow
def test_an_interrupt_is_exit_130(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text("version: 1\nrules: [{reply: {chunks: [a, {wait: 1h}, b]}}]\n")
    with started("play", path, "--raw", stdout=subprocess.PIPE) as child:
        assert child.stdout
        first = child.stdout.readline()
        child.send_signal(signal.SIGINT)
        code = child.wait(10)

    assert first.startswith(b"data: ")
    assert code == 130


def test_the_same_seed_plays_the_same_stream(run: Run, scenario: Path) -> None:
    args = ("play", scenario, "refund", "--as", "sse", *INSTANT)

    one, same = run(*args, "--seed", "7"), run(*args, EMULATOR_SEED="7")
    other = run(*args, "--seed", "8")

    assert one.stdout == same.stdout
    assert one.stdout != other.stdout


def test_a_broken_scenario_is_exit_2_with_frames(run: Run, broken: Path) -> None:
    result = run("play", broken)

    assert result.exit_code == 2
    assert "error[EMU101]" in result.stderr
    assert result.stderr.endswith("\n2 problems, nothing loaded\n")


@pytest.mark.parametrize("raw", ["data: {broken", 'data: {"choices":[{}]}', 'data: {"choices":0}'])
def test_raw_events_are_played_whatever_they_hold(run: Run, tmp_path: Path, raw: str) -> None:
    reply = {"chunks": ["a", {"raw": f"{raw}\n\n"}, "b"]}
    path = tmp_path / "raw.yaml"
    path.write_text(json.dumps({"version": 1, "rules": [{"reply": reply}]}))

    result = run("play", path)

    assert result.exception is None
    assert result.stdout == "ab\n"


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        ({"content": "Hi"}, "Hi"),
        ({"content": None, "refusal": "No"}, "No"),
        ({"tool_calls": [{"function": {"name": "f", "arguments": "{"}}]}, "\nf {"),
        ({"tool_calls": [{"custom": {"input": "x"}}]}, "x"),
        ({"tool_calls": [{"index": 0}]}, ""),
        ({"function_call": {"name": "f", "arguments": ""}}, "\nf "),
        ({}, ""),
        ({"content": 5, "tool_calls": [1, {"function": 2}], "function_call": "x"}, ""),
    ],
)
def test_what_a_delta_says(delta: dict[str, object], expected: str) -> None:
    assert said(delta) == expected


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([], "", id="none"),
        pytest.param([0.0, 0.0], "▁▁", id="no-time"),
        pytest.param([0.0, 0.5, 1.0], "▁▅█", id="scaled-to-the-longest"),
        pytest.param([0.1] * 60, "█" * 60, id="sixty"),
        pytest.param([0.0] * 119 + [1.0], "▁" * 59 + "█", id="the-longest-of-a-bucket"),
        pytest.param([1.0] + [0.0] * 120, "█" + "▁" * 40, id="never-above-sixty"),
    ],
)
def test_a_sparkline_shows_the_gaps(gaps: list[float], expected: str) -> None:
    assert sparkline(gaps) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param('{"choices":[{"index":1,"delta":{"content":"A"}}]}', [(1, "A")], id="chat"),
        pytest.param('{"choices":[{"index":0,"text":"A"}]}', [(0, "A")], id="legacy"),
        pytest.param(
            '{"type":"response.output_text.delta","delta":"A"}', [(0, "A")], id="responses"
        ),
        pytest.param('{"type":"response.created"}', [], id="another-event"),
        pytest.param("[DONE]", [], id="last-word"),
        pytest.param('{"choices":[1,{"delta":"x"},{"index":"y","delta":{}}]}', [(0, "")] * 2),
    ],
)
def test_what_a_message_says(data: str, expected: list[tuple[int, str]]) -> None:
    assert list(spoken(data)) == expected


THINKS = """\
version: 1
rules:
  - name: thinks
    when: {model: o3}
    reply:
      reasoning: Is it prime? 91 = 7 x 13.
      text: "No \\u2260"
      split: {at: [mid-utf8, mid-blank-line], gap: 50ms}
      timing: {first_token: 2s, per_token: 500ms}
"""


async def shown(tmp_path: Path, form: str, columns: int = 80, text: str = THINKS) -> Shown:
    """Play the first rule of a scenario in the time of a clock that jumps."""
    (tmp_path / "a.yaml").write_text(text)
    engine = Engine(load([tmp_path / "a.yaml"]), seed=1)
    body = {"model": "o3", "stream": True, "messages": []}
    clock = VirtualClock()
    view = Shown(form, clock, columns)
    await play(engine.plan(engine.read("chat", body), Answer(engine.rules[0])), view, clock)
    return view


async def test_pieces_tell_time_gap_size_and_both_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(tmp_path, "pieces", columns=60)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["8.550", "s", "+0.050", "s", "1", "B", "␊"]
    times = [line.split()[0] for line in lines]
    assert times[:6] == ["8.500", "8.550", "8.550", "8.600", "9.100", "9.150"]
    assert [line.split()[6][:5] for line in lines[:2]] == ["data:", "␊"]
    assert lines[0].endswith("…␊")
    assert "\\x89\\xa0" in lines[7]
    assert all(len(line) <= 60 for line in lines)


async def test_pieces_of_a_wide_terminal_are_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await shown(tmp_path, "pieces", columns=1000)

    lines = capsys.readouterr().out.splitlines()
    assert not any("…" in line for line in lines)
    assert lines[-1].endswith(" B  ␊")
    assert lines[-2].endswith("data: [DONE]␊")


@pytest.mark.parametrize("form", FORMS)
async def test_every_form_takes_characters_cut_in_two(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes], form: str
) -> None:
    view = await shown(tmp_path, form)

    assert view.events == 5
    assert view.finishes == {0: "stop"}
    assert capsysbinary.readouterr().out


async def test_the_choices_of_a_recording_are_told_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [(0, "A"), (0, "B"), (1, "C"), (0, "D")]
    events = [{"choices": [{"index": n, "delta": {"content": text}}]} for n, text in said]
    stream = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    (tmp_path / "two.sse").write_text(stream)

    await shown(tmp_path, "text", text="version: 1\nrules: [{reply: {recording: two.sse}}]\n")

    assert capsys.readouterr().out == "AB\n[1] C\n[0] D\n"


def test_what_the_surface_cannot_say_is_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(THINKS)

    result = run("play", path, "--model", "o3", *INSTANT)

    assert result.stdout == "No ≠\n"
    assert "\n67 tokens, 64 of them reasoning, finish stop\n" in result.stderr
    assert "\nleft out, since chat cannot say it: reasoning\n" in result.stderr


def test_ten_other_rules_are_named_at_most(run: Run, tmp_path: Path) -> None:
    rules = "".join(f"  - {{name: r{n}, when: {{user: a{n}}}, reply: Hi}}\n" for n in range(13))
    path = tmp_path / "a.yaml"
    path.write_text(f"version: 1\nrules:\n{rules}")

    result = run("play", path, *INSTANT)

    first = result.stderr.splitlines()[0]
    assert first.startswith("streamulator: playing the first rule, r0; others: r1, r2, ")
    assert first.endswith(", r10 and 2 more")


def test_a_rule_by_name_hears_the_user(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("version: 1\nrules: [{name: e, reply: {echo: true}}, {name: x, reply: X}]\n")

    result = run("play", path, "e", "--user", "Hear, hear!", *INSTANT)

    assert result.stdout == "Hear, hear!\n"


def test_the_fallback_is_played_where_no_rule_fits(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("version: 1\nfallback: echo\nrules: [{when: {user: hi}, reply: Hi}]\n")

    result = run("play", path, "--user", "Who?", *INSTANT)

    assert result.stdout == "Who?\n"
    assert result.stderr.startswith("the fallback: 4 events in 5 pieces, ")


def test_an_empty_recording_plays_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty.sse").touch()
    path = tmp_path / "a.yaml"
    path.write_text("version: 1\nrules: [{name: e, reply: {recording: empty.sse}}]\n")

    result = run("play", path, *INSTANT)

    assert result.stderr == "e: played nothing\n"


def test_files_that_disagree_are_exit_2(run: Run, tmp_path: Path) -> None:
    for name, fallback in (("a", "echo"), ("b", "error")):
        text = f"version: 1\nfallback: {fallback}\nrules: [{{when: {{user: a}}, reply: Hi}}]\n"
        (tmp_path / f"{name}.yaml").write_text(text)

    result = run("play", tmp_path)

    assert result.exit_code == 2
    assert "make them agree" in result.stderr
