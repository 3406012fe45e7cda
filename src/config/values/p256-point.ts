// NIST P-256 (SP 800-186 §3.2.1.3): y² = x³ − 3x + b over the field of p elements.
import { fromBase64, toHex } from "../../base/index.ts";

const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;
const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

/** Whether two coordinates of 32 bytes each in base64url are a point of the curve. What is none is nobody's public key. */
export function isOnP256(x: string, y: string): boolean {
  const [left, right] = [x, y].map(numberOf);
  if (left === undefined || right === undefined || left >= p || right >= p) return false;
  return (right * right - (left * left * left - 3n * left + b)) % p === 0n;
}

function numberOf(coordinate: string): bigint | undefined {
  const bytes = fromBase64(`${coordinate.replaceAll("-", "+").replaceAll("_", "/")}=`);
  return bytes === null ? undefined : BigInt(`0x${toHex(bytes)}`);
}
