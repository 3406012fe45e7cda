// Charts as inline SVG: nothing to load, nothing to run, sharp on paper. Shades differ in lightness, for printers without colour.
import { dayMs, formatDay } from "../../../base/index.ts";
import type { Bar, Chart, Day } from "../report.ts";
import { formatCount } from "./number.ts";
import { type Markup, markup } from "./markup.ts";

const width = 680;
const shades = ["#1d4e79", "#c2571a", "#b9c4cf"];

export function chartFigure(chart: Chart): Markup {
  const drawing = chart.kind === "bars" ? bars(chart.bars) : days(chart.days, chart.series);
  return markup`<figure><figcaption>${chart.title}</figcaption>${drawing}</figure>\n`;
}

const barHeight = 17;
const labelWidth = 200;
const valueWidth = 70;

function bars(values: readonly Bar[]): Markup {
  const greatest = Math.max(1, ...values.map(({ value }) => value));
  const room = width - labelWidth - valueWidth;
  const rows = values.map(({ label, value }, at) => {
    const length = Math.max(1, Math.round((value / greatest) * room));
    const y = at * barHeight;
    return markup`<text x="${labelWidth - 8}" y="${y + 12}" text-anchor="end">${shortened(label)}</text><rect x="${labelWidth}" y="${y + 2}" width="${length}" height="${barHeight - 5}" fill="${shades[0] ?? ""}"/><text x="${labelWidth + length + 6}" y="${y + 12}">${formatCount(value)}</text>`;
  });
  return svg(values.length * barHeight + 4, rows);
}

const plotHeight = 120;
const left = 48;
const bottom = 22;
const legendHeight = 20;
/** Narrower columns cannot be told apart on paper. */
const maxColumns = 100;

function days(all: readonly Day[], series: readonly string[]): Markup {
  const columns = all.length > maxColumns ? byMonth(all) : withoutGaps(all);
  const totals = columns.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const greatest = Math.max(1, ...totals);
  const step = (width - left) / columns.length;
  const base = legendHeight + plotHeight;
  const drawn = columns.flatMap(({ values }, at) => {
    let y = base;
    return values.map((value, order) => {
      const height = (value / greatest) * plotHeight;
      y -= height;
      return height === 0
        ? markup``
        : markup`<rect x="${round(left + at * step + step * 0.1)}" y="${round(y)}" width="${round(Math.min(step * 0.8, 40))}" height="${round(height)}" fill="${shades[order] ?? ""}"/>`;
    });
  });
  const frame = markup`<line x1="${left}" x2="${width}" y1="${base}" y2="${base}" stroke="#555"/><text x="${left - 6}" y="${legendHeight + 8}" text-anchor="end">${formatCount(greatest)}</text><text x="${left - 6}" y="${base}" text-anchor="end">0</text>`;
  const legend = series.map(
    (name, order) =>
      markup`<rect x="${left + order * 110}" y="3" width="10" height="10" fill="${shades[order] ?? ""}"/><text x="${left + order * 110 + 15}" y="12">${name}</text>`,
  );
  return svg(base + bottom, [...legend, ...drawn, frame, ...dayLabels(columns, step, base + 14)]);
}

const maxLabels = 8;

function dayLabels(columns: readonly Day[], step: number, y: number): Markup[] {
  const every = Math.ceil(columns.length / maxLabels);
  return columns.flatMap(({ day }, at) =>
    at % every === 0
      ? [markup`<text x="${round(left + at * step + step * 0.1)}" y="${y}">${day}</text>`]
      : [],
  );
}

/** A day without requests has its place too, or the rest would look denser than it was. */
function withoutGaps(days: readonly Day[]): readonly Day[] {
  const known = new Map(days.map(({ day, values }) => [day, values]));
  const [first, last] = [days[0]?.day ?? "", days.at(-1)?.day ?? ""];
  const count = Math.round((Date.parse(last) - Date.parse(first)) / dayMs) + 1;
  if (!Number.isFinite(count) || count > maxColumns) return days;
  return Array.from({ length: count }, (_, at) => {
    const day = formatDay(Date.parse(first) + at * dayMs);
    return { day, values: known.get(day) ?? [] };
  });
}

function byMonth(days: readonly Day[]): readonly Day[] {
  const months = new Map<string, number[]>();
  for (const { day, values } of days) {
    const month = months.get(day.slice(0, 7)) ?? values.map(() => 0);
    values.forEach((value, at) => (month[at] = (month[at] ?? 0) + value));
    months.set(day.slice(0, 7), month);
  }
  return Array.from(months, ([day, values]) => ({ day, values }));
}

function svg(height: number, content: readonly Markup[]): Markup {
  return markup`<svg viewBox="0 0 ${width} ${height}" width="100%" role="img" xmlns="http://www.w3.org/2000/svg" font-size="11" fill="#222">${content}</svg>`;
}

function shortened(label: string): string {
  return label.length > 30 ? `${label.slice(0, 29)}…` : label;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
