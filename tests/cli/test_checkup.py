"""What `doctor` knows: each failure that it was made for, and its cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.cli import checkup
from emulator.cli.checkup import Answer, Finding, Surroundings, findings

LOCAL = "http://127.0.0.1:6736/v1"
NOBODY = Answer(open=False)
OURS = Answer(True, True, "ready: 2 scenarios, 5 rules", "python, pid 7")
OTHER = Answer(True, False, "HTTP 404, and not from a streamulator", "nginx, pid 8")


def around(url: str | None = None, answer: Answer = NOBODY, **environment: str) -> Surroundings:
    """Surroundings in which all is well but what is given."""
    return Surroundings(environment, 6736, url, answer=answer)


def within(environment: dict[str, str], url: str | None = None) -> Surroundings:
    """Surroundings of which only environment and URL are told."""
    return Surroundings(environment, 6736, url)


def test_where_all_is_well_nothing_is_a_problem() -> None:
    found = list(findings(around()))

    assert [finding.check for finding in found] == [
        "proxy",
        "base-url",
        "localhost",
        "import",
        "port",
    ]
    assert all(finding.ok and not finding.cure for finding in found)


def test_a_problem_always_has_a_cure() -> None:
    bad = Surroundings(
        {"HTTPS_PROXY": "http://p", "OPENAI_BASE_URL": "", "REQUESTS_CA_BUNDLE": "ca.pem"},
        port=6736,
        url="https://llm/v1",
        localhost=(),
        imported=Path("/elsewhere/emulator.py"),
        installed={"openai": "3.57.0", "respx": "0.22.0"},
    )

    found = list(findings(bad))

    assert len(found) == 7
    assert not any(finding.ok for finding in found)
    assert all(finding.cure for finding in found)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_proxy_takes_what_goes_to_the_loopback(name: str) -> None:
    found = checkup.proxy(within({name: "http://proxy:3128"}))

    assert not found.ok
    assert found.found == f"{name} is set, and NO_PROXY lacks 127.0.0.1 and localhost"
    assert found.cure == 'eval "$(streamulator env)", or NO_PROXY=127.0.0.1,localhost'


@pytest.mark.parametrize(
    ("no_proxy", "missing"),
    [
        pytest.param("", "127.0.0.1 and localhost", id="empty"),
        pytest.param("localhost", "127.0.0.1", id="the-name-is-not-the-address"),
        pytest.param("127.0.0.1,::1", "localhost", id="the-address-is-not-the-name"),
        pytest.param("127.0.0.0/8, localhost", "127.0.0.1", id="a-network-is-no-address"),
        pytest.param("notlocalhost,127.0.0.1", "localhost", id="an-end-is-no-domain"),
        pytest.param("127.0.0.1, LOCALHOST", "", id="both-in-any-case"),
        pytest.param(".localhost,127.0.0.1", "", id="with-a-dot"),
        pytest.param("*", "", id="all"),
    ],
)
def test_no_proxy_has_to_name_both_the_address_and_the_name(no_proxy: str, missing: str) -> None:
    found = checkup.proxy(around(HTTP_PROXY="http://proxy", NO_PROXY=no_proxy))

    assert found.ok is not bool(missing)
    assert found.ok or found.found.endswith(f"NO_PROXY lacks {missing}")


def test_both_spellings_of_no_proxy_have_to_name_them() -> None:
    found = checkup.proxy(around(HTTP_PROXY="http://p", NO_PROXY="*", no_proxy="elsewhere"))

    assert not found.ok


def test_no_proxy_has_to_name_the_server_asked_for_too() -> None:
    kept = {"HTTP_PROXY": "http://proxy", "NO_PROXY": "127.0.0.1,localhost"}

    bare = checkup.proxy(within(kept, "http://llm.test:6736/v1"))
    named = checkup.proxy(
        within(kept | {"NO_PROXY": "127.0.0.1,localhost,test"}, "http://llm.test:6736/v1")
    )

    assert (bare.ok, named.ok) == (False, True)
    assert bare.found.endswith("lacks llm.test")


@pytest.mark.parametrize(
    ("url", "name", "ok"),
    [
        ("http://127.0.0.1:6736/v1", "HTTPS_PROXY", True),
        ("https://127.0.0.1:6736/v1", "HTTPS_PROXY", False),
        ("https://127.0.0.1:6736/v1", "HTTP_PROXY", True),
    ],
)
def test_only_the_proxy_of_the_scheme_counts(url: str, name: str, ok: bool) -> None:
    assert checkup.proxy(within({name: "http://proxy"}, url)).ok is ok


@pytest.mark.parametrize("name", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
@pytest.mark.parametrize(
    ("value", "found", "cure"),
    [
        ("", "is empty", 'eval "$(streamulator env)"'),
        ("127.0.0.1:6736/v1", "which is no URL", "=http://127.0.0.1:6736/v1"),
        ("http://127.0.0.1:6736", "without /v1", "=http://127.0.0.1:6736/v1"),
        ("http://127.0.0.1:6736/", "without /v1", "=http://127.0.0.1:6736/v1"),
    ],
)
def test_a_base_url_is_a_url_that_ends_with_v1(
    name: str, value: str, found: str, cure: str
) -> None:
    finding = checkup.base_url(within({name: value}))

    assert not finding.ok
    assert name in finding.found
    assert found in finding.found
    assert cure in finding.cure


@pytest.mark.parametrize("value", [LOCAL, f"{LOCAL}/", "https://proxy.example/openai/v1"])
def test_a_base_url_with_v1_is_well(value: str) -> None:
    assert checkup.base_url(around(OPENAI_BASE_URL=value)).ok


@pytest.mark.parametrize(
    ("addresses", "ok"),
    [
        pytest.param(("127.0.0.1",), True, id="the-old-one"),
        pytest.param(("::1", "127.0.0.1"), True, id="both"),
        pytest.param(("::1",), False, id="the-new-one-only"),
        pytest.param((), False, id="none"),
    ],
)
def test_localhost_has_to_be_127_0_0_1_too(addresses: tuple[str, ...], ok: bool) -> None:
    assert checkup.localhost(Surroundings({}, 6736, localhost=addresses)).ok is ok


def test_certificates_matter_for_https_only() -> None:
    assert checkup.tls(around(REQUESTS_CA_BUNDLE="ca.pem")) is None
    assert checkup.tls(around(LOCAL, REQUESTS_CA_BUNDLE="ca.pem")) is None


@pytest.mark.parametrize(
    ("environment", "ok", "said"),
    [
        pytest.param({}, True, "the system's certificates count", id="none"),
        pytest.param({"SSL_CERT_FILE": __file__}, True, __file__, id="a-file"),
        pytest.param({"SSL_CERT_FILE": "gone.pem"}, False, "which is no file", id="no-file"),
        pytest.param({"REQUESTS_CA_BUNDLE": "x"}, False, "does not read", id="of-another-client"),
    ],
)
def test_the_certificate_is_in_ssl_cert_file(
    environment: dict[str, str], ok: bool, said: str
) -> None:
    found = checkup.tls(within(environment, "https://llm/v1"))

    assert found is not None
    assert found.ok is ok
    assert said in found.found
    assert ok or "NODE_EXTRA_CA_CERTS" in found.cure


def test_a_file_of_the_same_name_hides_the_package() -> None:
    hidden = Surroundings({}, 6736, imported=Path("/project/emulator.py"))

    found = checkup.imports(hidden)

    assert not found.ok
    assert "not ours but /project/emulator.py" in found.found


@pytest.mark.parametrize(
    ("installed", "ok"),
    [
        pytest.param({"openai": "3.57.0", "respx": "0.22.0"}, False, id="new-openai-with-respx"),
        pytest.param({"openai": "2.9.0", "respx": "0.22.0"}, True, id="old-openai-with-respx"),
        pytest.param({"openai": "3.57.0"}, True, id="new-openai-alone"),
        pytest.param({"respx": "0.22.0"}, None, id="no-openai"),
    ],
)
def test_respx_mocks_nothing_of_a_new_openai(installed: dict[str, str], ok: bool | None) -> None:
    found = checkup.respx(Surroundings({}, 6736, installed=installed))

    assert (found.ok if found else None) is ok


@pytest.mark.parametrize(
    ("answer", "ok", "said"),
    [
        pytest.param(NOBODY, True, "port 6736 is free", id="free"),
        pytest.param(OURS, True, "a streamulator (python, pid 7) serves at port 6736", id="ours"),
        pytest.param(OTHER, False, "no streamulator (nginx, pid 8)", id="taken"),
        pytest.param(Answer(True), False, "taken by what is no streamulator", id="by-nobody-knows"),
    ],
)
def test_the_port_is_free_or_ours_or_somebodys(answer: Answer, ok: bool, said: str) -> None:
    found = checkup.port(around(answer=answer))

    assert isinstance(found, Finding)
    assert found.ok is ok
    assert said in found.found


@pytest.mark.parametrize(
    ("answer", "ok", "cure"),
    [
        pytest.param(OURS, True, "", id="ours"),
        pytest.param(OTHER, False, "check host, port and scheme", id="another"),
        pytest.param(Answer(False, said="refused"), False, "streamulator serve", id="nobody"),
    ],
)
def test_a_server_that_was_asked_for_has_to_answer(answer: Answer, ok: bool, cure: str) -> None:
    found = checkup.server(around(LOCAL, answer))

    assert isinstance(found, Finding)
    assert found.ok is ok
    assert cure in found.cure
    assert checkup.port(around(LOCAL, answer)) is None
