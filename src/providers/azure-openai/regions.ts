// In which country each of Azure's regions lies, by the name that its API spells it with.
import type { Place } from "../../base/index.ts";

/** Display names are the same words with spaces and capitals: `UK South` is `uksouth`. */
export function azureRegionName(name: string): string {
  return name.toLowerCase().replaceAll(" ", "");
}

/** Null for a name that is not known: it is no evidence. */
export function placeOfRegion(name: string): Place | null {
  return places.get(azureRegionName(name)) ?? null;
}

const regionsByCountry: Readonly<Record<string, string>> = {
  AE: "uaenorth uaecentral",
  AT: "austriaeast",
  AU: "australiaeast australiasoutheast australiacentral australiacentral2",
  BE: "belgiumcentral",
  BR: "brazilsouth brazilsoutheast",
  CA: "canadacentral canadaeast",
  CH: "switzerlandnorth switzerlandwest",
  CL: "chilecentral",
  DE: "germanywestcentral germanynorth",
  DK: "denmarkeast",
  ES: "spaincentral",
  FR: "francecentral francesouth",
  GB: "uksouth ukwest",
  HK: "eastasia",
  ID: "indonesiacentral",
  IE: "northeurope",
  IL: "israelcentral",
  IN: "centralindia southindia westindia jioindiawest jioindiacentral",
  IT: "italynorth",
  JP: "japaneast japanwest",
  KR: "koreacentral koreasouth",
  MX: "mexicocentral",
  MY: "malaysiawest",
  NL: "westeurope",
  NO: "norwayeast norwaywest",
  NZ: "newzealandnorth",
  PL: "polandcentral",
  QA: "qatarcentral",
  SE: "swedencentral swedensouth",
  SG: "southeastasia",
  US: "eastus eastus2 centralus northcentralus southcentralus westcentralus westus westus2 westus3",
  ZA: "southafricanorth southafricawest",
};

const places: ReadonlyMap<string, Place> = new Map(
  Object.entries(regionsByCountry).flatMap(([country, names]) =>
    names.split(" ").map((name): [string, Place] => [name, country as Place]),
  ),
);
