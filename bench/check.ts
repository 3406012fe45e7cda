// How long `check` takes on a policy of 50 endpoints, 20 tenants and 12 regimes over 24 months, and on the demo's. One
// JSON row for each; what it took in memory is the process's peak.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { deploymentOf } from "../src/cli/deployment.ts";
import { formatFinding, parsePolicy } from "../src/config/index.ts";
import { checkPolicy, type CheckReport, type Deployment } from "../src/law/index.ts";
import { largePolicy } from "../test/support/large-policy.ts";

const packs =
  "eu-gdpr uk-gdpr ae-health ru-152 us-cloud-act us-hipaa ch-fadp br-lgpd jp-appi kr-pipa sg-pdpa au-privacy";
const period = { fromMs: Date.UTC(2026, 11, 1), untilMs: Date.UTC(2028, 11, 1) };
const cases = [
  { name: "demo", text: readFileSync(fileOf("examples/demo/policy.yaml"), "utf8") },
  { name: "large", text: largePolicy({ endpoints: 50, tenants: 20, packs: packs.split(" "), seed: 7 }) },
];

for (const { name, text } of cases) {
  const deployment = read(name, text);
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

function read(file: string, text: string): Deployment {
  const policy = parsePolicy({
    file,
    text,
    readPack: (id) => ({ file: id, text: readFileSync(fileOf(`packs/${id}.yaml`), "utf8") }),
    sha256: (bytes) => createHash("sha256").update(bytes).digest(),
  });
  if (!policy.ok) throw new Error(policy.error.map(formatFinding).join("\n"));
  return deploymentOf(policy.value);
}

function check(deployment: Deployment): CheckReport {
  const walk = checkPolicy(deployment, period);
  let step = walk.next();
  while (step.done !== true) step = walk.next();
  return step.value;
}

function fileOf(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
