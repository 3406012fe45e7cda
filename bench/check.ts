// How long `check` takes on a policy of 50 endpoints, 20 tenants and 12 regimes over 24 months, and on the demo's. One
// JSON row for each; what it took in memory is the process's peak.
import { checkPolicy, type CheckReport, type Deployment } from "../src/law/index.ts";
import { demo, large } from "./policies.ts";

const period = { fromMs: Date.UTC(2026, 11, 1), untilMs: Date.UTC(2028, 11, 1) };

for (const [name, deployment] of Object.entries({ demo, large })) {
  const startMs = performance.now();
  const { extent, counterexamples } = check(deployment);
  const seconds = Number(((performance.now() - startMs) / 1000).toFixed(2));
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  const size = {
    endpoints: deployment.law.endpoints.length,
    tenants: deployment.tenants.length,
    regimes: deployment.law.regimes.length,
    months: 24,
  };
  const { requests, kinds, decisions } = extent;
  const proof = { requests, kinds, decisions, counterexamples: counterexamples.length };
  console.log(JSON.stringify({ bench: "check", case: name, ...size, seconds, peakMiB, ...proof }));
}

function check(deployment: Deployment): CheckReport {
  const walk = checkPolicy(deployment, period);
  let step = walk.next();
  while (step.done !== true) step = walk.next();
  return step.value;
}
