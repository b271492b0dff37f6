"""python langchain_loop.py WAY: a streamed tool loop with LangChain, told as JSON.

The ways are those of ``agents_loop.py``.
"""

import json
import sys
from typing import Any

from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


@tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    return "18 degrees"


@tool
def get_time(city: str) -> str:
    """The time in a city."""
    return "noon"


def main(way: str) -> None:
    """Run the loop, and print what was streamed and what came of it."""
    tools = {one.name: one for one in (get_weather, get_time)}
    stateless: dict[str, Any] = {
        "reasoning": {"effort": "low", "summary": "auto"},
        "store": False,
        "include": ["reasoning.encrypted_content"],
        "output_version": "responses/v1",
    }
    model = ChatOpenAI(
        model="gpt-5.5",
        use_responses_api=way != "chat",
        max_retries=0,
        stream_usage=True,
        **stateless if way == "stateless" else {},
    ).bind_tools([*tools.values()])
    messages: list[Any] = [HumanMessage("What is the weather in Paris?")]
    pieces: list[str] = []
    done: list[str] = []
    while True:
        answer: Any = None
        for chunk in model.stream(messages):
            pieces += [chunk.text] if chunk.text else []
            answer = chunk if answer is None else answer + chunk
        messages.append(answer)
        if not answer.tool_calls:
            break
        for call in answer.tool_calls:
            done.append(f"{call['name']} {call['args']['city']}")
            messages.append(tools[call["name"]].invoke(call))
    print(json.dumps({"pieces": pieces, "done": sorted(done), "final": answer.text}))


if __name__ == "__main__":
    main(sys.argv[1])
