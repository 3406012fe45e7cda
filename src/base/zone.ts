import { type Place, type PlaceSet } from "./place.ts";

const memberStates = "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE";
// Outermost regions of France are Union territory although ISO gives them codes of their own (TFEU Art. 349 and
// 355(1)); so are the Åland Islands (TFEU Art. 355(4)). Greenland and the other OCTs are not, nor is Svalbard (SJ),
// which Protocol 40 of the EEA Agreement leaves out. Jersey, Guernsey and the Isle of Man are in neither: each has an
// adequacy decision of its own, which is a pack's matter. `CY` is in both although Union law is suspended in the north of
// the island (Protocol 10 of the 2003 Act of Accession): ISO has no code for the north, and geo-IP may say CY or TR.
const unionTerritories = "GP MQ GF RE YT MF AX";
const eftaStates = "IS LI NO";

const union = places(`${memberStates} ${unionTerritories}`);

/** Named place sets that a policy or a pack may write instead of a list. */
export const zones: ReadonlyMap<string, PlaceSet> = new Map([
  ["EU", union],
  ["EEA", new Set([...union, ...places(eftaStates)])],
]);

function places(codes: string): ReadonlySet<Place> {
  return new Set(codes.split(" ") as Place[]);
}
