/**
 * How long to wait, growing with each round so that rounds outlast any delay the network settles at
 * (arXiv:1807.04938, section 3.3; CometBFT spec, consensus/consensus.md), and which clocks to believe
 * (CometBFT spec, consensus/proposer-based-timestamp).
 *
 * Departure: there, only the allowance for delay grows, and clocks that are further apart than `precision` stop the
 * chain. Here the time of a commit serves the light clients' trusting period, which is counted in days, so both
 * allowances grow and wrong clocks cost rounds at worst.
 * @module
 */
import { second } from '../foundation/units.ts'

export type TimeoutStep = 'propose' | 'prevote' | 'precommit'

export interface Growing {
  /** in round 0, ms */
  readonly base: number
  /** more with each round, ms */
  readonly perRound: number
}

export interface Timing extends Readonly<Record<TimeoutStep, Growing>> {
  /** between two statuses while a height is open, ms */
  readonly gossip: number
  /** how far honest clocks may be apart, ms */
  readonly precision: Growing
  /** how long a fresh proposal may travel, ms; later ones are not timely */
  readonly messageDelay: Growing
}

/** The proposal's wait includes fetching contributions and recomputing: a task with a large model states its own. */
export const defaultTiming: Timing = {
  propose: { base: 10 * second, perRound: 2 * second },
  prevote: { base: second, perRound: second / 2 },
  precommit: { base: second, perRound: second / 2 },
  gossip: second,
  precision: { base: 30 * second, perRound: 30 * second },
  messageDelay: { base: 15 * second, perRound: 5 * second },
}

/** ms */
export function timeoutOf({ base, perRound }: Growing, round: number): number {
  return base + perRound * round
}

/** Whether a fresh proposal that says `time` and arrived at `now` (both ms) can come from an honest clock. */
export function isTimely(timing: Timing, round: number, time: number, now: number): boolean {
  const apart = timeoutOf(timing.precision, round)
  return now >= time - apart && now <= time + apart + timeoutOf(timing.messageDelay, round)
}
