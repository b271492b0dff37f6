"""``import`` of legacy completions: known by their URL, or by what they say that they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.engine import Engine
from emulator.items import Segment
from emulator.loader import load
from emulator.player import play_now
from emulator.store import Answer
from tests.cli.conftest import Run
from tests.cli.test_import import only_rule, recorded

COMPLETION = b"".join(
    b'data: {"id":"cmpl-1","object":"text_completion","created":1,"choices":[{"text":%b,'
    b'"index":0,"logprobs":%b,"finish_reason":%b}],"model":"davinci:2023-07-21-v2"}\n\n' % parts
    for parts in ((b'"Hi"', b"null", b"null"), (b'" you"', b"null", b'"length"'))
)
COMPLETION += b"data: [DONE]\n\n"
TOLD = (
    b'{"text_offset":[0],"token_logprobs":[-0.5],"tokens":["Hi"],'
    b'"top_logprobs":[{"Hi":-0.5,"Yo":-2.0}]}'
)


def test_a_completion_alone_is_known_by_what_it_says_that_it_is(run: Run, tmp_path: Path) -> None:
    result = run("import", recorded(tmp_path, COMPLETION))

    rule = only_rule(result.stdout)
    assert [way["glob"] for way in rule["when"]["model"]] == [
        "davinci-002",
        "davinci:2023-07-21-v2",
    ]
    assert (rule["reply"]["text"], rule["reply"]["finish"]) == ("Hi you", "length")


def test_a_completion_alone_tells_how_many_rivals_were_asked_for(run: Run, tmp_path: Path) -> None:
    stream = COMPLETION.replace(
        b'"Hi","index":0,"logprobs":null', b'"Hi","index":0,"logprobs":' + TOLD
    )

    result = run("import", recorded(tmp_path, stream))

    chunk, _ = only_rule(result.stdout)["reply"]["chunks"]
    assert [rival["token"] for rival in chunk["logprobs"][0]["top_logprobs"]] == ["Hi", "Yo"]


def test_times_of_a_completion_become_waits(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.yaml"
    url, body = "https://api.openai.com/v1/completions", {"model": "davinci-002", "stream": True}
    about = {"request": {"url": url, "body": body}, "response": {"times": [0.3, 0.35]}}

    run("import", recorded(tmp_path, COMPLETION, about), "--out", out)

    engine = Engine(load([out]))
    plan = engine.plan(engine.read("completions", body), Answer("one"))
    paced = [(due, item.data) for due, item in play_now(plan) if isinstance(item, Segment)]
    assert [due for due, _ in paced] == pytest.approx([0.3, 0.35, 0.35])
    assert b"".join(data for _, data in paced) == COMPLETION
