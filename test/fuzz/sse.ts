// `npm run fuzz:sse -- --cases 1000000 --seed 7`
import { sseTarget } from "./sse-target.ts";
import { runTarget } from "./target.ts";

runTarget(sseTarget);
