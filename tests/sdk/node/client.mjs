// node client.mjs TASK: does one task with the official SDK, prints one JSON value.
import OpenAI from "openai";

const client = new OpenAI({ maxRetries: 0 });
const asks = (content) => ({ model: "gpt-4.1", messages: [{ role: "user", content }] });

const tasks = {
  whole: () => client.chat.completions.create(asks("hello")),

  tools: async () => {
    const stream = client.chat.completions.stream(asks("weather"));
    const pieces = [];
    stream.on("tool_calls.function.arguments.delta", (event) => pieces.push(event.arguments_delta));
    return { message: await stream.finalMessage(), pieces };
  },

  complete: async () => {
    const asked = { model: "gpt-3.5-turbo-instruct", prompt: "hello", n: 2, max_tokens: 3 };
    const pieces = [];
    for await (const chunk of await client.completions.create({ ...asked, stream: true })) {
      const [choice] = chunk.choices;
      pieces.push([choice.index, choice.text, choice.finish_reason]);
    }
    return { pieces, whole: await client.completions.create(asked) };
  },

  error: async () => {
    try {
      await client.chat.completions.create({ ...asks("busy"), stream: true });
    } catch (error) {
      const { status, code, type, requestID } = error;
      return { name: error.constructor.name, status, code, type, requestID };
    }
  },

  early: async () => {
    const stream = await client.chat.completions.create({ ...asks("endless"), stream: true });
    for await (const chunk of stream) {
      if (chunk.choices[0].delta.content) return chunk.choices[0].delta.content;
    }
  },

  resume: async () => {
    const asked = { model: "gpt-4.1", input: "hello", background: true };
    const numbers = [];
    let id;
    for await (const event of await client.responses.create({ ...asked, stream: true })) {
      numbers.push(event.sequence_number);
      id ??= event.response.id;
      if (numbers.length === 6) break;
    }
    const rest = { stream: true, starting_after: numbers.at(-1) };
    for await (const event of await client.responses.retrieve(id, rest)) {
      numbers.push(event.sequence_number);
    }
    const whole = await client.responses.retrieve(id);
    const follow = await client.responses.create({
      model: "gpt-4.1",
      input: "and now?",
      previous_response_id: id,
    });
    const said = [];
    for await (const item of client.responses.inputItems.list(id)) said.push(item.content[0].text);
    await client.responses.delete(id);
    return { numbers, status: whole.status, text: whole.output_text, follow: follow.output_text, said };
  },

  around: async () => {
    const model = "text-embedding-3-small";
    const usual = await client.embeddings.create({ model, input: ["hello"] });
    const plain = await client.embeddings.create({ model, input: ["hello"], encoding_format: "float" });
    const { results } = await client.moderations.create({ input: ["flowers", "a bomb"] });
    const { id } = await client.chat.completions.create({ ...asks("hello"), store: true });
    await client.chat.completions.update(id, { metadata: { team: "blue" } });
    const kept = [];
    for await (const one of client.chat.completions.list({ metadata: { team: "blue" } })) {
      kept.push(one.choices[0].message.content);
    }
    const { deleted } = await client.chat.completions.delete(id);
    return {
      usual: usual.data[0].embedding,
      plain: plain.data[0].embedding,
      flagged: results.map((one) => one.flagged),
      kept,
      deleted,
    };
  },
};

console.log(JSON.stringify(await tasks[process.argv[2]]()));
