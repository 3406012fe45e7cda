// Whose address a request comes from, as far as somebody says it who is believed.
import { BlockList, isIP, isIPv6 } from "node:net";
import type { Network } from "../../config/index.ts";
import type { RequestHead } from "./channel.ts";
import { headerOf } from "./request-headers.ts";

/** Throws for a network whose address Node does not take. */
export function blockListOf(networks: readonly Network[]): BlockList {
  const list = new BlockList();
  for (const { address, prefixLength, family } of networks) list.addSubnet(address, prefixLength, family);
  return list;
}

/** Of no use to anybody outside: RFC 1122 §3.2.1.3, 1918, 3927, 4193, 4291 §2.5, 6598, and multicast. */
const unplaced = blockListOf([
  ...[
    { address: "0.0.0.0", prefixLength: 8 },
    { address: "10.0.0.0", prefixLength: 8 },
    { address: "100.64.0.0", prefixLength: 10 },
    { address: "127.0.0.0", prefixLength: 8 },
    { address: "169.254.0.0", prefixLength: 16 },
    { address: "172.16.0.0", prefixLength: 12 },
    { address: "192.168.0.0", prefixLength: 16 },
    { address: "224.0.0.0", prefixLength: 3 },
  ].map((network): Network => ({ ...network, family: "ipv4" })),
  ...[
    { address: "::", prefixLength: 127 },
    { address: "fc00::", prefixLength: 7 },
    { address: "fe80::", prefixLength: 10 },
    { address: "ff00::", prefixLength: 8 },
  ].map((network): Network => ({ ...network, family: "ipv6" })),
]);

/**
 * The peer's address; behind a trusted proxy, what it forwards instead. Of a chain the last address that is no trusted
 * proxy's is taken, for whatever stands before it was written by that very caller. Two headers may name two addresses:
 * both stand, since an address only ever adds a claim.
 */
export function callerAddresses(head: RequestHead, proxies: BlockList): readonly string[] {
  const peer = addressIn(head.peerAddress ?? "");
  if (peer === null) return [];
  const addresses = contains(proxies, peer) ? forwarded(head, proxies) : [peer];
  return addresses.filter((address) => !contains(unplaced, address));
}

function forwarded(head: RequestHead, proxies: BlockList): readonly string[] {
  const chains = [
    elements(headerOf(head, "x-forwarded-for")),
    elements(headerOf(head, "forwarded")).map(forParameter),
  ];
  return chains.flatMap((chain) => {
    const addresses = chain.map(addressIn);
    const last = addresses.findLast((address) => address === null || !contains(proxies, address));
    return last ? [last] : [];
  });
}

function elements(header: string | null): readonly string[] {
  return header === null ? [] : header.split(",").map((element) => element.trim());
}

/** `for` of one element of `Forwarded` (RFC 7239 §4); empty where it says nothing. */
function forParameter(element: string): string {
  return /(?:^|;)\s*for=("?)([^";]*)\1/i.exec(element)?.[2] ?? "";
}

/** Of `192.0.2.7`, `192.0.2.7:80`, `2001:db8::7`, `[2001:db8::7]:80`; IPv4 for what is mapped into IPv6. */
function addressIn(text: string): string | null {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = bare.toLowerCase();
  if (isIP(address) === 0 || address.includes("%")) return null;
  return isIPv6(address) ? unmapped(address) : address;
}

/** RFC 4291 §2.5.5.2: an IPv4 address inside IPv6 is that address, however it is spelt. */
function unmapped(address: string): string {
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(new URL(`http://[${address}]`).hostname);
  if (!mapped) return address;
  const [high, low] = mapped.slice(1).map((group) => Number.parseInt(group, 16)) as [number, number];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
