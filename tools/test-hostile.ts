// The acceptance suite, and a few others, in surroundings that should change nothing that matters. `npm run test:hostile`
// meets one kind of them after the other; with `--together`, as CI does, all at once.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

interface Surroundings {
  readonly name: string;
  /** Null: not set. */
  readonly environment?: Readonly<Record<string, string | null>>;
  /** For the shell that starts the tests. */
  readonly before?: string;
}

/** Nobody listens there. */
const deadProxy = "http://127.0.0.1:9";
const proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"].flatMap((name) => [name, name.toLowerCase()]);
const scratch = mkdtempSync(join(tmpdir(), "bailiwick hostile "));

const all: readonly Surroundings[] = [
  {
    name: "a proxy that does not answer",
    environment: {
      ...Object.fromEntries(proxyNames.map((name) => [name, deadProxy])),
      NODE_USE_ENV_PROXY: "1",
      NO_PROXY: null,
      no_proxy: null,
    },
  },
  { name: "umask 077", before: "umask 077" },
  // Of two in one run the last one stands: the laxer one is the worse.
  { name: "umask 000", before: "umask 000" },
  { name: "the C locale", environment: { LC_ALL: "C", LANG: "C" } },
  { name: "a Turkish locale", environment: { LC_ALL: "tr_TR.UTF-8", LANG: "tr_TR.UTF-8" } },
  { name: "the first time zone of the day", environment: { TZ: "Pacific/Kiritimati" } },
  // For three cells and 200 streams: a caller, both ends of a call to a simulated engine, and what a cell keeps back.
  { name: "few descriptors", before: "ulimit -n 2560" },
  { name: "no home", environment: { HOME: null } },
  { name: "a temporary directory with a space in its name", environment: { TMPDIR: scratch } },
  { name: "forced colours", environment: { FORCE_COLOR: "1", NO_COLOR: null } },
];

const files = ["test/acceptance.test.ts", "test/file-modes.test.ts", "test/reload.test.ts"];

const isTogether = process.argv.includes("--together");
const runs = isTogether ? [together(all)] : all;
const failed = runs.filter((surroundings) => !passes(surroundings)).map(({ name }) => name);
rmSync(scratch, { recursive: true, force: true });
if (failed.length > 0) {
  console.error(`test:hostile: failed under ${failed.join("; ")}`);
  process.exit(1);
}

function together(surroundings: readonly Surroundings[]): Surroundings {
  return {
    name: "all at once",
    environment: Object.assign({}, ...surroundings.map(({ environment }) => environment)) as Record<
      string,
      string | null
    >,
    before: surroundings.flatMap(({ before }) => before ?? []).join(" && "),
  };
}

function passes({ name, environment = {}, before = "true" }: Surroundings): boolean {
  console.log(`\n== ${name}`);
  const env = { ...process.env };
  for (const [variable, value] of Object.entries(environment)) {
    if (value === null) delete env[variable];
    else env[variable] = value;
  }
  // What the tests ask themselves goes straight to the cells; the programs that they start get the environment as it is.
  const tests = [
    process.execPath,
    "--no-use-env-proxy",
    "--test",
    "--test-concurrency=1",
    "--test-timeout=600000",
    ...files,
  ];
  const { status } = spawnSync("sh", ["-c", `${before} && exec "$@"`, "sh", ...tests], {
    stdio: "inherit",
    env,
  });
  return status === 0;
}
