/** Demo is blue and square, real is orange and round: told apart by more than colour. Contrast 4.5 to 1 in light and dark. */
export const REPORT_STYLE = `
:root { color-scheme: light dark; --ground: #fff; --surface: #f5f7f9; --ink: #1a1f24; --quiet: #545d67; --line: #d3d9df; --demo: #1f62c4; --real: #a84a00; --bad: #b3261e; --warn: #7a4f00; --good: #1b6b3a; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181c; --surface: #1c2126; --ink: #e7eaee; --quiet: #a6b0ba; --line: #4a545e; --demo: #7db0ff; --real: #ffab61; --bad: #ff9a91; --warn: #f3c75c; --good: #7fd8a0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 960px; margin: 0 auto; padding: 20px 16px 64px; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 8px 0; } h2 { font-size: 1.2rem; margin: 36px 0 8px; }
p { margin: 6px 0; max-width: 80ch; } li { margin: 4px 0; max-width: 80ch; }
.quiet { color: var(--quiet); font-size: 0.875rem; font-weight: 400; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.verdict { display: inline-block; border: 1.5px solid currentColor; border-radius: 8px; padding: 6px 14px; font-size: 1.1rem; }
.ready { color: var(--good); } .not_ready { color: var(--bad); } .undecided { color: var(--warn); }
code, pre { font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.875em; }
pre { white-space: pre-wrap; background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: 8px 10px; margin: 4px 0; }
.scroll { overflow-x: auto; } .scroll:focus-visible, summary:focus-visible { outline: 3px solid var(--demo); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); vertical-align: middle; }
tbody th { font-weight: 600; } thead th { color: var(--quiet); font-size: 0.875rem; }
.plot { width: 220px; min-width: 120px; } svg { display: block; width: 100%; height: auto; }
.demo { --series: var(--demo); } .real { --series: var(--real); }
.track { stroke: var(--line); stroke-width: 1.5; } .bar { stroke: var(--series); stroke-width: 5; opacity: 0.5; } .dot { fill: var(--series); } .ground { fill: var(--line); }
svg text { fill: var(--quiet); font-size: 12px; } .histogram { max-width: 480px; } .share { height: 8px; margin-top: 4px; }
figure { margin: 12px 0; } figcaption { max-width: 80ch; } .gap { font-size: 1.1rem; }
details { border-bottom: 1px solid var(--line); padding: 8px 0; } summary { cursor: pointer; }
@media (max-width: 560px) { thead { position: absolute; clip-path: inset(50%); } tr { display: grid; grid-template-columns: 1fr auto; border-bottom: 1px solid var(--line); padding: 6px 0; } th, td { border: 0; padding: 2px 8px 2px 0; } .plot { width: auto; grid-column: 1 / -1; } tbody th { grid-column: 1 / -1; } td:nth-child(5) { grid-column: 1 / -1; } }
`
