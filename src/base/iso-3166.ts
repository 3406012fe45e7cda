/** ISO 3166-1 alpha-2: the 249 officially assigned codes. */
export const countryCodes: ReadonlySet<string> = new Set(
  (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
    "GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO " +
    "JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR " +
    "MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO " +
    "RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV " +
    "TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
  ).split(" "),
);

/**
 * Codes from the range that ISO leaves to its users (AA, QM to QZ, XA to XZ, ZZ) which those who make law have agreed on:
 * the European Commission and most others write `XK` for Kosovo. Any other would be a private agreement that no pack knows.
 */
export const userAssignedCodes: ReadonlySet<string> = new Set(["XK"]);

/** Codes that institutions write and ISO does not assign, with the code that is meant. Refused, with this hint. */
export const mistakenCodes: ReadonlyMap<string, string> = new Map([
  ["UK", "GB"],
  ["EL", "GR"],
]);

/**
 * ISO 3166-2 lists these under a country although ISO 3166-1 gives them a code, and their law is mostly not that
 * country's: New Caledonia is not in the Union, Svalbard is not in the EEA, Hong Kong is outside PIPL. Refused, so that
 * each place has one spelling and a country in a set never lets them in.
 */
export const subdivisionsWithOwnCode: ReadonlyMap<string, string> = new Map(
  [
    "CN-71 TW,CN-TW TW,CN-91 HK,CN-HK HK,CN-92 MO,CN-MO MO,FI-01 AX",
    "FR-971 GP,FR-GP GP,FR-972 MQ,FR-MQ MQ,FR-973 GF,FR-GF GF,FR-974 RE,FR-RE RE,FR-976 YT,FR-YT YT",
    "FR-BL BL,FR-MF MF,FR-NC NC,FR-PF PF,FR-PM PM,FR-TF TF,FR-WF WF",
    "NL-AW AW,NL-BQ1 BQ,NL-BQ2 BQ,NL-BQ3 BQ,NL-CW CW,NL-SX SX,NO-21 SJ,NO-22 SJ",
    "US-AS AS,US-GU GU,US-MP MP,US-PR PR,US-UM UM,US-VI VI",
  ]
    .flatMap((line) => line.split(","))
    .map((pair) => [pair.slice(0, -3), pair.slice(-2)]),
);
