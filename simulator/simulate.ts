/**
 * Runs a scenario from one seed to its end, line by line.
 *
 * ```ts
 * const { hash, summary, broken } = await simulate({ scenario: readScenario('{}', 'home'), seed: 1, onLine: console.log })
 * ```
 * @module
 */
import { second } from '../peer-core/index.ts'
import { version } from '../peer-core/version.ts'
import type { Scenario } from './scenario/schema.ts'
import type { Line } from './transcript/lines.ts'
import { createRecorder } from './transcript/recorder.ts'
import { type Summary, summarise, type Verdict, verdictOf } from './transcript/summary.ts'
import { createTally, type Tally } from './transcript/tally.ts'
import { createModelledCrowd, type ModelledCrowd } from './world/crowd.ts'
import { scheduleFaults } from './world/faults.ts'
import { scheduleVisits } from './world/visits.ts'
import { type BreakableRule, createWorld, type Sent, type World } from './world/world.ts'

export interface SimulateOptions {
  readonly scenario: Scenario
  readonly seed: number
  /** virtual; the scenario's own when absent */
  readonly untilSeconds?: number
  /** Ends it early, after what happens in the instant under way; what there is so far is the result. */
  readonly signal?: AbortSignal
  /** Rules that are broken on purpose, to see that the promise notices. */
  readonly breaks?: readonly BreakableRule[]
  onLine?(line: Line, text: string): void
  onProgress?(progress: Progress): void
}

export interface Progress {
  /** virtual */
  readonly seconds: number
  readonly untilSeconds: number
  readonly round: number
  /** that run the code in full */
  readonly present: number
  /** present as well, and modelled */
  readonly modelled: number
}

export interface Outcome extends Verdict {
  /** of the transcript */
  readonly hash: string
  readonly tally: Tally
  readonly summary: Summary
  readonly cancelled: boolean
}

export async function simulate(options: SimulateOptions): Promise<Outcome> {
  const { scenario, seed, signal, onLine, onProgress } = options
  const untilSeconds = options.untilSeconds ?? scenario.untilSeconds
  const tally = createTally()
  const recorder = createRecorder((line, text) => {
    tally.add(line)
    onLine?.(line, text)
  })
  recorder.write({ kind: 'scenario', seed, version, scenario })
  const world = await createWorld(scenario, seed, recorder.write, options.breaks)
  const modelled = createModelledCrowd()
  scheduleVisits(world, scenario, modelled)
  scheduleFaults(world, scenario)

  let before = { sent: world.sentByContributors(), present: 0 }
  const end = world.clock.now() + untilSeconds * second
  const step = Math.min(scenario.sampleSeconds * second, untilSeconds * second)
  while (world.clock.now() < end && !signal?.aborted) {
    await world.clock.advance(Math.min(step, end - world.clock.now()), signal)
    world.tellDefects()
    const present = world.residents.size
    const now = { sent: world.sentByContributors(), present: contributorsIn(world) }
    modelled.advance(world.now(), meanBetween(before, now))
    before = now
    recorder.write({
      t: world.now(),
      kind: 'sample',
      present,
      ...world.usage(),
      ...(modelled.sessions === 0 ? {} : { modelled: modelledSoFar(modelled) }),
    })
    const seconds = world.now() / second
    onProgress?.({ seconds, untilSeconds, round: world.observer.round, present, modelled: modelled.present })
  }
  world.observer.finish()
  const summary = summarise(tally)
  return {
    hash: recorder.hash(),
    tally,
    summary,
    ...verdictOf(tally, summary),
    cancelled: signal?.aborted ?? false,
  }
}

interface Reading {
  /** by contributors */
  readonly sent: Sent
  readonly present: number
}

/** Sent by a contributor meanwhile; half of those that leave or come are there on average. */
function meanBetween(before: Reading, now: Reading): Sent {
  const present = Math.max(1, (before.present + now.present) / 2)
  return {
    bytes: (now.sent.bytes - before.sent.bytes) / present,
    messages: (now.sent.messages - before.sent.messages) / present,
  }
}

function contributorsIn({ residents, cast }: World): number {
  return residents.size - cast.seeds.filter(({ name }) => residents.has(name)).length
}

function modelledSoFar({ present, sessions, bytes, messages }: ModelledCrowd) {
  return { present, sessions, bytes, messages }
}
