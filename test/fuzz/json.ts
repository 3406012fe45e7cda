// `npm run fuzz:json -- --cases 1000000 --seed 7`
import { jsonTarget } from "./json-target.ts";
import { runTarget } from "./target.ts";

runTarget(jsonTarget);
