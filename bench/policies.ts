// The policies that the law is measured on: the demo's, and one of 50 endpoints, 20 tenants and 12 regimes.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { deploymentOf, formatFinding, parsePolicy } from "../src/config/index.ts";
import type { Deployment } from "../src/law/index.ts";
import { largePolicy } from "../test/support/large-policy.ts";

const packs =
  "eu-gdpr uk-gdpr ae-health ru-152 us-cloud-act us-hipaa ch-fadp br-lgpd jp-appi kr-pipa sg-pdpa au-privacy";

export const demo: Deployment = read("demo", readFileSync(fileOf("examples/demo/policy.yaml"), "utf8"));
export const large: Deployment = read(
  "large",
  largePolicy({ endpoints: 50, tenants: 20, packs: packs.split(" "), seed: 7 }),
);

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

function fileOf(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
