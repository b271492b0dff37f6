"""Codes: what each problem of a scenario means, with an example of wrong and right.

A code is for ever: it may get a better text, never another meaning. Codes from EMU1 and
a number below 50 are errors, from 50 on warnings. The examples are whole scenarios.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """A code of a problem; `wrong` gives it and `right` gives nothing."""

    code: str
    title: str
    meaning: str
    wrong: str
    right: str


def _rule(*lines: str) -> str:
    """A scenario of one rule, whose keys are these lines."""
    return _scenario(
        "rules:", *(f"  {'  ' if at else '- '}{line}" for at, line in enumerate(lines))
    )


def _scenario(*lines: str) -> str:
    return "\n".join(("version: 1", *lines, ""))


_ALL = (
    Code(
        "EMU100",
        "this is not YAML",
        "The file cannot be read as YAML 1.2: an indentation, a quote or a bracket is wrong, or it"
        " uses what scenarios do not (tabs, tags, several documents). A plain text can hold"
        " neither `: ` nor ` #`: put it in quotes.",
        _rule("reply: No: 91 is not prime."),
        _rule('reply: "No: 91 is not prime."'),
    ),
    Code(
        "EMU101",
        "a key that does not exist here",
        "Every key is known, so that a slip is not taken for silence. The frame lists the keys"
        " allowed at that place.",
        _rule("when: {usr: hello}", "reply: Hi!"),
        _rule("when: {user: hello}", "reply: Hi!"),
    ),
    Code(
        "EMU102",
        "a key stands twice in one mapping",
        "YAML would silently take the last one. Keep one; several conditions of one kind are a"
        " list.",
        _rule("when: {user: hello, user: good day}", "reply: Hi!"),
        _rule("when: {user: [hello, good day]}", "reply: Hi!"),
    ),
    Code(
        "EMU103",
        "a key is missing",
        "Some keys cannot be left out: `version` and `rules` of a scenario, the `name` of a tool"
        " call, the `status` of an error.",
        _rule("reply:", "  tool_calls: [{arguments: {city: Paris}}]"),
        _rule("reply:", "  tool_calls: [{name: get_weather, arguments: {city: Paris}}]"),
    ),
    Code(
        "EMU104",
        "a word that is not among those allowed",
        "This key takes one of a few words. The frame lists them, and the likeliest.",
        _rule("reply: {text: Once upon a, finish: lenght}"),
        _rule("reply: {text: Once upon a, finish: length}"),
    ),
    Code(
        "EMU105",
        "a value of the wrong type",
        "A text, a number, a list or a mapping is wanted, and something else is there. Bare"
        " numbers and the words true, false and null are no texts: put them in quotes.",
        _rule("reply: 42"),
        _rule('reply: "42"'),
    ),
    Code(
        "EMU106",
        "a number out of range, or a list with nothing in it",
        "Counts have their bounds: an HTTP error is 400 to 599, a list of rules has one at least."
        " Numbers of calls, tokens and bytes can have their word: `16 bytes`.",
        _rule("reply: {error: 42}"),
        _rule("reply: {error: 429}"),
    ),
    Code(
        "EMU107",
        "not a waiting time",
        "Times have a unit: us, ms, s, m or h. Between two of them any is as likely; a list is"
        " what was measured; a mapping names a distribution.",
        _rule("reply: {error: 429, retry_after: 2}"),
        _rule("reply: {error: 429, retry_after: 2s}"),
    ),
    Code(
        "EMU108",
        "a pattern that RE2 does not take",
        "Patterns are RE2, which takes time in proportion to the text whatever the pattern. It has"
        " no look-around and no back-references. Inside double quotes a backslash is written"
        " twice; single quotes leave it alone.",
        _rule("when: {user: {regex: '(?!no)yes'}}", "reply: Good."),
        _rule("when: {user: {regex: '\\byes\\b'}, not: {user: no}}", "reply: Good."),
    ),
    Code(
        "EMU109",
        "keys that do not go together, or say nothing",
        "Some keys exclude each other (an answer is a text or a JSON value, a rule has a reply or"
        " a sequence), some need another (`per` a sequence, `retry_after` an error), and an answer"
        " must say something.",
        _rule("reply: {text: Hi!, json: {greeting: Hi}}"),
        _rule("reply: {json: {greeting: Hi}}"),
    ),
    Code(
        "EMU110",
        "a version that this emulator does not read",
        "The first line of a scenario is the version of the format, which is 1.",
        'version: "1.0"\nrules:\n  - reply: Hi!\n',
        _rule("reply: Hi!"),
    ),
    Code(
        "EMU111",
        "nothing can be read here",
        "There is no such file or folder, nothing is in it, it is not UTF-8, it is larger than"
        " 2 MB, or it may not be read.",
        "# The rules will come.\n",
        _rule("reply: Hi!"),
    ),
    Code(
        "EMU112",
        "two rules have one name",
        "A name stands for one rule in logs, in `expect` and in `play`. Rules need no names.",
        _scenario("rules:", "  - {name: a, when: {user: x}, reply: X}", "  - {name: a, reply: Y}"),
        _scenario("rules:", "  - {name: a, when: {user: x}, reply: X}", "  - {name: b, reply: Y}"),
    ),
    Code(
        "EMU113",
        "not a JMESPath expression",
        "The keys of `body` and what stands in `${...}` are JMESPath over the request. Names with"
        " dashes need double quotes inside, lists count from 0, and `$${` is a literal `${`.",
        _rule("when: {body: {response_format.: null}}", "reply: Hi!"),
        _rule("when: {body: {response_format.type: null}}", "reply: Hi!"),
    ),
    Code(
        "EMU114",
        "a recording that cannot be read",
        "The path of a recording is relative to the file of the scenario.",
        _rule("reply: {recording: nowhere/greeting.sse}"),
        _rule("reply: {recording: captures/greeting.sse}"),
    ),
    Code(
        "EMU115",
        "a profile that nobody defined",
        "`timing` names a profile of this file, or a built-in one: instant, production,"
        " overloaded, local-8b. Profiles of other files do not count.",
        _rule("reply: {text: Hi!, timing: prodution}"),
        _rule("reply: {text: Hi!, timing: production}"),
    ),
    Code(
        "EMU151",
        "a rule that never answers",
        "The first rule that fits answers, and an earlier one fits all that this one fits. Rules"
        " without `when` are tried last, wherever they stand.",
        _scenario(
            "rules:",
            "  - {when: {user: refund}, reply: Which order?}",
            "  - {when: {user: refund my order}, reply: Of course.}",
        ),
        _scenario(
            "rules:",
            "  - {when: {user: refund my order}, reply: Of course.}",
            "  - {when: {user: refund}, reply: Which order?}",
        ),
    ),
    Code(
        "EMU152",
        "a profile that nobody uses",
        "Profiles belong to their file: no reply of it names this one, nor do its `defaults`.",
        _scenario("profiles: {slow: {per_token: 90ms}}", "rules:", "  - reply: Hi!"),
        _scenario(
            "profiles: {slow: {per_token: 90ms}}",
            "defaults: {timing: slow}",
            "rules:",
            "  - reply: Hi!",
        ),
    ),
    Code(
        "EMU153",
        "a fallback that is never reached",
        "The fallback is for requests that no rule fits, and here a rule without `when` fits all.",
        _scenario("fallback: error", "rules:", "  - reply: Hi!"),
        _scenario("fallback: error", "rules:", "  - {when: {user: hello}, reply: Hi!}"),
    ),
    Code(
        "EMU154",
        "an expectation of a rule that is not there",
        "`expect` counts the calls of a rule of this file, by its name.",
        _scenario("rules:", "  - {name: greet, reply: Hi!}", "expect: [{rule: great, calls: 1}]"),
        _scenario("rules:", "  - {name: greet, reply: Hi!}", "expect: [{rule: greet, calls: 1}]"),
    ),
)
CODES = {code.code: code for code in _ALL}
"""All codes, in order."""


def spelled(text: str) -> str:
    """A code as it is written here: ``EMU101`` for ``emu101`` and ``101``."""
    word = text.strip().upper()
    return f"EMU{word}" if word.isdecimal() else word
