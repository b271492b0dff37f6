"""Read a legacy completion's request: its prompts, and what shapes the answer's bytes.

Reading never fails on a JSON object: what is missing or of the wrong type counts as not
there. Several prompts are answered in one response: prompt by prompt, `n` choices each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from emulator.models import LONGEST_NAME, EncodingName, facts
from emulator.prompt import Prompt, Shape
from emulator.script.tokens import count, decode
from emulator.surfaces.reading import clean, number, stops, tokens

# The prompt of who sends none, and the limit of who sets none (protocol.md 3.1).
_NO_PROMPT = "<|endoftext|>"
_USUAL_TOKENS = 16
# Prompts and choices beyond these are not answered.
_MOST_PROMPTS = 2_048
_MOST_CHOICES = 2_048
# More than the largest model of this surface reads: characters said again of a prompt, and
# token ids that are read as text of all of them.
_LONGEST_ECHO = 100_000
_MOST_IDS = 100_000
# Prompts up to this many characters are counted one by one.
_EXACT = 200_000


def read(body: Mapping[str, object]) -> tuple[Prompt, Shape]:
    """The words of a request, and its shape. The last user message is all prompts, a line each."""
    named = body.get("model")
    model = clean(named[:LONGEST_NAME]) if isinstance(named, str) else ""
    texts = tuple(_texts(_prompts(body), facts(model).encoding))
    prompt = Prompt(
        surface="completions",
        model=model,
        user="\n".join(texts),
        stream=body.get("stream") is True,
        body=body,
        messages=texts,
        turn=1,
    )
    return prompt, _shape(prompt, body)


def count_prompt(prompt: Prompt) -> int:
    """The tokens of all prompts, and nothing around them (protocol.md 8.1)."""
    encoding = facts(prompt.model).encoding
    prompts = list(_prompts(prompt.body))
    texts = [one for one in prompts if isinstance(one, str)]
    ids = sum(len(one) for one in prompts if not isinstance(one, str))
    if sum(map(len, texts)) > _EXACT:
        return ids + count("".join(texts), encoding)  # counted by its beginning
    return ids + sum(1 if text == _NO_PROMPT else count(text, encoding) for text in texts)


def _prompts(body: Mapping[str, object]) -> Iterator[str | list[int]]:
    """Each prompt as a text, or as token ids; at least one."""
    given = body.get("prompt")
    found = list(given) if isinstance(given, list) else [given]
    if any(_is_id(one) for one in found):
        found = [found]
    some = False
    for one in found[:_MOST_PROMPTS]:
        if isinstance(one, str):
            some = True
            yield one
        elif isinstance(one, list):
            some = True
            yield [token for token in one if _is_id(token)]
    if not some:
        yield _NO_PROMPT


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _texts(prompts: Iterable[str | list[int]], encoding: EncodingName) -> Iterator[str]:
    left = _MOST_IDS
    for prompt in prompts:
        if isinstance(prompt, str):
            yield clean(prompt)
        else:
            yield decode(prompt[:left], encoding)
            left -= min(left, len(prompt))


def _shape(prompt: Prompt, body: Mapping[str, object]) -> Shape:
    options = body.get("stream_options")
    options = options if isinstance(options, Mapping) else {}
    rivals = number(body.get("logprobs"), 0, 5)
    limit = tokens(body.get("max_tokens"))
    n = number(body.get("n"), 1, 128) or 1
    before: list[str | int] = []
    if body.get("echo") is True:
        before = [text[:_LONGEST_ECHO] for text in prompt.messages for _ in range(n)]
    elif rivals is not None:
        before = [len(text) for text in prompt.messages for _ in range(n)]
    return Shape(
        surface="completions",
        model=prompt.model,
        stream=prompt.stream,
        include_usage=options.get("include_usage") is True,
        obfuscation=False,
        logprobs=rivals is not None,
        top_logprobs=rivals or 0,
        n=min(n * len(prompt.messages), _MOST_CHOICES),
        max_tokens=_USUAL_TOKENS if limit is None else limit,
        stop=stops(body.get("stop")),
        stops_in_turn=True,
        before=tuple(before[:_MOST_CHOICES]),
    )
