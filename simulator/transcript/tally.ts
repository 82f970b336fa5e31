/**
 * What a transcript adds up to: rounds, accuracy over time and bytes, recovery, costs. A fold over its lines, so that a
 * report can be made of a file as of a running simulation.
 * @module
 */
import type { Scenario } from '../scenario/schema.ts'
import type { Line } from './lines.ts'

export interface RoundTally {
  readonly round: number
  readonly at: number
  /** since the commit before */
  readonly ms: number
  readonly contributors: readonly string[]
  readonly rejected: Readonly<Record<string, string>>
  accuracy?: number
  /** sent by all peers when it came, as of the sample before */
  readonly bytes: number
  spread?: Spread
}

export type Spread = Omit<Extract<Line, { kind: 'spread' }>, 't' | 'kind' | 'round'>

export interface Recovery {
  /** `partition-0`: the kind of fault, and which of the scenario's */
  readonly what: string
  readonly who: readonly string[]
  /** It struck. */
  readonly at: number
  /** absent: it has no end, or the run had none of it */
  readonly mendedAt?: number
  /**
   * From its end, or its start without one, until 95 % of those here had a later commit; while some are cut off, until one
   * came. Absent: not before the end.
   */
  readonly ms?: number
}

/** Nobody can be asked to commit while there is no quorum: what is mended counts from then. */
export function recoversFrom({ at, mendedAt = at }: Recovery): number {
  return mendedAt
}

export type Sample = Omit<Extract<Line, { kind: 'sample' }>, 'kind'>

export interface Tally {
  scenario?: Scenario
  seed?: number
  version?: string
  readonly rounds: RoundTally[]
  readonly samples: Sample[]
  readonly recoveries: Recovery[]
  /** faults that struck nobody */
  readonly missed: readonly string[]
  readonly forks: number
  readonly defects: readonly string[]
  readonly liars: ReadonlyMap<string, string>
  /** by peer, in the order of rounds */
  readonly reputation: ReadonlyMap<string, { readonly round: number; readonly points: number }[]>
  readonly arrivals: number
  readonly departures: number
  /** of the last line */
  readonly until: number
}

export interface TallyFold extends Tally {
  add(line: Line): void
}

export function createTally(): TallyFold {
  const rounds: RoundTally[] = []
  const samples: Sample[] = []
  const recoveries: Recovery[] = []
  const cuts = new Set<string>()
  const missed: string[] = []
  const defects: string[] = []
  const liars = new Map<string, string>()
  const reputation = new Map<string, { round: number; points: number }[]>()
  const counts = { forks: 0, arrivals: 0, departures: 0, until: 0 }

  const onCommit = (line: Extract<Line, { kind: 'commit' }>) => {
    const { round, t, contributors, rejected } = line
    rounds.push({
      round,
      at: t,
      ms: t - (rounds.at(-1)?.at ?? 0),
      contributors,
      rejected,
      bytes: samples.at(-1)?.bytes ?? 0,
    })
    // Who is cut off cannot have it.
    if (cuts.size > 0) onFollowed(t, t)
  }

  /** Of a commit, when those here had it. */
  const onFollowed = (committedAt: number, t: number) => {
    recoveries.forEach((recovery, i) => {
      const from = recoversFrom(recovery)
      if (recovery.ms === undefined && from < committedAt) recoveries[i] = { ...recovery, ms: t - from }
    })
  }

  const onFault = ({ what, who, t }: Extract<Line, { kind: 'fault' }>) => {
    if (who.length === 0) {
      missed.push(what)
      return
    }
    recoveries.push({ what, who, at: t })
    if (what.startsWith('partition-')) cuts.add(what)
  }

  const onMended = (what: string, t: number) => {
    cuts.delete(what)
    recoveries.forEach((recovery, i) => {
      if (recovery.what !== what) return
      const { who, at } = recovery
      recoveries[i] = { what, who, at, mendedAt: t }
    })
  }

  const tally: TallyFold = {
    rounds,
    samples,
    recoveries,
    missed,
    defects,
    liars,
    reputation,
    get forks() {
      return counts.forks
    },
    get arrivals() {
      return counts.arrivals
    },
    get departures() {
      return counts.departures
    },
    get until() {
      return counts.until
    },
    add(line) {
      if ('t' in line) counts.until = line.t
      switch (line.kind) {
        case 'scenario':
          tally.scenario = line.scenario
          tally.seed = line.seed
          tally.version = line.version
          return
        case 'commit':
          return onCommit(line)
        case 'spread': {
          const { t: _t, kind: _kind, round: its, ...spread } = line
          const of = rounds.findLast(({ round }) => round === its)
          if (of === undefined) return
          of.spread = spread
          if (spread.p95 !== undefined) onFollowed(of.at, of.at + spread.p95)
          return
        }
        case 'evaluation': {
          const of = rounds.findLast(({ round }) => round === line.round)
          if (of !== undefined) of.accuracy = line.accuracy
          return
        }
        case 'fork':
          counts.forks++
          return
        case 'fault':
          return onFault(line)
        case 'mended':
          return onMended(line.what, line.t)
        case 'arrive':
          counts.arrivals++
          if (line.attack !== undefined) liars.set(line.peer, line.attack)
          return
        case 'leave':
          counts.departures++
          return
        case 'reputation':
          for (const [peer, points] of Object.entries(line.of)) {
            const known = reputation.get(peer) ?? []
            reputation.set(peer, known)
            known.push({ round: line.round, points })
          }
          return
        case 'sample': {
          const { kind: _, ...sample } = line
          samples.push(sample)
          return
        }
        case 'defect':
          defects.push(`${line.peer}: ${line.where}: ${line.text}`)
          return
        case 'trained':
        case 'notice':
          return
        default:
          line satisfies never
      }
    },
  }
  return tally
}
