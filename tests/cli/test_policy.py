"""What ``serve`` and ``exec`` ask of requests: keys, quotas, and how strictly they judge."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.serving import Served
from tests.sockets.client import PATH, body_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("process")]

# Ask the server that the environment points at with each key that is given.
ASK = """\
import json, os, sys
from urllib.error import HTTPError
from urllib.request import Request, urlopen

body = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "weapon"}]}
for key in sys.argv[1:] or [os.environ["OPENAI_API_KEY"]]:
    url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
    headers = {"authorization": f"Bearer {key}"}
    try:
        with urlopen(Request(url, json.dumps(body).encode(), headers), timeout=5) as answer:
            print(answer.status, key)
    except HTTPError as error:
        print(error.code, key)
        error.close()
"""


def answer(port: int, key: str = "sk-1", **more: object) -> tuple[int, Any]:
    """Status and JSON of the answer to one request."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        body = json.dumps(body_of("weapon", stream=False, **more))
        connection.request("POST", PATH, body, {"authorization": f"Bearer {key}"})
        response = connection.getresponse()
        return response.status, json.load(response)


def statuses(*keys: str, **more: object) -> Callable[[int], list[int]]:
    """Asks with each of some keys; the statuses of the answers."""
    return lambda port: [answer(port, key, **more)[0] for key in keys]


def last_error(*keys: str) -> Callable[[int], str]:
    """Asks with each of some keys; what the last one is refused with."""
    return lambda port: [answer(port, key) for key in keys][-1][1]["error"]["message"]


def test_without_options_any_key_will_do_and_nobody_waits(served: Served, scenario: Path) -> None:
    _, found = served("serve", scenario, asks=statuses(*"abc", *"abc"))

    assert found == [200] * 6


def test_a_key_that_is_not_one_of_those_given_is_refused(served: Served, scenario: Path) -> None:
    args = ("serve", scenario, "--api-key", "sk-b", "--api-key", "sk-a")

    result, found = served(*args, asks=statuses("sk-a", "sk-b", "sk-c"))

    assert found == [200, 200, 401]
    assert "OPENAI_API_KEY=sk-a\n" in result.stderr
    assert " -H 'authorization: Bearer sk-a'" in result.stderr


def test_a_wrong_key_is_told_as_openai_does(served: Served, scenario: Path) -> None:
    _, message = served("serve", scenario, "--api-key", "sk-a", asks=last_error("sk-b"))

    assert message.startswith("Incorrect API key provided: sk-b. You can find your API key at")


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_one_request_a_minute_refuses_the_second_of_a_key(
    served: Served, scenario: Path, how: str
) -> None:
    flags = ("--rpm", "1") if how == "flag" else ()
    env = {} if how == "flag" else {"EMULATOR_RPM": "1"}

    _, found = served("serve", scenario, *flags, asks=statuses("a", "a", "b"), **env)

    assert found == [200, 429, 200]


def test_a_quota_is_told_with_its_numbers(served: Served, scenario: Path) -> None:
    _, message = served("serve", scenario, "--rpm", "2", asks=last_error("a", "a", "a"))

    assert "on requests per min (RPM): Limit 2, Used 2, Requested 1. Please try again" in message


def test_tokens_a_minute_refuse_a_request_that_is_larger(served: Served, scenario: Path) -> None:
    _, message = served("serve", scenario, "--tpm", "2", asks=last_error("a"))

    assert "on tokens per min (TPM): Limit 2, Requested 4. The input or output" in message


@pytest.mark.parametrize(
    ("level", "found"),
    [("strict", [400, 400, 400]), ("lenient", [200, 200, 400]), ("off", [200, 200, 200])],
)
def test_requests_are_judged_as_strictly_as_asked(
    served: Served, scenario: Path, level: str, found: list[int]
) -> None:
    bodies: list[dict[str, Any]] = [{"temperatur": 1}, {"n": 0}, {"temperature": "hot"}]

    def asks(port: int) -> list[int]:
        return [answer(port, **body)[0] for body in bodies]

    _, said = served("serve", scenario, "--validate", level, asks=asks)

    assert said == found


def test_an_unknown_key_is_told_those_that_are_near(served: Served, scenario: Path) -> None:
    def message(port: int) -> Any:
        return answer(port, temperatur=1)[1]["error"]["message"]

    _, said = served("serve", scenario, asks=message)

    assert said == "Unknown parameter: 'temperatur'. Did you mean 'temperature'?"


@pytest.mark.parametrize(
    "flags", [("--rpm", "0"), ("--tpm", "-1"), ("--validate", "harsh")], ids=" ".join
)
def test_an_option_that_makes_no_sense_is_exit_2(
    run: Run, scenario: Path, flags: tuple[str, str]
) -> None:
    result = run("serve", scenario, *flags)

    assert result.exit_code == 2
    assert flags[0] in result.stderr


@pytest.mark.parametrize(
    ("flags", "keys", "expected"),
    [
        pytest.param(("--api-key", "sk-1"), (), ["200 sk-1"], id="the-key-is-handed-on"),
        pytest.param(
            ("--api-key", "sk-1"), ("sk-1", "sk-2"), ["200 sk-1", "401 sk-2"], id="other-keys"
        ),
        pytest.param(("--rpm", "1"), ("a", "a", "b"), ["200 a", "429 a", "200 b"], id="rpm"),
        pytest.param(("--tpm", "2"), ("a",), ["429 a"], id="tpm"),
    ],
)
def test_a_command_is_run_under_the_same_policy(
    run: Run,
    scenario: Path,
    capfd: pytest.CaptureFixture[str],
    flags: tuple[str, str],
    keys: tuple[str, ...],
    expected: list[str],
) -> None:
    result = run("exec", scenario, *flags, "--", sys.executable, "-c", ASK, *keys)

    assert result.exit_code == 0
    assert capfd.readouterr().out.splitlines() == expected
