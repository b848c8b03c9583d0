// What "kaya bench --json" measures, of llama.cpp on the same file and machine: prompt tokens a second, new tokens a
// second of one sequence, and of several at once with their prompts.
//
//   npm install --ignore-scripts
//   node bench.mjs MODEL.gguf [promptTokens newTokens sequences threads repetitions]
import { getLlama } from "node-llama-cpp";

const [modelPath, ...numbers] = process.argv.slice(2);
const [prompt = 256, fresh = 64, sequences = 8, threads = 2, repetitions = 3] = numbers.map(Number);

const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, maxThreads: threads, logLevel: "error" });
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const context = await model.createContext({ contextSize: prompt + fresh + 8, sequences, threads, batchSize: 512 });

const seconds = (from) => (performance.now() - from) / 1000;

// Decodes one sequence and tells when its first token came and when its last.
async function decode(sequence, salt) {
  await sequence.clearHistory();
  const tokens = Array.from({ length: prompt }, (_, i) => (17 * i + 331 * salt + 7) % 4000);
  const start = performance.now();
  let first = 0;
  let count = 0;
  for await (const _ of sequence.evaluate(tokens, { temperature: 0 })) {
    if (count === 0) first = seconds(start);
    if (++count > fresh) break;
  }
  return { first, rest: seconds(start) - first };
}

const all = Array.from({ length: sequences }, () => context.getSequence());
const best = { prefill: 0, decode: 0, together: 0 };
for (let i = 0; i < repetitions; i++) {
  const alone = await decode(all[0], 0);
  best.prefill = Math.max(best.prefill, prompt / alone.first);
  best.decode = Math.max(best.decode, fresh / alone.rest);
  const start = performance.now();
  await Promise.all(all.map(decode));
  best.together = Math.max(best.together, (sequences * (fresh + 1)) / seconds(start));
}
console.log(JSON.stringify({ peer: "node-llama-cpp 3.22.1", tokens_per_second: best }));
process.exit(0);
