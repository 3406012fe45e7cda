// Owner: the control thread. Over which regions Amazon spreads the models of an endpoint, held against where the policy says that
// the endpoint computes. INVARIANT: what is not heard changes nothing; what is heard only takes an endpoint out of service, which
// is on record as any quarantine is, and no answer lets one back.
import type { EndpointId, ModelAlias, Place } from "../../base/index.ts";
import type { Policy } from "../../config/index.ts";
import {
  askInferenceProfile,
  type EndpointAddress,
  type ProfileFault,
  profileNamedBy,
} from "../../providers/index.ts";
import { append, stamp } from "../../store/index.ts";
import type { Counter } from "../../telemetry/index.ts";
import type { AddressedPolicy } from "../exchange/parts.ts";
import type { ControlServices } from "../operator/control-services.ts";
import {
  heldAgainst,
  type HeardRegions,
  keyOf,
  mendPlaces,
  neverHeard,
  type RegionReport,
  stepAfter,
} from "../shared/region-report.ts";

/** One profile of one endpoint, however many models of the policy are served by it. */
export interface WatchedProfile {
  readonly address: EndpointAddress;
  readonly profile: string;
  /** One of them, for the log. */
  readonly model: ModelAlias;
  readonly computes: readonly Place[];
  /** Where the provider's regions lie. */
  readonly places: ReadonlyMap<string, readonly Place[]>;
}

const hourMs = 3_600_000;
const firstRetryMs = 60_000;

export class RegionWatch {
  readonly #cell: ControlServices;
  readonly #asks: Counter;
  #watched: readonly WatchedProfile[] = [];
  /** One round at a time, so that a policy that changes often is asked about once. */
  #rounds: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #isOpen = false;
  readonly #end = new AbortController();
  /** Rounds in a row in which somebody did not answer. */
  #failureCount = 0;

  constructor(cell: ControlServices) {
    this.#cell = cell;
    this.#asks = cell.metrics.counter(
      "bailiwick_region_asks_total",
      "Times that a provider was asked over which regions a model spreads, by what came of it.",
    );
  }

  /** In the place of those of before. */
  follow(next: AddressedPolicy): void {
    this.#watched = watchedIn(next);
    const keys = new Set(this.#watched.map(keyOf));
    const { regionReports } = this.#cell;
    for (const key of regionReports.keys()) if (!keys.has(key)) regionReports.delete(key);
    for (const each of this.#watched)
      if (!regionReports.has(keyOf(each))) regionReports.set(keyOf(each), neverHeard(each));
    if (this.#isOpen) this.#begin();
  }

  /** From here on endpoints can be taken out of service. Nobody waits for the first answers. */
  open(): void {
    this.#isOpen = true;
    this.#begin();
  }

  stop(): void {
    this.#isOpen = false;
    this.#end.abort();
    if (this.#timer) clearTimeout(this.#timer);
  }

  #begin(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const watched = this.#watched;
    if (watched.length === 0) return;
    this.#rounds = this.#rounds
      .then(() => this.#askAll(watched))
      .catch((thrown: unknown) => this.#note(thrown))
      .then(() => this.#beginLater(watched));
  }

  #beginLater(watched: readonly WatchedProfile[]): void {
    if (!this.#goesOnWith(watched)) return;
    const [byte = 0] = this.#cell.randomBytes(1);
    this.#timer = setTimeout(() => this.#begin(), askAgainAfterMs(this.#failureCount, byte)).unref();
  }

  async #askAll(watched: readonly WatchedProfile[]): Promise<void> {
    let isSilent = false;
    for (const each of watched) {
      if (!this.#goesOnWith(watched)) return;
      const answer = await askInferenceProfile(each.address, each.profile, this.#end.signal);
      // A reload may have said meanwhile that it computes somewhere else.
      if (!this.#goesOnWith(watched)) return;
      if (answer.ok) await this.#hear(each, heldAgainst(each, answer.value));
      else this.#missAnswer(each, answer.error);
      isSilent ||= !answer.ok && (answer.error === "busy" || answer.error === "unreachable");
    }
    this.#failureCount = isSilent ? this.#failureCount + 1 : 0;
  }

  #goesOnWith(watched: readonly WatchedProfile[]): boolean {
    return this.#isOpen && !this.#cell.life.isDraining && this.#watched === watched;
  }

  async #hear(watched: WatchedProfile, heard: HeardRegions): Promise<void> {
    const { cell } = this.#cell;
    const endpoint = watched.address.id;
    const { regions, outside, unnamed } = heard;
    this.#asks.add({ cell, endpoint, result: outside.length > 0 ? "outside" : "within" });
    const isNews = this.#report(watched, { heard, heardAtMs: this.#cell.now(), fault: null });
    if (isNews) {
      const counts = { regions: regions.length, outside: outside.length, unnamed: unnamed.length };
      this.#cell.log({ event: "regions_heard", cell, endpoint, model: watched.model, ...counts });
      for (const region of outside)
        this.#cell.log({
          event: "region_added",
          cell,
          endpoint,
          model: watched.model,
          region,
          next: mendPlaces,
        });
    }
    if (outside.length > 0) await this.#quarantine(endpoint).catch((thrown: unknown) => this.#note(thrown));
  }

  /** What was heard before stands. */
  #missAnswer(watched: WatchedProfile, fault: ProfileFault): void {
    if (!this.#isOpen) return;
    const { cell, regionReports } = this.#cell;
    const endpoint = watched.address.id;
    this.#asks.add({ cell, endpoint, result: fault });
    const before = regionReports.get(keyOf(watched)) ?? neverHeard(watched);
    if (this.#report(watched, { ...before, fault })) {
      const next = stepAfter[fault];
      this.#cell.log({ event: "regions_unheard", cell, endpoint, model: watched.model, fault, next });
    }
  }

  /** True where it says something else than before. */
  #report(watched: WatchedProfile, next: Omit<RegionReport, "endpoint" | "profile">): boolean {
    const { regionReports } = this.#cell;
    const key = keyOf(watched);
    const before = regionReports.get(key);
    const report = { ...next, endpoint: watched.address.id, profile: watched.profile };
    regionReports.set(key, report);
    return before === undefined || wordsOf(before) !== wordsOf(report);
  }

  /**
   * One for an endpoint, however many regions are found, and none where one stands since before a restart. A person who releases
   * it without a change of the data has it back until it is asked again. If we crash before the entry is durable, the next start asks.
   */
  async #quarantine(endpoint: EndpointId): Promise<void> {
    const cell = this.#cell;
    await cell.quarantines.begin(endpoint, "region_added", async () => {
      const entry = { ...stamp(cell), t: "quarantine" as const, endpoint, rid: null };
      await append(cell, entry, { kind: "endpoint" });
      return { endpoint, sinceMs: entry.ts, rid: null };
    });
  }

  /** The disk, or a thread that has ended: both tell of themselves elsewhere too, and the next round tries again. */
  #note(thrown: unknown): void {
    const { cell, log } = this.#cell;
    if (this.#isOpen) log({ event: "internal_error", cell, request: null, thrown });
  }
}

function watchedIn({ policy, addresses }: AddressedPolicy): readonly WatchedProfile[] {
  return addresses.flatMap((address) => {
    const places = policy.endpoints.get(address.id)?.watchedRegions ?? null;
    if (places === null) return [];
    return Array.from(profilesOf(policy, address.id), ([profile, model]) => ({
      address,
      profile,
      model,
      computes: address.computes,
      places,
    }));
  });
}

function profilesOf({ models }: Policy, endpoint: EndpointId): ReadonlyMap<string, ModelAlias> {
  const profiles = new Map<string, ModelAlias>();
  for (const { alias, servedBy } of models.values()) {
    const profile = profileNamedBy(servedBy.get(endpoint)?.model ?? "");
    if (profile !== null && !profiles.has(profile)) profiles.set(profile, alias);
  }
  return profiles;
}

/** Not the time: who asks each hour would have news each hour. */
function wordsOf({ heard, fault }: RegionReport): string {
  return JSON.stringify([heard, fault]);
}

/** Every hour; sooner after no answer, and later with each. Not all cells at once: `byte` is a random one. */
export function askAgainAfterMs(failureCount: number, byte: number): number {
  const afterMs = failureCount === 0 ? hourMs : Math.min(hourMs, firstRetryMs * 2 ** (failureCount - 1));
  return afterMs * (0.8 + (0.2 * byte) / 256);
}
