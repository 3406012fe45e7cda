// Bars on one logarithmic axis, as an SVG file: a panel for each case, a bar for each who was measured.

interface Bar {
  readonly label: string;
  /** Not drawn where it is no number. */
  readonly value: number;
}

export interface BarPlot {
  readonly title: string;
  readonly unit: string;
  readonly panels: ReadonlyArray<{ readonly title: string; readonly bars: readonly Bar[] }>;
}

interface Axis {
  /** Powers of ten. */
  readonly ticks: readonly number[];
  /** Where a value is drawn; what is less than the least tick, as nothing. */
  at(value: number): number;
}

const width = 860;
const left = 110;
const right = 90;
const barHeight = 14;
const barStep = 18;
const panelHead = 26;
const panelGap = 12;
const ours = "bailiwick";
const colours = { ours: "#0b6e4f", others: "#9aa5b1", text: "#1f2933", grid: "#d9dee3" };

export function barPlot({ title, unit, panels }: BarPlot): string {
  const values = panels.flatMap(({ bars }) => bars.map(({ value }) => value)).filter((value) => value > 0);
  const axis = axisOf(values);
  let top = 44;
  const drawn = panels.map(({ title, bars }) => {
    const panel = panelOf(title, bars, { top, axis });
    top += panelHead + bars.length * barStep + panelGap;
    return panel;
  });
  const height = top + 30;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${colours.text}">
<title>${escaped(title)}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="16" y="24" font-size="14" font-weight="bold">${escaped(title)}</text>
${axis.ticks.map((tick) => gridLine(axis.at(tick), tick, top)).join("\n")}
${drawn.join("\n")}
<text x="${left}" y="${top + 22}">${escaped(unit)}</text>
</svg>
`;
}

function axisOf(values: readonly number[]): Axis {
  const first = Math.floor(Math.log10(Math.min(...values, 1)));
  const last = Math.ceil(Math.log10(Math.max(...values, 10)));
  const scale = (width - left - right) / (last - first);
  return {
    ticks: Array.from({ length: last - first + 1 }, (_, step) => 10 ** (first + step)),
    at: (value) => left + Math.max(0, Math.log10(value) - first) * scale,
  };
}

function gridLine(x: number, tick: number, bottom: number): string {
  return `<line x1="${fixed(x)}" y1="36" x2="${fixed(x)}" y2="${bottom - 4}" stroke="${colours.grid}"/><text x="${fixed(x)}" y="${bottom + 8}" text-anchor="middle">${Number(tick.toPrecision(1))}</text>`;
}

function panelOf(
  title: string,
  bars: readonly Bar[],
  { top, axis }: { readonly top: number; readonly axis: Axis },
): string {
  const lines = bars.map(({ label, value }, at) => {
    const y = top + panelHead + at * barStep;
    const end = value > 0 ? axis.at(value) : left;
    const fill = label === ours ? colours.ours : colours.others;
    return (
      `<text x="${left - 8}" y="${y + 11}" text-anchor="end">${escaped(label)}</text>` +
      `<rect x="${left}" y="${y}" width="${fixed(end - left)}" height="${barHeight}" fill="${fill}"/>` +
      `<text x="${fixed(end + 6)}" y="${y + 11}">${Number.isNaN(value) ? "–" : Number(value.toPrecision(3))}</text>`
    );
  });
  return `<text x="${left}" y="${top + 18}" font-weight="bold">${escaped(title)}</text>\n${lines.join("\n")}`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
