// What lies beside the program: its version and the packs it comes with.
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";

const packageFile = findPackageJSON("..", import.meta.url);
if (packageFile === undefined) throw new Error("package.json is missing beside the program");

/** The folder that holds `packs/` and `examples/`. */
export const installationDirectory: string = dirname(packageFile);

/** The version that package.json states. */
export const version: string = (JSON.parse(readFileSync(packageFile, "utf8")) as { version: string }).version;

export const packsDirectory: string = join(installationDirectory, "packs");
