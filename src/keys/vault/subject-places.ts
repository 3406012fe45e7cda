// Whoever opens it owns its state.
import type { KeyObject } from "node:crypto";
import { encodeUtf8, formatMonth, type InstantMs, type TenantId } from "../../base/index.ts";
import { handleDigits, placeOf } from "./key-place.ts";
import { hmac } from "./subject-key.ts";
import type { Subject, SubjectPlace } from "./vault.ts";

/** By which tenants and subjects are known, worked out under the vault's own key. No person's name is kept. */
export class SubjectPlaces {
  readonly #handleKey: KeyObject;
  readonly #tenantHandles = new Map<TenantId, string>();
  /** Of the month that was last asked for. */
  readonly #tenantPlaces = new Map<TenantId, SubjectPlace>();

  constructor(handleKey: KeyObject) {
    this.#handleKey = handleKey;
  }

  tenantHandle(tenant: TenantId): string {
    const found =
      this.#tenantHandles.get(tenant) ??
      hmac(this.#handleKey, "tenant/v1", encodeUtf8(tenant)).slice(0, handleDigits);
    this.#tenantHandles.set(tenant, found);
    return found;
  }

  /** That of a tenant alone is remembered, for most requests are of no person by name. */
  at(subject: Subject, nowMs: InstantMs): SubjectPlace {
    const month = formatMonth(nowMs);
    const known = subject.person === null ? this.#tenantPlaces.get(subject.tenant) : undefined;
    if (known?.month === month) return known;
    const place = placeOf(this.#handleKey, subject, month);
    if (subject.person === null) this.#tenantPlaces.set(subject.tenant, place);
    return place;
  }
}
