// node loop.mjs WAY: a streamed tool loop with the Vercel AI SDK, told as JSON.
// The ways are those of ../frameworks/agents_loop.py.
import { createOpenAI } from "@ai-sdk/openai";
import { stepCountIs, streamText, tool } from "ai";
import { z } from "zod";

const openai = createOpenAI();
const done = [];
const answering = (name, result) =>
  tool({
    description: name,
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => {
      done.push(`${name} ${city}`);
      return result;
    },
  });

const way = process.argv[2];
const stateless = {
  reasoningEffort: "low",
  reasoningSummary: "auto",
  store: false,
  include: ["reasoning.encrypted_content"],
};

const run = streamText({
  model: way === "chat" ? openai.chat("gpt-5.5") : openai.responses("gpt-5.5"),
  providerOptions: way === "stateless" ? { openai: stateless } : {},
  system: "Be brief.",
  prompt: "What is the weather in Paris?",
  tools: { get_weather: answering("get_weather", "18 degrees"), get_time: answering("get_time", "noon") },
  stopWhen: stepCountIs(5),
  maxRetries: 0,
  onError: ({ error }) => {
    console.error(error);
    process.exitCode = 1;
  },
});
const pieces = [];
for await (const piece of run.textStream) pieces.push(piece);
const final = await run.text;
console.log(JSON.stringify({ pieces, done: done.sort(), final }));
