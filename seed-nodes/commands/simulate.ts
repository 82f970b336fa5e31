/** `zen simulate`: a whole network from one seed, in this process; nothing leaves it. @module */

import { Command, InvalidArgumentError } from 'commander'
import {
  type GrowthPoint,
  growthOf,
  growthPoint,
  presetNames,
  readDuration,
  type Scenario,
  type SimulateOptions,
  scenarioSchema,
  simulate,
} from '../../simulator/index.ts'
import { renderReport } from '../../simulator/report/index.ts'
import { untilStopped } from '../signals.ts'
import { checkPlaces, loadScenario, loadTranscript, scenariosOfSizes } from '../simulation/inputs.ts'
import { openOutputs } from '../simulation/outputs.ts'
import { createProgress, growthAsJson, growthInWords, outcomeAsJson, outcomeInWords } from '../simulation/tell.ts'
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
    .argument('<scenario>', `one of ${presetNames.join(', ')}, or a scenario file`)
    .option('--seed <n>', 'the same seed gives the same transcript, byte for byte', wholeNumber, 1)
    .option('--until <duration>', 'virtual time, such as 90s, 5m, 1h; the scenario says it when absent', duration)
    .option('--out <file>', 'write the transcript: one JSON object a line')
    .option('--html <file>', 'write a report that needs nothing else: plots in one page')
    .option('--compare <transcript>', 'an earlier transcript, shown beside this run in the report; needs --html')
    .option(
      '--sizes <counts>',
      'play it with so many devices too, such as 30,100,300: shows how costs grow; no device may be modelled',
      sizes,
    )
    .option('--print', 'print the scenario with every field, and run nothing', false)
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Devices run the code of real peers, about as many at a time as the scenario's "fullPeers" says; of more, as in the preset
million, the rest is modelled: their sessions are played, and they are taken to send what the others send.

Exit codes: 0 the scenario kept its promise (of a run that was cut short safety alone is judged), 1 it did not, or what came out could not be written (what was written
before is kept), 2 what is given cannot be used (nothing is written).
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
  const { json, out, html, compare, seed, until } = options
  const { scenario, file } = await loadScenario(name)
  if (options.print) {
    process.stdout.write(`${JSON.stringify(scenario, null, 2)}\n`)
    return
  }
  // Read, and known to be writable, before anything is played or written.
  if (compare !== undefined && html === undefined) {
    throw new UsageError('--compare is shown in the report: give --html FILE as well')
  }
  const sized = scenariosOfSizes(scenario, options.sizes ?? [])
  const other = compare === undefined ? undefined : await loadTranscript(compare)
  await checkPlaces({ scenario: file, compare, out, html })
  const cancel = new AbortController()
  void untilStopped().then(() => cancel.abort())
  const outputs = await openOutputs({ out, json, onFailure: () => cancel.abort() })
  const started = performance.now()
  const played = { seed, ...(until === undefined ? {} : { untilSeconds: until }), signal: cancel.signal }
  const progress = createProgress(!json && process.stderr.isTTY)
  const outcome = await simulate({
    ...played,
    scenario,
    onLine: (_, text) => outputs.line(text),
    onProgress: progress.show,
  })
  const wallSeconds = (performance.now() - started) / 1_000
  progress.end()
  await outputs.endLines()
  const points = await playSizes(sized, played, json)
  const page = html && (await renderReport([outcome.tally, ...(other === undefined ? [] : [other])], points))
  const isReported = page !== undefined && (await outputs.writeReport(html!, page))
  const told = { outcome, wallSeconds, out, html: isReported ? html : undefined }
  const growth = growthOf(points)
  await outputs.say(json ? outcomeAsJson(told) + growthAsJson(growth) : outcomeInWords(told) + growthInWords(growth))
  if (outputs.failure !== undefined) throw outputs.failure
  if (outcome.broken.length > 0) throw new Error(`the promise was broken: ${outcome.broken.join('; ')}`)
}

/** The scenario again at each size, with the same seed. */
async function playSizes(
  sized: readonly Scenario[],
  played: Omit<SimulateOptions, 'scenario'>,
  json: boolean,
): Promise<GrowthPoint[]> {
  const points: GrowthPoint[] = []
  for (const scenario of sized) {
    if (played.signal?.aborted) break
    const progress = createProgress(!json && process.stderr.isTTY)
    const { tally, cancelled } = await simulate({ ...played, scenario, onProgress: progress.show })
    progress.end()
    const point = growthPoint(tally)
    if (point !== undefined && !cancelled) points.push(point)
    else if (!cancelled) {
      const devices = scenario.population.reduce((sum, { count }) => sum + count, 0)
      process.stderr.write(`${devices} devices: no two commits between the arrivals and the first fault; left out\n`)
    }
  }
  return points
}

function duration(text: string): number {
  const seconds = readDuration(text)
  if (seconds === undefined) throw new InvalidArgumentError('expected a duration such as 90s, 5m or 1h')
  if (scenarioSchema.shape.untilSeconds.safeParse(seconds).success) return seconds
  throw new InvalidArgumentError('expected a second to a year, 8760h')
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
