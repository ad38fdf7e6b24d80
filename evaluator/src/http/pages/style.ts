/**
 * The style sheet of all pages. Baseline is blue, now is orange; text in either colour keeps a contrast of 4.5 to 1 on its
 * ground, in light and in dark.
 */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --surface: #f5f7f9; --ink: #1a1f24; --quiet: #545d67; --line: #d3d9df; --link: #0b57b8;
  --baseline: #1f62c4; --current: #a84a00; --current-fill: #e8791a; --track: #e6eaee;
  --bad: #b3261e; --bad-ground: #fdecea; --warn: #7a4f00; --warn-ground: #fdf3dc; --good: #1b6b3a; --good-ground: #e7f5ec;
  --page: #6d28b8; --ticket: #4a5560; --onset: #f3d9b8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181c; --surface: #1c2126; --ink: #e7eaee; --quiet: #a6b0ba; --line: #363e46; --link: #8ab8ff;
    --baseline: #7db0ff; --current: #ffab61; --current-fill: #f08c34; --track: #2a3138;
    --bad: #ff9a91; --bad-ground: #43201e; --warn: #f3c75c; --warn-ground: #3a2f14; --good: #7fd8a0; --good-ground: #17331f;
    --page: #cfa4ff; --ticket: #b4bec8; --onset: #4d3a20;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
a { color: var(--link); }
a:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 8px; top: 8px; background: var(--ground); padding: 8px; }
.top { display: flex; gap: 24px; align-items: baseline; padding: 12px 20px; border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; text-decoration: none; color: var(--ink); letter-spacing: 0.01em; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 20px 64px; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 8px 0 12px; overflow-wrap: anywhere; display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; }
h2 { font-size: 1.25rem; margin: 40px 0 10px; }
h3 { font-size: 1rem; margin: 0 0 6px; }
h4 { font-size: 0.875rem; margin: 12px 0 4px; color: var(--quiet); }
p { margin: 6px 0; }
.lead { font-size: 1.125rem; max-width: 75ch; overflow-wrap: anywhere; }
.quiet { color: var(--quiet); font-size: 0.875rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.mono, code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }
bdi, code { overflow-wrap: anywhere; }
.badge { display: inline-block; border: 1.5px solid currentColor; border-radius: 999px; padding: 1px 12px; font-size: 1rem; font-weight: 600; white-space: nowrap; }
.tone-bad { color: var(--bad); background: var(--bad-ground); }
.tone-warn { color: var(--warn); background: var(--warn-ground); }
.tone-good { color: var(--good); background: var(--good-ground); }
.tone-quiet { color: var(--quiet); background: var(--surface); }
.better { color: var(--good); } .worse { color: var(--bad); }
.notice { color: var(--warn); border: 1.5px solid currentColor; border-radius: 8px; padding: 10px 14px; background: var(--warn-ground); }
.baseline-text { color: var(--baseline); } .current-text { color: var(--current); }
.slots { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 12px 0 18px; font-size: 0.9375rem; }
.glance { display: grid; grid-template-columns: repeat(4, 1fr); gap: 12px; }
.glance > div { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; overflow-wrap: anywhere; }
.glance h3 { color: var(--quiet); font-size: 0.875rem; font-weight: 600; }
.glance strong { font-size: 1.0625rem; }
ul.plain { list-style: none; margin: 0; padding: 0; }
ul.plain li + li { margin-top: 8px; }
.steps { padding-left: 1.4em; max-width: 85ch; }
.steps li { margin: 6px 0; }
code.block { display: block; white-space: pre-wrap; background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; margin: 6px 0; }
figure { margin: 0; }
figcaption { margin-bottom: 10px; max-width: 85ch; }
.key { white-space: nowrap; font-size: 0.875rem; margin-right: 10px; }
.key::before { content: ""; display: inline-block; width: 22px; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 6px; }
.key.page::before { border-color: var(--page); }
.key.ticket::before { border-color: var(--ticket); border-top-width: 2px; border-top-style: dashed; }
.key.limit::before { border-top: 2px dotted var(--quiet); }
.key.onset::before { height: 12px; border: 0; border-left: 3px solid var(--current-fill); background: var(--onset); }
svg { display: block; max-width: 100%; }
.chart { width: 100%; height: auto; }
.narrow { display: none; }
.chart .grid { stroke: var(--line); stroke-width: 1; }
.chart text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: var(--quiet); }
.chart .evidence { fill: none; stroke-width: 2.5; stroke-linejoin: round; }
.chart .evidence.page { stroke: var(--page); } .chart .end.page { fill: var(--page); }
.chart .evidence.ticket { stroke: var(--ticket); stroke-width: 1.75; stroke-dasharray: 5 4; } .chart .end.ticket { fill: var(--ticket); }
.chart .threshold { stroke-width: 1.5; stroke-dasharray: 1.5 3; }
.chart .threshold.page { stroke: var(--page); } .chart .threshold.ticket { stroke: var(--ticket); }
.chart .threshold-label { font-weight: 600; } .chart .threshold-label.page { fill: var(--page); } .chart .threshold-label.ticket { fill: var(--ticket); }
.chart .onset-set { fill: var(--onset); } .chart .onset { stroke: var(--current-fill); stroke-width: 2; }
.chart .change { stroke: var(--quiet); stroke-width: 1; stroke-dasharray: 4 3; }
.chart .change-number { fill: var(--ground); stroke: var(--quiet); } .chart .change-text { fill: var(--ink); font-weight: 600; }
.interval line { stroke-width: 3; } .interval line.baseline { stroke: var(--baseline); } .interval line.current { stroke: var(--current-fill); }
.interval circle.baseline { fill: var(--baseline); } .interval path.current { fill: var(--current-fill); }
.pair .track { fill: var(--track); } .pair .baseline { fill: var(--baseline); } .pair .current { fill: var(--current-fill); }
table { border-collapse: collapse; width: 100%; margin: 14px 0 22px; font-size: 0.9375rem; }
caption { text-align: left; font-weight: 600; padding-bottom: 6px; }
caption .quiet { font-weight: 400; display: block; }
th, td { text-align: left; vertical-align: top; padding: 7px 10px 7px 0; border-bottom: 1px solid var(--line); }
thead th { font-size: 0.875rem; color: var(--quiet); vertical-align: bottom; }
thead th.baseline-text { color: var(--baseline); } thead th.current-text { color: var(--current); }
tbody th { font-weight: 600; overflow-wrap: anywhere; }
tbody th .quiet, .scores td .quiet, .fleet td .quiet { display: block; font-weight: 400; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; padding-right: 16px; }
.plot { width: 250px; } .scores .plot { width: 200px; }
.runs { width: auto; }
.fleet th[scope=row] { min-width: 9.5em; } .fleet td:nth-child(3) { min-width: 14em; } .fleet .badge { font-size: 0.875rem; padding: 0 10px; }
.nowrap { white-space: nowrap; }
details { margin: 12px 0; } summary { cursor: pointer; }
.changes { margin: 4px 0 12px; padding-left: 1.6em; }
.pairs { display: grid; gap: 20px; }
.pair-row { display: grid; grid-template-columns: 1fr 1fr; gap: 8px 16px; }
.pair-row .same { grid-column: 1 / -1; font-weight: 600; margin: 0; }
.card { border: 1px solid var(--line); border-top: 4px solid; border-radius: 8px; padding: 12px 14px; min-width: 0; background: var(--surface); }
.card.baseline { border-top-color: var(--baseline); } .card.current { border-top-color: var(--current-fill); border-top-style: double; border-top-width: 6px; }
.card.empty { visibility: hidden; }
.card h3 time { font-weight: 400; color: var(--quiet); font-size: 0.875rem; }
.facts { margin: 0; display: grid; gap: 2px; font-size: 0.9375rem; }
.facts > div { display: grid; grid-template-columns: 6.5em 1fr; gap: 8px; }
.facts dt { color: var(--quiet); } .facts dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; overflow: hidden; background: var(--ground); border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; max-height: 24em; overflow-y: auto; }
@media (max-width: 900px) { .glance { grid-template-columns: 1fr 1fr; } }
@media (max-width: 640px) {
  main { padding: 12px 14px 48px; }
  h1 { font-size: 1.375rem; }
  .wide { display: none; } .narrow { display: block; }
  .glance { grid-template-columns: 1fr; }
  .pair-row { grid-template-columns: 1fr; }
  .card.empty { display: none; }
  table.stack, .stack tbody, .stack tr, .stack td, .stack tbody th, .stack caption { display: block; width: 100%; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack tr { border-bottom: 1px solid var(--line); padding: 8px 0; }
  .stack td, .stack tbody th { border: 0; padding: 2px 0; text-align: left; }
  .stack td[data-label]::before { content: attr(data-label) ": "; color: var(--quiet); font-size: 0.875rem; }
  .stack td .quiet, .scores td .quiet, .fleet td .quiet { display: inline; margin-left: 6px; }
}
`
