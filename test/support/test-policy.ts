// The policy of cells in tests, and the keys by which it knows its tenants.
import { createHash } from "node:crypto";

/** The API key that {@link testPolicy} knows `tenant` by. */
export function keyOf(tenant: string): string {
  return `sk-${tenant}`;
}

/** For a policy's `keys`. */
export function keyHash(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/**
 * The demo's three cells and tenants, and some more: `nowhere` does not say where its subjects are, `narrow` may use
 * one model, `limited` one request at a time and `slow` two in a minute, `late`'s key has expired, `nomad` has
 * subjects in Germany and in Dubai, whose laws no place satisfies together.
 */
export const testPolicy = `
bailiwick: 1
deployment: test.example
law:
  packs: [eu-gdpr, uk-gdpr, ae-health, us-hipaa, ru-152, us-cloud-act]
operators:
  rhein-cloud: { home: DE }
  pacific-cloud: { home: US }
  gulf-cloud: { home: AE }
cells:
  eu-frankfurt: { place: DE, url: https://eu.test.example, operator: rhein-cloud }
  us-virginia: { place: US, url: https://us.test.example, operator: pacific-cloud }
  ae-dubai: { place: AE, url: https://ae.test.example, operator: gulf-cloud }
endpoints:
  fra-1: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }
  fra-2: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: rhein-cloud, place: DE }
  fra-3: { cell: eu-frankfurt, engine: sim, url: http://127.0.0.1:1, operator: pacific-cloud, place: DE }
  iad-1: { cell: us-virginia, engine: sim, url: http://127.0.0.1:1, operator: pacific-cloud, place: US }
  dxb-1: { cell: ae-dubai, engine: sim, url: http://127.0.0.1:1, operator: gulf-cloud, place: AE }
models:
  assistant: { served-by: { fra-1: assistant, fra-2: assistant, fra-3: assistant, iad-1: assistant, dxb-1: assistant } }
  solo: { served-by: { fra-1: assistant } }
  overseas: { served-by: { iad-1: assistant } }
tenants:
  demo-bank:
    { established: DE, subjects: DE, class: personal, requires: { residency: EEA }, keys: { a: { sha256: ${keyHash("sk-demo-bank")} } } }
  demo-clinic:
    { established: DE, subjects: DE, class: health, requires: { sovereignty: DE }, keys: { a: { sha256: ${keyHash("sk-demo-clinic")} } } }
  demo-shop: { established: US, subjects: US, class: personal, keys: { a: { sha256: ${keyHash("sk-demo-shop")} } } }
  demo-dubai: { established: AE, subjects: AE, class: health, keys: { a: { sha256: ${keyHash("sk-demo-dubai")} } } }
  nowhere: { established: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-nowhere")} } } }
  nomad: { established: DE, subjects: [DE, AE], class: health, requires: { residency: DE }, keys: { a: { sha256: ${keyHash("sk-nomad")} } } }
  narrow: { established: DE, subjects: DE, class: personal, models: [solo], keys: { a: { sha256: ${keyHash("sk-narrow")} } } }
  limited:
    { established: DE, subjects: DE, class: personal, limits: { concurrent-requests: 1 }, keys: { a: { sha256: ${keyHash("sk-limited")} } } }
  slow:
    { established: DE, subjects: DE, class: personal, limits: { requests-per-minute: 2 }, keys: { a: { sha256: ${keyHash("sk-slow")} } } }
  late: { established: DE, subjects: DE, class: personal, keys: { a: { sha256: ${keyHash("sk-late")}, expires: 2020-01-01 } } }
`;
