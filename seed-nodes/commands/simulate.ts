/** `zen simulate`: a whole network from one seed, in this process; nothing leaves it. @module */

import { once } from 'node:events'
import { constants, createWriteStream } from 'node:fs'
import { access, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import {
  type Growth,
  type GrowthPoint,
  growthOf,
  growthPoint,
  type Outcome,
  type Progress,
  presetNames,
  presetScenario,
  readDuration,
  readScenario,
  readTranscript,
  resized,
  type Scenario,
  simulate,
  type Tally,
} from '../../simulator/index.ts'
import { renderReport } from '../../simulator/report/index.ts'
import { untilStopped } from '../signals.ts'
import { UsageError } from '../usage-error.ts'
import { jsonOption } from './options.ts'

interface SimulateCommandOptions {
  readonly seed: number
  readonly until?: number
  readonly out?: string
  readonly html?: string
  readonly compare?: string
  readonly sizes?: readonly number[]
  readonly print: boolean
  readonly json: boolean
}

export function simulateCommand(): Command {
  return new Command('simulate')
    .description('run a whole network of virtual peers from one seed, and tell whether it kept its promise')
    .argument('<scenario>', `a scenario file, or one of ${presetNames.join(', ')}`)
    .option('--seed <n>', 'the same seed gives the same transcript, byte for byte', wholeNumber, 1)
    .option('--until <duration>', 'virtual time, such as 90s, 5m, 1h; the scenario says it when absent', duration)
    .option('--out <file>', 'write the transcript: one JSON object a line')
    .option('--html <file>', 'write a report that needs nothing else: plots in one page')
    .option('--compare <transcript>', 'an earlier transcript, shown beside this run in the report')
    .option(
      '--sizes <counts>',
      'play it with so many devices too, such as 30,100,300: the report shows how costs grow',
      sizes,
    )
    .option('--print', 'print the scenario with every field, and run nothing', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 the scenario kept its promise, 1 it did not, 2 the scenario cannot be used (nothing is written).
Ctrl-C ends it early, and what there is so far is written.

Examples:
  zen simulate home --html report.html                 ten devices, three minutes, in a few seconds
  zen simulate campus --seed 7 --out run.jsonl         keep the transcript
  zen simulate home --print > mine.json                a file to start from
  zen simulate continents --sizes 30,100,300 --html growth.html
  zen simulate mine.json --until 10m --html now.html --compare run.jsonl`,
    )
    .action((scenario: string, options: SimulateCommandOptions) => run(scenario, options))
}

async function run(name: string, options: SimulateCommandOptions): Promise<void> {
  const scenario = await loadScenario(name)
  if (options.print) {
    process.stdout.write(`${JSON.stringify(scenario, null, 2)}\n`)
    return
  }
  // Read, and known to be writable, before anything is played or written.
  const other = options.compare === undefined ? undefined : await loadTranscript(options.compare)
  for (const file of [options.out, options.html]) if (file !== undefined) await checkFolder(file)
  const cancel = new AbortController()
  void untilStopped().then(() => cancel.abort())
  const out = options.out === undefined ? undefined : createWriteStream(options.out)
  if (out !== undefined) await once(out, 'open')
  const started = performance.now()
  const progress = createProgress(!options.json && process.stderr.isTTY)
  const outcome = await simulate({
    scenario,
    seed: options.seed,
    ...(options.until === undefined ? {} : { untilSeconds: options.until }),
    signal: cancel.signal,
    onLine(_, text) {
      out?.write(`${text}\n`)
      if (options.json) process.stdout.write(`${text}\n`)
    },
    onProgress: progress.show,
  })
  const wallSeconds = (performance.now() - started) / 1_000
  progress.end()
  if (out !== undefined) {
    out.end()
    await once(out, 'finish')
  }
  const growth = await playSizes(scenario, options, cancel.signal)
  if (options.html !== undefined) {
    await writeFile(options.html, await renderReport([outcome.tally, ...(other === undefined ? [] : [other])], growth))
  }
  // A run that was cut short is not held to what the whole one promises.
  const whole = !outcome.cancelled && (options.until ?? scenario.untilSeconds) >= scenario.untilSeconds
  tell(outcome, whole, wallSeconds, options)
  tellGrowth(growthOf(growth), options)
  if (whole && outcome.broken.length > 0) throw new Error(`the promise was broken: ${outcome.broken.join('; ')}`)
}

/** The scenario again at each size, with the same seed. */
async function playSizes(
  scenario: Scenario,
  { sizes: counts = [], seed, until, json }: SimulateCommandOptions,
  signal: AbortSignal,
): Promise<GrowthPoint[]> {
  const points: GrowthPoint[] = []
  for (const devices of counts) {
    if (signal.aborted) break
    const progress = createProgress(!json && process.stderr.isTTY)
    const { tally, cancelled } = await simulate({
      scenario: resized(scenario, devices),
      seed,
      ...(until === undefined ? {} : { untilSeconds: until }),
      signal,
      onProgress: progress.show,
    })
    progress.end()
    const point = growthPoint(tally)
    if (point !== undefined && !cancelled) points.push(point)
    else if (!cancelled) {
      process.stderr.write(`${devices} devices: no two commits between the arrivals and the first fault; left out\n`)
    }
  }
  return points
}

function tellGrowth(growth: readonly Growth[], { json }: SimulateCommandOptions): void {
  if (json && growth.length > 0) process.stdout.write(`${JSON.stringify({ kind: 'growth', growth })}\n`)
  if (json) return
  for (const { name, points, slope, logN } of growth) {
    const values = points.map(([peers, value]) => `${Number(value.toPrecision(3))} (${peers})`).join(', ')
    process.stdout.write(`${name}: ${values}; slope ${slope.toFixed(2)}, of log N ${logN.toFixed(2)}\n`)
  }
}

async function loadScenario(name: string): Promise<Scenario> {
  if (!name.includes('.') && !name.includes('/')) return presetScenario(name)
  return readScenario(await readText(name), name)
}

async function loadTranscript(path: string): Promise<Tally> {
  return readTranscript(await readText(path), path)
}

/** A long run is not to end with a report that cannot be written. */
async function checkFolder(file: string): Promise<void> {
  await access(dirname(file), constants.W_OK).catch(() => {
    throw new UsageError(`${file}: its folder is not there, or cannot be written to`)
  })
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`${path}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`)
  })
}

/** One line on the terminal, at most ten times a second. */
function createProgress(shown: boolean): { show(progress: Progress): void; end(): void } {
  let last = 0
  return {
    show({ seconds, untilSeconds, round, present }) {
      const now = performance.now()
      if (!shown || now - last < 100) return
      last = now
      const share = Math.min(1, seconds / untilSeconds)
      const bar = '█'.repeat(Math.round(24 * share)).padEnd(24, '░')
      const told = `${bar} ${Math.round(seconds)} of ${Math.round(untilSeconds)} s   round ${round}   ${present} peers`
      process.stderr.write(`\r\u001b[K${told}`)
    },
    end() {
      if (shown) process.stderr.write('\r\u001b[K')
    },
  }
}

function tell(outcome: Outcome, whole: boolean, wallSeconds: number, { json, html, out }: SimulateCommandOptions) {
  const { hash, summary, broken, cancelled, tally } = outcome
  if (json) {
    const told = { kind: 'outcome', hash, summary, broken: whole ? broken : [], cancelled, wallSeconds }
    process.stdout.write(`${JSON.stringify(told)}\n`)
    return
  }
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  const rows: (readonly [string, string | undefined])[] = [
    [
      'simulated',
      `${(tally.until / 1_000).toFixed(0)} s in ${wallSeconds.toFixed(1)} s${cancelled ? ', stopped' : ''}`,
    ],
    ['peers', `${summary.present.toFixed(0)} present, ${tally.arrivals} arrivals, ${tally.departures} departures`],
    ['commits', `${summary.rounds}${summary.roundMs === undefined ? '' : `, one in ${seconds(summary.roundMs)}`}`],
    ['accuracy', summary.accuracy === undefined ? undefined : percent(summary.accuracy)],
    ['recovery', summary.recoverySeconds === undefined ? undefined : `${summary.recoverySeconds.toFixed(1)} s`],
    [
      'a peer sends',
      `${(summary.bytesPerPeerRound / 1_000).toFixed(1)} kB, ${summary.messagesPerPeerRound.toFixed(0)} messages ${summary.rounds === 0 ? 'before the first commit' : 'a round'}`,
    ],
    ['rejected', `${percent(summary.honestRejected)} of honest work, ${percent(summary.liarsRejected)} of lies`],
    ['transcript', `${hash}${out === undefined ? '' : `  ${out}`}`],
    ['report', html],
    ['promise', !whole ? 'not judged: the run was cut short' : broken.length === 0 ? 'kept' : 'broken'],
  ]
  for (const [label, value] of rows) {
    if (value !== undefined) process.stdout.write(`${label.padEnd(14)}${value}\n`)
  }
}

function duration(text: string): number {
  const seconds = readDuration(text)
  if (seconds === undefined) throw new InvalidArgumentError('expected a duration such as 90s, 5m or 1h')
  return seconds
}

function sizes(text: string): number[] {
  const counts = text.split(',').map(Number)
  const usable = counts.every((count) => Number.isSafeInteger(count) && count >= 1 && count <= 20_000)
  if (!usable) throw new InvalidArgumentError('expected numbers of devices with commas between, such as 30,100,300')
  return counts
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number')
  return Number(text)
}
