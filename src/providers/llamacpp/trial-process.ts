// The process of trial.ts: loads the model that its argument names, as the gateway would, and ends with 0.
import { findBackend } from "./library.ts";
import { loadModel } from "./model.ts";

const [, , modelFile = ""] = process.argv;
const backend = await findBackend()();
const loaded = await loadModel(backend, modelFile);
await loaded.close();
