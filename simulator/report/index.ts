/** A report of one run or of two: one HTML page that needs nothing else, uPlot inside. @module */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { most } from '../most.ts'
import { type Growth, type GrowthPoint, growthOf } from '../transcript/growth.ts'
import { verdictOf } from '../transcript/summary.ts'
import type { Tally } from '../transcript/tally.ts'
import { drawReport } from './draw-report.ts'
import { figuresOf, type ReportRun, reportRun } from './report-data.ts'
import { styles } from './styles.ts'

/**
 * @param tallies - the run, and one to compare it with
 * @param points - the same scenario at several sizes, for curves over them
 * @returns the page
 */
export async function renderReport(
  [run, other]: readonly Tally[],
  points: readonly GrowthPoint[] = [],
): Promise<string> {
  if (run?.scenario === undefined) throw new TypeError('a report needs a run')
  const require = createRequire(import.meta.url)
  const [uplot, uplotStyles] = await Promise.all(
    ['uplot/dist/uPlot.iife.min.js', 'uplot/dist/uPlot.min.css'].map((file) => readFile(require.resolve(file), 'utf8')),
  )
  const { scenario, seed, version } = run
  const runs = [run, ...(other === undefined ? [] : [other])]
  const data = runs.map((tally) => reportRun(tally, `${tally.scenario?.name}, seed ${tally.seed}`))
  const json = JSON.stringify(data).replaceAll('<', '\\u003c')
  const title = `${scenario.name}, seed ${seed}`
  const compared = other === undefined ? '' : ` Beside it, dashed: ${other.scenario?.name}, seed ${other.seed}.`
  const hidden = data[0]!.hiddenPeers
  const isModelled = data.some(({ samples }) => samples.some(({ modelled }) => modelled !== null))
  const allPeers = isModelled ? 'all peers that run the code; the modelled crowd is not in it' : 'all peers'
  const growth = growthOf(points)
  const growthJson = JSON.stringify(growth).replaceAll('<', '\\u003c')
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
${scenario.description === '' ? '' : `<p>${escaped(scenario.description)}</p>`}
<p>${whatRan(run)}${escaped(compared)}</p>
${verdict(run)}
<dl class="figures">${figures(runs)}</dl>
<div class="plots">
${plot('accuracy-time', 'Accuracy over time', 'Of the committed model, on test data that no device has. Dashed lines: what went wrong, shaded until it was mended.')}
${plot('accuracy-bytes', 'Accuracy over bytes', `What it took to get there: everything sent by ${allPeers}.`)}
${plot('durations', 'Rounds', 'From one commit to the next.')}
${plot('spread', 'Commit latency', 'From the first peer that has a commit to 95 % of those present.')}
${plot('taken', 'Contributions', 'In each commit: taken, and left out for being late, gone or wrong.')}
${plot('present', 'Peers present', 'That run the whole protocol, seed nodes included.')}
${isModelled ? plot('modelled', 'Modelled devices present', 'Beside them: they run no code, take no part in rounds, and hear nobody.') : ''}
${plot('traffic', 'Traffic', `Sent by ${allPeers}.`)}
<section class="wide"><h2>Who was in which round</h2>
<p class="key">One row a peer, one column a round.<i style="background:var(--accent)"></i>taken<i style="background:var(--warm)"></i>rejected<i style="background:var(--line-strong)"></i>late or gone${hidden > 0 ? `. ${hidden} more peers are not shown` : ''}</p>
<div><canvas id="membership"></canvas></div></section>
${plot('reputation', 'Reputation', 'Of each peer that was seen; liars in orange. Everyone begins at 500; honest work earns up to 1,000.')}
<section><h2>Recovery</h2><p>From a fault, or from its end if it has one, until 95 % of those here had a later commit; while some are cut off, until the next commit. How long commits were waited for meanwhile is above.</p>${recoveries(data[0]!.recoveries)}</section>
${growthPlots(growth)}
<section class="wide"><details><summary>The scenario</summary><pre>${escaped(JSON.stringify(scenario, null, 2))}</pre></details>
<p>Again: the scenario, as a file of its own, with <code>zen simulate FILE --seed ${seed}</code> and Zen Mesh ${escaped(version ?? '')} gives the same transcript.</p></section>
</div>
</main>
<script>${uplot}</script>
<script>(${drawReport.toString()})(uPlot, ${json}, ${growthJson})</script>
</body>
</html>
`
}

/** How long, how many, and how many of these run the code that peers run. */
function whatRan({ scenario, samples, until }: Tally): string {
  const { population, seeds } = scenario!
  const devices = population.reduce((sum, { count }) => sum + count, 0)
  const mostOf = (counts: readonly number[]) => most(counts).toLocaleString('en')
  const modelled = samples.flatMap((sample) => sample.modelled?.present ?? [])
  const what = `Simulated: ${(until / 1_000).toFixed(0)} seconds of ${devices.toLocaleString('en')} devices and
${seeds.count} seed node${seeds.count === 1 ? '' : 's'}, under a virtual clock.`
  if (modelled.length === 0) return `${what} All of them run the code that peers run.`
  return `${what} Up to <b>${mostOf(samples.map(({ present }) => present))} of them at a time run the code in full</b>, seed nodes
included; up to <b>${mostOf(modelled)} are modelled</b>: their sessions are played one by one, and each is taken to send what a
device that runs the code sends on average.`
}

function verdict(run: Tally): string {
  const { judged, broken } = verdictOf(run)
  if (broken.length > 0) return `<div class="verdict broken">Broken: ${escaped(broken.join('; '))}</div>`
  if (judged === 'promise') return '<div class="verdict">It kept what it promised</div>'
  const [until, whole] = [(run.until / 1_000).toFixed(0), run.scenario!.untilSeconds]
  return `<div class="verdict open">Cut short at ${until} of ${whole} seconds: its promise is not judged</div>`
}

function figures(runs: readonly Tally[]): string {
  const [own, other] = figuresOf(runs)
  return own!
    .map(([name, value], i) => {
      const beside = other === undefined ? '' : `<span class="other">${escaped(other[i]![1])}</span>`
      return `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}${beside}</dd></div>`
    })
    .join('')
}

function growthPlots(growth: readonly Growth[]): string {
  if (growth.length === 0) return ''
  const sizes = [...new Set(growth.flatMap(({ points }) => points.map(([peers]) => peers)))].sort((a, b) => a - b)
  const title = `<div class="wide"><h2>How it grows</h2><p>The same scenario with ${sizes.join(', ')} peers, when those of the start
have come and before anything goes wrong; whoever comes and goes all along is in it. Both axes are logarithmic, so that a power of the number of peers is a straight line, dashed, and its
slope the exponent: 1 grows with the peers, 0 does not grow.</p></div>`
  return `${title}${growth
    .map(({ name, slope, logN }, i) => {
      const told = `Slope <b>${slope.toFixed(2)}</b>; the logarithm of the number of peers itself has ${logN.toFixed(2)} here.`
      return plot(`growth-${i}`, `${name[0]!.toUpperCase()}${name.slice(1)}`, told)
    })
    .join('')}`
}

function plot(id: string, title: string, text: string): string {
  return `<section><h2>${title}</h2><p>${text}</p><div class="plot" id="${id}"></div></section>`
}

function recoveries(all: ReportRun['recoveries']): string {
  if (all.length === 0) return '<p>Nothing went wrong in this run.</p>'
  const rows = all.map(({ what, from, to, seconds }) => {
    const [end, after] = [
      to === null ? '–' : inSeconds(to),
      seconds === null ? 'never, until the end' : inSeconds(seconds),
    ]
    return `<tr><td>${escaped(what)}</td><td>${inSeconds(from)}</td><td>${end}</td><td>${after}</td></tr>`
  })
  return `<table><tr><th>what</th><th>from</th><th>to</th><th>recovered after</th></tr>${rows.join('')}</table>`
}

function inSeconds(seconds: number): string {
  return `${seconds.toFixed(1)} s`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
