import assert from "node:assert/strict";
import { test } from "node:test";
import { formatFinding } from "../yaml/finding.ts";
import type { KeysConfig } from "../values/keys-config.ts";
import { parseCellFile } from "../policy/parse-cell-file.ts";

const read: readonly (readonly [keys: string, KeysConfig])[] = [
  ["", { service: "file" }],
  ["keys: { service: file }", { service: "file" }],
  [
    'keys: { service: transit, address: "https://bao.internal:8200", key: eu, token: "${file:token}" }',
    {
      service: "transit",
      address: "https://bao.internal:8200",
      mount: "transit",
      key: "eu",
      namespace: null,
      token: { kind: "file", path: "token" },
      authoritiesPath: null,
      timeoutMs: 2000,
    },
  ],
  [
    'keys: { service: pkcs11, module: /usr/lib/token.so, token: cell, key: wrapping, pin: "${env:PIN}" }',
    {
      service: "pkcs11",
      modulePath: "/usr/lib/token.so",
      token: "cell",
      key: "wrapping",
      pin: { kind: "env", name: "PIN" },
    },
  ],
  [
    "keys: { service: aws-kms, key: alias/eu, region: eu-central-1, timeout-ms: 500 }",
    {
      service: "aws-kms",
      key: "alias/eu",
      region: "eu-central-1",
      endpoint: null,
      credentials: null,
      timeoutMs: 500,
    },
  ],
];
for (const [keys, config] of read) {
  test(`${keys === "" ? "nothing" : keys} is read`, () => {
    const parsed = parseCellFile({ file: "cell.yaml", text: `bailiwick-cell: 1\n${keys}\n` });
    assert.deepEqual(parsed.ok ? parsed.value.keys : parsed.error.map(formatFinding), config);
  });
}

const refused: readonly (readonly [keys: string, says: RegExp])[] = [
  ["keys: {}", /keys\.service: found nothing, expected one of `file`, `transit`, `pkcs11`, `aws-kms`/],
  ["keys: { service: vault }", /keys\.service: found `vault`, expected one of/],
  ["keys: transit", /keys: found `transit`/],
  ["keys: { service: transit, key: eu }", /keys\.address: found nothing/],
  ["keys: { service: transit, adress: x }", /keys\.adress: .*\n.*did you mean `address`/],
  ["keys: { service: file, key: eu }", /keys\.key: found the unknown key `key`/],
  ["keys: { service: transit, address: 'http://bao.internal', key: eu }", /keys\.address: .*with `https`/],
  ["keys: { service: transit, address: 'http://127.0.0.1.internal', key: eu }", /keys\.address: .*`https`/],
  ["keys: { service: pkcs11, module: m.so, token: t, key: k }", /keys\.pin: found nothing/],
  ["keys: { service: aws-kms, key: k, region: EU }", /keys\.region: found `EU`/],
  [
    'keys: { service: aws-kms, key: k, region: eu-central-1, access-key: "${env:A}" }',
    /`access-key` and `secret-key` together, or neither/,
  ],
];
for (const [keys, says] of refused) {
  test(`${keys} is refused by the name of the field`, () => {
    assert.match(findingsOf(keys), says);
  });
}

test("a secret that stands in the file itself is refused and not shown", () => {
  const found = [
    findingsOf("keys: { service: transit, address: 'https://bao', key: k, token: s.canary }"),
    findingsOf("keys: { service: pkcs11, module: m.so, token: t, key: k, pin: canary }"),
    findingsOf("keys: { service: aws-kms, key: k, region: r, access-key: canary, secret-key: canary }"),
  ];
  for (const findings of found) {
    assert.match(findings, /found a value that is not shown here/);
    assert.ok(!findings.includes("canary"), findings);
  }
});

function findingsOf(keys: string): string {
  const parsed = parseCellFile({ file: "cell.yaml", text: `bailiwick-cell: 1\n${keys}\n` });
  return parsed.ok ? "" : parsed.error.map(formatFinding).join("\n");
}
