/**
 * Runs the scenarios of `tests/reputation/scenarios.ts` and draws their curves into `docs/figures`, with their numbers on standard output.
 * Run: `node scripts/with-node.mjs scripts/draw-reputation.ts`
 */
import { mkdir, writeFile } from 'node:fs/promises'
import {
  FLOOD_AT,
  rareClasses,
  SLEEPERS_TURN,
  scoresOfKinds,
  sleeper,
  sybils,
  whitewashing,
} from '../tests/reputation/scenarios.ts'
import { type Chart, lineChart } from './line-chart.ts'

const folder = new URL('../docs/figures/', import.meta.url)
const influence = { x: 'round', y: 'influence, thousandths', greatest: 1_000 }

const charts: Readonly<Record<string, Chart>> = {
  'reputation-whitewashing': {
    x: 'round',
    y: 'influence so far',
    greatest: 48,
    title: 'A liar gains nothing by a new name',
    curves: whitewashing().map(({ name, values }) => ({ name, values: addedUp(values) })),
  },
  'reputation-sleeper': {
    ...influence,
    title: 'A sleeper loses in four rounds what it earned in fifty',
    curves: sleeper('1'),
    event: { round: SLEEPERS_TURN, name: 'they turn' },
  },
  'reputation-sybils': {
    x: 'round',
    y: 'share of the round’s weight',
    greatest: 400_000,
    title: '30 % of all identities are sybils',
    curves: sybils(0.3, 0.2),
    event: { round: FLOOD_AT, name: 'they come' },
  },
  'reputation-rare-classes': {
    ...influence,
    title: 'A peer with rare classes, beside four slanderers',
    curves: rareClasses('3'),
  },
}

/** In rounds of full influence. */
function addedUp(values: readonly number[]): number[] {
  let total = 0
  return values.map((value) => {
    total += value / 1_000
    return total
  })
}

await mkdir(folder, { recursive: true })
for (const [name, chart] of Object.entries(charts)) {
  await writeFile(new URL(`${name}.svg`, folder), lineChart(chart))
  for (const { name: curve, values } of chart.curves) {
    process.stdout.write(`${name}: ${curve}: most ${Math.max(...values)}, last ${values.at(-1)}\n`)
  }
}
for (const trial of ['quarter', 'whole', 'part'] as const) {
  process.stdout.write(`median held-out score, thousandths of the unit of loss, tried ${trial}\n`)
  console.table(scoresOfKinds('1', trial, [1, 2, 4, 8, 16, 32]))
}
