"""python agents_loop.py WAY: a streamed tool loop with openai-agents, told as JSON.

The way is ``chat``, ``responses``, or ``stateless``: Responses that keep nothing, so that
what was thought is sent back.
"""

import asyncio
import json
import sys

from agents import (
    Agent,
    ModelSettings,
    OpenAIChatCompletionsModel,
    OpenAIResponsesModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from openai import AsyncOpenAI
from openai.types.shared import Reasoning

done: list[str] = []


@function_tool
def get_weather(city: str) -> str:
    """The weather of a city."""
    done.append(f"get_weather {city}")
    return "18 degrees"


@function_tool
def get_time(city: str) -> str:
    """The time in a city."""
    done.append(f"get_time {city}")
    return "noon"


async def main(way: str) -> None:
    """Run the loop, and print what was streamed and what came of it."""
    set_tracing_disabled(True)
    model = OpenAIChatCompletionsModel if way == "chat" else OpenAIResponsesModel
    stateless = ModelSettings(
        reasoning=Reasoning(effort="low", summary="auto"),
        store=False,
        response_include=["reasoning.encrypted_content"],
    )
    agent = Agent(
        name="Forecaster",
        instructions="Be brief.",
        model=model(model="gpt-5.5", openai_client=AsyncOpenAI(max_retries=0)),
        model_settings=stateless if way == "stateless" else ModelSettings(),
        tools=[get_weather, get_time],
    )
    run = Runner.run_streamed(agent, "What is the weather in Paris?")
    pieces = [
        event.data.delta
        async for event in run.stream_events()
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta"
    ]
    print(json.dumps({"pieces": pieces, "done": sorted(done), "final": run.final_output}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
