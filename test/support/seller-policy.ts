// A seller in Shanghai who counts (docs/law/cases/30).
import { keyHash } from "./test-cell.ts";

/** A model at home, one in Singapore, and one in both; a tenant that attests as many as were sent by others. */
export function sellerPolicy(attested: number | string, persons = 1): string {
  return `
bailiwick: 1
deployment: test.example
law:
  packs: [cn-pipl]
  mechanisms:
    singapore: { kind: cn-small-volume, from: seller, to: lion-cloud, notice: N-1, separate-consent: S-1, pipia: P-1 }
operators:
  delta-cloud: { home: CN }
  lion-cloud: { home: SG }
cells:
  cn: { place: CN, url: https://cn.test.example, operator: delta-cloud }
endpoints:
  sha: { cell: cn, engine: sim, url: http://127.0.0.1:1, operator: delta-cloud, place: CN }
  sin: { cell: cn, engine: sim, url: http://127.0.0.1:1, operator: lion-cloud, place: SG }
  gone: { cell: cn, engine: sim, url: http://127.0.0.1:1, operator: lion-cloud, place: SG }
models:
  home: { served-by: { sha: assistant } }
  abroad: { served-by: { sin: assistant } }
  nowhere: { served-by: { gone: assistant } }
  both: { served-by: { sha: assistant, sin: { model: assistant, order: 2 } } }
tenants:
  seller:
    established: CN
    subjects: CN
    class: personal
    statuses: []
    persons: ${persons}
    volumes: { cn-personal-this-year: ${attested}, cn-sensitive-this-year: 0 }
    keys: { a: { sha256: ${keyHash("sk-seller")} } }
  uncounted:
    { established: CN, subjects: CN, class: personal, statuses: [], keys: { a: { sha256: ${keyHash("sk-uncounted")} } } }
`;
}

/** A hospital in Virginia, whose patients' data may go to Hong Kong until they are in bulk (28 CFR 202.205). */
export function hospitalPolicy(attested: number): string {
  return `
bailiwick: 1
deployment: test.example
law:
  packs: [us-doj-202, us-hipaa, us-states]
operators:
  potomac-cloud: { home: US }
  harbour-cloud: { home: HK }
cells:
  us: { place: US-VA, url: https://us.test.example, operator: potomac-cloud }
endpoints:
  iad: { cell: us, engine: sim, url: http://127.0.0.1:1, operator: potomac-cloud, place: US-VA }
  hkg: { cell: us, engine: sim, url: http://127.0.0.1:1, operator: harbour-cloud, place: HK }
models:
  home: { served-by: { iad: assistant } }
  abroad: { served-by: { hkg: assistant } }
tenants:
  hospital:
    established: US-VA
    subjects: US
    class: health
    statuses: []
    volumes: { us-health-12-months: ${attested}, us-identifiers-12-months: 0, us-geolocation-devices-12-months: 0 }
    keys: { a: { sha256: ${keyHash("sk-hospital")} } }
`;
}
