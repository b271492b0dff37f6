"""The Python face: an emulator inside a program, with rules from files or written here.

Started, it listens on a free port; its transports need none. What it was asked can be read
while it runs and afterwards.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Self, get_args

from emulator.client import EmulatorTransport
from emulator.clock import Clock, RealClock, VirtualClock
from emulator.engine import Engine
from emulator.environment import variables
from emulator.errors import EmulatorError
from emulator.journal import Entry, Journal
from emulator.live import Live
from emulator.loader import load, loaded
from emulator.prompt import NEUTRAL, DialectName
from emulator.quota import Quota
from emulator.reception import Policy, Reception
from emulator.rules import AfterLast, ReplyLike, Rules, RuleWriter, written
from emulator.scenario import Fallback, Scenario
from emulator.script.reply import ErrorSettings
from emulator.server.run import EmulatorServer
from emulator.store.memory import MemoryStore
from emulator.surfaces.terms import Level
from emulator.timing import speed_of

_KEY = "sk-emulator"
_VIRTUAL = "virtual"


class Emulator:
    """An emulator of OpenAI's API for a ``with`` or an ``async with`` statement.

    Give it scenarios, or paths of files and folders; with none, and no rules, it echoes.
    `timing` is ``real``, ``instant``, or ``x10`` for ten times as fast. `validate` is
    ``strict``, ``lenient`` or ``off``. `api_keys` are those that it answers (none: any),
    `rpm` and `tpm` are requests and tokens a minute for each key and model. `dialect` is the
    provider whose accent answers have that do not say: ``groq``, ``azure``.

    Raises `ScenarioError` where a scenario cannot be used, `EmulatorError` where a word is
    none of those there are, `StartError` where it cannot listen.
    """

    def __init__(
        self,
        *scenarios: Scenario | str | Path,
        host: str | None = None,
        port: int = 0,
        seed: int | None = None,
        timing: str = "real",
        fallback: Fallback | None = None,
        validate: Level = "strict",
        api_keys: Collection[str] | str = (),
        rpm: int | None = None,
        tpm: int | None = None,
        dialect: DialectName = NEUTRAL,
    ) -> None:
        _among("validate", validate, get_args(Level))
        _among("fallback", fallback, (None, *get_args(Fallback)))
        self._files = tuple(loaded(scenarios))
        self._seed, self._fallback = seed, fallback
        self._rules = Rules(self._rebuild)
        # A text is a collection too, of keys of one letter each.
        self._keys = (api_keys,) if isinstance(api_keys, str) else tuple(api_keys)
        quota = Quota(rpm, tpm)
        self._policy = Policy(validate, frozenset(self._keys), quota, dialect=dialect)
        self._store = MemoryStore()
        self._live = Live(self._engine())
        self._journal = Journal()
        reception = self._at(RealClock(_speed(timing)))
        self._server = EmulatorServer.of(reception, host=host, port=port)

    @property
    def url(self) -> str:
        """Its address, without a path. Raises `StartError` while it is not running."""
        return self._server.url

    @property
    def base_url(self) -> str:
        """The base URL for a client of the API."""
        return self._server.base_url

    @property
    def api_key(self) -> str:
        """A key that it answers."""
        return self._keys[0] if self._keys else _KEY

    @property
    def requests(self) -> list[Entry]:
        """What it was asked, oldest first; the last thousand."""
        return list(self._journal)

    @property
    def last(self) -> Entry | None:
        """The newest request."""
        return next(reversed(self.requests), None)

    def env(self) -> dict[str, str]:
        """The variables that point a program at it."""
        return variables(self.base_url, self.api_key)

    def load(self, *paths: str | Path) -> None:
        """Add scenario files and folders. Raises `EmulatorError`; then nothing has changed."""
        before = self._files
        self._files = (*before, *load(paths))
        try:
            self._rebuild()
        except EmulatorError:
            self._files = before
            raise

    def rule(self, name: str | None = None, **when: Any) -> RuleWriter:
        """Begin a rule: ``rule(user="refund").reply("Which order?")``.

        Keywords are those of `when` in a scenario (``unless`` for ``not``). Rules made so
        are tried in the order in which they are made, before those of files.
        """
        return RuleWriter(self._rules, when, name)

    def reply(self, reply: ReplyLike | None = None, /, **fields: Any) -> None:
        """Answer whatever no other rule made here fits."""
        self.rule().reply(reply, **fields)

    def sequence(self, *replies: ReplyLike, after_last: AfterLast = "repeat-last") -> None:
        """The same with one reply after the other."""
        self.rule().sequence(*replies, after_last=after_last)

    def fail(self, error: int | dict[str, Any] = 500, *, times: int = 1, **fields: Any) -> None:
        """Let the next requests of each key fail, then go on as before.

        `error` is a status or an error's keys, of which `fields` may be some too; they may
        also hold ``retry_after="1s"``.
        """
        said = {key: fields.pop(key) for key in ErrorSettings.model_fields if key in fields}
        if said:
            error = (error if isinstance(error, dict) else {"status": error}) | said
        self._rules.fail(written({"error": error}, fields), times)

    def reset(self) -> None:
        """Forget the rules made here, all counts and all requests; files stay."""
        self._rules.clear()
        self._store.clear()
        self._journal.clear()

    def transport(self, timing: str = _VIRTUAL) -> EmulatorTransport:
        """A transport for clients of httpx2 and httpx that reaches it without a socket.

        Waits cost nothing (``virtual``: a client's timeouts are kept, in virtual time), or
        pass as `timing` says. It need not be running.
        """
        now = RealClock().now()
        clock = VirtualClock(now) if timing == _VIRTUAL else RealClock(_speed(timing))
        return EmulatorTransport(self._at(clock))

    def start(self) -> Self:
        """Listen, in a thread. Raises `StartError`."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop at once, also with streams open."""
        self._server.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await self._server.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.__aexit__()

    def _at(self, clock: Clock) -> Reception:
        """The one state there is, by a clock."""
        return Reception(self._live, self._store, clock, self._policy, self._journal)

    def _engine(self) -> Engine:
        files = (*self._rules.loaded, *self._files)
        # Rules that only fail are no answer: what comes after them still echoes.
        answers = self._files or self._rules.answering
        fallback = self._fallback if answers else self._fallback or "echo"
        return Engine(files, self._seed, fallback)

    def _rebuild(self) -> None:
        self._live.swap(self._engine())


def _speed(timing: str) -> float:
    try:
        return speed_of(timing)
    except (ValueError, AttributeError):
        raise EmulatorError(
            f"timing must be 'real', 'instant', or such as 'x10', not {timing!r}"
        ) from None


def _among(name: str, found: str | None, words: Collection[str | None]) -> None:
    if found not in words:
        known = " or ".join(map(repr, words))
        raise EmulatorError(f"{name}={found!r} is no word for it; use {known}")
