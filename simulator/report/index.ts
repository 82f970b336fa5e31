/** A report of one run or of two: one HTML page that needs nothing else, uPlot inside. @module */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { brokenPromises, summarise } from '../transcript/summary.ts'
import type { Tally } from '../transcript/tally.ts'
import { drawReport } from './draw-report.ts'
import { figuresOf, reportRun } from './report-data.ts'
import { styles } from './styles.ts'

/** @param tallies - the run, and one to compare it with. @returns the page */
export async function renderReport([run, other]: readonly Tally[]): Promise<string> {
  if (run?.scenario === undefined) throw new TypeError('a report needs a run')
  const require = createRequire(import.meta.url)
  const [uplot, uplotStyles] = await Promise.all(
    ['uplot/dist/uPlot.iife.min.js', 'uplot/dist/uPlot.min.css'].map((file) => readFile(require.resolve(file), 'utf8')),
  )
  const { scenario, seed, version, until } = run
  const broken = brokenPromises(summarise(run), scenario.promise)
  const runs = [run, ...(other === undefined ? [] : [other])]
  const data = runs.map((tally) => reportRun(tally, `${tally.scenario?.name}, seed ${tally.seed}`))
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  const title = `${scenario.name}, seed ${seed}`
  const compared = other === undefined ? '' : ` Beside it, dashed: ${other.scenario?.name}, seed ${other.seed}.`
  const hidden = data[0]!.hiddenPeers
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – Zen Mesh simulation</title>
<style>${uplotStyles}${styles}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(scenario.description)} Simulated: ${(until / 1_000).toFixed(0)} seconds of
${scenario.population.reduce((sum, { count }) => sum + count, 0).toLocaleString('en')} devices and
${scenario.seeds.count} seed node${scenario.seeds.count === 1 ? '' : 's'}, with the code that peers run, under a virtual clock.${escaped(compared)}</p>
<div class="verdict${broken.length === 0 ? '' : ' broken'}">${broken.length === 0 ? 'It kept what it promised' : `Broken: ${escaped(broken.join('; '))}`}</div>
<dl class="figures">${figures(runs)}</dl>
<div class="plots">
${plot('accuracy-time', 'Accuracy over time', 'Of the committed model, on test data that no device has. Dashed lines: what went wrong.')}
${plot('accuracy-bytes', 'Accuracy over bytes', 'What it took to get there: everything that all peers sent.')}
${plot('durations', 'Rounds', 'From one commit to the next, and how long a commit takes to reach 95 % of the peers.')}
${plot('taken', 'Contributions', 'In each commit: taken, and left out for being late, gone or wrong.')}
${plot('present', 'Peers present', 'That run the whole protocol.')}
${plot('traffic', 'Traffic', 'All peers together.')}
<section class="wide"><h2>Who was in which round</h2>
<p class="key">One row a peer, one column a round.<i style="background:var(--accent)"></i>taken<i style="background:var(--warm)"></i>rejected<i style="background:var(--line-strong)"></i>late or gone${hidden > 0 ? `. ${hidden} more peers are not shown` : ''}</p>
<div><canvas id="membership"></canvas></div></section>
${plot('reputation', 'Reputation', 'Of each peer that was seen; liars in orange. 500 is where everyone begins.')}
<section><h2>Recovery</h2><p>From a fault, or from its end if it has one, to the next commit.</p>${recoveries(data[0]!.recoveries)}</section>
<section class="wide"><details><summary>The scenario</summary><pre>${escaped(JSON.stringify(scenario, null, 2))}</pre></details>
<p>Again: <code>zen simulate ${escaped(scenario.name)} --seed ${seed}</code> with Zen Mesh ${escaped(version ?? '')} gives the same transcript.</p></section>
</div>
</main>
<script>${uplot}</script>
<script>(${drawReport.toString()})(uPlot, ${json})</script>
</body>
</html>
`
}

function figures(runs: readonly Tally[]): string {
  const [own, other] = runs.map(figuresOf)
  return own!
    .map(([name, value], i) => {
      const beside = other === undefined ? '' : `<span class="other">${escaped(other[i]![1])}</span>`
      return `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}${beside}</dd></div>`
    })
    .join('')
}

function plot(id: string, title: string, text: string): string {
  return `<section><h2>${title}</h2><p>${text}</p><div class="plot" id="${id}"></div></section>`
}

function recoveries(all: readonly { what: string; at: number; seconds: number | null }[]): string {
  if (all.length === 0) return '<p>Nothing went wrong in this run.</p>'
  const rows = all.map(({ what, at, seconds }) => {
    const after = seconds === null ? 'never, until the end' : `${seconds.toFixed(1)} s`
    return `<tr><td>${escaped(what)}</td><td>${at.toFixed(1)} s</td><td>${after}</td></tr>`
  })
  return `<table><tr><th>what</th><th>at</th><th>next commit after</th></tr>${rows.join('')}</table>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
