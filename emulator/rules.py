"""Rules written in Python: the same words as in a file, as arguments.

``rule(user="refund").reply("Which order?")`` is ``{when: {user: refund}, reply: Which
order?}``. They are checked as a file is, and a slip is told in the same way; then nothing
has changed. They lie on top of files.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from typing import Any, Literal, TypeAlias

from emulator.errors import EmulatorError
from emulator.loader import Loaded, loads

AfterLast: TypeAlias = Literal["repeat-last", "loop", "fall-through"]
ReplyLike: TypeAlias = str | dict[str, Any]

_SOURCE = "rules in Python"
_WRITTEN, _FAILING = 1, 2
_CALLED = {_WRITTEN: "rule", _FAILING: "failure"}


class Rules:
    """Rules as they are added; `loaded` is what an engine takes of them, a scenario a rule.

    What is to fail lies on top of what is to answer. `changed` is called after each change.
    Threads may add at once.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._added = 0
        self._lock = RLock()
        self.loaded: tuple[Loaded, ...] = ()

    @property
    def answering(self) -> bool:
        """Is there a rule that answers, beside those that fail?"""
        return any(file.layer == _WRITTEN for file in self.loaded)

    def add(self, rule: dict[str, Any]) -> None:
        """Add a rule below those that were added before. Raises `ScenarioError`."""
        self._take(rule, _WRITTEN)

    def fail(self, error: ReplyLike, times: int) -> None:
        """Let the next requests fail, then go on as before. Raises `ScenarioError`."""
        if not isinstance(times, int) or times < 1:
            raise EmulatorError(f"times must be a whole number of at least 1, not {times!r}")
        self._take({"sequence": [error] * times, "after_last": "fall-through"}, _FAILING)

    def clear(self) -> None:
        """Take all of them away."""
        with self._lock:
            self.loaded = ()
            self._changed()

    def _take(self, rule: dict[str, Any], layer: int) -> None:
        with self._lock:
            self._added += 1
            named = {"name": f"{_CALLED[layer]} {self._added} in Python", **rule}
            self.loaded = (*self.loaded, _loaded(named, layer))
            self._changed()


class RuleWriter:
    """A rule that has its conditions and waits for what it answers."""

    def __init__(self, rules: Rules, when: dict[str, Any], name: str | None = None) -> None:
        self._rules = rules
        self._head: dict[str, Any] = {"name": name} if name is not None else {}
        if when:
            self._head["when"] = {_KEYWORDS.get(key, key): value for key, value in when.items()}

    def reply(self, reply: ReplyLike | None = None, /, **fields: Any) -> None:
        """Answer with a text, or with the keys of a reply: ``text``, ``tool_calls``, ..."""
        self._rules.add({**self._head, "reply": written(reply, fields)})

    def sequence(self, *replies: ReplyLike, after_last: AfterLast = "repeat-last") -> None:
        """Answer with one reply after the other, for each API key by itself."""
        self._rules.add({**self._head, "sequence": list(replies), "after_last": after_last})


_KEYWORDS = {"unless": "not", "not_": "not"}


def written(reply: ReplyLike | None, fields: dict[str, Any]) -> ReplyLike:
    """A reply from a text or its keys; both together are a text with more keys."""
    if reply is None:
        return fields
    if not fields:
        return reply
    return {**({"text": reply} if isinstance(reply, str) else reply), **fields}


def _loaded(rule: dict[str, Any], layer: int) -> Loaded:
    try:
        text = json.dumps({"version": 1, "rules": [rule]}, indent=2, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise EmulatorError(f"a rule holds what no scenario can: {error}") from None
    return Loaded(_SOURCE, loads(text, f"<{_SOURCE}>", Path.cwd()), layer)
