// llama.cpp behind HTTP, to be loaded beside Kaya: POST /v1/generate with {prompt, max_new_tokens}, answered as
// events, one a token, under the names that Kaya gives them. Greedy. All requests decode together, as many as
// [sequences]; others wait.
//
//   npm install --ignore-scripts
//   node server.mjs MODEL.gguf [port sequences contextOfEach threads]
import http from "node:http";
import { getLlama } from "node-llama-cpp";

const [modelPath, ...numbers] = process.argv.slice(2);
const [port = 8090, sequences = 8, length = 512, threads = 2] = numbers.map(Number);

const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, maxThreads: threads, logLevel: "error" });
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const context = await model.createContext({ contextSize: length, sequences, threads, batchSize: 512 });
const free = Array.from({ length: sequences }, () => context.getSequence());
const waiting = [];

const take = async () => free.pop() ?? (await new Promise((resolve) => waiting.push(resolve)));

function giveBack(sequence) {
  const next = waiting.shift();
  if (next) next(sequence);
  else free.push(sequence);
}

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function generate(request, response) {
  const { prompt, max_new_tokens: most = 100 } = await body(request);
  const sequence = await take();
  try {
    await sequence.clearHistory();
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    let count = 0;
    for await (const token of sequence.evaluate(model.tokenize(prompt), { temperature: 0 })) {
      const event = { index: 0, token_id: token, text: model.detokenize([token]) };
      response.write(`event: token\ndata: ${JSON.stringify(event)}\n\n`);
      if (++count === most || response.destroyed) break;
    }
    response.end('event: done\ndata: {"outputs":[{"index":0,"finish_reason":"length"}]}\n\n');
  } finally {
    giveBack(sequence);
  }
}

http
  .createServer((request, response) =>
    generate(request, response).catch((error) => response.destroy(error)))
  .listen(port, "127.0.0.1", () => console.log(`listening on ${port}`));
