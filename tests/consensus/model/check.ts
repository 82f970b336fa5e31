/**
 * Runs a schedule and says what is wrong with it, if anything: safety at every commit, liveness after the network
 * settles.
 */

import { type Rules, tendermintRules } from '../../../peer-core/consensus/rules.ts'
import { messageOf } from '../../../peer-core/foundation/errors.ts'
import { drawSchedule, type Faults } from './schedule.ts'
import { Violation, World } from './world.ts'

export interface RunOptions {
  readonly faults?: Faults
  readonly rules?: Rules
  /** whether commits must come after the network settles; not where the protocol promises nothing */
  readonly liveness?: boolean
}

export interface Outcome {
  readonly seed: number
  /** `undefined` when all is well */
  readonly reason: string | undefined
  /** rounds that the slowest height took after the network settled */
  readonly rounds: number
  readonly steps: number
}

/**
 * Rounds after GST within which a height must commit. Some rounds pass to others' proposers (up to all Byzantine ones in
 * a row, and an honest one whose value is older than a lock), and some to messages from before GST; measured at most 9.
 */
export const roundBound = 16

export function runSchedule(seed: number, options: RunOptions = {}): Outcome {
  const { faults = 'below', rules = tendermintRules, liveness = true } = options
  const schedule = drawSchedule(seed, faults)
  const world = new World(schedule, rules)
  let reason: string | undefined
  try {
    for (const at of schedule.blackouts) {
      world.queue.schedule(at, () => {
        for (const member of world.honest) member.kill()
      })
    }
    world.queue.schedule(schedule.gst, () => {
      for (const { entered, state } of world.honest) entered.set(state.height, state.round)
    })
    const until = liveness ? schedule.gst + 60_000 : schedule.gst + 5_000
    while (!world.honest.every(({ done }) => done) && world.queue.next(until)) {
      // one event after another
    }
    if (liveness) reason = stalled(world)
  } catch (error) {
    // A fault of the machine is as much a finding as a broken promise.
    reason = error instanceof Violation ? error.message : `threw: ${messageOf(error)}`
  }
  return { seed, reason, rounds: roundsAfterGst(world), steps: world.steps }
}

function stalled(world: World): string | undefined {
  const slow = world.honest.filter(({ done }) => !done)
  if (slow.length > 0) return `no progress: ${slow.map(({ peer }) => peer).join(', ')} did not commit after GST`
  const rounds = roundsAfterGst(world)
  return rounds > roundBound ? `a height took ${rounds} rounds after GST` : undefined
}

/** Of the height that took most: heights that opened after GST from their first round on. */
function roundsAfterGst({ honest }: World): number {
  const enteredAt = (height: number) => Math.max(0, ...honest.map(({ entered }) => entered.get(height) ?? 0))
  const needed = honest.flatMap(({ rounds }) =>
    [...rounds.entries()].flatMap(([height, round]) => (round === undefined ? [] : [round - enteredAt(height)])),
  )
  return Math.max(0, ...needed)
}
