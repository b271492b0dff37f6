"""The environment that points a program at the emulator."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from emulator.environment import variables

BASE = "http://127.0.0.1:1234/v1"
LOOPBACKS = "127.0.0.1,localhost,::1"


def test_a_client_finds_the_server_by_either_name_and_a_key() -> None:
    found = variables(BASE, "sk-mine", {})

    assert found == {
        "OPENAI_BASE_URL": BASE,
        "OPENAI_API_BASE": BASE,
        "OPENAI_API_KEY": "sk-mine",
        "NO_PROXY": LOOPBACKS,
        "no_proxy": LOOPBACKS,
    }


@pytest.mark.parametrize(
    ("inherited", "no_proxy"),
    [
        pytest.param({"NO_PROXY": "a.example"}, f"a.example,{LOOPBACKS}", id="upper-case"),
        pytest.param({"no_proxy": "a.example"}, f"a.example,{LOOPBACKS}", id="lower-case"),
        pytest.param(
            {"NO_PROXY": "", "no_proxy": "a.example"},
            f"a.example,{LOOPBACKS}",
            id="an-empty-one-counts-as-none",
        ),
        pytest.param(
            {"NO_PROXY": " a.example , ,b.example,"},
            f"a.example,b.example,{LOOPBACKS}",
            id="spaces-and-empty-parts-go",
        ),
        pytest.param(
            {"NO_PROXY": "localhost,a.example"},
            "localhost,a.example,127.0.0.1,::1",
            id="nothing-twice",
        ),
        pytest.param({"HTTP_PROXY": "http://proxy.example"}, LOOPBACKS, id="none"),
    ],
)
def test_hosts_kept_from_a_proxy_stay_and_the_loopbacks_come_behind(
    inherited: Mapping[str, str], no_proxy: str
) -> None:
    found = variables(BASE, "sk-mine", inherited)

    assert found["NO_PROXY"] == found["no_proxy"] == no_proxy


def test_nothing_else_is_set_or_changed() -> None:
    inherited = {"HTTP_PROXY": "http://proxy.example", "OPENAI_API_KEY": "sk-real", "PATH": "/bin"}
    before = dict(inherited)

    found = variables(BASE, "sk-mine", inherited)

    assert inherited == before
    assert found["OPENAI_API_KEY"] == "sk-mine"
    assert {"HTTP_PROXY", "PATH"}.isdisjoint(found)


def test_without_a_mapping_it_is_this_process_that_is_inherited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", "from.this.process")

    found = variables(BASE, "sk-mine")

    assert found["NO_PROXY"] == f"from.this.process,{LOOPBACKS}"
