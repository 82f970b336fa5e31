/** A tally in few numbers, and whether the scenario's promise was kept. @module */
import { isOverShare } from '../../peer-core/reputation/index.ts'
import { median } from '../median.ts'
import { most } from '../most.ts'
import type { Scenario } from '../scenario/schema.ts'
import type { Modelled } from './lines.ts'
import { type RoundTally, recoversFrom, type Tally } from './tally.ts'

export interface Summary {
  readonly rounds: number
  readonly accuracy?: number
  readonly forks: number
  readonly defects: number
  /** of rounds, ms */
  readonly roundMs?: number
  /** the longest wait for a commit, also for one that did not come, s */
  readonly longestRoundSeconds: number
  /** of the peers that were here for the last two commits, those that had the first of them when the second came */
  readonly followed: number
  /** until 95 % of the peers here had a commit, the median of the rounds, ms; absent: mostly they had not when the next came */
  readonly spreadMs?: number
  /** faults that struck nobody, for nobody of that name was here */
  readonly missed: readonly string[]
  /** from a fault until 95 % of those here had a later commit, the longest, s; absent: nothing broke */
  readonly recoverySeconds?: number
  /** sent by a peer in a round, mean; without one, in all */
  readonly bytesPerPeerRound: number
  readonly messagesPerPeerRound: number
  /** mean of the peers present, which run the code in full */
  readonly present: number
  /** beside them, with the mean of those present; absent: every device runs the code */
  readonly modelled?: Modelled
  /** of what honest contributors delivered in time */
  readonly honestRejected: number
  /** of that, left out for its group's share: nothing was found wrong with it */
  readonly honestLeftOut: number
  /** of the work of liars while their attack lasted: refused, left out, withheld or not done; absent: nobody lied */
  readonly liesNotTaken?: number
  readonly storedBytes: number
}

const late = new Set(['silent', 'left', 'unavailable'])

/** Rejected for what is not the peer's doing: it was away, or too slow. */
export function isLate(reason: string): boolean {
  return late.has(reason)
}

export function summarise(tally: Tally): Summary {
  const { rounds, samples, recoveries, liars } = tally
  const last = samples.at(-1)
  const present = mean(samples.map((sample) => sample.present))
  const modelled = samples.findLast((sample) => sample.modelled !== undefined)?.modelled
  const peerRounds = Math.max(1, present) * Math.max(1, rounds.length)
  const honest = { taken: 0, rejected: 0, leftOut: 0 }
  const lies = { taken: 0, notTaken: 0 }
  for (const round of rounds) {
    for (const peer of round.contributors) {
      if (!liars.has(peer)) honest.taken++
      else if (isLyingIn(tally, round, peer)) lies.taken++
    }
    for (const [peer, reason] of Object.entries(round.rejected)) {
      if (!liars.has(peer)) {
        if (!isLate(reason)) honest[isOverShare(reason) ? 'leftOut' : 'rejected']++
      } else if (reason !== 'left' && isLyingIn(tally, round, peer)) lies.notTaken++
    }
  }
  const delivered = Math.max(1, honest.taken + honest.rejected + honest.leftOut)
  const told = lies.taken + lies.notTaken
  const accuracy = rounds.findLast((round) => round.accuracy !== undefined)?.accuracy
  const spread = spreadMs(rounds)
  const roundMs = median(rounds.slice(1).map(({ ms }) => ms))
  const open = tally.until - (rounds.at(-1)?.at ?? 0)
  return {
    rounds: rounds.length,
    longestRoundSeconds: most([open, ...rounds.map(({ ms }) => ms)]) / 1_000,
    followed: followedIn(rounds.at(-2)),
    missed: tally.missed,
    ...(accuracy === undefined ? {} : { accuracy }),
    forks: tally.forks,
    defects: tally.defects.length,
    ...(roundMs === undefined ? {} : { roundMs }),
    ...(spread === undefined ? {} : { spreadMs: spread }),
    ...(recoveries.length === 0
      ? {}
      : { recoverySeconds: most(recoveries.map((one) => one.ms ?? tally.until - recoversFrom(one))) / 1_000 }),
    bytesPerPeerRound: (last?.bytes ?? 0) / peerRounds,
    messagesPerPeerRound: (last?.messages ?? 0) / peerRounds,
    present,
    ...(modelled === undefined
      ? {}
      : { modelled: { ...modelled, present: mean(samples.map((sample) => sample.modelled?.present ?? 0)) } }),
    honestRejected: honest.rejected / delivered,
    honestLeftOut: honest.leftOut / delivered,
    ...(told === 0 ? {} : { liesNotTaken: lies.notTaken / told }),
    storedBytes: last?.stored ?? 0,
  }
}

/** Its attack, or one of the same name, lasted for the whole round. */
function isLyingIn({ scenario, liars }: Tally, { at, ms }: RoundTally, peer: string): boolean {
  const crowd = peer.replace(/-\d+$/, '')
  return (scenario?.attacks ?? []).some(
    ({ attack, who = crowd, fromSeconds, untilSeconds = Number.POSITIVE_INFINITY }) =>
      attack === liars.get(peer) && who === crowd && 1_000 * fromSeconds <= at - ms && at <= 1_000 * untilSeconds,
  )
}

function followedIn({ spread }: Pick<RoundTally, 'spread'> = {}): number {
  return spread === undefined ? 0 : spread.peers / spread.of
}

/** The median of the rounds: of a round that the end cut short nothing is known, one that did not get so far took for ever. */
export function spreadMs(rounds: readonly RoundTally[]): number | undefined {
  const known = rounds.flatMap(
    ({ spread }, i) => spread?.p95 ?? (i === rounds.length - 1 ? [] : Number.POSITIVE_INFINITY),
  )
  const middle = median(known)
  return middle === Number.POSITIVE_INFINITY ? undefined : middle
}

export interface Verdict {
  /** `safety` alone of a run that was cut short: no two peers committed different things, no handler threw */
  readonly judged: 'promise' | 'safety'
  /** one sentence each; none: all of what is judged was kept */
  readonly broken: readonly string[]
}

/** What is shorter than its scenario is not held to what the whole one promises. */
export function verdictOf(tally: Tally, summary = summarise(tally)): Verdict {
  const { scenario, until } = tally
  // Times in a transcript are whole ms.
  if (scenario === undefined || until < Math.floor(1_000 * scenario.untilSeconds)) {
    return { judged: 'safety', broken: brokenSafety(summary) }
  }
  return { judged: 'promise', broken: brokenPromises(summary, scenario.promise) }
}

/** @returns one sentence for each broken promise; none: all were kept. Safety is always promised */
export function brokenPromises(summary: Summary, promise: Scenario['promise']): string[] {
  const broken = brokenSafety(summary)
  const atLeast = (what: string, value: number, least: number | undefined) => {
    if (least !== undefined && !(value >= least)) broken.push(`${what} is ${short(value)}, promised at least ${least}`)
  }
  const atMost = (what: string, value: number, limit: number | undefined) => {
    if (limit !== undefined && !(value <= limit)) broken.push(`${what} is ${short(value)}, promised at most ${limit}`)
  }
  if (summary.missed.length > 0) broken.push(`nobody was there for ${summary.missed.join(', ')} to strike`)
  atLeast('committed rounds', summary.rounds, promise.rounds)
  atLeast('accuracy', summary.accuracy ?? Number.NaN, promise.accuracy)
  atMost('seconds to recover', summary.recoverySeconds ?? 0, promise.recoverySeconds)
  atMost('seconds of the longest round', summary.longestRoundSeconds, promise.longestRoundSeconds)
  atLeast('share of peers that follow', summary.followed, promise.followedShare)
  atMost('kilobytes per peer and round', summary.bytesPerPeerRound / 1_000, promise.kilobytesPerPeerRound)
  atMost("rejected share of honest peers' work", summary.honestRejected, promise.honestRejected)
  atMost("share of honest peers' work left out for their group", summary.honestLeftOut, promise.honestLeftOut)
  return broken
}

function brokenSafety({ forks, defects }: Summary): string[] {
  const all = { 'commits that contradict each other': forks, 'exceptions in handlers': defects }
  return Object.entries(all).flatMap(([what, count]) => (count > 0 ? [`${what}: ${count}, none is allowed`] : []))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4)
}
