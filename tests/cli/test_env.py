"""``env``: the variables, quoted for each shell and file."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.cli.conftest import Run

FORMATS = ("sh", "fish", "powershell", "dotenv", "github", "json")
ODD_KEYS = ("it's", 'a "b"', "$HOME", "back\\slash", "`id`", "per%cent", "two words", "emoji 🎉")
NO_PROXIES = {"NO_PROXY": "", "no_proxy": ""}


def variables(run: Run, *args: str, **env: str) -> dict[str, str]:
    """What `env` prints as JSON."""
    read: dict[str, str] = json.loads(run("env", "--json", *args, **NO_PROXIES | env).stdout)
    return read


def test_without_flags_it_is_the_default_server_for_a_shell(run: Run) -> None:
    result = run("env", **NO_PROXIES)

    assert result.exit_code == 0
    assert result.stderr == ""
    assert result.stdout == (
        "export OPENAI_BASE_URL=http://127.0.0.1:6736/v1\n"
        "export OPENAI_API_BASE=http://127.0.0.1:6736/v1\n"
        "export OPENAI_API_KEY=sk-emulator\n"
        "export NO_PROXY=127.0.0.1,localhost,::1\n"
        "export no_proxy=127.0.0.1,localhost,::1\n"
    )


@pytest.mark.parametrize(
    ("form", "line"),
    [
        ("sh", "export OPENAI_API_KEY='it'\"'\"'s'"),
        ("fish", "set -gx OPENAI_API_KEY 'it\\'s'"),
        ("powershell", "$Env:OPENAI_API_KEY = 'it''s'"),
        ("dotenv", 'OPENAI_API_KEY="it\'s"'),
        ("github", "OPENAI_API_KEY=it's"),
        ("json", '  "OPENAI_API_KEY": "it\'s",'),
    ],
)
def test_each_format_quotes_in_its_own_way(run: Run, form: str, line: str) -> None:
    result = run("env", "--format", form, "--key", "it's")

    assert line in result.stdout.splitlines()


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_says_every_variable(run: Run, form: str) -> None:
    result = run("env", "--format", form)

    assert all(name in result.stdout for name in variables(run))


@pytest.mark.parametrize("key", ODD_KEYS)
def test_a_shell_reads_back_what_was_meant(run: Run, key: str) -> None:
    script = run("env", "--key", key).stdout + 'printf %s "$OPENAI_API_KEY"'

    read = subprocess.run(["sh", "-c", script], capture_output=True, check=True, timeout=10)

    assert read.stdout.decode() == key


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
@pytest.mark.parametrize("key", ODD_KEYS)
def test_fish_reads_back_what_was_meant(run: Run, key: str) -> None:
    script = run("env", "--format", "fish", "--key", key).stdout + 'printf %s "$OPENAI_API_KEY"'

    read = subprocess.run(["fish", "-c", script], capture_output=True, check=True, timeout=10)

    assert read.stdout.decode() == key


@pytest.mark.parametrize(
    ("key", "written"),
    [
        pytest.param("sk-a_b.c/d+e", "sk-a_b.c/d+e", id="bare-where-it-can-be"),
        pytest.param("a b#c", "'a b#c'", id="single-quotes-hold-anything"),
        pytest.param("$HOME", "'$HOME'", id="nothing-is-expanded"),
        pytest.param("it's $5", '"it\'s \\$5"', id="double-quotes-are-escaped"),
        pytest.param("ends\\", '"ends\\\\"', id="a-last-backslash-escapes-no-quote"),
    ],
)
def test_an_env_file_has_quotes_only_where_it_needs_them(run: Run, key: str, written: str) -> None:
    lines = run("env", "--format", "dotenv", "--key", key).stdout.splitlines()

    assert f"OPENAI_API_KEY={written}" in lines


def test_powershell_doubles_curly_quotes_too(run: Run) -> None:
    result = run("env", "--format", "powershell", "--key", "it\u2019s")

    assert "$Env:OPENAI_API_KEY = 'it\u2019\u2019s'\n" in result.stdout


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://[::1]/openai", "https://[::1]/openai/v1"),
    ],
)
def test_v1_is_added_where_it_is_missing(run: Run, url: str, base: str) -> None:
    found = variables(run, "--url", url)

    assert found["OPENAI_BASE_URL"] == found["OPENAI_API_BASE"] == base


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("127.0.0.1:6736", id="no-scheme"),
        pytest.param("ftp://there", id="another-scheme"),
        pytest.param("http://", id="no-host"),
        pytest.param("http://[::1", id="half-an-address"),
        pytest.param("http://here:99999", id="no-such-port"),
        pytest.param("http://here:0", id="any-port"),
        pytest.param("http://he re", id="a-space"),
        pytest.param("http://here/v1?key=1", id="a-query"),
    ],
)
def test_what_is_no_base_url_is_exit_2(run: Run, url: str) -> None:
    result = run("env", "--url", url)

    assert (result.exit_code, result.stdout) == (2, "")
    assert repr(url) in result.stderr


@pytest.mark.parametrize("key", ["", "two\nlines", "bell\a"])
def test_what_is_no_key_is_exit_2(run: Run, key: str) -> None:
    result = run("env", "--key", key)

    assert (result.exit_code, result.stdout) == (2, "")


@pytest.mark.parametrize(
    ("name", "value", "base"),
    [
        ("EMULATOR_PORT", "7000", "http://127.0.0.1:7000/v1"),
        ("EMULATOR_URL", "http://llm:80", "http://llm:80/v1"),
    ],
)
def test_the_environment_says_where_the_server_is(
    run: Run, name: str, value: str, base: str
) -> None:
    assert variables(run, **{name: value})["OPENAI_BASE_URL"] == base


def test_hosts_kept_from_the_proxy_stay_and_the_servers_own_is_added(run: Run) -> None:
    found = variables(run, "--url", "http://llm:80", NO_PROXY="intranet.example")

    assert found["NO_PROXY"] == "intranet.example,llm,127.0.0.1,localhost,::1"
    assert found["no_proxy"] == found["NO_PROXY"]
