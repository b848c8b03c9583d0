// node run.mjs MODEL.gguf IDS POSITIONS: log-probabilities after some tokens, by llama.cpp.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
const [file, ids, positions] = process.argv.slice(2);
const require = createRequire(process.cwd() + "/");
const { getLlama } = await import(pathToFileURL(require.resolve("node-llama-cpp")).href);
const llama = await getLlama({ gpu: false, build: "never", skipDownload: true, logLevel: "error" });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
const context = await model.createContext({
  contextSize: 192, sequences: 1, flashAttention: false,
  experimentalKvCacheKeyType: "F32", experimentalKvCacheValueType: "F32",
});
const sequence = context.getSequence();
const result = {};
for (const position of positions.split(",").map(Number)) {
  await sequence.clearHistory();
  const tokens = JSON.parse(ids).slice(0, position + 1);
  const options = { temperature: 1, topK: 0, topP: 1, minP: 0 };
  for await (const step of sequence.evaluateWithMetadata(tokens, { probabilities: true }, options)) {
    const sorted = [...step.probabilities.entries()].sort((a, b) => a[0] - b[0]);
    result[position] = sorted.map(([, p]) => Math.round(Math.log(p) * 1e6) / 1e6);
    break;
  }
}
console.log(JSON.stringify(result));
process.exit(0);
