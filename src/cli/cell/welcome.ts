import { styleText } from "node:util";
import { type CellsContract, demoTenants, version } from "../../cell/index.ts";
import { formatTable } from "../terminal/table.ts";

/** What a person needs to go on: where things listen, the keys, and two calls to paste. */
export function formatWelcome(contract: CellsContract): string {
  const { cells, engines, keys, policy } = contract;
  return [
    styleText("bold", `Bailiwick ${version}: ${cells.length} cells are ready, Ctrl-C stops them`),
    formatTable(
      ["CELL", "URL", "ADMIN", "LEDGER"],
      cells.map(({ name, url, admin, ledger }) => [name, url, admin, ledger]),
    ),
    formatTable(
      ["TENANT", "AT HOME IN", "API KEY"],
      demoTenants.map(({ tenant, cell }) => [tenant, cell, keys[tenant] ?? ""]),
    ),
    formatTable(
      ["ENGINE", "CELL", "OPERATOR", "URL"],
      engines.map(({ name, cell, operator, url }) => [name, cell, operator, url]),
    ),
    `policy  ${policy}\ntrust   ${contract.trust}`,
    formatFirstCalls(contract),
  ].join("\n\n");
}

function formatFirstCalls({ cells, keys }: CellsContract): string {
  const url = cells[0]?.url ?? "";
  const key = keys["demo-bank"] ?? "";
  return [
    styleText("bold", "With curl:"),
    `curl -i ${url}/v1/chat/completions \\`,
    `  -H "authorization: Bearer ${key}" -H "content-type: application/json" \\`,
    `  -d '{"model":"assistant","messages":[{"role":"user","content":"hello"}]}'`,
    "",
    styleText("bold", "With the openai package:"),
    `const client = new OpenAI({ baseURL: "${url}/v1", apiKey: "${key}" });`,
    `await client.chat.completions.create({ model: "assistant", messages: [{ role: "user", content: "hello" }] });`,
  ].join("\n");
}
