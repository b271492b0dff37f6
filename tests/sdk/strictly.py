"""A program: reads lines of JSON, each a model's name and a value, and prints what is wrong.

It is run by itself, with some version of the official SDK first on the path, and imports
nothing else. The models are strict, and a key that they do not know is wrong. It prints a JSON
object: the version of the SDK, how many values it judged, and how often each complaint was met.
"""

import json
import sys
from collections import Counter
from typing import Any, get_args

import openai
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter, ValidationError

MODELS: dict[str, TypeAdapter[Any]] = {
    "ChatCompletion": TypeAdapter(ChatCompletion),
    "ChatCompletionChunk": TypeAdapter(ChatCompletionChunk),
    "Completion": TypeAdapter(Completion),
    "Response": TypeAdapter(Response),
}
# Each event by its own model: of a union, pydantic tells what is wrong with every member.
MODELS |= {
    get_args(model.model_fields["type"].annotation)[0]: TypeAdapter(model)
    for model in get_args(get_args(ResponseStreamEvent)[0])
}


def main() -> None:
    """Judge all of stdin."""
    found: Counter[str] = Counter()
    judged = 0
    for line in sys.stdin:
        judged += 1
        name, value = json.loads(line)
        try:
            MODELS[name].validate_python(value, strict=True, extra="forbid")
        except ValidationError as error:
            found.update(
                f"{name} {'.'.join(map(str, one['loc']))}: {one['type']}" for one in error.errors()
            )
    print(json.dumps({"version": openai.__version__, "judged": judged, "wrong": found}))


if __name__ == "__main__":
    main()
