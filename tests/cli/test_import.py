"""``import``: a recording becomes a scenario that plays the same bytes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from emulator.cli.captures import request_for
from emulator.engine import Engine
from emulator.items import Segment
from emulator.jsontext import compact
from emulator.loader import load, loads
from emulator.player import play_now
from emulator.recording import masked
from emulator.scenario import Scenario
from emulator.store import Answer
from tests.cli.conftest import Run
from tests.conftest import RECORDINGS

DATA = Path(__file__).parents[1] / "data"
DESCRIBED = [
    path
    for folder in (RECORDINGS, DATA)
    for path in sorted(folder.glob("*.json"))
    if path.with_suffix(".sse").exists()
]
HEAD = '"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"gpt-4o-2024-08-06"'
CHAT = b"".join(
    b"data: {%b}\n\n" % f'{HEAD},"choices":[{{"index":0,{choice}}}]'.encode()
    for choice in (
        '"delta":{"role":"assistant","content":""},"finish_reason":null',
        '"delta":{"content":"Hi"},"finish_reason":null',
        '"delta":{"content":"!"},"finish_reason":null',
        '"delta":{},"finish_reason":"stop"',
    )
)
CHAT += b"data: [DONE]\n\n"


def described(path: Path) -> dict[str, Any]:
    about: dict[str, Any] = json.loads(path.read_bytes())
    return about


def surface_of(about: dict[str, Any]) -> str | None:
    """The surface that sent a recording; None where none did that can be lifted."""
    path = about["request"]["url"].partition("?")[0]
    if path.endswith("/chat/completions"):
        return "chat"
    if about["provider"] != "openai":
        return None
    # What is fetched again has its id in the path.
    known = {"completions": "completions", "responses": "responses"}
    return known.get(path.partition("/v1/")[2].partition("/")[0])


def asked_in(about: dict[str, Any], path: Path) -> Any:
    """The body of a recorded request; of one without any, what its answer says was asked."""
    stream = path.with_suffix(".sse").read_bytes()
    return about["request"]["body"] or request_for(stream, surface_of(about) or "chat")


LIFTED = [path for path in DESCRIBED if surface_of(described(path))]


def played(file: Path, label: str, body: object, surface: str | None = "chat") -> bytes:
    """What a rule of a scenario file answers to a request for a stream."""
    engine = Engine(load([file]))
    asked = (body if isinstance(body, dict) else {}) | {"stream": True}
    items = engine.plan(engine.read(surface or "chat", asked), Answer(label)).items
    return b"".join(item.data for item in items if isinstance(item, Segment))


def recorded(folder: Path, stream: bytes, about: dict[str, Any] | None = None) -> Path:
    """A capture in a folder: its bytes, and its description if there is one."""
    (folder / "one.sse").write_bytes(stream)
    if about is not None:
        (folder / "one.json").write_text(json.dumps(about))
    return folder / ("one.sse" if about is None else "one.json")


def chat(user: str = "Hey", **response: object) -> dict[str, Any]:
    """The description of a capture."""
    messages = [{"role": "user", "content": user}]
    url = "https://api.openai.com/v1/chat/completions"
    body = {"model": "gpt-4o", "stream": True, "messages": messages}
    return {"slug": "greeting", "request": {"url": url, "body": body}, "response": response}


def only_rule(text: str) -> dict[str, Any]:
    """The one rule of a scenario, with what was written of it."""
    scenario = loads(text)
    assert isinstance(scenario, Scenario)
    (rule,) = scenario.model_dump(mode="json", exclude_unset=True, by_alias=True)["rules"]
    assert isinstance(rule, dict)
    return rule


@pytest.mark.parametrize("path", DESCRIBED, ids=lambda path: str(path.stem))
def test_a_recording_plays_again_byte_by_byte(run: Run, tmp_path: Path, path: Path) -> None:
    about, out = described(path), tmp_path / "out.yaml"

    result = run("import", path, "--out", out)

    stream = path.with_suffix(".sse").read_bytes()
    label = about.get("slug", path.stem)
    answer = played(out, label, asked_in(about, path), surface_of(about))
    assert result.exit_code == 0
    if surface_of(about):
        assert "recording:" not in out.read_text()
        assert masked(answer) == masked(stream)
    else:
        assert f"streamulator: {label}: played from the file itself: " in result.stderr
        assert answer == stream


@pytest.mark.parametrize("path", LIFTED, ids=lambda p: p.stem)
def test_a_rule_answers_the_recorded_request(run: Run, tmp_path: Path, path: Path) -> None:
    out = tmp_path / "out.yaml"
    run("import", path, "--out", out)

    engine = Engine(load([out]))
    about = described(path)
    needs = engine.needs(engine.read(surface_of(about) or "", asked_in(about, path)))

    assert [need.label for need in needs] == [about.get("slug", path.stem)]


@pytest.mark.parametrize("path", LIFTED, ids=lambda p: p.stem)
def test_a_stream_alone_is_lifted_and_answers_its_model(
    run: Run, tmp_path: Path, path: Path
) -> None:
    shutil.copy(path.with_suffix(".sse"), tmp_path / "alone.sse")
    out = tmp_path / "out.yaml"

    result = run("import", tmp_path / "alone.sse", "--out", out)

    (rule,) = load([out])[0].scenario.rules
    (way, *_) = rule.when.model or ()
    about = described(path)
    body = asked_in(about, path) | {"model": way.glob}
    assert (result.exit_code, rule.when.model_fields_set) == (0, {"model"})
    assert rule.reply is not None
    assert rule.reply.recording is None
    stream = path.with_suffix(".sse").read_bytes()
    assert masked(played(out, "alone", body, surface_of(about))) == masked(stream)


def test_the_alias_of_a_snapshot_gets_its_answer_too(run: Run, tmp_path: Path) -> None:
    result = run("import", recorded(tmp_path, CHAT))

    rule = only_rule(result.stdout)
    assert rule["name"] == "one"
    assert rule["when"] == {"model": [{"glob": "gpt-4o"}, {"glob": "gpt-4o-2024-08-06"}]}
    assert rule["reply"]["text"] == "Hi!"


def test_a_description_beside_a_stream_is_read(run: Run, tmp_path: Path) -> None:
    recorded(tmp_path, CHAT, chat())

    result = run("import", tmp_path / "one.sse")

    rule = only_rule(result.stdout)
    assert rule["name"] == "greeting"
    assert rule["when"]["user"] == [{"equals": "Hey"}]


def test_several_files_are_one_scenario_and_each_stream_counts_once(
    run: Run, tmp_path: Path
) -> None:
    recorded(tmp_path, CHAT, chat())
    (tmp_path / "two.sse").write_bytes(CHAT)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "two.sse").write_bytes(CHAT)

    files = (tmp_path / name for name in ("one.sse", "one.json", "two.sse", "other/two.sse"))
    result = run("import", *files)

    rules = loads(result.stdout).rules
    assert [rule.name for rule in rules] == ["greeting", "two", "two-2"]
    assert "streamulator: warning: the scenario:" in result.stderr
    assert "EMU151 this rule never answers: `two` fits" in result.stderr


def test_a_file_that_is_played_is_named_relative_to_the_scenario(run: Run, tmp_path: Path) -> None:
    (tmp_path / "captures").mkdir()
    (tmp_path / "scenarios").mkdir()
    stream = CHAT.replace(b'"finish_reason":"stop"', b'"finish_reason":"eos"')
    path = recorded(tmp_path / "captures", stream)
    out = tmp_path / "scenarios" / "out.yaml"

    result = run("import", path, "--out", out)

    assert "recording: ../captures/one.sse\n" in out.read_text()
    assert "one: played from the file itself: the chat stream holds" in result.stderr
    assert result.stderr.endswith(f"streamulator: wrote {out}, 1 rule\n")
    assert played(out, "one", {"model": "gpt-4o"}) == stream


@pytest.mark.parametrize(
    ("stream", "holds"),
    [
        pytest.param(b'data: {"type":"message_start"}\n\n', "message_start", id="messages"),
        pytest.param(b'data: {"object":"list"}\n\n', "list", id="list"),
        pytest.param(b'data: {"error":{"message":"x"}}\n\n', "error", id="error"),
        pytest.param(b"data: {broken\n\n", "no events", id="broken"),
        pytest.param(b"", "no events", id="empty"),
    ],
)
def test_a_stream_of_another_kind_is_told(
    run: Run, tmp_path: Path, stream: bytes, holds: str
) -> None:
    result = run("import", recorded(tmp_path, stream))

    assert result.exit_code == 0
    known = "chat, completions, responses"
    told = f"only streams of {known} can be lifted so far, this one holds {holds}\n"
    assert told in result.stderr
    assert "names no model: its rule fits every request" in result.stderr
    assert "when:" not in result.stdout


@pytest.mark.parametrize(
    "text",
    [
        "${request.model}",
        "a $${request.x} b",
        "$$${turn} $$$${match.text}",
        "${turn} and ${plain} and $",
        "{${request.a}}",
    ],
)
def test_what_looks_like_an_expression_stays_text(run: Run, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out.yaml"
    stream = CHAT.replace(b'"Hi"', json.dumps(text).encode())

    run("import", recorded(tmp_path, stream, chat()), "--out", out)

    assert "recording:" not in out.read_text()
    assert played(out, "greeting", chat()["request"]["body"]) == stream


@pytest.mark.parametrize("text", ["\ud83d", "\ud83d\ude00", "\0\x7f\x85\u2028", " a \n b \t"])
def test_texts_that_are_hard_to_write_come_back(run: Run, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out.yaml"
    stream = CHAT.replace(b'"Hi"', compact(text).encode())

    run("import", recorded(tmp_path, stream, chat()), "--out", out)

    assert played(out, "greeting", chat()["request"]["body"]) == stream


def test_more_choices_than_there_can_be_are_played_from_the_file(run: Run, tmp_path: Path) -> None:
    stream = CHAT.replace(b'"index":0', b'"index":1000000000')

    result = run("import", recorded(tmp_path, stream))

    assert "a choice numbered 1000000000" in result.stderr
    assert "recording: one.sse" in result.stdout


def test_times_become_waits(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    times = [0.3, 0.35, 1.4, 1.5, 1.5]

    run("import", recorded(tmp_path, CHAT, chat(times=times)), "--out", out)

    engine = Engine(load([out]))
    plan = engine.plan(engine.read("chat", chat()["request"]["body"]), Answer("greeting"))
    paced = [(due, item.data) for due, item in play_now(plan) if isinstance(item, Segment)]
    assert [due for due, _ in paced] == pytest.approx(times)
    assert b"".join(data for _, data in paced) == CHAT
    chunks = only_rule(out.read_text())["reply"]["chunks"]
    assert [chunk.get("wait") for chunk in chunks] == ["0.3s", "0.05s", "1.05s", "0.1s"]


def test_times_that_do_not_fit_are_left_out(run: Run, tmp_path: Path) -> None:
    result = run("import", recorded(tmp_path, CHAT, chat(times=[1, 2])))

    assert "greeting: 2 times for 4 events: the times are left out" in result.stderr
    assert only_rule(result.stdout)["reply"]["text"] == "Hi!"


def test_times_of_several_choices_are_kept_too(run: Run, tmp_path: Path) -> None:
    deltas = (
        (0, {"role": "assistant", "content": "", "refusal": None}),
        (1, {"role": "assistant", "content": "", "refusal": None}),
        (0, {"content": "A"}),
        (1, {"content": "B"}),
    )
    frames = [
        f'{HEAD},"choices":[{{"index":{n},"delta":{compact(delta)},"finish_reason":null}}]'
        for n, delta in deltas
    ]
    frames += [
        f'{HEAD},"choices":[{{"index":{n},"delta":{{}},"finish_reason":"stop"}}]' for n in (0, 1)
    ]
    stream = "".join(f"data: {{{frame}}}\n\n" for frame in frames) + "data: [DONE]\n\n"
    about = chat(times=[0.1, 0.2, 0.4, 0.8, 0.8, 0.8])
    about["request"]["body"]["n"] = 2

    result = run("import", recorded(tmp_path, stream.encode(), about))

    chunks = only_rule(result.stdout)["reply"]["chunks"]
    assert [(chunk["choice"], chunk["wait"]) for chunk in chunks] == [
        (0, "0.1s"), (1, "0.1s"), (0, "0.2s"), (1, "0.4s"),
    ]  # fmt: skip


def test_an_error_without_an_error_object_has_its_status(run: Run, tmp_path: Path) -> None:
    result = run("import", recorded(tmp_path, b"<html>", chat(status=502)))

    assert only_rule(result.stdout)["reply"] == {"error": {"status": 502}}


def test_a_refused_request_becomes_an_error(run: Run, tmp_path: Path) -> None:
    body = {"error": {"message": "No.", "type": "t", "param": None, "code": 5}}
    about = chat(status=429)

    result = run("import", recorded(tmp_path, json.dumps(body).encode(), about))

    error = {"status": 429, "message": "No.", "type": "t", "param": None}
    assert only_rule(result.stdout)["reply"]["error"] == error
    assert "greeting: written as an error, since its status is 429" in result.stderr


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        pytest.param("a.sse", None, "a.sse: No such file", id="no-file"),
        pytest.param("a.json", "{", "a.json:1:2: not JSON", id="not-json"),
        pytest.param("a.json", "[]", "a.json: describes no recording", id="no-description"),
        pytest.param("a.json", '{"request": {}}', "a.sse: No such file", id="no-stream"),
        pytest.param(
            "one.json",
            '{"request": {}, "response": {"times": ["1"]}}',
            "response.times is no list of seconds",
            id="times",
        ),
        pytest.param(
            "one.json",
            '{"request": {}, "response": {"times": [NaN]}}',
            "response.times is no list of seconds",
            id="no-time",
        ),
    ],
)
def test_what_is_no_capture_is_exit_2(
    run: Run, tmp_path: Path, name: str, text: str | None, reason: str
) -> None:
    recorded(tmp_path, CHAT)
    if text is not None:
        (tmp_path / name).write_text(text)

    result = run("import", tmp_path / name)

    assert (result.exit_code, result.stdout) == (2, "")
    assert reason in result.stderr


def test_a_place_that_cannot_be_written_is_exit_2(run: Run, tmp_path: Path) -> None:
    result = run("import", recorded(tmp_path, CHAT), "--out", tmp_path / "no" / "out.yaml")

    assert result.exit_code == 2
    assert "cannot write" in result.stderr
