// Evidence of what an engine runs is worth something only where nobody stands between that engine and the cell, and where it is asked for.
import { type Problem, quote } from "../yaml/finding.ts";
import { childOf, type Located, locate, textOf, type YamlNode } from "../yaml/yaml-tree.ts";

export function checkAttestations(root: YamlNode): readonly Problem[] {
  return locate(root, "endpoints", "*").flatMap((endpoint) => {
    const [attestation] = locate(endpoint.node, "attestation");
    if (!attestation) return [];
    return [
      ...checkOwn(endpoint, attestation),
      ...checkSecure(endpoint),
      ...checkSessions(endpoint),
      ...checkFmc(endpoint),
    ];
  });
}

/** Others have nobody there who could answer, or are asked over connections that are not held to it. */
function checkOwn({ path, node }: Located, { keyAt }: Located): readonly Problem[] {
  const engine = textOf(childOf(node, "engine"));
  const isOwn = engine === "openai-compatible" && !childOf(node, "provider") && !childOf(node, "peer");
  if (engine === null || isOwn) return [];
  const expected =
    "none: it is for an engine of your own, `openai-compatible`, with neither `provider` nor `peer`";
  return [{ at: keyAt, path: [...path, "attestation"], found: "an `attestation`", expected }];
}

/** In the clear there is no key that the evidence could be made for. */
function checkSecure({ path, node }: Located): readonly Problem[] {
  const url = childOf(node, "url");
  if (!url || textOf(url)?.startsWith("https://")) return [];
  const expected = "a URL that begins with `https://`: evidence is made for the key of the TLS certificate";
  return [
    { at: url.at, path: [...path, "url"], found: "a URL without TLS beside an `attestation`", expected },
  ];
}

function checkSessions({ path, node }: Located): readonly Problem[] {
  return locate(node, "serves", "*").flatMap((item) => {
    if (textOf(item.node) !== "realtime") return [];
    const expected = "what an engine with an `attestation` answers: its sessions are not held to it";
    const hint = "leave it out, or write an endpoint of its own for sessions, without `attestation`";
    return [{ at: item.node.at, path: [...path, ...item.path], found: quote("realtime"), expected, hint }];
  });
}

/** A part that is not there is of version 0, so a minimum for it would refuse everything; one that is there has a minimum. */
function checkFmc({ path, node }: Located): readonly Problem[] {
  const product = textOf(locate(node, "attestation", "product")[0]?.node);
  const [tcb] = locate(node, "attestation", "minimum-tcb");
  if (!tcb || product === null) return [];
  const fmc = locate(node, "attestation", "minimum-tcb", "fmc")[0];
  if ((fmc !== undefined) === (product === "turin")) return [];
  const at = fmc?.keyAt ?? tcb.keyAt;
  const expected = fmc ? `none: ${quote(product)} has no FMC` : "a number: `turin` has an FMC";
  return [{ at, path: [...path, ...tcb.path, "fmc"], found: fmc ? "an `fmc`" : "nothing", expected }];
}
