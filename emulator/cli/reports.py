"""Problems for machines: JSON, GitHub annotations, SARIF and JUnit.

``REPORTS`` is the table of them. Each takes the problems, the files that can be used, and
whether warnings fail; it gives the whole text, without the line end after it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote
from xml.etree import ElementTree

from emulator.codes import CODES
from emulator.errors import Place, Problem
from emulator.version import version

Report: TypeAlias = Callable[[Sequence[Problem], Sequence[str], bool], str]


def _as_json(problems: Sequence[Problem], good: Sequence[str], strict: bool) -> str:
    return json.dumps([_as_object(problem) for problem in problems], indent=2)


def _as_object(problem: Problem) -> dict[str, object]:
    place = problem.place
    return {
        "code": problem.code,
        "severity": problem.severity,
        "file": place.source,
        "line": place.line,
        "column": place.column,
        "message": problem.found,
        "cure": problem.cure,
        "help": problem.help,
    }


def _as_annotations(problems: Sequence[Problem], good: Sequence[str], strict: bool) -> str:
    return "\n".join(map(_as_annotation, problems))


def _as_annotation(problem: Problem) -> str:
    place = problem.place
    where = f"file={_property(place.source)},line={place.line},col={place.column}"
    return f"::{problem.severity} {where},title={problem.code}::{_data(_said(problem))}"


def _data(text: str) -> str:
    """Workflow commands escape percent signs and line ends in their message."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """In their properties colons and commas too."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _as_sarif(problems: Sequence[Problem], good: Sequence[str], strict: bool) -> str:
    driver = {
        "name": "streamulator",
        "version": version(),
        "rules": [_as_rule(code) for code in sorted({problem.code for problem in problems})],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_as_result(problem) for problem in problems],
    }
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=2)


def _as_rule(code: str) -> dict[str, Any]:
    known = CODES.get(code)
    if known is None:
        return {"id": code}
    return {
        "id": code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.meaning},
        "help": {"text": f"Wrong:\n\n{known.wrong}\nRight:\n\n{known.right}"},
    }


def _as_result(problem: Problem) -> dict[str, Any]:
    place = problem.place
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endColumn": place.column + max(1, place.width),
    }
    where = {"artifactLocation": {"uri": _uri(place)}, "region": region}
    return {
        "ruleId": problem.code,
        "level": problem.severity,
        "message": {"text": _said(problem)},
        "locations": [{"physicalLocation": where}],
    }


def _uri(place: Place) -> str:
    """A relative path stays one: code scanning reads it from the root of the repository."""
    path = Path(place.source)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _as_junit(problems: Sequence[Problem], good: Sequence[str], strict: bool) -> str:
    """A test case a file; readers that know one failure a case see all problems in it."""
    by_file: dict[str, list[Problem]] = {file: [] for file in good}
    for problem in problems:
        by_file.setdefault(problem.place.source, []).append(problem)
    suite = ElementTree.Element("testsuite", name="streamulator validate")
    failed = 0
    for file, found in sorted(by_file.items()):
        case = ElementTree.SubElement(suite, "testcase", name=_clean(file), classname="scenarios")
        fatal = [problem for problem in found if strict or problem.severity == "error"]
        failed += bool(fatal)
        if fatal:
            message = _clean("; ".join(map(_said, fatal)))
            failure = ElementTree.SubElement(case, "failure", type=fatal[0].code, message=message)
            failure.text = _clean("\n\n".join(problem.frame() for problem in fatal))
        if harmless := [problem.frame() for problem in found if problem not in fatal]:
            ElementTree.SubElement(case, "system-out").text = _clean("\n\n".join(harmless))
    suite.set("tests", str(len(by_file)))
    suite.set("failures", str(failed))
    suite.set("errors", "0")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, "unicode", xml_declaration=True)


def _clean(text: str) -> str:
    """The text with what XML 1.0 cannot hold as question marks."""
    return "".join(sign if sign in "\t\n" or _allowed(sign) else "?" for sign in text)


def _allowed(sign: str) -> bool:
    return sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff"


def _said(problem: Problem) -> str:
    return f"{problem.found}; {problem.cure}" if problem.cure else problem.found


REPORTS: Mapping[str, Report] = {
    "json": _as_json,
    "github": _as_annotations,
    "sarif": _as_sarif,
    "junit": _as_junit,
}
