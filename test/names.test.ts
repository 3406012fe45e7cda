// Every name that a person can type is looked up: an unknown one ends a command with exit code 2, and never finds, erases
// or proves nothing.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import type { Argument, Command, Option } from "commander";
import { createProgram } from "../src/cli/program.ts";
import { collectedTerminal, command } from "./support/command.ts";
import { buildLog } from "./support/ledger-log.ts";
import { frankfurtEntries, frankfurtSigner, reportTrust } from "./support/report-logs.ts";
import { formatTrustPolicy } from "../src/ledger/index.ts";

const directory = mkdtempSync(join(tmpdir(), "bailiwick-names-"));
after(() => rmSync(directory, { recursive: true, force: true }));

const at = (name: string): string => join(directory, name);
const policy = at("policy.yaml");
const key = at("legal.pem");
const ledger = at("ledger");
const cell = ["--config", at("cell.yaml")];
const nobodys = "0123456789abcdef".repeat(2);

before(async () => {
  const made = await command("legal", "key", "--key", key, "--name", "acme.example/legal");
  writeFileSync(
    policy,
    `bailiwick: 1
deployment: acme.example
law: { packs: [eu-gdpr], event-keys: ["${made.stdout.trim()}"] }
operators: { rhein-cloud: { home: DE } }
cells: { eu-frankfurt: { place: DE, url: "https://fra.acme.example", operator: rhein-cloud } }
endpoints: { fra-1: { cell: eu-frankfurt, engine: sim, url: "http://127.0.0.1:1", operator: rhein-cloud, place: DE } }
models: { assistant: { served-by: { fra-1: assistant } } }
tenants: { retail: { established: DE, subjects: DE, class: personal } }
`,
  );
  writeFileSync(
    at("cell.yaml"),
    "bailiwick-cell: 1\ncell: eu-frankfurt\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\n",
  );
  const entries = frankfurtEntries();
  for (const [path, bytes] of buildLog({ entries, signer: frankfurtSigner, sealedAt: [entries.length] })) {
    const file = join(ledger, "log", "2026-11", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
  writeFileSync(at("trust.policy"), formatTrustPolicy({ ...reportTrust, urls: new Map() }));
});

/** A name that nobody has, and what is said of it. */
interface LookedUp {
  readonly words: readonly string[];
  readonly says: RegExp;
}

const month = ["--from", "2026-11-01", "--to", "2026-12-01"];
const act = [...cell, "--key", key, "--id", "stop", "--reason", "injunction"];
const ground = ["--ground", "gdpr-17-1-a"];
const report = (...more: readonly string[]): readonly string[] => [
  "report",
  ledger,
  "--regime",
  "soc2",
  ...month,
  "--out",
  at("report"),
  ...more,
];
const unknown = (kind: string, name: string, meant: string): RegExp =>
  new RegExp(`${kind} \`${name}\` is not in the policy; .*did you mean \`${meant}\``);
const cellOf = (...words: readonly string[]): LookedUp => ({
  words: [...words, ...cell, "--cell", "eu-frankfort"],
  says: unknown("cell", "eu-frankfort", "eu-frankfurt"),
});
const tenantOf = (...words: readonly string[]): LookedUp => ({
  words: [...words, ...cell, "--tenant", "retali"],
  says: unknown("tenant", "retali", "retail"),
});

const lookedUp: Readonly<Record<string, LookedUp>> = {
  "explain --tenant": {
    words: ["explain", policy, "--tenant", "retali"],
    says: unknown("tenant", "retali", "retail"),
  },
  "explain --cell": {
    words: ["explain", policy, "--tenant", "retail", "--cell", "eu-frankfort"],
    says: unknown("cell", "eu-frankfort", "eu-frankfurt"),
  },
  "explain --model": {
    words: ["explain", policy, "--tenant", "retail", "--model", "asistant"],
    says: unknown("model", "asistant", "assistant"),
  },
  "explain --request": {
    words: ["explain", policy, "--ledger", ledger, "--request", nobodys],
    says: new RegExp(`no entry of these logs has the request \`${nobodys}\``),
  },
  "drill --down": {
    words: ["drill", policy, "--down", "endpoint:fra-2"],
    says: unknown("endpoint", "fra-2", "fra-1"),
  },
  "drill --event": {
    words: ["drill", policy, "--event", "mechanism:dfp"],
    says: /mechanism `dfp` is not in the policy/,
  },
  "drill --in-force": {
    words: ["drill", policy, "--in-force", "eu-gdrp"],
    says: unknown("regime", "eu-gdrp", "eu-gdpr"),
  },
  "legal suspend --region": {
    words: ["legal", "suspend", ...act, "--region", "Germany"],
    says: /region `Germany`: `Germany` is not a place/,
  },
  "legal suspend --operator": {
    words: ["legal", "suspend", ...act, "--operator", "rein-cloud"],
    says: unknown("operator", "rein-cloud", "rhein-cloud"),
  },
  "legal suspend --group": {
    words: ["legal", "suspend", ...act, "--group", "rein-cloud"],
    says: unknown("operator", "rein-cloud", "rhein-cloud"),
  },
  "legal suspend --regime": {
    words: ["legal", "suspend", ...act, "--regime", "eu-gdrp"],
    says: unknown("regime", "eu-gdrp", "eu-gdpr"),
  },
  "legal suspend --endpoint": {
    words: ["legal", "suspend", ...act, "--endpoint", "fra-2"],
    says: unknown("endpoint", "fra-2", "fra-1"),
  },
  "legal suspend --mechanism": {
    words: ["legal", "suspend", ...act, "--mechanism", "dfp"],
    says: /mechanism `dfp` is not in the policy/,
  },
  "legal lift <suspension>": {
    words: ["legal", "lift", "stopp", ...cell, "--key", key, "--id", "lift", "--reason", "mistake"],
    says: /no suspension `stopp` is held/,
  },
  "packs show <id>": { words: ["packs", "show", "eu-gdrp"], says: /did you mean `?eu-gdpr/ },
  "ledger query --tenant": {
    words: ["ledger", "query", ledger, ...cell, "--tenant", "retali"],
    says: unknown("tenant", "retali", "retail"),
  },
  "ledger query --cell": {
    words: ["ledger", "query", ledger, ...cell, "--tenant", "retail", "--cell", "eu-frankfort"],
    says: unknown("cell", "eu-frankfort", "eu-frankfurt"),
  },
  "ledger query --request": {
    words: ["ledger", "query", ledger, "--request", nobodys],
    says: new RegExp(`no entry of these logs has the request \`${nobodys}\``),
  },
  "ledger query --subject": {
    words: ["ledger", "query", ledger, "--subject", nobodys],
    says: /no entry of these logs has the subject/,
  },
  "ledger query --endpoint": {
    words: ["ledger", "query", ledger, "--endpoint", "fra-9"],
    says: /has the endpoint `fra-9`; did you mean `fra-1`\?/,
  },
  "ledger query --error": {
    words: ["ledger", "query", ledger, "--error", "policy_misdirectd"],
    says: /has the error .*did you mean `policy_misdirected`\?/,
  },
  "ledger export --request": {
    words: ["ledger", "export", ledger, "--out", at("a.tar"), "--request", nobodys],
    says: /no entry of these logs is of the request/,
  },
  "ledger export --tenant-handle": {
    words: ["ledger", "export", ledger, "--out", at("b.tar"), "--tenant-handle", nobodys],
    says: /no entry of these logs is of the tenant/,
  },
  "report --tenant": tenantOf(...report()),
  "report --cell": cellOf(...report("--tenant", "retail")),
  "erase --tenant": tenantOf("erase", ...ground),
  "erase --cell": cellOf("erase", "--tenant", "retail", ...ground),
  "hold place --tenant": tenantOf("hold", "place", "--reason", "audit"),
  "hold place --cell": cellOf("hold", "place", "--tenant", "retail", "--reason", "audit"),
  "hold release --tenant": tenantOf("hold", "release", "--reason", "audit"),
  "hold release --cell": cellOf("hold", "release", "--tenant", "retail", "--reason", "audit"),
  "hold list --cell": cellOf("hold", "list"),
  "disclose --cell": cellOf("disclose", "--subject", nobodys, "--to", "auditor", "--out", at("key")),
  "keys health --cell": cellOf("keys", "health"),
  "keys rotate --cell": cellOf("keys", "rotate"),
  "keys rewrap --cell": cellOf("keys", "rewrap"),
  "quarantine list --cell": cellOf("quarantine", "list"),
  "quarantine release --cell": cellOf("quarantine", "release", "--endpoint", "fra-1"),
  "quarantine release --endpoint": {
    words: ["quarantine", "release", ...cell, "--endpoint", "fra-2"],
    says: unknown("endpoint", "fra-2", "fra-1"),
  },
  "records list --tenant": tenantOf("records", "list"),
  "records list --cell": cellOf("records", "list", "--tenant", "retail"),
  "records show --cell": cellOf("records", "show", "--request", nobodys),
  "ledger retention --cell": cellOf("ledger", "retention"),
  "witness keys --cell": cellOf("witness", "keys"),
  "witness status --cell": cellOf("witness", "status"),
  "backup --cell": cellOf("backup", "--out", at("backup.tar")),
  "serve --cell": cellOf("serve"),
  "reconcile --cell": cellOf("reconcile", "cloudtrail", at("trail.json")),
};

for (const [name, { words, says }] of Object.entries(lookedUp)) {
  test(`${name} with a name that nobody has ends with 2, and says what was meant`, async () => {
    const { code, stdout, stderr } = await command(...words);
    assert.equal(code, 2, stdout + stderr);
    assert.match(stderr, says);
    assert.equal(stdout, "");
    for (const made of ["report", "a.tar", "b.tar", "backup.tar", "state/ledger"])
      assert.ok(!existsSync(at(made)), made);
  });
}

/** Values that are no names, by what help calls them: paths, times, numbers, closed lists, and what is only coined here. */
const noNames: ReadonlySet<string> = new Set(
  "file files folder places directory place backup proof policy old new index instant date period number count port yyyy-mm origin#index word sha256 hex reason class level kind verdict regime shell wish seed json pattern name=place name=place,… name=place:class,…".split(
    " ",
  ),
);

/** Named where they are first given, or only looked up where the keys are, which says `not_found` of them. */
const coined: ReadonlySet<string> = new Set([
  "init --deployment",
  "import --deployment",
  "legal key --name",
  "legal suspend --id",
  "legal lift --id",
  "erase --subject",
  "hold place --subject",
  "hold release --subject",
  "disclose --subject",
  "erase --person",
  "hold place --person",
  "hold release --person",
  "records show --request",
]);

test("every option and argument that takes a name is looked up, whatever command it comes to", async () => {
  const undeclared = valuesOf(await createProgram(collectedTerminal().terminal)).filter(
    ({ name, takes }) => !(name in lookedUp) && !coined.has(name) && !noNames.has(takes),
  );
  assert.deepEqual(undeclared, []);
});

test("a name of a closed list, or of a coined kind, is not among those that are looked up by chance", async () => {
  const names = valuesOf(await createProgram(collectedTerminal().terminal)).map(({ name }) => name);
  for (const name of Object.keys(lookedUp)) assert.ok(names.includes(name), `${name} is no option any more`);
});

interface Value {
  /** `erase --tenant`, `legal lift <suspension>`. */
  readonly name: string;
  /** What help calls its value. */
  readonly takes: string;
}

function valuesOf(parent: Command, path = ""): readonly Value[] {
  const own = [
    ...parent.options
      .filter(({ required, optional }: Option) => required || optional)
      .map(({ long, flags }) => ({
        name: `${path} ${long ?? ""}`.trim(),
        takes: /<(.+)>/.exec(flags)?.[1] ?? flags,
      })),
    ...parent.registeredArguments.map((argument: Argument) => ({
      name: `${path} <${argument.name()}>`.trim(),
      takes: argument.name(),
    })),
  ];
  return [...own, ...parent.commands.flatMap((child) => valuesOf(child, `${path} ${child.name()}`.trim()))];
}

test("a tenant that has left the policy is asked about by its name, if one says so", async () => {
  const { code, stdout, stderr } = await command(
    "records",
    "list",
    ...cell,
    "--tenant",
    "former",
    "--even-if-not-in-policy",
  );
  assert.equal(code, 0, stderr);
  assert.match(stdout, /no records/);
});

test("a handle that no entry has is the tenant of no report", async () => {
  const words = report("--tenant", nobodys, "--trust", at("trust.policy"), "--key", at("report.pem"));
  const { code, stderr } = await command(...words);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /no entry of these logs is of a tenant with the handle/);
  assert.equal((await command(...words, "--even-if-not-in-policy")).code, 0);
});

for (const event of [
  "mechanism:dfp",
  "region:Germany",
  "region:germany",
  "regime:gdpr",
  "operator:rhein",
  "endpoint:fra",
]) {
  test(`a drill of ${event} is no good news: it is refused`, async () => {
    const { code, stdout } = await command("drill", policy, "--event", event);
    assert.deepEqual([code, stdout], [2, ""]);
  });
}
