/** For A4 first, for screens as well. No font is loaded: what the machine has is what is printed. */
export const style = `
@page { size: A4; margin: 18mm 16mm 20mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt sans-serif; color: #555; } }
* { box-sizing: border-box; }
body { font: 9.5pt/1.45 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif; color: #1c1c1c; margin: 0 auto; max-width: 190mm; padding: 8mm; }
header { border-bottom: 2pt solid #1d4e79; margin-bottom: 5mm; padding-bottom: 3mm; }
header p { margin: 0; color: #555; }
.kind { letter-spacing: .06em; text-transform: uppercase; font-size: 8pt; }
h1 { font-size: 20pt; line-height: 1.2; margin: 1mm 0 2mm; color: #1d4e79; }
h2 { font-size: 13pt; margin: 8mm 0 1mm; color: #1d4e79; break-after: avoid; }
.article { margin: 0 0 2mm; color: #555; font-size: 8.5pt; break-after: avoid; }
p { margin: 0 0 2.5mm; orphans: 3; widows: 3; }
dl.facts { display: flex; flex-wrap: wrap; gap: 2mm; margin: 2mm 0 3mm; break-inside: avoid; }
dl.facts div { border: .5pt solid #c9d1d9; border-radius: 1mm; padding: 1.5mm 3mm; min-width: 28mm; }
dl.facts dt { font-size: 8pt; color: #555; }
dl.facts dd { margin: 0; font-size: 13pt; font-weight: 600; font-variant-numeric: tabular-nums; }
dl.facts .long dd { font-size: 9.5pt; }
dl.facts .alarming { border: 1pt solid #b3261e; }
dl.facts .alarming dd { color: #b3261e; }
.box { border-left: 3pt solid #2e7d32; background: #f3f8f3; padding: 2.5mm 4mm; margin: 0 0 3mm; break-inside: avoid; }
.box.alarming { border-color: #b3261e; background: #fcf3f2; }
.box p:last-child, .box ul { margin-bottom: 0; }
.box ul { margin-top: 1mm; padding-left: 5mm; }
table { width: 100%; border-collapse: collapse; margin: 2mm 0 4mm; font-size: 8.2pt; line-height: 1.3; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th { text-align: left; vertical-align: bottom; border-bottom: 1pt solid #1d4e79; padding: 1mm 1.5mm; font-weight: 600; }
td { vertical-align: top; border-bottom: .4pt solid #d7dde3; padding: 1mm 1.5mm; overflow-wrap: break-word; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.logs td:nth-child(2) { width: 42%; }
.logs td:last-child { width: 24%; overflow-wrap: anywhere; }
td.time { min-width: 17mm; font-variant-numeric: tabular-nums; }
code, td.code { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace; font-size: .86em; overflow-wrap: anywhere; }
td.cited { font-size: 7.5pt; color: #555; min-width: 14mm; }
td.cited a, .source { color: inherit; text-decoration: none; }
.none { color: #777; }
figure { margin: 2mm 0 3mm; break-inside: avoid; }
figcaption { font-size: 8.5pt; color: #555; margin-bottom: 1mm; }
ol.steps { padding-left: 5mm; }
footer { margin-top: 8mm; border-top: .5pt solid #c9d1d9; padding-top: 2mm; color: #555; font-size: 8pt; }
@media print { body { padding: 0; max-width: none; } }
`;
