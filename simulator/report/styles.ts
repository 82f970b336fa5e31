/** The report's style: paper, ink, pine, as the page that people contribute with. @module */
export const styles = `
:root { color-scheme: light dark; --paper: #f4f6f3; --surface: #fff; --line: #dfe4de; --line-strong: #bfc8c0; --ink: #17201b;
  --ink-2: #47544c; --accent: #0b6b49; --second: #3a5fa8; --warm: #b2500f; --soft: #e1f0e8; --warm-soft: #fbeee2 }
@media (prefers-color-scheme: dark) { :root { --paper: #0e1411; --surface: #161d19; --line: #27312b; --line-strong: #56665c;
  --ink: #e9efea; --ink-2: #b3bfb7; --accent: #63cf9f; --second: #8fb0f0; --warm: #f2a065; --soft: #17342a; --warm-soft: #38271a } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif }
main { max-width: 1200px; margin: 0 auto; padding: 32px 20px 64px }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px }
h2 { font-size: 16px; margin: 0 }
p { margin: 4px 0 12px; color: var(--ink-2); max-width: 75ch }
.verdict { display: inline-block; margin: 8px 0 20px; padding: 6px 14px; border-radius: 999px; background: var(--soft); color: var(--accent); font-weight: 600 }
.verdict.open { background: var(--line); color: var(--ink-2) }
.verdict.broken { background: var(--warm-soft); color: var(--warm); border-radius: 10px }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 12px; margin-bottom: 20px }
.figures div, section { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px }
.figures dt { color: var(--ink-2); font-size: 13px }
.figures dd { margin: 2px 0 0; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums }
.figures .other { font-size: 14px; font-weight: 500; color: var(--second); display: block }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); gap: 16px }
section { min-width: 0 }
.wide { grid-column: 1 / -1 }
.plot { width: 100%; min-height: 40px; color: var(--ink-2) }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line) }
th { color: var(--ink-2); font-weight: 500 }
td:not(:first-child) { white-space: nowrap }
pre { overflow: auto; font-size: 12px; max-height: 480px }
.key i { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin: 0 4px 0 14px; vertical-align: -1px }
.u-legend { color: var(--ink-2); font-size: 13px }
canvas { display: block }
`
