// How far the clocks of a country may be from UTC, as data: pure rooms have no tables of time zones.
import { countryOf, type Place } from "./place.ts";

/**
 * The least and the greatest offset of all zones of each country, winter and summer alike. IANA time zone database 2025b: zones by
 * `zone.tab`, their offsets on every day of 2026 and 2027; `XK` is as Belgrade.
 */
const rows: readonly (readonly [least: string, greatest: string, countries: string])[] = [
  ["-11:00", "-11:00", "AS NU"],
  ["-11:00", "+12:00", "UM"],
  ["-10:00", "-10:00", "CK"],
  ["-10:00", "-09:00", "PF"],
  ["-10:00", "-04:00", "US"],
  ["-08:00", "-08:00", "PN"],
  ["-08:00", "-05:00", "MX"],
  ["-08:00", "-02:30", "CA"],
  ["-06:00", "-06:00", "BZ CR GT HN NI SV"],
  ["-06:00", "-05:00", "EC"],
  ["-06:00", "-03:00", "CL"],
  ["-05:00", "-05:00", "CO JM KY PA PE"],
  ["-05:00", "-04:00", "BS CU HT TC"],
  ["-05:00", "-02:00", "BR"],
  ["-04:00", "-04:00", "AG AI AW BB BL BO BQ CW DM DO GD GP GY KN LC MF MQ MS PR SX TT VC VE VG VI"],
  ["-04:00", "-03:00", "BM"],
  ["-04:00", "+00:00", "GL"],
  ["-03:00", "-03:00", "AR FK GF PY SR UY"],
  ["-03:00", "-02:00", "PM"],
  ["-03:00", "+13:00", "AQ"],
  ["-02:00", "-02:00", "GS"],
  ["-01:00", "-01:00", "CV"],
  ["-01:00", "+01:00", "PT"],
  ["+00:00", "+00:00", "BF CI GH GM GN GW IS LR ML MR SH SL SN ST TG"],
  ["+00:00", "+01:00", "EH FO GB GG IE IM JE MA"],
  ["+00:00", "+02:00", "ES"],
  ["+01:00", "+01:00", "AO BJ CF CG CM DZ GA GQ NE NG TD TN"],
  [
    "+01:00",
    "+02:00",
    "AD AL AT BA BE CD CH CZ DE DK FR GI HR HU IT LI LU MC ME MK MT NL NO PL RS SE SI SJ SK SM VA XK",
  ],
  ["+02:00", "+02:00", "BI BW LS LY MW MZ NA RW SD SS SZ ZA ZM ZW"],
  ["+02:00", "+03:00", "AX BG CY EE EG FI GR IL LB LT LV MD PS RO UA"],
  ["+02:00", "+12:00", "RU"],
  ["+03:00", "+03:00", "BH BY DJ ER ET IQ JO KE KM KW MG QA SA SO SY TR TZ UG YE YT"],
  ["+03:30", "+03:30", "IR"],
  ["+04:00", "+04:00", "AE AM AZ GE MU OM RE SC"],
  ["+04:30", "+04:30", "AF"],
  ["+05:00", "+05:00", "KZ MV PK TF TJ TM UZ"],
  ["+05:30", "+05:30", "IN LK"],
  ["+05:45", "+05:45", "NP"],
  ["+06:00", "+06:00", "BD BT IO KG"],
  ["+06:00", "+08:00", "CN"],
  ["+06:30", "+06:30", "CC MM"],
  ["+07:00", "+07:00", "CX KH LA TH VN"],
  ["+07:00", "+08:00", "MN"],
  ["+07:00", "+09:00", "ID"],
  ["+08:00", "+08:00", "BN HK MO MY PH SG TW"],
  ["+08:00", "+11:00", "AU"],
  ["+09:00", "+09:00", "JP KP KR PW TL"],
  ["+10:00", "+10:00", "GU MP"],
  ["+10:00", "+11:00", "FM PG"],
  ["+11:00", "+11:00", "NC SB VU"],
  ["+11:00", "+12:00", "NF"],
  ["+12:00", "+12:00", "FJ MH NR TV WF"],
  ["+12:00", "+13:45", "NZ"],
  ["+12:00", "+14:00", "KI"],
  ["+13:00", "+13:00", "TK TO WS"],
];

export interface UtcOffsets {
  readonly leastMs: number;
  readonly greatestMs: number;
}

const byCountry: ReadonlyMap<string, UtcOffsets> = new Map(
  rows.flatMap(([least, greatest, countries]) => {
    const offsets = { leastMs: msOf(least), greatestMs: msOf(greatest) };
    return countries.split(" ").map((country) => [country, offsets] as const);
  }),
);

/** No clock anywhere is further from UTC: Baker Island, and Kiritimati. */
const anywhere: UtcOffsets = { leastMs: msOf("-12:00"), greatestMs: msOf("+14:00") };

/** Of several places together; null without any. A place that no table knows may have any offset. */
export function utcOffsetsOf(places: Iterable<Place>): UtcOffsets | null {
  const all = Array.from(places, (place) => byCountry.get(countryOf(place)) ?? anywhere);
  if (all.length === 0) return null;
  return {
    leastMs: Math.min(...all.map(({ leastMs }) => leastMs)),
    greatestMs: Math.max(...all.map(({ greatestMs }) => greatestMs)),
  };
}

function msOf(offset: string): number {
  const [hours, minutes] = [Number(offset.slice(1, 3)), Number(offset.slice(4))];
  return (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
