// Asks what stdin lists, one { body, retries, key } after the other; prints as a JSON list what
// each was answered or refused with, and the milliseconds between its tries.
import { text } from "node:stream/consumers";
import OpenAI from "openai";

const asked = JSON.parse(await text(process.stdin));
const told = [];
for (const { body, retries, key } of asked) {
  const times = [];
  const timed = (...args) => {
    times.push(performance.now());
    return fetch(...args);
  };
  const client = new OpenAI({ maxRetries: retries ?? 0, fetch: timed, ...(key && { apiKey: key }) });
  try {
    const answer = await client.chat.completions.create(body);
    told.push({ answer: answer.choices[0].message.content });
  } catch (error) {
    const { status, code, type, param, requestID, message } = error;
    const { message: said } = error.error ?? {};
    told.push({ name: error.constructor.name, status, code, type, param, requestID, message, said });
  }
  told.at(-1).waits = times.slice(1).map((time, index) => time - times[index]);
}
console.log(JSON.stringify(told));
