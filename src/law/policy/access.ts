// Who reaches into a place from elsewhere.
import type { Place } from "../../base/index.ts";

/**
 * Who reaches in. Under a transfer rule a company of its own, of the same group too, is a recipient; its own people are
 * not, and one who travels with a laptop is not either (EDPB Guidelines 05/2021, 17 and 20).
 */
export const accessors = ["separate-company", "group-company", "own-staff", "own-staff-travelling"] as const;
export type Accessor = (typeof accessors)[number];

/** A place from which people may reach into it. */
export interface Access {
  readonly place: Place;
  /** Null where nobody said: then it counts for whoever counts. */
  readonly by: Accessor | null;
}
