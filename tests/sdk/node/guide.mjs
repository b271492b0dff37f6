// Asks what OpenAI's streaming guide asks; prints a line of JSON for each chunk, as it comes.
import OpenAI from "openai";

const client = new OpenAI();
const stream = await client.chat.completions.create({
  model: "gpt-4.1",
  messages: [{ role: "user", content: "Say 'double bubble bath' ten times fast." }],
  stream: true,
});
for await (const chunk of stream) console.log(JSON.stringify(chunk));
