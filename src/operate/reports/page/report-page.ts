// The page that a compliance officer prints and an auditor reads: self-contained, no script, nothing fetched.
import { logNumber } from "../citations.ts";
import type { Cell, Fact, Report, Row, Section, Source, Table } from "../report.ts";
import { chartFigure } from "./chart.ts";
import { type Markup, markup, Markup as Literal } from "./markup.ts";
import { formatCount } from "./number.ts";
import { style } from "./style.ts";

export function reportPage(report: Report): string {
  const { title, regime, sections } = report;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}: ${regime}</title>
<style>${new Literal(style)}</style>
</head>
<body>
${heading(report)}
${verdict(report)}
${alarms(report)}
${asks(report)}
${completeness(report)}
${sections.map((section, at) => sectionOf(section, at + 1))}
${limits(report)}
${cited(report)}
${howToCheck(report)}
<footer>Made ${readable(report.madeAt)} by ${report.software}. The file <code>manifest</code> beside this page signs its SHA-256.</footer>
</body>
</html>
`;
  return page.text;
}

function heading({ title, regime, period, tenant }: Report): Markup {
  const whose = tenant === null ? markup`all tenants` : markup`tenant <code>${tenant}</code>`;
  return markup`<header>
<p class="kind">Report ${regime}</p>
<h1>${title}</h1>
<p>${readable(period.from)} to ${readable(period.to)} (UTC, the end excluded), ${whose}</p>
</header>`;
}

function verdict({ sources, sections, scannedCount }: Report): Markup {
  const logs = sources.length === 1 ? "one log" : `${sources.length} logs`;
  const isAlarming =
    sources.some(({ absent }) => absent.length > 0) ||
    sections.some(({ facts }) => facts.some((fact) => fact.isAlarming === true));
  const [kind, what] = isAlarming
    ? ["box alarming", "Verified, and there is something to be looked at: see below."]
    : ["box", "Verified."];
  return markup`<div class="${kind}"><p><strong>${what}</strong> All ${formatCount(scannedCount)} entries of ${logs} were read: the signatures, and the cosignatures that the quorum asks for, the tree rebuilt
from the entries, every tile, the schema of each entry, and the rules over their sequence. Everything below was counted from these entries and from nothing else; no
configuration was consulted. What is said to be absent is absent from all of them.</p></div>`;
}

function alarms({ sections, sources }: Report): Markup {
  const alarming = sections.flatMap(({ title, facts }) =>
    facts
      .filter(({ isAlarming }) => isAlarming === true)
      .map((fact) => markup`<li>${title}: ${fact.label}: ${shown(fact.value)}</li>`),
  );
  const absent = sources.flatMap((source) =>
    source.absent.map(
      (origin) =>
        markup`<li>Completeness: <code>${origin}</code>, which ${source.origin} names, was not given</li>`,
    ),
  );
  if (alarming.length + absent.length === 0) return markup``;
  return markup`<div class="box alarming"><p><strong>To be looked at:</strong></p><ul>${alarming}${absent}</ul></div>`;
}

function asks({ asks: list }: Report): Markup {
  const rows = list.map(
    ({ article, asks, source }) =>
      markup`<tr><td>${article}</td><td>${asks}</td><td class="code">${source}</td></tr>\n`,
  );
  return markup`<h2>What is asked</h2>
<table><thead><tr><th>Where</th><th>What</th><th>Source</th></tr></thead><tbody>
${rows}</tbody></table>`;
}

function completeness({ sources }: Report): Markup {
  const quorums = Array.from(new Set(sources.map(({ quorum }) => quorum)));
  return markup`<h2>Completeness</h2>
<p>Each log as it was when it was verified. A root commits to every entry up to its size, in their order: none can be left out, added or changed without changing it.
The quorum of cosigners that the trust file asks for: ${quorums.join("; ")}.</p>
<table class="logs"><thead><tr><th class="number">No.</th><th>Log, and its root (SHA-256)</th><th class="number">Size</th><th class="number">In the period</th><th>First and last entry</th><th>Cosigned by</th></tr></thead><tbody>
${sources.map((source, at) => sourceRow(source, logNumber(at)))}</tbody></table>`;
}

function sourceRow(source: Source, number: number): Markup {
  const { origin, size, root, inPeriod, firstAt, lastAt, cosigners, isPruned, isPeer } = source;
  const notes = [
    ...(isPeer ? ["given to reconcile transfers"] : []),
    ...(isPruned ? ["entries deleted when their time was over; only the head was verified"] : []),
  ].map((note) => markup`<br><span class="none">${note}</span>`);
  const range =
    inPeriod === null
      ? markup`0`
      : markup`${formatCount(inPeriod.count)}<br><span class="none">${inPeriod.first} to ${inPeriod.last}</span>`;
  const times = [firstAt, lastAt].map((at) => (at === null ? markup`` : markup`${readable(at)}<br>`));
  const signers = cosigners.length === 0 ? [markup`nobody`] : cosigners.map((name) => markup`${name}<br>`);
  return markup`<tr><td class="number">${number}</td><td>${origin}${notes}<br><code>${root}</code></td><td class="number">${formatCount(size)}</td><td class="number">${range}</td><td class="time">${times}</td><td>${signers}</td></tr>
`;
}

function sectionOf({ title, article, text, facts, chart, table }: Section, number: number): Markup {
  return markup`<section>
<h2>${number}. ${title}</h2>
<p class="article">${article}</p>
<p>${withCode(text)}</p>
${factList(facts)}${chart === null ? markup`` : chartFigure(chart)}${table === null ? markup`` : tableOf(table)}</section>
`;
}

function factList(facts: readonly Fact[]): Markup {
  if (facts.length === 0) return markup``;
  const items = facts.map(({ label, value, isAlarming }) => {
    const names = [
      ...(isAlarming === true ? ["alarming"] : []),
      ...(typeof value === "string" ? ["long"] : []),
    ];
    return markup`<div class="${names.join(" ")}"><dt>${label}</dt><dd>${shown(value)}</dd></div>`;
  });
  return markup`<dl class="facts">${items}</dl>\n`;
}

function tableOf({ columns, rows, unlisted }: Table): Markup {
  if (rows.length === 0) return markup`<p class="none">None in the period.</p>\n`;
  const isNumber = columns.map((_, at) => rows.every(({ cells }) => typeof cells[at] === "number"));
  const head = columns.map(
    ({ title }, at) => markup`<th${new Literal(isNumber[at] ? ' class="number"' : "")}>${title}</th>`,
  );
  const more =
    unlisted.groups === 0
      ? markup``
      : markup`<p class="none">And ${formatCount(unlisted.groups)} more that are not listed, ${formatCount(unlisted.count)} in all.</p>\n`;
  return markup`<table><thead><tr>${head}<th>Cited</th></tr></thead><tbody>
${rows.map((row) => rowOf(row))}</tbody></table>
${more}`;
}

function rowOf({ cells, cited }: Row): Markup {
  const links = cited.map(
    (number, at) => markup`${at > 0 ? " " : ""}<a href="#r${number + 1}">[${number + 1}]</a>`,
  );
  return markup`<tr>${cells.map(cellOf)}<td class="cited">${links}</td></tr>\n`;
}

function cellOf(cell: Cell): Markup {
  if (typeof cell === "number") return markup`<td class="number">${formatCount(cell)}</td>`;
  if (cell === null || cell === "") return markup`<td class="none">–</td>`;
  if (/^[0-9a-f]{32,64}$/.test(cell)) return markup`<td class="code">${cell}</td>`;
  if (/^\d{4}-\d{2}-\d{2}T/.test(cell)) return markup`<td class="time">${readable(cell)}</td>`;
  return markup`<td>${cell}</td>`;
}

function limits({ notHeld, sampling }: Report): Markup {
  const seed = sampling.isSeedGiven
    ? markup`The seed <code>${sampling.seed}</code> was given by whoever asked for the report.`
    : markup`Nobody gave a seed, so the roots of the logs were taken: whoever does not want to rely on that gives one of their own with <code>--sample-seed</code>.`;
  return markup`<h2>What no ledger can say</h2>
<ul>${notHeld.map((each) => markup`<li>${withCode(each)}</li>`)}</ul>
<h2>How cited records were picked</h2>
<p>Counts are of all records. At most ${sampling.perRow} records of a row are cited and proven: ${withCode(sampling.rule)}. ${seed}</p>`;
}

function cited({ citations, sources }: Report): Markup {
  const numbers = new Map(sources.map(({ origin }, at) => [origin, logNumber(at)]));
  const rows = citations.map(
    ({ origin, index, kind, at, proof }, number) =>
      markup`<tr id="r${number + 1}"><td class="number">${number + 1}</td><td>${kind}</td><td class="time">${readable(at)}</td><td class="number">${numbers.get(origin) ?? null}</td><td class="number">${formatCount(index)}</td><td class="code">${proof}</td></tr>\n`,
  );
  if (rows.length === 0) return markup``;
  return markup`<h2>Cited records</h2>
<p>Each is proven to stand in the log of that number under <em>Completeness</em>.</p>
<table><thead><tr><th class="number">No.</th><th>Kind</th><th>Time (UTC)</th><th class="number">Log</th><th class="number">Entry</th><th>Proof</th></tr></thead><tbody>
${rows}</tbody></table>`;
}

function howToCheck({ sources }: Report): Markup {
  return markup`<h2>How to check this report</h2>
<ol class="steps">
<li>With a trust file of your own (whose signatures you believe: the logs' keys, the witnesses', the report's), and no network:
<code>bailiwick report verify FOLDER --trust FILE</code> checks the signature over every file, each checkpoint, and each proof.</li>
<li>A single proof: <code>bailiwick ledger proof verify proofs/… --trust FILE</code>. It carries its entry; any implementation of C2SP tlog-proof can check it.</li>
<li>The counts: with a copy of the ${sources.length === 1 ? "log" : "logs"}, make the report again with the same period and seed; it must say the same.</li>
</ol>`;
}

function shown(value: Cell): string {
  if (value === null) return "none";
  if (typeof value === "number") return formatCount(value);
  return instant.test(value) ? readable(value) : value;
}

const instant = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

/** Shows a time to the second: the rest is in the JSON. */
function readable(at: string): string {
  return at.slice(0, 19).replace("T", " ");
}

/** What is between backticks is to be read letter by letter. */
function withCode(text: string): Markup {
  const pieces = text
    .split("`")
    .map((piece, at) => (at % 2 === 1 ? markup`<code>${piece}</code>` : markup`${piece}`));
  return markup`${pieces}`;
}
