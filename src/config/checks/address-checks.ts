// What an address says that its author may not have meant. Where somebody is called is stated by nobody else, so these are
// warnings: a name may lead to this building.
import { type Problem, quote } from "../yaml/finding.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkAddresses(root: YamlNode): readonly Problem[] {
  const endpoints = locate(root, "endpoints", "*").flatMap(addressOf);
  const cells = locate(root, "cells", "*").flatMap(addressOf);
  return [...[...cells, ...endpoints].flatMap(checkWay), ...checkShared(endpoints)];
}

interface Address {
  readonly owner: Located;
  readonly node: YamlNode;
  readonly url: string;
  readonly isPlain: boolean;
  readonly host: string;
}

function addressOf(owner: Located): readonly Address[] {
  const node = childOf(owner.node, "url");
  const written = textOf(node) ?? "";
  const [, scheme, host, port = ""] = /^(https?):\/\/(\[[^\]]*\]|[^:/]+)(:\d+)?/.exec(written) ?? [];
  if (!node || scheme === undefined || host === undefined) return [];
  const isDefault = port === (scheme === "http" ? ":80" : ":443");
  const url = isDefault ? written.replace(port, "") : written;
  return [{ owner, node, url, isPlain: scheme === "http", host }];
}

function checkWay({ owner, node, isPlain, host }: Address): readonly Problem[] {
  const at = { severity: "warning", at: node.at, path: [...owner.path, "url"] } as const;
  if (isLinkLocal(host)) {
    const found = `${quote(host)}, a link-local address, at which a cloud gives out the keys of the machine`;
    return [{ ...at, found, expected: "the address of the server" }];
  }
  if (!isPlain || isNear(host)) return [];
  return [
    { ...at, found: `plain \`http\` to ${quote(host)}`, expected: "`https` on a way that others carry" },
  ];
}

/** Of two places behind one address one is wrong, and no analysis can say which: the law is asked of endpoints, not of sockets. */
function checkShared(endpoints: readonly Address[]): readonly Problem[] {
  const firstAt = new Map<string, Address>();
  return endpoints.flatMap((address) => {
    const { owner, node, url, host } = address;
    // What is near one cell is another machine than what is near the next.
    const key = isNear(host) ? `${textOf(childOf(owner.node, "cell")) ?? ""} ${url}` : url;
    const first = firstAt.get(key);
    if (first === undefined) firstAt.set(key, address);
    if (first === undefined || sitingOf(first.owner) === sitingOf(owner)) return [];
    const name = quote(String(first.owner.path.at(-1)));
    return [
      {
        severity: "warning",
        at: node.at,
        path: [...owner.path, "url"],
        found: `the address of ${name}, which is said to be elsewhere or another operator's`,
        expected: "one place and operator for an address",
        hint: "whatever is lawful for one of them reaches the other",
      },
    ];
  });
}

/** Compared as written: `provider` and `region`, or `place`, `stores` and `operator`. */
function sitingOf({ node }: Located): string {
  return JSON.stringify(
    ["provider", "region", "place", "stores", "operator"].map((key) => written(childOf(node, key))),
  );
}

function written(node: YamlNode | null | undefined): unknown {
  if (!node) return null;
  return node.kind === "list" ? node.items.map(written) : textOf(node);
}

function isLinkLocal(host: string): boolean {
  return host.startsWith("169.254.") || /^\[fe[89ab][0-9a-f]:/.test(host);
}

/** This machine, a private network (RFC 1918, RFC 4193), or a name that no public resolver knows. */
function isNear(host: string): boolean {
  return (
    /^(?:127|10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.[\d.]+$/.test(host) ||
    /^\[(?:::1|f[cd][0-9a-f]{2}:.*)\]$/.test(host) ||
    !/[.:]/.test(host) ||
    /\.(?:internal|local|localhost|home\.arpa|svc)$/.test(host) ||
    isLinkLocal(host)
  );
}
