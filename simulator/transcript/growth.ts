/**
 * What a network of one size costs, as one point of a curve over sizes: of the rounds after those of the start have come, since
 * that costs what it costs once, and before the first fault; and of the time after it. Who comes and goes all along is in it.
 * @module
 */
import { logSlope } from '../log-slope.ts'
import { most } from '../most.ts'
import { spreadMs } from './summary.ts'
import type { Tally } from './tally.ts'

export interface GrowthPoint {
  /** most at a time */
  readonly peers: number
  readonly messagesPerPeerRound: number
  readonly bytesPerPeerRound: number
  /** on the fullest seed's disk, in a round, beside the test examples that it was given */
  readonly storedPerRound: number
  /** until 95 % of the peers have a commit, median, ms */
  readonly spreadMs: number
  /** from one commit to the next, the longest after the first fault, s; absent where nothing went wrong */
  readonly recoverySeconds?: number
}

export type GrowthMeasure = Exclude<keyof GrowthPoint, 'peers'>

export const growthMeasures: readonly { readonly of: GrowthMeasure; readonly name: string; readonly unit: string }[] = [
  { of: 'messagesPerPeerRound', name: 'messages per peer and round', unit: 'messages' },
  { of: 'bytesPerPeerRound', name: 'bytes per peer and round', unit: 'bytes' },
  { of: 'storedPerRound', name: 'stored by a seed in a round', unit: 'bytes' },
  { of: 'spreadMs', name: 'commit reaches 95 %', unit: 'ms' },
  { of: 'recoverySeconds', name: 'longest round after a fault', unit: 's' },
]

/** @returns `undefined` for a run without two commits between the arrivals of the start and the first fault */
export function growthPoint(tally: Tally): GrowthPoint | undefined {
  const { scenario, rounds, samples, until } = tally
  if (scenario === undefined || samples.length === 0) return undefined
  const peers = most(samples.map(({ present }) => present))
  const arrived = most(scenario.population.map(({ arrive }) => ('withinSeconds' in arrive ? arrive.withinSeconds : 0)))
  const firstFault = 1_000 * Math.min(Number.POSITIVE_INFINITY, ...scenario.faults.map(({ atSeconds }) => atSeconds))
  const steady = rounds.filter(({ at }) => at > 1_000 * arrived && at < firstFault)
  const [first, last] = [steady[0], steady.at(-1)]
  if (first === undefined || last === undefined || first === last) return undefined
  const [from, to] = [sentAt(tally, first.at), sentAt(tally, last.at)]
  const peerRounds = (steady.length - 1) * peers
  const after = rounds.filter(({ at }) => at > firstFault)
  const open = until - (rounds.at(-1)?.at ?? 0)
  return {
    peers,
    messagesPerPeerRound: (to.messages - from.messages) / peerRounds,
    bytesPerPeerRound: (to.bytes - from.bytes) / peerRounds,
    storedPerRound: samples.at(-1)!.stored / rounds.length,
    spreadMs: spreadMs(steady) ?? Number.NaN,
    ...(until > firstFault ? { recoverySeconds: most([open, ...after.map(({ ms }) => ms)]) / 1_000 } : {}),
  }
}

/** What all peers had sent at a time, between the samples around it. */
export function sentAt({ samples }: Pick<Tally, 'samples'>, t: number): { messages: number; bytes: number } {
  const after = samples.findIndex((sample) => sample.t >= t)
  const [a, b] = [samples[after - 1] ?? { t: 0, messages: 0, bytes: 0 }, samples[after]!]
  const share = (t - a.t) / (b.t - a.t)
  return { messages: a.messages + share * (b.messages - a.messages), bytes: a.bytes + share * (b.bytes - a.bytes) }
}

export interface Growth {
  readonly name: string
  readonly unit: string
  /** `[peers, value]` */
  readonly points: readonly (readonly [number, number])[]
  /** of the line through them on log axes */
  readonly slope: number
  /** of log N over the same sizes */
  readonly logN: number
}

/** A curve for each measure that has two sizes at least. */
export function growthOf(points: readonly (Partial<GrowthPoint> & Pick<GrowthPoint, 'peers'>)[]): Growth[] {
  return growthMeasures.flatMap(({ of, name, unit }) => {
    const known = points.flatMap((point) => {
      const value = point[of]
      return value === undefined || !(value > 0) ? [] : [[point.peers, value] as const]
    })
    if (new Set(known.map(([peers]) => peers)).size < 2) return []
    const logN = logSlope(known.map(([peers]) => [peers, Math.log(peers)]))
    return [{ name, unit, points: known, slope: logSlope(known), logN }]
  })
}
