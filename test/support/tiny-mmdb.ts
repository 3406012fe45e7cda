// Writes MaxMind DBs (format 2.0) of a few networks: real ones are somebody's data.

export type MmdbValue = string | number | readonly MmdbValue[] | { readonly [name: string]: MmdbValue };

interface MmdbOptions {
  readonly ipVersion?: 4 | 6;
}

/** `networks`: such as `203.0.113.0/24` or `2001:db8::/32` → its record. */
export function tinyMmdb(
  networks: Readonly<Record<string, MmdbValue>>,
  { ipVersion = 6 }: MmdbOptions = {},
): Buffer {
  const root: Node = { branches: [null, null] };
  for (const [network, record] of Object.entries(networks)) insert(root, bitsOf(network, ipVersion), record);
  const nodes = nodesOf(root);
  const data: Buffer[] = [];
  const tree = nodes.flatMap(({ branches }) =>
    branches.map((branch) => {
      if (branch === null) return uint24(nodes.length);
      if ("branches" in branch) return uint24(nodes.indexOf(branch));
      data.push(encode(branch.record));
      return uint24(nodes.length + 16 + Buffer.concat(data.slice(0, -1)).length);
    }),
  );
  return Buffer.concat([
    ...tree,
    Buffer.alloc(16),
    ...data,
    Buffer.from("abcdef4d61784d696e642e636f6d", "hex"),
    encode({
      binary_format_major_version: 2,
      binary_format_minor_version: 0,
      build_epoch: 1,
      database_type: "Test-Country",
      description: { en: "test" },
      ip_version: ipVersion,
      languages: ["en"],
      node_count: nodes.length,
      record_size: 24,
    }),
  ]);
}

interface Node {
  readonly branches: [Branch, Branch];
}
type Branch = Node | { readonly record: MmdbValue } | null;

function insert(root: Node, bits: string, record: MmdbValue): void {
  let node = root;
  for (const [position, bit] of Array.from(bits).entries()) {
    const side = bit === "1" ? 1 : 0;
    if (position === bits.length - 1) node.branches[side] = { record };
    else {
      const next = node.branches[side];
      const inner =
        next !== null && "branches" in next ? next : { branches: [null, null] as [Branch, Branch] };
      node.branches[side] = inner;
      node = inner;
    }
  }
}

function nodesOf(root: Node): readonly Node[] {
  const nodes = [root];
  for (const { branches } of nodes) {
    for (const branch of branches) if (branch !== null && "branches" in branch) nodes.push(branch);
  }
  return nodes;
}

/** The prefix in bits; IPv4 lies at `::/96` of a tree for both. */
function bitsOf(network: string, ipVersion: 4 | 6): string {
  const [address = "", length = ""] = network.split("/");
  if (address.includes(".")) {
    const bits = address.split(".").map((octet) => Number(octet).toString(2).padStart(8, "0"));
    return (ipVersion === 6 ? "0".repeat(96) : "") + bits.join("").slice(0, Number(length));
  }
  const [left = "", right = ""] = address.split("::");
  const [head, tail] = [left, right].map((half) => half.split(":").filter((group) => group !== ""));
  const zeros = Array.from({ length: 8 - (head?.length ?? 0) - (tail?.length ?? 0) }, () => "0");
  const groups = [...(head ?? []), ...zeros, ...(tail ?? [])];
  return groups
    .map((group) => Number.parseInt(group, 16).toString(2).padStart(16, "0"))
    .join("")
    .slice(0, Number(length));
}

function uint24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}

/** Control byte: the type in its upper three bits, the size below; types above 7 take a second byte. */
function encode(value: MmdbValue): Buffer {
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([Buffer.from([(2 << 5) | text.length]), text]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return Buffer.concat([Buffer.from([(6 << 5) | 4]), bytes]);
  }
  if (isList(value)) return Buffer.concat([Buffer.from([value.length, 11 - 7]), ...value.map(encode)]);
  const members = Object.entries(value).flatMap((member) => member.map(encode));
  return Buffer.concat([Buffer.from([(7 << 5) | (members.length / 2)]), ...members]);
}

function isList(value: MmdbValue): value is readonly MmdbValue[] {
  return Array.isArray(value);
}
